-- Two parallel workers against a serial scan: what the workers add up must pass
-- to the leader and be combined there, and that must cost little. By many groups
-- it does cost, for every aggregate. count(outcome) and sum(numeric) show what
-- the machine gives.

CREATE UNLOGGED TABLE IF NOT EXISTS sums AS
SELECT o, g50, g100k, h % 600 * interval '1 s' AS talk, h % 120 * interval '1 s' AS handle, (600 + h % 600) * interval '1 s' AS worked,
	(h % 100000 / 100.0)::numeric(10, 2) AS amount, (ARRAY['price', 'no need', 'no time', 'equipped', NULL])[1 + h % 5] AS item
FROM calls, LATERAL (SELECT abs(hashint8(i + 2000000000)) AS h) hash;
VACUUM ANALYZE sums;

CREATE TEMP TABLE twenty AS
SELECT string_agg(format('%I(o)', name), ', ' ORDER BY n) AS kpis FROM (SELECT row_number() OVER () AS n, name FROM kpi_catalog
	WHERE unit = 'fraction' AND to_regprocedure(name || '(outcome)') IS NOT NULL) k WHERE n <= 20;

-- workers are told by the setting, not by what a plan would cost
INSERT INTO cases (name, query, base_name, base, limit_ratio, setting)
SELECT name, 'SET max_parallel_workers_per_gather = 2; ' || query, 'the same, serial', 'SET max_parallel_workers_per_gather = 0; ' || query, limit_ratio,
	'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0'
FROM (
	SELECT 0 AS n, 'count(outcome)' AS name, 'SELECT count(o) FROM calls' AS query, NULL::float8 AS limit_ratio
	UNION ALL SELECT 1, 'one rate', 'SELECT closing_rate(o) FROM calls', 1 / 1.7
	UNION ALL SELECT 2, 'twenty rates', 'SELECT ' || kpis || ' FROM calls', 1 / 1.7 FROM twenty
	UNION ALL SELECT 3, 'twenty rates by 50 groups', 'SELECT g50, ' || kpis || ' FROM calls GROUP BY 1', 1 / 1.7 FROM twenty
	UNION ALL SELECT 4, 'twenty rates by 100,000 groups', 'SELECT g100k, ' || kpis || ' FROM calls GROUP BY 1', NULL FROM twenty
	UNION ALL SELECT 5, 'count(outcome) by 100,000 groups', 'SELECT g100k, count(o) FROM calls GROUP BY 1', NULL
	UNION ALL SELECT 6, 'occupancy', 'SELECT occupancy(talk, handle, worked) FROM sums', 1 / 1.7
	UNION ALL SELECT 7, 'revenue', 'SELECT revenue(amount) FROM sums', 1 / 1.7
	UNION ALL SELECT 8, 'sum(numeric)', 'SELECT sum(amount) FROM sums', NULL
	UNION ALL SELECT 9, section, format('SELECT %s FROM sums', section), 1 / 1.7
	FROM unnest('{"scorecard_calls(o)","scorecard_time(talk, handle, worked)","scorecard_money(amount, NULL, NULL, NULL)","scorecard_reasons(o, item)","scorecard_products(o, item, amount)"}'::text[]) section
) c ORDER BY n;

-- or nothing here means anything
DO $$
DECLARE
	one record;
	line text;
	plan text;
BEGIN
	SET LOCAL parallel_setup_cost = 0;
	SET LOCAL parallel_tuple_cost = 0;
	SET LOCAL max_parallel_workers_per_gather = 2;
	FOR one IN SELECT name, substr(query, strpos(query, ';') + 1) AS query FROM cases LOOP
		plan := '';
		FOR line IN EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF) ' || one.query LOOP
			plan := plan || line;
		END LOOP;
		IF plan NOT LIKE '%Workers Launched: 2%' THEN
			RAISE '% does not run in two workers: %', one.name, plan;
		END IF;
	END LOOP;
END $$;
