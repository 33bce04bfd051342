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
-- the kind stands behind where the numbers alone would be another's
SELECT r, r::text::ratio::text = r::text AS same, round(low(r)::numeric, 4) AS low, round(high(r)::numeric, 4) AS high
FROM (VALUES (ratio(8, 47)), (ratio(8, 47, 'mean')), (ratio(8, 7)), (ratio(8, 7, 'proportion')), (ratio(3500.00, 2)),
	(ratio(2.5, 7)), (ratio(-1, 7)), (ratio_per(12, 30.5)), (ratio_per(0.6, 8)), (ratio(12, 30.5, 'RATE')), (ratio_per(12, -1)),
	('602'), ('602.50'), ('602.00 amount'), ('-602'), ('602 Count '), (ratio(0, 0)), (ratio_per(0, 0)), (ratio(0, 0, 'mean')),
	(ratio(5, 0)), (ratio_per(5, 0)), ('0'), ('0/0 mean')) v(r);
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
FROM (VALUES (''), (' '), ('/'), ('8 of 47'), ('per'), (' per '), ('8 per 4 mean'), ('8/47 rate'), ('8/47 amount'), ('8.5/9 proportion'),
	('-8/9 proportion'), ('-8 count'), ('8.5 count'), ('8 proportion'), ('8 per 1 per 2'), ('proportion'), (' mean'), ('1 - 2/3'), ('8/'), ('/47'), ('8/47/2'), ('a/b'), ('NaN/1'), ('1/NaN'), ('8;47')) v(input);
SELECT caught('SELECT ratio(''NaN'', 1)');
SELECT caught('SELECT ratio(1, ''NaN'')');
SELECT c, caught(format('SELECT low(ratio(1, 2), %L)', c))
FROM (VALUES ('0'), ('1'), ('-0.5'), ('NaN'), ('Infinity')) v(c);
SELECT caught(format('SELECT ratio(%s, 9, %L)', n, k))
FROM (VALUES ('8', 'share'), ('8', 'count'), ('8', ''), ('8.5', 'proportion'), ('-8', 'proportion'), ('8.5', 'mean')) v(n, k);
SELECT a, caught(format('SELECT %s(r) FROM (VALUES (ratio(1, 2))) v(r)', a)),
	caught(format('SELECT %s(r) OVER (ROWS 1 PRECEDING) FROM (VALUES (ratio(1, 2)), (NULL)) v(r)', a))
FROM unnest('{avg,sum,min,max}'::text[]) a;

-- pooling: the rate of the whole, not the mean of the parts
SELECT rollup(r), rollup(r)::float8 AS pooled, avg(r::float8) AS mean
FROM (VALUES (ratio(10, 1)), (ratio(10, 9)), (NULL)) v(r);
SELECT rollup(r) FROM (VALUES (NULL::ratio)) v(r);
SELECT ratio(1, 2) + ratio(3, 4), ratio(1, 2) + NULL, ratio(1, 2, 'mean') + ratio(3, 4.5), ratio(2.5, 5) + ratio(2.5, 5),
	ratio_per(1, 2) + ratio_per(3, 4.5), '600'::ratio + '2', '600.5'::ratio + '2.5', '0.5'::ratio + '600 amount';
-- two kinds do not mix, and nothing of nothing is of any
SELECT a, b, caught(format('SELECT %L::ratio + %L', a, b))
FROM unnest('{1/2,1 per 2,1/2 mean,3,3.5,0/0}'::text[]) a, unnest('{1/2,1 per 2,1/2 mean,3,3.5,0/0}'::text[]) b WHERE a < b;
SELECT r, r + '0/0' AS right, '0/0' + r AS left FROM (VALUES ('1/2'::ratio), ('1 per 2'), ('1/2 mean'), ('3'), ('3.5'), ('0/0')) v(r);
SELECT caught($$SELECT rollup(r) FROM (VALUES ('1/2'::ratio), (NULL), ('0/0'), ('5/2')) v(r)$$);
SELECT caught($$SELECT kpi_ratio_uncombine('1/2', '3/4')$$), caught($$SELECT kpi_ratio_uncombine('1 per 2', '1/2')$$);
-- three months of sales are one total
SELECT rollup(r), rollup(r)::numeric AS sales, low(rollup(r)), high(rollup(r)) FROM (VALUES ('200'::ratio), ('201'), ('201')) v(r);
SELECT i, rollup(ratio(i % 7, i * 1.10)) OVER (ORDER BY i ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
FROM generate_series(1, 8) i;
-- a frame is what its rows alone would be
SELECT count(*) AS frames, count(*) FILTER (WHERE moving::text IS DISTINCT FROM (SELECT rollup(r)::text FROM unnest(rs) r)) AS wrong FROM (
	SELECT rollup(r) OVER w AS moving, array_agg(r) OVER w AS rs
	FROM (SELECT i, CASE WHEN i % 5 = 0 THEN '0/0' WHEN i % 7 = 0 THEN NULL WHEN (i - 1) % 20 < 9 THEN ratio_per(i, i * 0.25)
			WHEN i / 100 % 2 = 0 THEN i::text::ratio ELSE ratio(i, 1000) END AS r
		FROM generate_series(1, 400) i) s
	WINDOW w AS (ORDER BY i / 10 RANGE BETWEEN CURRENT ROW AND CURRENT ROW)) f;
SELECT i, rollup(r) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
FROM (VALUES (1, '5'::ratio), (2, '0/0'), (3, '1/2'), (4, '0/0'), (5, '-3 per 2'), (6, '3 per -2'), (7, '0/0'), (8, '0')) v(i, r) WHERE i <= 7;

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

-- numbers that products do not fit in compare and hash without an error
CREATE TEMP TABLE huge AS SELECT row_number() OVER () AS place, r FROM (VALUES ('-1e131071/1e-16383'::ratio), ('-1e131071/1'),
	('-1e131071/1e131071'), ('1e-16383/1e131071'), ('1e-16383/1e131070'), ('1e131071/2e131071'), ('1e131071/1e131071'),
	('1e131071/1'), ('1e131071/1e-16383'), ('1e131071/0')) v(r);
SELECT count(*) AS out_of_order FROM huge a, huge b
WHERE sign(a.place - b.place) <> kpi_ratio_cmp(a.r, b.r) OR (kpi_ratio_hash(a.r) = kpi_ratio_hash(b.r)) <> (a.place = b.place);
SELECT r1 = r2 AS eq, kpi_ratio_hash(r1) = kpi_ratio_hash(r2) AS hash, kpi_ratio_hash_extended(r1, 7) = kpi_ratio_hash_extended(r2, 7) AS extended
FROM (VALUES ('1e131071/2e131071'::ratio, '1e-16383/2e-16383'::ratio), ('3e131071/1e131071', '3'), ('-1/3e100', '1e100/-3e200'),
	('2147483647/4294967294', '1/2'), ('2147483629e50/2147483647', '4611686014132420609/2147483647'), ('4611686014132420609/2147483647e-3', '2147483647e3'),
	('0/1e131071', '0'), ('5/0', '0/0')) v(r1, r2);
SELECT CASE WHEN r < 1e308 THEN r::float8 END AS value, low(r), high(r) FROM (VALUES ('1e-16383/1e131071'::ratio), ('0/1e131071'), ('1e131071/2e131071'), ('1e131071')) v(r);
SELECT (difference_test('1e131071', '1e131070')).*;
SELECT caught($$SELECT '1e131071/1e-16383'::ratio::float8$$), caught($$SELECT '1e131071/1e-16383'::ratio::numeric$$);

-- with a number, either way around; NULL without a value
SELECT r, r >= 0.44 AS ge, r > 0.44 AS gt, r = 0.44 AS eq, r <> 0.44 AS ne, r <= 0.44 AS le, r < 0.44 AS lt, 0.44 < r AS less, 0.44 = r AS equal
FROM (VALUES ('44/100'::ratio), ('43/100'), ('11 per 25'), ('0.45'), ('0/0'), ('5/0'), (NULL)) v(r);
SELECT left(r::text, 20) AS r, r >= 0.44::float8 AS ge, r = 0.44::float8 AS eq, r < 'Infinity'::float8 AS below, r > '-Infinity'::float8 AS above, r < 'NaN'::float8 AS nan, 0.44::float8 <= r AS le
FROM (VALUES ('44/100'::ratio), ('43/100'), ('1e131071/1e-16383'), ('0/0')) v(r);
SELECT ratio(6, 3) = 2 AS int, ratio(6, 3) > 1 AS gt, 2 >= ratio(6, 3) AS ge, ratio(6, 3) < 3::bigint AS bigint, ratio(6, 3) = '2' AS text,
	ratio(1, 3) < 'NaN'::numeric AS nan, ratio(1, 3) > 0.33333333333333333333333333333333333333333333 AS exact;
SELECT bool_and((r < x) = (r::numeric < x) AND (r > x) = (r::numeric > x) AND (r <= x) = (r::numeric <= x) AND (r >= x) = (r::numeric >= x)
	AND (r = x) = (r::numeric = x) AND (r <> x) = (r::numeric <> x) AND (x < r) = (x < r::numeric) AND (x > r) = (x > r::numeric)
	AND (x <= r) = (x <= r::numeric) AND (x >= r) = (x >= r::numeric) AND (x = r) = (x = r::numeric) AND (x <> r) = (x <> r::numeric)) AS as_numeric,
	bool_and((r < y) = (r::float8 < y) AND (r > y) = (r::float8 > y) AND (r <= y) = (r::float8 <= y) AND (r >= y) = (r::float8 >= y)
	AND (r = y) = (r::float8 = y) AND (r <> y) = (r::float8 <> y) AND (y < r) = (y < r::float8) AND (y > r) = (y > r::float8)
	AND (y <= r) = (y <= r::float8) AND (y >= r) = (y >= r::float8) AND (y = r) = (y = r::float8) AND (y <> r) = (y <> r::float8)) AS as_float8
FROM (SELECT ratio(a, b) AS r, c * 0.25 AS x, (c * 0.25)::float8 AS y
	FROM generate_series(-4, 4) a, unnest('{-4,-2,-1,1,2,4}'::int[]) b, generate_series(-6, 6) c) s;

-- for reading
SELECT round(ratio(8, 47), 3) AS three, round(ratio(2, 3), 30) AS thirty, round(ratio(12345, 1), -2) AS hundreds, round(ratio(1, 8), 2) AS half,
	round('0/0'::ratio, 2) AS none, round(ratio(1, 3e30), 32) AS small, round('1.23', 1) AS the_servers_own;
SELECT percent(0.4376), percent(0.4376, 0), percent(0.285, 0) AS half, percent(ratio(1, 3)::float8, 3), percent(NULL), percent(-0.0005, 2), percent(1);

-- Wilson's interval: the examples of Newcombe (1998), Statistics in Medicine 17, 857-872
SELECT hits, trials, round(low(ratio(hits, trials))::numeric, 4) AS low,
	round(high(ratio(hits, trials))::numeric, 4) AS high
FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29)) v(hits, trials);
-- and at other confidences, as R's prop.test(x, n, conf.level, correct = FALSE) gives
SELECT round(low(ratio(8, 47), 0.9)::numeric, 6) AS low90, round(high(ratio(8, 47), 0.9)::numeric, 6) AS high90,
	round(low(ratio(8, 47), 0.99)::numeric, 6) AS low99, round(high(ratio(8, 47), 0.99)::numeric, 6) AS high99;

-- the exact Poisson interval: Garwood's table
SELECT n, round((0.5 * low(ratio_per(n, 0.5)))::numeric, 4) AS low,
	round((0.5 * high(ratio_per(n, 0.5)))::numeric, 4) AS high
FROM unnest(ARRAY[0, 1, 2, 3, 5, 10, 20, 100]) n;
-- many events: no jump where the way of computing changes
SELECT bool_and(abs(high - lag_high - 1.0031) < 0.001) AS smooth FROM
	(SELECT high(ratio_per(n, 1)), lag(high(ratio_per(n, 1))) OVER (ORDER BY n) AS lag_high
	FROM generate_series(99990, 100010) n) s WHERE lag_high IS NOT NULL;

-- extremes: an answer or NULL, never NaN
SELECT r, low(r), high(r) FROM (VALUES ('0/0'::ratio), ('5/0'), ('0/5'), ('5/5'), ('-1/5'), ('1.5/5'), ('1/-5'),
	('1000000000000000000/1000000000000000000'), ('0/1000000000000000000'), ('0 per 0.5'), ('5 per 0'), ('9/8 proportion'), ('0')) v(r);
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
-- rates and counts; no test of anything else, nor of two kinds; NULL without a value
SELECT a, b, round(difference::numeric, 4) AS difference, round(low::numeric, 4) AS low,
	round(high::numeric, 4) AS high, round(p_value::numeric, 4) AS p_value
FROM (VALUES (ratio_per(30, 7.5), ratio_per(20, 8)), ('105', '95'), ('0', '0'), ('0', '4'), ('0 per 3', '4 per 1'), (ratio_per(0.6, 7), ratio_per(1, 7)), (ratio(2.5, 7), ratio(1, 7)),
	(ratio(1, 2), ratio_per(1, 3)), (ratio(3, 2), ratio(7, 5)), (ratio(1, 0), ratio(1, 2)), ('0/0', '3')) v(a, b),
	difference_test(a, b);

-- binary form
CREATE TEMP TABLE sent AS SELECT r, kpi_ratio_send(r) AS bytes
FROM (VALUES ('8/47'::ratio), ('-16.3125/1e-20'), ('12 per 30.5'), ('8/47 mean'), ('602'), ('0.5'), ('0/0')) v(r);
SELECT r, encode(bytes, 'hex') FROM sent;

-- at rest: what is newer, or damaged, is read as another ratio or refused
CREATE CAST (bytea AS ratio) WITHOUT FUNCTION;
CREATE CAST (ratio AS bytea) WITHOUT FUNCTION;
SELECT caught(format('SELECT low((%L::bytea)::ratio)', set_byte(r::bytea, 0, 2))) AS newer,
	caught(format('SELECT low((%L::bytea)::ratio)', substr(r::bytea, 1, 9))) AS cut
FROM (VALUES ('8/47'::ratio)) v(r);
SELECT DISTINCT left(e, 5) FROM (
	SELECT caught(format('SELECT r::text, r + r, r::numeric, low(r), kpi_ratio_hash(r), r < r, kpi_ratio_send(r) FROM (SELECT (%L::bytea)::ratio AS r) s', b)) AS e
	FROM (VALUES ('8/47'::ratio), ('-16.3125/0.0001'), ('12 per 30.5'), ('602'), ('0/0')) v(r),
		LATERAL (SELECT set_byte(r::bytea, i, get_byte(r::bytea, i) # mask) AS b FROM generate_series(0, length(r::bytea) - 1) i, unnest('{1,2,64,128,255}'::int[]) mask
			UNION ALL SELECT substr(r::bytea, 1, i) FROM generate_series(0, length(r::bytea) - 1) i UNION ALL SELECT r::bytea || r::bytea) d) s
WHERE e !~ '^(no error|XX001)' AND e !~ '^22003 (value overflows|ratio is out of range|cannot subtract)' AND e !~ '^22012';
DROP CAST (bytea AS ratio);
DROP CAST (ratio AS bytea);

DROP FUNCTION caught(text);
