-- Mixes: exact counts of text items
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;
\pset null -
SET extra_float_digits = -3;

CREATE TEMP TABLE call (g int, outcome outcome, reason text, product text, amount numeric);
INSERT INTO call VALUES
	(1, 'refused', 'price', NULL, NULL), (1, 'refused', 'price', NULL, NULL), (1, 'refused', 'no need', NULL, NULL),
	(1, 'declined', NULL, NULL, NULL), (1, 'refused', 'no time', NULL, NULL), (1, 'no_answer', 'price', NULL, NULL),
	(1, 'sale', 'price', 'fibre', 30.50), (1, 'direct_sale', NULL, 'mobile', 10), (1, 'cancelled_sale', NULL, 'fibre', 29.50),
	(1, 'refused+sale', 'no need', NULL, 5), (1, 'sale', NULL, 'fibre', NULL), (2, 'refused', '', NULL, NULL), (2, NULL, 'price', 'fibre', 1),
	(3, 'no_answer', 'price', 'fibre', 1);

SELECT g, refusal_reasons(outcome, reason), product_mix(outcome, product), product_revenue_mix(outcome, product, amount)
FROM call GROUP BY ROLLUP (g) ORDER BY g;
SELECT i.* FROM (SELECT refusal_reasons(outcome, reason) AS m FROM call) s, mix_items(m) i;
SELECT i.* FROM (SELECT product_revenue_mix(outcome, product, amount) AS m FROM call) s, mix_items(m) i;
-- a NULL item is a class of its own, a NULL outcome or weight is no row
SELECT mix(reason), weighted_mix(reason, amount) FROM call;
SELECT mix(reason), weighted_mix(reason, amount), refusal_reasons(outcome, reason), product_mix(outcome, product) FROM call WHERE false;
SELECT count(*) FROM mix_items(NULL);
SELECT count(*) FROM mix_items('[]');

-- ties share a rank and stand in item order, the unknown last
SELECT i.rank, i.item, i.amount, i.share FROM (SELECT mix(x) AS m FROM unnest('{b,a,é,B,a,b,c,NULL,NULL,10,9}'::text[]) x) s, mix_items(m) i;
-- weights are exact, and what weighs nothing is not there
SELECT weighted_mix(x, w) FROM (VALUES ('a', 0.1), ('a', 0.2), ('b', 0), ('c', 1e20), ('c', 1e-20)) v(x, w);

-- JSON text, with every character escaped, reads back to the same
SELECT mix(x) AS m FROM unnest(ARRAY['say "no"', E'tab\there', E'line\nend', E'back\\slash', E'bell\x07', 'été', '日本', '/', '']) x;
SELECT bool_and(m = m::text::mix AND (m::jsonb -> 0 ->> 0) = x) AS same
FROM (SELECT x, mix(x) AS m FROM (SELECT chr(i) AS x FROM generate_series(1, 3000) i) c GROUP BY x) s;
SELECT ' [ [ "b" , 1 ] , ["a",2.50], [null, 3] ] '::mix, '[]'::mix, '[["a", 1e3]]'::mix,
	'[["\u00e9\ud83d\ude00", 1]]'::mix::text = '[["é😀", 1]]' AS escapes;
SELECT pg_typeof(m::jsonb), m::jsonb, m::jsonb -> 0 ->> 1 AS most FROM (SELECT mix(x) AS m FROM unnest('{a,b,a}'::text[]) x) s;

-- sums and differences
SELECT a + b AS plus, a + b - b = a AS minus, a = b AS eq, a <> b AS ne, b - b AS none
FROM (SELECT '[["x", 1], [null, 2]]'::mix AS a, '[["y", 1.5], ["x", 1]]'::mix AS b) s;
SELECT rollup(m) = (SELECT mix(reason) FROM call) AS rolled_up FROM (SELECT mix(reason) AS m FROM call GROUP BY g) s;
SELECT g, mix(product) OVER (ORDER BY product ROWS 2 PRECEDING) FROM call WHERE g = 1 ORDER BY product, g;

-- exact with a million items: as GROUP BY
SELECT count(*) AS items, sum(amount), max(rank) FROM (SELECT mix('item ' || i % 100000) AS m FROM generate_series(1, 300000) i) s, mix_items(m);
SELECT count(*) AS different FROM (
	(SELECT item, amount FROM (SELECT mix('item ' || (i * 7919 % 5003)) AS m FROM generate_series(1, 20000) i) s, mix_items(m)
	EXCEPT SELECT 'item ' || (i * 7919 % 5003), count(*) FROM generate_series(1, 20000) i GROUP BY 1)) d;

-- errors
SELECT weighted_mix('a', -1);
SELECT weighted_mix('a', 'NaN');
SELECT product_revenue_mix('sale', 'a', -0.01);
SELECT '[["a", 1]]'::mix - '[["a", 2]]'::mix;
SELECT '[["a", 1]]'::mix - '[["b", 1]]'::mix;
\set VERBOSITY sqlstate
SELECT weighted_mix('a', -1);
SELECT '[["a", 1]]'::mix - '[["a", 2]]'::mix;
SELECT '[["a", -1]]'::mix;
SELECT '[["a", "b"]]'::mix;
SELECT '[["a", 1, 2]]'::mix;
SELECT '[["a", 1], ["a", 2]]'::mix;
SELECT '[[1, 1]]'::mix;
SELECT '{"a": 1}'::mix;
SELECT '[["a", 1]'::mix;
SELECT ''::mix;
SELECT kpi_mix_accum(NULL, 'a');
