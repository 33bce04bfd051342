-- The type ratio: pooling, order, intervals, tests
\set VERBOSITY terse
SET client_min_messages = warning;
-- the last digits of a double differ between systems
SET extra_float_digits = -3;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;

-- text form, exact and without trailing zeros
SELECT '8/47'::ratio, ' 8 / 47 '::ratio, ratio(8.00, 47.50), ratio(-1, 3),
	'0/0'::ratio, ratio(1e18, 1e-5);
SELECT numerator(r), denominator(r), r::float8, r::numeric
FROM (VALUES ('8/47'::ratio), ('16.3125/25.3125'), ('0/5'), ('5/0'), ('0/0'), (NULL)) v(r);

-- bad input
CREATE FUNCTION caught(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT input, caught(format('SELECT %L::ratio', input))
FROM (VALUES (''), ('8'), ('/'), ('8/'), ('/47'), ('8/47/2'), ('a/b'), ('NaN/1'), ('1/NaN'), ('8;47')) v(input);
SELECT caught('SELECT ratio(''NaN'', 1)');
SELECT caught('SELECT ratio(1, ''NaN'')');
SELECT c, caught(format('SELECT low(ratio(1, 2), %L)', c))
FROM (VALUES ('0'), ('1'), ('-0.5'), ('NaN'), ('Infinity')) v(c);
SELECT caught('SELECT avg(r) FROM (VALUES (ratio(1, 2))) v(r)');
SELECT caught('SELECT sum(r) FROM (VALUES (ratio(1, 2))) v(r)');

-- pooling: the rate of the whole, not the mean of the parts
SELECT rollup(r), rollup(r)::float8 AS pooled, avg(r::float8) AS mean
FROM (VALUES (ratio(10, 1)), (ratio(10, 9)), (NULL)) v(r);
SELECT rollup(r) FROM (VALUES (NULL::ratio)) v(r);
SELECT ratio(1, 2) + ratio(3, 4.5), ratio(1, 2) + NULL;
SELECT i, rollup(ratio(i % 7, i * 1.10)) OVER (ORDER BY i ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
FROM generate_series(1, 8) i;

-- order: by value, exactly, and a ratio without a value last
SELECT r FROM (VALUES ('1/2'::ratio), ('2/4'), ('-1/2'), ('1/-3'), ('0/7'), ('5/0'), ('1/3'),
	('333333333333333333333/1000000000000000000000'), (NULL)) v(r)
ORDER BY r, r::text;
SELECT ratio(1, 2) = ratio(2, 4) AS eq, ratio(1, 2) <> ratio(2, 4) AS ne,
	ratio(-1, 2) = ratio(1, -2) AS signs, ratio(0, 0) = ratio(5, 0) AS no_value,
	ratio(1, 3) > '333333333333333333333/1000000000000000000000' AS exact;
SELECT count(*), count(DISTINCT r) FROM
	(SELECT ratio(a, b) AS r FROM generate_series(-3, 3) a, generate_series(-4, 4) b) s;
-- equal ratios hash alike, unequal ones mostly not
SELECT bool_and((kpi_ratio_hash(x) = kpi_ratio_hash(y) AND kpi_ratio_hash_extended(x, 42) = kpi_ratio_hash_extended(y, 42))
		OR x <> y) AS alike,
	avg((kpi_ratio_hash(x) = kpi_ratio_hash(y) AND x <> y)::int) < 0.001 AS apart
FROM (SELECT ratio(a, b * 0.25) AS x FROM generate_series(-3, 3) a, generate_series(-4, 4) b) s,
	(SELECT ratio(a * 0.5, b) AS y FROM generate_series(-3, 3) a, generate_series(-4, 4) b) t;
-- every pair is in one order
SELECT count(*) AS out_of_order FROM
	(SELECT ratio(a, b) AS x FROM generate_series(-3, 3) a, generate_series(-2, 2) b) s,
	(SELECT ratio(a, b) AS y FROM generate_series(-3, 3) a, generate_series(-2, 2) b) t
WHERE (x < y)::int + (x = y)::int + (x > y)::int <> 1
	OR (x <= y) <> (x < y OR x = y) OR (x >= y) <> (x > y OR x = y)
	OR kpi_ratio_cmp(x, y) <> -kpi_ratio_cmp(y, x)
	OR (denominator(x) <> 0 AND denominator(y) <> 0
		AND sign(x::numeric - y::numeric) <> kpi_ratio_cmp(x, y));

-- Wilson's interval: the examples of Newcombe (1998), Statistics in Medicine 17, 857-872
SELECT hits, trials, round(low(ratio(hits, trials))::numeric, 4) AS low,
	round(high(ratio(hits, trials))::numeric, 4) AS high
FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29)) v(hits, trials);
-- and at other confidences, as R's prop.test(x, n, conf.level, correct = FALSE) gives
SELECT round(low(ratio(8, 47), 0.9)::numeric, 6) AS low90, round(high(ratio(8, 47), 0.9)::numeric, 6) AS high90,
	round(low(ratio(8, 47), 0.99)::numeric, 6) AS low99, round(high(ratio(8, 47), 0.99)::numeric, 6) AS high99;

-- the exact Poisson interval: Garwood's table
SELECT n, round((0.5 * low(ratio(n, 0.5)))::numeric, 4) AS low,
	round((0.5 * high(ratio(n, 0.5)))::numeric, 4) AS high
FROM unnest(ARRAY[0, 1, 2, 3, 5, 10, 20, 100]) n;
-- many events: no jump where the way of computing changes
SELECT bool_and(abs(high - lag_high - 1.0031) < 0.001) AS smooth FROM
	(SELECT high(ratio(n, 1)), lag(high(ratio(n, 1))) OVER (ORDER BY n) AS lag_high
	FROM generate_series(99990, 100010) n) s WHERE lag_high IS NOT NULL;

-- extremes: an answer or NULL, never NaN
SELECT r, low(r), high(r) FROM (VALUES ('0/0'::ratio), ('5/0'), ('0/5'), ('5/5'), ('-1/5'), ('1.5/5'), ('1/-5'),
	('1000000000000000000/1000000000000000000'), ('0/1000000000000000000'), ('0/0.5')) v(r);
SELECT low(r) < 0.5 AND high(r) > 0.5 AND high(r) - low(r) < 1e-8 AS narrow
FROM (SELECT ratio(1e18, 2e18) AS r) s;

-- Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10
SELECT a, b, round(difference::numeric, 4) AS difference, round(low::numeric, 4) AS low,
	round(high::numeric, 4) AS high
FROM (VALUES (ratio(56, 70), ratio(48, 80)), (ratio(9, 10), ratio(3, 10)), (ratio(6, 7), ratio(2, 7)),
	(ratio(5, 56), ratio(0, 29)), (ratio(0, 10), ratio(0, 20)), (ratio(0, 10), ratio(0, 10)),
	(ratio(10, 10), ratio(0, 20)), (ratio(10, 10), ratio(0, 10))) v(a, b),
	difference_test(a, b);
-- the pooled z test, as R's prop.test(correct = FALSE) gives
SELECT round((difference_test(ratio(56, 70), ratio(48, 80))).p_value::numeric, 6) AS p1,
	round((difference_test(ratio(15, 100), ratio(30, 100))).p_value::numeric, 6) AS p2,
	(difference_test(ratio(0, 10), ratio(0, 20))).p_value AS none,
	(difference_test(ratio(10, 10), ratio(20, 20))).p_value AS every_one;
-- rates per exposure; no test where an amount is not a count; NULL without a value
SELECT a, b, round(difference::numeric, 4) AS difference, round(low::numeric, 4) AS low,
	round(high::numeric, 4) AS high, round(p_value::numeric, 4) AS p_value
FROM (VALUES (ratio(30, 7.5), ratio(20, 8)), (ratio(2.5, 7), ratio(1, 7)), (ratio(1, 0), ratio(1, 2))) v(a, b),
	difference_test(a, b);

-- binary form
CREATE TEMP TABLE sent AS SELECT r, kpi_ratio_send(r) AS bytes
FROM (VALUES ('8/47'::ratio), ('-16.3125/1e-20'), ('0/0')) v(r);
SELECT r, encode(bytes, 'hex') FROM sent;

DROP FUNCTION caught(text);
