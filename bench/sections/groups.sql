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
