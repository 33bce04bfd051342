-- The scan that keeps the states itself, against what the executor takes to
-- count the outcomes of the same rows.

CREATE TEMP TABLE twenty AS
SELECT string_agg(format('%I(o)', name), ', ' ORDER BY n) AS kpis FROM (SELECT row_number() OVER () AS n, name FROM kpi_catalog
	WHERE unit = 'fraction' AND to_regprocedure(name || '(outcome)') IS NOT NULL) k WHERE n <= 20;

-- a fifth of the rows, with durations; and as many of forty columns
CREATE UNLOGGED TABLE timed AS
SELECT o, g500, h % 600 AS talk, h % 120 AS handle, 600 + h % 600 AS worked,
	(h % 90000 / 100.0)::numeric(9, 2) AS revenue, (h % 7000 / 100.0)::numeric(9, 2) AS cost
FROM calls, LATERAL (SELECT abs(hashint8(i + 2000000000)) AS h) hash WHERE i % 5 = 0;
DO $$
BEGIN
	EXECUTE (SELECT 'CREATE UNLOGGED TABLE forty AS SELECT ' ||
		string_agg(CASE WHEN n = 36 THEN 'o AS c36' WHEN n % 7 = 0 THEN format('t AS c%s', n) WHEN n % 5 = 0 THEN format('NULL::int AS c%s', n) ELSE format('g500 + %s AS c%1$s', n) END, ', ' ORDER BY n)
		|| ' FROM calls WHERE i % 5 = 0' FROM generate_series(1, 40) n);
END $$;
VACUUM ANALYZE timed, forty;
INSERT INTO kpi_disposition (source, code, outcome) SELECT 'scan', e::text, e::text::outcome FROM unnest(enum_range(NULL::status)) e;

INSERT INTO cases (name, query, base_name, base, limit_ratio, setting)
SELECT name, replace(query, 'KPIS', kpis), base_name, base, limit_ratio, 'SET kpi.enable_scan = on'
FROM twenty, (VALUES
	(1, 'twenty rates', 'SELECT KPIS FROM calls', 'count(outcome)', 'SELECT count(o) FROM calls', 0.33),
	(2, 'twenty rates by 500 groups', 'SELECT g500, KPIS FROM calls GROUP BY 1', 'count(outcome) by them', 'SELECT g500, count(o) FROM calls GROUP BY 1', 0.22),
	(3, 'twenty rates by 100,000 groups', 'SELECT g100k, KPIS FROM calls GROUP BY 1', 'count(outcome) by them', 'SELECT g100k, count(o) FROM calls GROUP BY 1', 0.35),
	(4, 'twenty rates by 1,000,000 groups', 'SELECT g1m, KPIS FROM calls GROUP BY 1', 'count(outcome) by them', 'SELECT g1m, count(o) FROM calls GROUP BY 1', 0.5),
	(5, 'twenty rates WHERE 2 %', 'SELECT KPIS FROM calls WHERE g50 = 7', 'count(outcome)', 'SELECT count(o) FROM calls', 0.35),
	(6, 'twenty rates WHERE 86 %', 'SELECT KPIS FROM calls WHERE g50 > 6', 'count(outcome)', 'SELECT count(o) FROM calls', 0.35),
	(7, 'twenty rates WHERE a text is', 'SELECT KPIS FROM calls WHERE t <> ''busy''', 'count(outcome) where it is', 'SELECT count(o) FROM calls WHERE t <> ''busy''', NULL),
	(8, 'twenty rates by a text', 'SELECT t, KPIS FROM calls GROUP BY 1', 'count(outcome) by it', 'SELECT t, count(o) FROM calls GROUP BY 1', NULL),
	(9, 'twenty rates and five over time', 'SELECT KPIS, occupancy(talk, handle, worked), talk_time(talk), talk_share(talk, handle), average_handle_time(talk, handle), average_talk_time(talk) FROM timed',
		'count(outcome)', 'SELECT count(o) FROM timed', 0.4),
	(10, 'the same by 500 groups', 'SELECT g500, KPIS, occupancy(talk, handle, worked), talk_time(talk), talk_share(talk, handle), average_handle_time(talk, handle), average_talk_time(talk) FROM timed GROUP BY 1',
		'count(outcome) by them', 'SELECT g500, count(o) FROM timed GROUP BY 1', 0.35),
	(11, 'twenty rates of the 36th of 40 columns', 'SELECT KPIS FROM (SELECT c36 AS o FROM forty) s', 'count(outcome)', 'SELECT count(c36) FROM forty', 0.75),
	(12, 'a rate over leads, by integer', 'SELECT lead_conversion_rate(o, lead) FROM calls', 'count(lead)', 'SELECT count(lead) FROM calls', 1.5),
	(13, 'a rate over leads, by text', 'SELECT lead_conversion_rate(o, lead_text) FROM calls', 'count(lead)', 'SELECT count(lead_text) FROM calls', 3),
	(14, 'a rate over leads by 500 groups', 'SELECT g500, lead_conversion_rate(o, lead) FROM calls GROUP BY 1', 'count(lead) by them', 'SELECT g500, count(lead) FROM calls GROUP BY 1', NULL),
	(15, 'margin, margin rate and ROI', 'SELECT margin(revenue, cost), margin_rate(revenue, cost), roi(revenue, cost) FROM timed', 'two sums', 'SELECT sum(revenue), sum(cost) FROM timed', NULL),
	(16, 'the same by 500 groups', 'SELECT g500, margin(revenue, cost), margin_rate(revenue, cost), roi(revenue, cost) FROM timed GROUP BY 1', 'two sums by them', 'SELECT g500, sum(revenue), sum(cost) FROM timed GROUP BY 1', NULL),
	(17, 'a mix of a text', 'SELECT mix(t) FROM calls', 'count(text)', 'SELECT count(t) FROM calls', NULL),
	(18, 'a rate of dialers'' codes', 'SELECT contact_rate(disposition(''scan'', t)) FROM calls', 'count(text)', 'SELECT count(t) FROM calls', 1.5),
	(19, 'scorecards of 500 groups', 'SELECT g500, scorecard_calls(o) FROM calls GROUP BY 1', 'count(outcome) by them', 'SELECT g500, count(o) FROM calls GROUP BY 1', NULL)
) c(n, name, query, base_name, base, limit_ratio)
ORDER BY n;

-- or nothing here means anything
DO $$
DECLARE
	one record;
	line text;
	plan text;
BEGIN
	SET LOCAL kpi.enable_scan = on;
	FOR one IN SELECT * FROM cases LOOP
		plan := '';
		FOR line IN EXECUTE 'EXPLAIN ' || one.query LOOP
			plan := plan || line;
		END LOOP;
		IF plan NOT LIKE '%KpiScan%' THEN
			RAISE '% is not scanned: %', one.name, plan;
		END IF;
	END LOOP;
END $$;
