-- The recipes of doc/howto-small-samples.md, against figures worked out by hand:
-- ranking by low(ratio), and the p-chart with what widens it.

BEGIN;
SET client_min_messages = warning;
SELECT * FROM no_plan();

-- Ranking: calls of agents in slots to targets, of which so many are contacts

CREATE TEMP TABLE cell (agent text, slot time, target text, contacts int, calls int);
INSERT INTO cell VALUES
	('Once', '10:00', 'Old', 1, 1),			-- the best rate, on nothing
	('Steady', '10:00', 'Old', 270, 600),
	('Steady', '18:00', 'Old', 330, 600),
	('Short', '18:00', 'Young', 5, 9),
	('Slow', '10:00', 'Young', 40, 200),
	('Slow', '18:00', 'Young', 60, 200),
	('Never', '10:00', 'Young', 0, 12),
	('Idle', NULL, NULL, 0, 0);

CREATE TEMP TABLE call AS
SELECT agent, slot, target, CASE WHEN i <= contacts THEN 'refused' ELSE 'no_answer' END::outcome AS outcome
FROM cell, generate_series(1, calls) i
UNION ALL SELECT 'Idle', NULL, NULL, 'new';

CREATE TEMP VIEW agent_contact AS
SELECT agent, ratio(contacts(outcome), calls(outcome)) AS contact FROM call GROUP BY agent;

SELECT results_eq($$SELECT agent FROM agent_contact ORDER BY contact::numeric DESC NULLS LAST$$,
	ARRAY['Once', 'Short', 'Steady', 'Slow', 'Never', 'Idle'], 'agents by their rate: the one with one call leads');
SELECT results_eq($$SELECT agent, contact::text, round(low(contact)::numeric, 6) FROM agent_contact ORDER BY low(contact) DESC NULLS LAST$$,
	-- (p + z²/2n − z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n), with z = 1.959964
	$$VALUES ('Steady', '600/1200', 0.471756), ('Short', '5/9', 0.266651), ('Slow', '100/400', 0.210079), ('Once', '1/1', 0.206549),
		('Never', '0/12', 0), ('Idle', '0/0', NULL)$$,
	'agents by what their rate surely is: who has shown it leads, and who has nothing comes last');
SELECT results_eq($$SELECT agent FROM agent_contact ORDER BY high(contact)$$,
	ARRAY['Never', 'Slow', 'Steady', 'Short', 'Once', 'Idle'], 'agents by what their rate surely is not above');
SELECT results_eq($$SELECT slot::text, ratio(contacts(outcome), calls(outcome))::text FROM call WHERE slot IS NOT NULL
		GROUP BY slot ORDER BY low(ratio(contacts(outcome), calls(outcome))) DESC$$,
	$$VALUES ('18:00:00', '395/809'), ('10:00:00', '311/813')$$, 'slots');
SELECT results_eq($$SELECT target, ratio(contacts(outcome), calls(outcome))::text FROM call WHERE target IS NOT NULL
		GROUP BY target ORDER BY low(ratio(contacts(outcome), calls(outcome))) DESC$$,
	$$VALUES ('Old', '601/1201'), ('Young', '105/421')$$, 'targets');

-- more of the same is surer, so it ranks higher
SELECT is(count(*), 0::bigint, 'at the same rate the rank grows with the number of cases')
FROM generate_series(1, 9) hits, generate_series(1, 200) times
WHERE low(ratio(hits * (times + 1), 10 * (times + 1))) <= low(ratio(hits * times, 10 * times));

-- The p-chart: the cans of orange juice concentrate of Montgomery, Introduction
-- to Statistical Quality Control: 30 samples of 50, of which so many are
-- nonconforming. The book has a centre of 0.2313, limits of 0.0524 and 0.4102,
-- and the samples 15 and 23 outside.

CREATE TEMP TABLE sample AS
SELECT n::int AS day, ratio(hits, 50) AS share
FROM unnest(ARRAY[12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6])
	WITH ORDINALITY AS s(hits, n);

CREATE TEMP VIEW chart AS
SELECT day, share, p, p - 3 * error AS lowest, p + 3 * error AS highest, abs(share::numeric - p) > 3 * error AS signal
FROM (
	SELECT day, share, p, sqrt(p * (1 - p) / denominator(share)) AS error
	FROM (SELECT day, share, (rollup(share) OVER ())::numeric AS p FROM sample) with_all
) limits;

SELECT results_eq($$SELECT DISTINCT round(p, 4), round(lowest, 4), round(highest, 4) FROM chart$$,
	$$VALUES (0.2313, 0.0524, 0.4102)$$, 'p-chart: centre and limits of the book');
SELECT results_eq($$SELECT day FROM chart WHERE signal ORDER BY day$$, ARRAY[15, 23], 'p-chart: samples outside');

CREATE TEMP VIEW in_one_comparison AS
SELECT day FROM (SELECT day, share, (rollup(share) OVER ())::float8 AS p FROM sample) s
WHERE p NOT BETWEEN low(share, 0.9973002039367398) AND high(share, 0.9973002039367398);
SELECT results_eq($$SELECT day FROM in_one_comparison ORDER BY day$$, ARRAY[15, 23],
	'p-chart: the interval of 99.73 % signals the same samples');

-- the two ways are one: everything that n cases may give, against rates of the whole
SELECT is(count(*), 0::bigint, 'outside three standard errors = outside the interval of 99.73 %')
FROM unnest(ARRAY[1, 7, 50, 333]) n, generate_series(0, n) hits, unnest(ARRAY[0.003, 0.0499, 0.2478, 0.5, 0.88]) p
WHERE (abs(hits::numeric / n - p) > 3 * sqrt(p * (1 - p) / n))
	<> (p::float8 NOT BETWEEN low(ratio(hits, n), 0.9973002039367398) AND high(ratio(hits, n), 0.9973002039367398));

-- Laney's p′-chart, by hand: four days of 100, p = 1/4, error = √(3/16)/10 = 0.0433013,
-- distances of −2/√3, 2/√3, 4/√3, −4/√3; they are 4/√3, 2/√3, 8/√3 apart, on average
-- 14/(3√3), and that over 1.128 is 2.388565

CREATE TEMP VIEW spread AS
SELECT day, share, z, avg(abs(z - z_before)) OVER () / 1.128 AS spread
FROM (
	SELECT day, share, z, lag(z) OVER (ORDER BY day) AS z_before
	FROM (
		SELECT day, share, (share::numeric - p) / sqrt(p * (1 - p) / denominator(share)) AS z
		FROM (SELECT day, share, (rollup(share) OVER ())::numeric AS p FROM sample) with_all
	) distances
) consecutive;

-- the orange juice again: its samples are 1.66 times as far apart as chance has them, and 3.5 and 4.2 errors are no news
SELECT results_eq($$SELECT DISTINCT round(spread, 4), (SELECT count(*) FROM spread WHERE abs(z) > 3 * spread) FROM spread$$,
	$$VALUES (1.6609, 0::bigint)$$, 'p′-chart: the wider limits let all samples pass');

TRUNCATE sample;
INSERT INTO sample VALUES (1, ratio(20, 100)), (2, ratio(30, 100)), (3, ratio(35, 100)), (4, ratio(15, 100));
SELECT results_eq($$SELECT day, round(z, 6), round(spread, 6) FROM spread ORDER BY day$$,
	$$VALUES (1, -1.154701, 2.388565), (2, 1.154701, 2.388565), (3, 2.309401, 2.388565), (4, -2.309401, 2.388565)$$,
	'p′-chart: distances and spread, by hand');

-- Counts per hour: no event in 20.5 hours at 99.73 % is at most −ln(0.00135) / 20.5 an hour
SELECT is(round(high(ratio_per(0, 20.5), 0.9973002039367398)::numeric, 6), 0.322328, 'a count per hour has the exact Poisson limit');
SELECT is((SELECT (low(r), high(r))::text FROM (VALUES (ratio_per(3, 7))) v(r)), (SELECT (low(r) / 7, high(r) / 7)::text FROM (VALUES ('3'::ratio)) v(r)),
	'three in seven hours is not three of seven: it is as sure as three are');
SELECT isnt(low(ratio(3, 7)), low(ratio_per(3, 7)), 'and three of seven is surer');

SELECT * FROM finish();
ROLLBACK;
