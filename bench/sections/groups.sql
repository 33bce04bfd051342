-- Many groups: time, and the memory of the hash table.

CREATE TEMP TABLE twenty AS
SELECT string_agg(format('%I(o)', name), ', ' ORDER BY n) AS kpis FROM (SELECT row_number() OVER () AS n, name FROM kpi_catalog
	WHERE unit = 'fraction' AND to_regprocedure(name || '(outcome)') IS NOT NULL) k WHERE n <= 20;

INSERT INTO cases (name, query, base_name, base, limit_ratio, memory)
SELECT format('%s by %s groups', what, groups), format('SELECT %s, %s FROM calls GROUP BY 1', g, kpis), 'count(*), count(outcome)',
	format('SELECT %s, count(*), count(o) FROM calls GROUP BY 1', g), CASE WHEN memory AND g = 'g1m' THEN 1.5 END, memory
FROM (VALUES ('g50', '50'), ('g500', '500'), ('g100k', '100,000'), ('g1m', '1,000,000')) v(g, groups),
	(SELECT 'one rate' AS what, 'closing_rate(o)' AS kpis UNION ALL SELECT 'twenty rates', kpis FROM twenty) k,
	unnest('{f,t}'::boolean[]) memory
WHERE NOT memory OR what = 'twenty rates'
ORDER BY memory, what, groups;

-- every state by a million groups of two rows, where making states is most of
-- what there is to do; fewer than two million rows make fewer groups
SELECT least(count(*), 2000000) AS few FROM calls \gset
CREATE UNLOGGED TABLE pairs AS SELECT i % (:few / 2) AS g, o, t, (i % 300)::int AS n, lead, lead_text FROM calls WHERE i <= :few;
VACUUM ANALYZE pairs;

INSERT INTO cases (name, query, base_name, base, limit_ratio)
SELECT format('%s by %s groups', what, :few / 2), format('SELECT g, %s FROM pairs GROUP BY 1', state), 'count(o)', 'SELECT g, count(o) FROM pairs GROUP BY 1', 4
FROM (VALUES
	('a rate', 'closing_rate(o)'), ('journey', 'journey(o)'), ('a rate of two sets', $$rate(o, 'sale', 'contact')$$),
	('a rate over leads', 'lead_conversion_rate(o, lead)'), ('the same by text', 'lead_conversion_rate(o, lead_text)'), ('journeys', 'scorecard_journeys(o, lead)'),
	('lines', $$mobile_rate('mobile'::line_type)$$), ('ratios', $$rollup('3/4'::ratio)$$),
	('a mix', 'mix(t)'), ('reasons', 'refusal_reasons(o, t)'), ('product amounts', 'product_revenue_mix(o, t, n::numeric)'), ('mixes', $$rollup('[["a", 2]]'::mix)$$),
	('delays', $$speed_to_lead(timestamptz '2026-01-05', timestamptz '2026-01-05' + n * interval '1 s')$$), ('sums of delays', $$rollup('{"seconds": [[60, 2]]}'::delays)$$),
	('durations', 'talk_time(n)'), ('worked time', $$worked_time('[2026-01-05 09:00, 2026-01-05 12:00)'::tstzrange)$$), ('money', 'margin(n, 1)'), ('volumes', $$sales_per_hour(1, interval '1 h')$$),
	('scorecards', 'scorecard_calls(o)'), ('scorecards of delays', $$scorecard_delays('speed_to_lead', n * interval '1 s')$$),
	('sums of scorecards', $$rollup('{"calls": {"sale": 3, "busy": 2}, "time": {"talk": [60, 2, 2]}}'::scorecard)$$)) v(what, state);
