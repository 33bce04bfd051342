-- Live roll-ups that answer for their table: what a BI tool asks of it, read
-- from a hundred thousand cells, against the same from its rows.

SET client_min_messages = warning;
SELECT count(*) AS rows FROM calls \gset
-- five hundred campaigns, two hundred days
CREATE VIEW call_log AS SELECT g500 AS campaign, '2024-01-01'::date + (i * 200 / :rows)::int AS day, o AS outcome FROM calls;
\o /dev/null
SELECT kpi_rollup_create('log_by_day', 'calls', ARRAY['g500 AS campaign', format('''2024-01-01''::date + (i * 200 / %s)::int AS day', :rows)], 'scorecard_calls(o)');
\o
CREATE INDEX ON log_by_day_cells (k1, k2);
VACUUM ANALYZE log_by_day_cells;

-- no roll-up tells which outcomes are missing, though none is
INSERT INTO cases (name, query, base_name, base, limit_ratio, setting)
SELECT 'three months of ten campaigns, by both', format(query, ''), base, format(query, 'AND outcome IS NOT NULL'), ratio,
	'SET kpi.enable_rollup_scan = on; SET kpi.enable_scan = ' || scan
FROM (VALUES ('PostgreSQL''s plan', 'off', 0.002), ('the scan', 'on', NULL)) b (base, scan, ratio),
(VALUES ('SELECT campaign, date_trunc(''month'', day), calls(outcome), contact_rate(outcome), argued_conversion_rate(outcome), closing_rate(outcome)
	FROM call_log WHERE day >= ''2024-02-01'' AND day < ''2024-05-01'' AND campaign IN (1, 20, 33, 47, 150, 222, 301, 333, 400, 499) %s
	GROUP BY 1, 2 HAVING calls(outcome) > 100 ORDER BY 3 DESC')) q (query);
