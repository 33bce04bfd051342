-- The limits and p-values of ratios against their defining equations, solved
-- or summed here in another way than the extension does.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA statistics_test;
SET LOCAL search_path = statistics_test, public, kpi_internal;
SELECT * FROM no_plan();

-- Two-sided quantiles of the normal distribution, from printed tables
CREATE TABLE quantile (confidence float8, z numeric);
INSERT INTO quantile VALUES (0.5, 0.674489750196082), (0.9, 1.644853626951473), (0.95, 1.959963984540054),
	(0.99, 2.575829303548901), (0.999, 3.290526731491894);

-- Wilson's limits are the two roots of n (hits / n - p)^2 = z^2 p (1 - p)
CREATE FUNCTION wilson(hits numeric, n numeric, z numeric, side int) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
	SELECT (2 * hits + z * z + side * z * sqrt(z * z + 4 * hits * (1 - hits / n) + 0::numeric(40, 30))) / (2 * (n + z * z))
$$;
SELECT is_empty($$
	SELECT hits, n, confidence, low(r, confidence), wilson(hits, n, z, -1), high(r, confidence), wilson(hits, n, z, 1)
	FROM (VALUES (1), (2), (3), (10), (47), (1000), (1000000)) v(n), generate_series(0, 10) tenth,
		LATERAL (SELECT round(n * tenth / 10.0) AS hits) h, LATERAL (SELECT ratio(hits, n) AS r) r, quantile
	WHERE NOT (abs(low(r, confidence)::numeric - wilson(hits, n, z, -1)) < 1e-12 AND abs(high(r, confidence)::numeric - wilson(hits, n, z, 1)) < 1e-12)
$$, 'Wilson: the roots of the quadratic');

-- Garwood's limits: so many events or more, or so many or fewer, have half
-- of what the confidence leaves, by adding up Poisson probabilities
CREATE FUNCTION poisson_at_most(n int, mean float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	term float8 := -mean;
	total float8 := 0;
BEGIN
	-- terms as logarithms, since exp(-mean) of a large mean is zero
	FOR k IN 0..n LOOP
		IF k > 0 THEN term := term + ln(mean) - ln(k::float8); END IF;
		total := total + CASE WHEN term > -700 THEN exp(term) ELSE 0 END;
	END LOOP;
	RETURN total;
END $$;
SELECT is_empty($$
	SELECT n, exposure, confidence FROM unnest('{0,1,2,3,5,10,47,200,1000,5000}'::int[]) n, unnest('{0.5,7.25,0.001}'::numeric[]) exposure, quantile,
		LATERAL (SELECT ratio_per(n, exposure) AS r, (1 - confidence) / 2 AS tail) r
	WHERE NOT (abs(poisson_at_most(n, high(r, confidence) * exposure::float8) - tail) < 1e-9
		AND (n = 0 OR abs(1 - poisson_at_most(n - 1, low(r, confidence) * exposure::float8) - tail) < 1e-9))
$$, 'Garwood: the tails of the Poisson distribution');
SELECT is((low(ratio_per(0, 0.5)), high(ratio_per(0, 0.5))::numeric(20, 10))::text, (0::float8, round(-2 * ln(0.025), 10))::text, 'Garwood: no event at all');

-- Newcombe's method 10 from the single limits above
CREATE TABLE pairs AS
SELECT a, m, b, n FROM (VALUES (56, 70, 48, 80), (9, 10, 3, 10), (5, 56, 0, 29), (0, 10, 0, 20), (10, 10, 0, 20), (1, 1000000, 3, 900000), (47, 100, 47, 100)) v(a, m, b, n);
SELECT is_empty($$
	SELECT p.*, t, l FROM pairs p, difference_test(ratio(a, m), ratio(b, n)) t,
		LATERAL (SELECT 1.959963984540054 AS z) z,
		LATERAL (SELECT a::numeric / m AS pa, b::numeric / n AS pb, wilson(a, m, z, -1) AS la, wilson(a, m, z, 1) AS ha, wilson(b, n, z, -1) AS lb, wilson(b, n, z, 1) AS hb) w,
		LATERAL (SELECT pa - pb - sqrt((pa - la) ^ 2 + (hb - pb) ^ 2) AS low, pa - pb + sqrt((ha - pa) ^ 2 + (pb - lb) ^ 2) AS high) l
	WHERE NOT (abs(t.low::numeric - l.low) < 1e-12 AND abs(t.high::numeric - l.high) < 1e-12 AND abs(t.difference::numeric - (pa - pb)) < 1e-12)
$$, 'Newcombe: squares and adds');

-- The pooled z test: the normal tail by its series
CREATE FUNCTION two_tails(z float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	term float8 := z;
	total float8 := z;
BEGIN
	FOR k IN 1..200 LOOP
		EXIT WHEN abs(term) < 1e-30;
		term := term * z * z / (2 * k + 1);
		total := total + term;
	END LOOP;
	RETURN 1 - 2 * total * exp(-z * z / 2) / sqrt(2 * pi());
END $$;
SELECT is_empty($$
	SELECT p.*, t.p_value, two_tails(z) FROM pairs p, difference_test(ratio(a, m), ratio(b, n)) t,
		LATERAL (SELECT (a + b)::float8 / (m + n) AS pooled) o,
		LATERAL (SELECT abs(a::float8 / m - b::float8 / n) / nullif(sqrt(pooled * (1 - pooled) * (1.0::float8 / m + 1.0::float8 / n)), 0) AS z) z
	WHERE NOT abs(t.p_value - coalesce(two_tails(z), 1)) < 1e-12
$$, 'the pooled z test');

-- The conditional exact test: of all events, those of the first are a binomial
-- number; what is no more probable than what happened is added up here in
-- exact arithmetic, term by term
CREATE FUNCTION conditional_test(a int, b int, s int, t int) RETURNS numeric LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	-- the terms s^k t^(n-k) n! / k! / (n-k)!, as whole numbers
	term numeric := t::numeric ^ (a + b)::numeric;
	terms numeric[];
	total numeric := 0;
	none numeric := 0;
BEGIN
	term := trunc(term);
	FOR k IN 0..a + b LOOP
		terms := terms || term;
		term := div(term * s * (a + b - k), t * (k + 1));
	END LOOP;
	FOREACH term IN ARRAY terms LOOP
		total := total + term;
		IF term <= terms[a + 1] THEN none := none + term; END IF;
	END LOOP;
	RETURN none / total;
END $$;
CREATE TABLE counts AS
SELECT a, b, s, t FROM (VALUES (105, 95, 1, 1), (95, 105, 1, 1), (11, 21, 800, 3011), (3, 9, 1, 1), (0, 6, 2, 1), (6, 0, 2, 1), (0, 1, 1, 1), (2, 2, 1, 1),
	(1, 12, 5, 7), (40, 10, 3, 2), (150, 30, 3, 1), (50, 60, 10, 11), (5, 5, 9, 1), (60, 300, 1, 7)) v(a, b, s, t)
UNION SELECT a, b, s, 3 FROM generate_series(0, 8) a, generate_series(0, 8) b, unnest('{1,3,10}'::int[]) s WHERE a + b > 0;
SELECT is_empty($$
	SELECT c.*, p_value, conditional_test(a, b, s, t) FROM counts c, difference_test(ratio_per(a, s), ratio_per(b, t))
	WHERE NOT abs(p_value::numeric / conditional_test(a, b, s, t) - 1) < 1e-11
$$, 'rates: the conditional exact test');
SELECT is_empty($$
	SELECT c.*, rates, totals FROM counts c, difference_test(ratio_per(a, 1), ratio_per(b, 1)) rates, difference_test(a::text::ratio, b::text::ratio) totals
	WHERE rates::text <> totals::text
$$, 'two counts are two rates of the same exposure');
-- R's own example of poisson.test(): 11 and 21 cases among 800 and 3011; p-value = 0.07967
SELECT is(round((difference_test(ratio_per(11, 800), ratio_per(21, 3011))).p_value::numeric, 5), 0.07967, 'the published p-value of an example');
-- 105 sales against 95: 200 tosses of a coin are 5 or more from 100 with probability 0.5246
SELECT is(round((difference_test('105', '95')).p_value::numeric, 4), round((2 * (SELECT sum(p) FROM (
	SELECT exp(sum(ln(200 - i + 1.0) - ln(i::numeric)) OVER (ORDER BY i) - 200 * ln(2.0)) AS p, i FROM generate_series(1, 200) i) s WHERE i >= 105))::numeric, 4),
	'105 sales against 95 are no difference');
-- its interval is made of the single exact ones
SELECT is_empty($$
	SELECT c.*, d FROM counts c, LATERAL (SELECT ratio_per(a, s) AS x, ratio_per(b, t) AS y) r, difference_test(x, y) d
	WHERE NOT abs(d.low - (x::float8 - y::float8 - sqrt((x::float8 - low(x)) ^ 2 + (high(y) - y::float8) ^ 2))) < 1e-12
		OR NOT abs(d.high - (x::float8 - y::float8 + sqrt((high(x) - x::float8) ^ 2 + (y::float8 - low(y)) ^ 2))) < 1e-12
$$, 'the interval of a difference of rates');
-- Many events: no sum of all of them, and the normal distribution's p-value nearly
SELECT is_empty($$
	SELECT n, d.p_value, two_tails(z) FROM unnest('{1e4,1e6,1e7,9e7,1e8,1e12,1e15}'::numeric[]) n, unnest('{0,0.5,1,2,3}'::float8[]) z,
		LATERAL (SELECT round(n / 2 + z::numeric * sqrt(n) / 2) AS a) a, difference_test(ratio_per(a, 1), ratio_per(n - a, 1)) d
	WHERE NOT abs(d.p_value - two_tails(z)) < 1.5 / sqrt(n)
$$, 'the exact test of many events comes to the normal one');
DO $$
DECLARE
	started timestamptz := clock_timestamp();
BEGIN
	PERFORM difference_test(ratio_per(5000000 + i, 1), ratio_per(4995000, 0.999)) FROM generate_series(1, 200) i;
	CREATE TABLE taken AS SELECT extract(epoch FROM clock_timestamp() - started) / 200 AS seconds;
END $$;
SELECT cmp_ok((SELECT seconds FROM taken)::numeric, '<', 0.01, 'and takes no time');
SELECT is_empty($$
	SELECT a, b, d FROM (VALUES (0::numeric, 1e-300), (1, 1e-300), (0, 1e300), (1, 1e300), (1e15, 1), (1e300, 1), (1e17, 1e-17), (3, 1)) a(n, e),
		(VALUES (0::numeric, 1e-300), (1, 1e-300), (0, 1e300), (1, 1e300), (1e15, 1), (1e300, 1), (1e17, 1e-17), (3, 1)) b(n, e),
		difference_test(ratio_per(a.n, a.e), ratio_per(b.n, b.e)) d
	WHERE d.p_value < 0 OR d.p_value > 1 OR d.low > d.difference OR d.high < d.difference OR d.p_value = 'NaN'
$$, 'extremes have an answer, or NULL');

SELECT * FROM finish();
ROLLBACK;
