-- The type delays: classes, text, pooling, figures, aggregates
\set VERBOSITY terse
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;
CREATE FUNCTION caught(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ' ' || sqlerrm;
END $$;

-- a row's delay is in one class, by its upper bound
SELECT i, delays(i), median(delays(i)) FROM unnest('{0,0.000001 s,0.1 s,0.100001 s,12.34 s,60 s,60.000001 s,119.9 s,300 s,301 s,1 day,1 day 00:00:01,
	30 days,30 days 00:00:01,1000 days,-0.000001 s,-5 days,2000000000:00:00}'::interval[]) i;
-- up to a minute tenths of a second are exact, above a class is within 1 %
SELECT count(*) AS wrong FROM generate_series(0, 600) i, LATERAL (SELECT i * interval '0.1 s' AS d) d
WHERE median(delays(d)) <> d OR median(delays(d + interval '0.000001 s')) NOT BETWEEN d + interval '0.1 s' AND d + interval '0.5 s';
SELECT count(*) FILTER (WHERE NOT (m >= d AND extract(epoch FROM m) <= extract(epoch FROM d) * 1.01)) AS wrong, count(DISTINCT m) > 4000 AS many FROM generate_series(0, 25000) i,
	LATERAL (SELECT exp(4.1 + i / 980.0) * interval '1 s' AS d) d, LATERAL (SELECT median(delays(d)) AS m) m;
-- what people ask for are bounds
SELECT count(*) AS bounds, count(*) FILTER (WHERE within(delays(t), t) <> 1 OR within(delays(t + interval '0.000001 s'), t) <> 0 OR median(delays(t)) <> t) AS wrong
FROM unnest('{10 s,20 s,30 s,1 min,2 min,5 min,10 min,15 min,30 min,1 h,2 h,4 h,8 h,24 h,48 h,7 days,30 days}'::interval[]) t;
-- every class: its bound is in it, and the next begins behind it
WITH RECURSIVE class AS (
	SELECT 0 AS n, interval '0' AS upto
	UNION ALL SELECT n + 1, median(delays(upto + interval '0.000001 s')) FROM class WHERE upto < '2000000000:00:00'
)
SELECT count(*) AS classes, count(*) FILTER (WHERE median(delays(upto)) <> upto OR within(delays(upto), upto) <> 1
	OR delays(upto)::text::delays <> delays(upto)) AS wrong, max(upto) FROM class;

-- text: any number of seconds is read as its class
SELECT d, d::text::delays::text = d::text AS same, d::jsonb FROM (VALUES ('{}'::delays), ('{"seconds": []}'), ('{"seconds": [[300, 5], [12.34, 2], [12.4, 1], [0, 7]], "negative": 1}'),
	(' {"negative": 3}'), ('{"seconds": [[61.2, 281474976710655]]}'), ('{"seconds": [[9223372036854.775807, 1]]}')) v(d);
SELECT input, caught(format('SELECT %L::delays', input)) FROM (VALUES (''), ('5 min'), ('['), ('[]'), ('5'), ('null'), ('{'), ('{"seconds": 5}'), ('{"seconds": [5]}'), ('{"seconds": [[5]]}'),
	('{"seconds": [[5, 1, 2]]}'), ('{"seconds": [["5", 1]]}'), ('{"seconds": [[-5, 1]]}'), ('{"seconds": [[5, 0]]}'), ('{"seconds": [[5, -1]]}'), ('{"seconds": [[5, 1.5]]}'),
	('{"seconds": [[5, "1"]]}'), ('{"seconds": [[5, 281474976710656]]}'), ('{"seconds": [[5, 281474976710655], [4.95, 1]]}'), ('{"seconds": [[1e13, 1]]}'), ('{"seconds": [[1e300, 1]]}'),
	('{"seconds": [[[5], 1]]}'), ('{"seconds": {"5": 1}}'), ('{"negative": 0}'), ('{"negative": [1]}'), ('{"minutes": []}')) v(input);
SELECT c, caught(c) FROM unnest(ARRAY['SELECT delays(interval ''1 month'')', 'SELECT delays(interval ''178000000 years'')', 'SELECT delays(make_interval(days => 200000000))', 'SELECT within(''{}'', ''1 mon'')',
	'SELECT percentile(''{}'', 1.1)', 'SELECT percentile(''{}'', -0.1)', 'SELECT percentile(''{}'', ''NaN'')']) c;

-- adding up, and taking away
SELECT delays(interval '5 s') + delays(interval '5 s') + delays(interval '-1 s'), delays(interval '5 s') + NULL, delays(interval '5 s') - delays(interval '5 s');
SELECT caught($$SELECT delays(interval '5 s') - delays(interval '6 s')$$), caught($$SELECT '{"seconds": [[5, 281474976710655]]}'::delays + delays(interval '5 s')$$);
SELECT rollup(d), rollup(d) FILTER (WHERE d <> '{}') AS one, rollup(d) FILTER (WHERE d = '{}') AS empty, rollup(d) FILTER (WHERE d IS NULL) AS none
FROM (VALUES (delays(interval '5 s')), ('{}'), (NULL)) v(d);

-- figures: of the rows from zero on
SELECT d, median(d), percentile(d, 0) AS p0, percentile(d, 0.9) AS p90, percentile(d, 1) AS p100, within(d, '20 s') AS in_20_s, within(d, '0') AS at_once, within(d, '-1 s') AS before,
	within(d, '100 days') AS all, within(d, '250.5 s') AS surely, round(low(within(d, '20 s'))::numeric, 4) AS low
FROM (VALUES ('{"seconds": [[0, 1], [10, 4], [20, 4], [251, 1]], "negative": 90}'::delays), ('{"negative": 5}'), ('{}')) v(d);

-- comparison, by content
SELECT count(*) AS out_of_order FROM unnest(ARRAY['{}', '{"negative": 1}', '{"seconds": [[5, 1]]}', '{"seconds": [[5, 1], [6, 1]]}', '{"seconds": [[5, 2]]}', '{"seconds": [[6, 1]], "negative": 1}']::delays[]) a,
	unnest(ARRAY['{}', '{"negative": 1}', '{"seconds": [[5, 1]]}', '{"seconds": [[5, 1], [6, 1]]}', '{"seconds": [[5, 2]]}', '{"seconds": [[6, 1]], "negative": 1}']::delays[]) b
WHERE (a < b)::int + (a = b)::int + (a > b)::int <> 1 OR (a <= b) <> (a < b OR a = b) OR (a >= b) <> (a > b OR a = b) OR (a = b) = (a <> b)
	OR (a = b) <> (a::text = b::text) OR kpi_delays_cmp(a, b) <> -kpi_delays_cmp(b, a) OR (kpi_delays_hash(a) = kpi_delays_hash(b)) <> (a = b)
	OR (kpi_delays_hash_extended(a, 7) = kpi_delays_hash_extended(b, 7)) <> (a = b);
SELECT d, count(*) FROM (SELECT delays(i % 3 * interval '1 s') AS d FROM generate_series(1, 10) i) s GROUP BY d ORDER BY d;
SET enable_hashagg = off;
SELECT count(*) FROM (SELECT DISTINCT delays(i % 3 * interval '1 s') AS d FROM generate_series(1, 10) i) s;
RESET enable_hashagg;

-- over leads
CREATE TEMP TABLE leads (agent text, created timestamptz, first_called timestamptz, sold timestamptz);
INSERT INTO leads VALUES ('Ana', '2026-03-02 10:00', '2026-03-02 10:04', '2026-03-09 10:00'), ('Ana', '2026-03-02 11:00', '2026-03-02 11:05', NULL),
	('Ana', '2026-03-02 12:00', '2026-03-02 14:00', NULL), ('Ben', '2026-03-02 10:00', '2026-03-02 09:59:58', '2026-03-02 10:30'), ('Ben', NULL, '2026-03-02 10:00', NULL), ('Cy', '2026-03-02 10:00', NULL, NULL);
SELECT agent, speed_to_lead(created, first_called), median_speed_to_lead(created, first_called), within(speed_to_lead(created, first_called), '5 min'), sales_cycle(created, sold)
FROM leads GROUP BY ROLLUP (agent) ORDER BY agent;
SELECT speed_to_lead(created::timestamp, first_called::timestamp), median_speed_to_lead(created::timestamp, first_called::timestamp), sales_cycle(created::date, sold::date), sales_cycle(created::timestamp, sold::timestamp) FROM leads;
SELECT speed_to_lead(created, first_called), median_speed_to_lead(created, first_called) FROM leads WHERE false;
SELECT agent, speed_to_lead(created, first_called) OVER (ORDER BY created, agent ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM leads ORDER BY created, agent;
SELECT caught($$SELECT speed_to_lead('2026-01-01'::timestamptz, 'infinity')$$), caught($$SELECT sales_cycle('-infinity'::timestamp, '2026-01-01')$$),
	caught($$SELECT sales_cycle('4713-01-01 BC'::timestamp, '294276-01-01')$$);

-- to draw
SELECT c.* FROM (SELECT speed_to_lead(created, first_called)::jsonb AS classes FROM leads) s, jsonb_to_recordset(classes) AS c(above numeric, upto numeric, rows bigint);

-- a state is a value in anybody's hands
CREATE AGGREGATE mine(delays) (SFUNC = kpi_delays_combine, STYPE = delays);
CREATE AGGREGATE mine_from(delays) (SFUNC = kpi_delays_combine, STYPE = delays, INITCOND = '{"seconds": [[5, 1]]}');
CREATE AGGREGATE mine_rows(timestamptz, timestamptz) (SFUNC = kpi_delays_accum, STYPE = delays, INITCOND = '{}');
CREATE TEMP TABLE states AS
SELECT i, CASE WHEN i > 0 THEN (SELECT mine(delays(j * interval '0.1 s')) FROM generate_series(1, i) j) END AS d FROM unnest('{0,1,3,4,20,40,100,700}'::int[]) i;
SELECT count(*) AS states, count(DISTINCT d) AS different, bool_and(within(d, '1 day') = 1 AND denominator(within(d, '1 day')) = i) AS right,
	bool_and(d = (SELECT rollup(delays(j * interval '0.1 s')) FROM generate_series(1, i) j)) AS same FROM states WHERE i > 0;
SELECT denominator(within(mine(d), '1 day')), mine(d) = rollup(d) AS same, denominator(within(mine_from(d), '1 day')) AS from_one FROM states;
SELECT mine_rows(first_called, created) FROM leads;
SELECT c, caught(c) FROM unnest(ARRAY['SELECT kpi_delays_accum(NULL, now(), now())', 'SELECT kpi_delays_combine(d, d) FROM states', 'SELECT kpi_delays_uncombine(NULL, NULL)', 'SELECT kpi_delays_inverse(NULL, now(), now())',
	'SELECT kpi_delays_final(d), kpi_delays_rollup_final(d), kpi_delays_median_final(d) FROM states']) c;
-- damaged ones are read as others or refused, whoever reads them; bytes get there by a type of the same shape
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION raw_out(raw) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, ALIGNMENT = double, STORAGE = extended);
CREATE CAST (raw AS delays) WITHOUT FUNCTION;
CREATE CAST (delays AS raw) WITHOUT FUNCTION;
CREATE TEMP TABLE bytes AS SELECT i, d::raw::text::bytea AS b FROM states WHERE i IN (1, 4, 20, 40);
SELECT caught(format('SELECT median(%L::raw::delays)', set_byte(b, 0, 2))) AS newer, caught(format('SELECT median(%L::raw::delays)', substr(b, 1, 9))) AS cut FROM bytes WHERE i = 1;
CREATE TEMP TABLE damaged AS
SELECT c::text::raw::delays AS d FROM bytes, LATERAL (
	SELECT set_byte(b, at, get_byte(b, at) # mask) AS c FROM generate_series(0, length(b) - 1) at, unnest('{1,16,128,255}'::int[]) mask
	UNION ALL SELECT substr(b, 1, at) FROM generate_series(0, length(b) - 1) at UNION ALL SELECT b || b) s;
CREATE FUNCTION attempt(value delays, query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE query USING value;
	RETURN NULL;
EXCEPTION WHEN data_corrupted THEN
	RETURN NULL;
WHEN numeric_value_out_of_range THEN
	RETURN CASE WHEN sqlerrm !~ 'never added|too many rows' THEN sqlerrm END;
WHEN OTHERS THEN
	RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT count(*) > 3000 AS many FROM damaged;
SELECT DISTINCT attempt(d, query) FROM damaged, unnest(ARRAY['SELECT $1::text::delays, $1::jsonb, median($1), within($1, ''5 min'')', 'SELECT $1 + $1', 'SELECT $1 - delays(interval ''0.1 s'')', 'SELECT $1 = $1, kpi_delays_send($1)',
	'SELECT rollup(c), mine(c) FROM (VALUES ($1), ($1), (delays(interval ''7 s''))) v(c)', 'SELECT rollup(c) OVER (ROWS 1 PRECEDING) FROM (VALUES ($1), ($1), (delays(interval ''7 s'')), (NULL)) v(c)']) query
WHERE attempt(d, query) IS NOT NULL;
DROP TYPE raw CASCADE;

-- binary form
SELECT encode(kpi_delays_send('{"seconds": [[0, 1], [12.4, 300]], "negative": 2}'), 'hex');

DROP AGGREGATE mine(delays);
DROP AGGREGATE mine_from(delays);
DROP AGGREGATE mine_rows(timestamptz, timestamptz);
DROP FUNCTION attempt(delays, text);
DROP FUNCTION caught(text);
