-- Delays: serial = parallel = partitionwise = roll-up of parts = moving window =
-- plain SQL, on seeded data; thresholds exactly, percentiles within 1 %.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA delays_test;
SET LOCAL search_path = delays_test, public, kpi_internal;
SELECT * FROM no_plan();

CREATE FUNCTION noise(salt text, i bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$ SELECT (('x' || substr(md5(salt || i), 1, 7))::bit(28)::int % n) $$;

-- Some groups have no call, some one, some a hundred and one many; delays of
-- microseconds to months, negative ones, whole seconds and minutes
CREATE TABLE lead (id int, g int, created timestamptz, first_called timestamptz, sold timestamptz) PARTITION BY HASH (id);
CREATE TABLE lead_0 PARTITION OF lead FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE lead_1 PARTITION OF lead FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE lead_2 PARTITION OF lead FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO lead
SELECT i, g, CASE WHEN noise('c', i, 30) > 0 THEN created END,
	CASE WHEN noise('f', i, 9) > 0 THEN created + delay * interval '1 microsecond' END,
	CASE WHEN noise('s', i, 5) = 0 THEN created + noise('t', i, 90000) * interval '1 min' END
FROM (
	SELECT i, CASE WHEN noise('g', i, 3) > 0 THEN 0 WHEN noise('h', i, 3) > 0 THEN 1 + noise('j', i, 90) ELSE 1000 + i END AS g,
		'2026-01-05 08:00Z'::timestamptz + noise('z', i, 200000) * interval '7 seconds' AS created,
		CASE noise('kind', i, 5)
			WHEN 0 THEN noise('k', i, 3600) * 1000000::bigint
			WHEN 1 THEN (noise('k', i, 200) - 10) * 60000000::bigint
			WHEN 2 THEN noise('k', i, 100000000)::bigint
			ELSE exp(noise('k', i, 100000) / 100000.0 * 30)::bigint END AS delay
	FROM generate_series(1, 40000) i
) r;
ANALYZE lead;
CREATE TABLE plain AS TABLE lead;
ALTER TABLE plain SET (parallel_workers = 3);
ANALYZE plain;
SET LOCAL max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS
SELECT g, speed_to_lead(created, first_called) AS d, median_speed_to_lead(created, first_called) AS m, sales_cycle(created, sold) AS s FROM plain GROUP BY g;

-- By hand
CREATE VIEW delay AS SELECT g, id, created, first_called - created AS d FROM plain WHERE first_called IS NOT NULL AND created IS NOT NULL;
SELECT is_empty($$
	SELECT g, t, within(d, t)::text, h.* FROM serial, unnest('{0,0.1 s,7.3 s,10 s,20 s,30 s,1 min,2 min,5 min,10 min,15 min,30 min,1 h,2 h,4 h,8 h,24 h,48 h,7 days,30 days}'::interval[]) t,
		LATERAL (SELECT count(*) FILTER (WHERE delay.d BETWEEN '0' AND t) AS n, count(*) FILTER (WHERE delay.d >= '0') AS of FROM delay WHERE delay.g = serial.g) h
	WHERE g < 50 AND (numerator(within(d, t)), denominator(within(d, t))) <> (h.n, h.of)
$$, 'thresholds are exact');
SELECT is_empty($$
	SELECT s.g, p, percentile(s.d, p), h.exact FROM serial s, unnest('{0,0.01,0.1,0.25,0.5,0.75,0.9,0.95,0.99,1}'::float8[]) p,
		LATERAL (SELECT percentile_disc(p) WITHIN GROUP (ORDER BY delay.d) AS exact FROM delay WHERE delay.g = s.g AND delay.d >= '0') h
	WHERE g < 50 AND NOT (percentile(s.d, p) >= exact AND extract(epoch FROM percentile(s.d, p) - exact) <= greatest(0.1, extract(epoch FROM exact) * 0.01))
$$, 'a percentile is the delay at that rank, to 0.1 s or 1 %');
SELECT is_empty($$
	SELECT p, percentile(s.d, p), h.exact FROM serial s, unnest('{0.05,0.1,0.25,0.5,0.75,0.9,0.95,0.99}'::float8[]) p,
		LATERAL (SELECT percentile_cont(p) WITHIN GROUP (ORDER BY delay.d) AS exact FROM delay WHERE delay.g = s.g AND delay.d >= '0') h
	WHERE g = 0 AND NOT abs(extract(epoch FROM percentile(s.d, p) - exact)) <= greatest(0.1, extract(epoch FROM exact) * 0.01)
$$, 'of many rows it is percentile_cont()');
SELECT is_empty($$
	SELECT g, p, percentile(d, p) FROM serial, unnest('{0.001,0.1,0.5,0.8,1}'::float8[]) p
	WHERE percentile(d, p) IS NOT NULL AND within(d, percentile(d, p)) < p
$$, 'so large a share is within a percentile, for sure');
SELECT is_empty($$
	SELECT g, d FROM serial WHERE d IS DISTINCT FROM (SELECT rollup(delays(delay.d)) FROM delay WHERE delay.g = serial.g)
$$, 'each row by itself');
SELECT is_empty($$
	SELECT g, d::text FROM serial WHERE g < 50 AND (d::text::jsonb->>'negative')::bigint IS DISTINCT FROM nullif((SELECT count(*) FROM delay WHERE delay.g = serial.g AND delay.d < '0'), 0)
$$, 'negative ones are counted apart');
SELECT is_empty($$SELECT g FROM serial WHERE m IS DISTINCT FROM median(d) OR d::text::delays IS DISTINCT FROM d$$, 'the median, and the text form');
SELECT cmp_ok((SELECT count(DISTINCT d) FROM serial), '>', 1000::bigint, 'there is much to compare');

-- Parallel, partitionwise, sorted
CREATE FUNCTION same(source text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE other AS SELECT g, speed_to_lead(created, first_called) AS d, median_speed_to_lead(created, first_called) AS m, sales_cycle(created, sold) AS s FROM %s GROUP BY g', source);
	RETURN NEXT is_empty('(TABLE serial EXCEPT TABLE other) UNION ALL (TABLE other EXCEPT TABLE serial)', what);
	DROP TABLE other;
END $$;
SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;
-- in the scan, then by the executor
SELECT alike(plan('SELECT g, speed_to_lead(created, first_called) FROM plain GROUP BY g'), '%Parallel Custom Scan (KpiScan)%', 'the scan is parallel');
SELECT same('plain', 'parallel, in the scan');
SET LOCAL kpi.enable_scan = off;
SELECT alike(plan('SELECT g, speed_to_lead(created, first_called) FROM plain GROUP BY g'), '%Partial%Aggregate%', 'the plan is parallel');
SELECT same('plain', 'parallel');
SET LOCAL enable_hashagg = off;
SELECT same('plain', 'parallel, sorted');
SET LOCAL enable_hashagg = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT same('lead', 'partitionwise');
SET LOCAL enable_hashagg = off;
SELECT same('lead', 'partitionwise, sorted');
SET LOCAL enable_hashagg = on;

-- Parts, in any grouping, and their differences
CREATE TABLE part AS SELECT g, id % 7 AS part, speed_to_lead(created, first_called) AS d FROM plain GROUP BY 1, 2;
SELECT is_empty($$SELECT g FROM serial LEFT JOIN (SELECT g, rollup(d) AS whole FROM part GROUP BY g) p USING (g) WHERE whole IS DISTINCT FROM d$$, 'roll-up of parts');
SELECT is_empty($$SELECT g FROM serial LEFT JOIN (SELECT g, rollup(d) AS whole FROM (SELECT g, rollup(d) AS d FROM part GROUP BY g, part % 2) q GROUP BY g) p USING (g) WHERE whole IS DISTINCT FROM d$$, 'roll-up of roll-ups');
SELECT is_empty($$
	SELECT g FROM serial JOIN (SELECT g, rollup(d) FILTER (WHERE part < 3) AS a, rollup(d) FILTER (WHERE part >= 3) AS b FROM part GROUP BY g) p USING (g)
	WHERE a + b <> d OR d - a <> b OR d - b <> a OR coalesce(a, b) <> d AND (a IS NULL OR b IS NULL)
$$, 'sums and differences');
SELECT is((SELECT rollup(d) FROM serial), (SELECT speed_to_lead(created, first_called) FROM lead), 'all of them');

-- Moving frames, with NULLs, of rows and of distributions
SELECT is_empty($$
	SELECT n, moving::text, plain::text FROM (
		SELECT row_number() OVER w AS n, speed_to_lead(created, first_called) OVER w AS moving, median_speed_to_lead(created, first_called) OVER w AS median,
			array_agg(first_called - created) OVER w AS rows
		FROM plain WHERE id <= 1500 WINDOW w AS (ORDER BY id ROWS BETWEEN 60 PRECEDING AND 3 FOLLOWING)) f,
		LATERAL (SELECT rollup(delays(r)) AS plain FROM unnest(rows) r) p
	WHERE moving IS DISTINCT FROM plain OR median IS DISTINCT FROM median(plain)
$$, 'moving frames of rows');
SELECT is_empty($$
	SELECT moving, one FROM (
		SELECT rollup(d) OVER w AS moving, array_agg(d) OVER w AS ds
		FROM (SELECT g, part, CASE WHEN g % 7 > 0 THEN CASE WHEN g % 5 = 0 THEN '{}' ELSE d END END AS d FROM part WHERE g < 400) p
		WINDOW w AS (ORDER BY g, part ROWS BETWEEN 4 PRECEDING AND CURRENT ROW)) f,
		LATERAL (SELECT rollup(d) AS one FROM unnest(ds) d) p
	WHERE moving IS DISTINCT FROM one
$$, 'moving frames of distributions');
SELECT is_empty($$
	SELECT moving, one FROM (
		SELECT rollup(d) OVER w AS moving, array_agg(d) OVER w AS ds
		FROM (SELECT i, CASE WHEN i % 3 = 0 THEN '{}'::delays WHEN i % 7 = 0 THEN delays(interval '1 s') END AS d FROM generate_series(1, 60) i) p
		WINDOW w AS (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) f,
		LATERAL (SELECT rollup(d) AS one FROM unnest(ds) d) p
	WHERE moving IS DISTINCT FROM one
$$, 'empty ones and NULLs in moving frames');

-- Stored: short, out of line, compressed
CREATE TABLE stored (storage text, d delays);
INSERT INTO stored SELECT 'main', d FROM serial WHERE d IS NOT NULL;
ALTER TABLE stored ALTER d SET STORAGE EXTERNAL;
INSERT INTO stored SELECT 'external', d FROM serial WHERE d IS NOT NULL;
SELECT is((SELECT count(DISTINCT d) FROM stored), (SELECT count(DISTINCT d) FROM serial), 'stored ones are equal, however they are');
SELECT is((SELECT rollup(d) FROM stored WHERE storage = 'external'), (SELECT rollup(d) FROM serial), 'and add up');
SELECT cmp_ok((SELECT pg_column_size(d) FROM stored WHERE within(d, '0') IS NOT NULL ORDER BY 1 LIMIT 1), '<=', 24, 'one row takes a few bytes');

SELECT * FROM finish();
ROLLBACK;
