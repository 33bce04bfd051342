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
		LATERAL (SELECT ratio(n, exposure) AS r, (1 - confidence) / 2 AS tail) r
	WHERE n > exposure AND NOT (abs(poisson_at_most(n, high(r, confidence) * exposure::float8) - tail) < 1e-9
		AND (n = 0 OR abs(1 - poisson_at_most(n - 1, low(r, confidence) * exposure::float8) - tail) < 1e-9))
$$, 'Garwood: the tails of the Poisson distribution');
SELECT is((low(ratio(0, 0.5)), high(ratio(0, 0.5))::numeric(20, 10))::text, (0::float8, round(-2 * ln(0.025), 10))::text, 'Garwood: no event at all');

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

SELECT * FROM finish();
ROLLBACK;
