-- worked_time, against the union of ranges by range_agg, which came with
-- PostgreSQL 14.

CREATE UNLOGGED TABLE sessions AS
SELECT i % 500 AS agent, tstzrange(t, t + interval '10 min') AS during, tstzrange(u, u + interval '10 min') AS shuffled
FROM (
	SELECT i, '2026-01-01Z'::timestamptz + i * interval '3 s' AS t,
		'2026-01-01Z'::timestamptz + abs(hashint8(i)) % 10000000 * interval '1 min' AS u
	FROM calls WHERE i <= 1000000
) s;
VACUUM ANALYZE sessions;

CREATE TEMP TABLE unions AS
SELECT name, 'SELECT sum(w) FROM (SELECT worked_time(' || ranges || ') AS w FROM sessions ' || grouping || ') s' AS query,
	'SELECT sum(w) FROM (SELECT (SELECT sum(upper(r) - lower(r)) FROM unnest(u) r) AS w FROM (SELECT range_agg(' || ranges || ') AS u FROM sessions ' || grouping || ') g) s' AS base
FROM (VALUES
	('a million sessions of 500 agents, in order', 'during', 'GROUP BY agent'),
	('a million sessions of 500 agents, in no order', 'shuffled', 'GROUP BY agent'),
	('a million sessions of one agent, in no order', 'shuffled', '')) v(name, ranges, grouping)
WHERE to_regprocedure('range_agg(anyrange)') IS NOT NULL;

INSERT INTO cases (name, query, base_name, base)
SELECT name, query, 'range_agg', base FROM unions;
