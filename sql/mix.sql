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
-- weights are exact; an item is there while it has rows, whatever they weigh
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

-- refunds: an item stays with its rows, at zero and below; a share is of a total above 0
SELECT weighted_mix(x, w) AS m, weighted_mix(x, w) - '[["a", 10, 1], ["b", -2.5]]' AS less FROM (VALUES ('a', 10), ('b', 2.5), ('b', -2.5), ('c', -4)) v(x, w);
SELECT i.* FROM (SELECT weighted_mix(x, w) AS m FROM (VALUES ('a', 10), ('b', 2.5), ('b', -2.5), ('c', -4)) v(x, w)) s, mix_items(m) i;
SELECT i.* FROM mix_items('[["a", 1], ["b", -1], ["c", 0]]') i;
SELECT n, weighted_mix(x, w) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1, 'a', 0.5), (2, 'a', -0.5), (3, 'b', 1e20), (4, 'b', -1e20), (5, 'b', 1), (6, 'a', 7)) v(n, x, w);
-- the number of rows is written where it is not the usual one
SELECT '[["a", 2, 2], ["b", 2, 1], ["c", 1.50, 1], ["d", 0, 3], ["e", -2], [null, 1e30, 2]]'::mix;

-- reasons and products without the white space around them, no-break spaces too; an empty one is a missing one
SELECT refusal_reasons('refused', x), mix(x) <> refusal_reasons('refused', x) AS mix_takes_items_as_they_are
FROM (VALUES ('price'), (' price '), (E'\u00a0price\u202f'), (E'\tprice\r\n'), (''), ('   '), (E'\u00a0'), (NULL), ('too  dear'), ('à')) v(x);
SELECT product_mix('sale', ' fibre '), product_revenue_mix('sale', E'\u00a0', 5), scorecard_products('sale', ' fibre', 5), scorecard_reasons('refused', ' ');

-- of NULLs alone there is none, of an empty one there is
SELECT rollup(m) AS nothing FROM (VALUES (NULL::mix), (NULL)) v(m);
SELECT rollup(m) AS empty FROM (VALUES (NULL::mix), ('[]')) v(m);
SELECT n, rollup(m) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1, NULL::mix), (2, '[]'), (3, NULL), (4, NULL), (5, '[["a", 1]]')) v(n, m);

-- by content: DISTINCT, UNION, EXCEPT, GROUP BY, joins, an index, a partition by hash
CREATE TEMP TABLE two (m mix);
INSERT INTO two VALUES ('[["a", 1], ["b", 2]]'), ('[["b", 2.0], ["a", 1, 1]]'), ('[["a", 1]]'), ('[]'), (NULL), (NULL);
SELECT DISTINCT m FROM two ORDER BY m;
SELECT m, count(*) FROM two GROUP BY m ORDER BY m;
SELECT count(*) FROM (SELECT m FROM two UNION SELECT m FROM two) u;
SELECT m FROM two EXCEPT SELECT '[["a", 1]]'::mix ORDER BY 1;
SET enable_hashjoin = off;
SELECT count(*) FROM two a JOIN two b USING (m);
RESET enable_hashjoin;
SET enable_mergejoin = off;
SELECT count(*) FROM two a JOIN two b USING (m);
RESET enable_mergejoin;
CREATE TEMP TABLE split (m mix) PARTITION BY HASH (m);
CREATE TEMP TABLE split0 PARTITION OF split FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO split SELECT m FROM two;
CREATE UNIQUE INDEX ON two (m) WHERE m <> '[["b", 2], ["a", 1]]';
INSERT INTO two VALUES ('[["a", 1]]');

-- an aggregate's state is a mix, too: one that ends without a final function gives it, and it can be stored, compared, added to
BEGIN;
CREATE AGGREGATE state_of(text) (SFUNC = kpi_mix_accum, STYPE = mix);
CREATE AGGREGATE sum_of(mix) (SFUNC = kpi_mix_combine, STYPE = mix);
CREATE AGGREGATE from_stored(text) (SFUNC = kpi_mix_accum, STYPE = mix, INITCOND = '[["start", 1]]');
CREATE TEMP TABLE kept AS SELECT n, state_of('item ' || i % n) AS s, mix('item ' || i % n) AS m FROM generate_series(1, 100) i, (VALUES (1), (8), (9), (50)) v(n) GROUP BY n;
SELECT n, s = m AS same, kpi_mix_hash(s) = kpi_mix_hash(m) AS same_hash, s::text = m::text AS same_text, kpi_mix_send(s) = kpi_mix_send(m) AS same_bytes FROM kept ORDER BY n;
SELECT sum_of(s) = rollup(m) AS same FROM kept;
SELECT from_stored(x) FROM unnest('{a,start}'::text[]) x;
-- a state of another process, a newer form, damaged ones
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw AS 'byteain' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION raw_out(raw) RETURNS cstring AS 'byteaout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended);
CREATE CAST (mix AS raw) WITHOUT FUNCTION;
CREATE CAST (raw AS mix) WITHOUT FUNCTION;
CREATE FUNCTION bytes(m mix) RETURNS bytea LANGUAGE sql AS 'SELECT m::raw::text::bytea';
CREATE FUNCTION as_mix(b bytea) RETURNS mix LANGUAGE sql AS 'SELECT b::text::raw::mix';
CREATE FUNCTION damage(m mix, i int, bits int) RETURNS mix LANGUAGE sql AS 'SELECT as_mix(set_byte(bytes(m), i, get_byte(bytes(m), i) # bits))';
CREATE FUNCTION attempt(m mix) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sum_of(v), rollup(v) FROM (VALUES (m), (m)) w(v);
	PERFORM mix_items(m), kpi_mix_hash(m), m - m, m::jsonb, kpi_mix_send(m), m = '[]';
	RETURN m::text;
EXCEPTION WHEN data_corrupted OR numeric_value_out_of_range THEN
	RETURN SQLSTATE;
END $$;
SELECT n, attempt(damage(s, 12, 255)) = m::text AS another_process FROM kept ORDER BY n;
SELECT DISTINCT coalesce(nullif(left(attempt(damage(m, i, bits)), 2), '[['), 'read') AS how
FROM (SELECT s AS m FROM kept UNION ALL SELECT m FROM kept WHERE n < 10 UNION ALL VALUES ('[["é", 12.5], [null, 1e40, 3]]'::mix), ('[]')) f,
	generate_series(0, least(length(bytes(m)), 400) - 1) i, unnest('{1,128,255}'::int[]) bits ORDER BY 1;
SELECT DISTINCT attempt(as_mix(substr(bytes(m), 1, i))) FROM (VALUES ('[["é", 12.5], [null, 1e40, 3]]'::mix)) v(m), generate_series(0, length(bytes(m)) - 1) i;
\set VERBOSITY default
SAVEPOINT a;
SELECT damage('[["a", 1]]', 0, 3)::text;
ROLLBACK TO a;
SELECT damage('[["a", 1]]', 32, 96)::text;
ROLLBACK TO a;
ROLLBACK;
SELECT '[["a", 1], ["a", 2]]'::mix;
SELECT '[["a", 1], ["b", 2, 1.5]]'::mix;
SELECT '[["a", 1], "b"]'::mix;
\set VERBOSITY terse

-- errors
SELECT weighted_mix('a', 'NaN');
SELECT product_revenue_mix('sale', 'a', 'NaN');
SELECT '[["a", 2.5]]'::mix - '[["a", 1]]'::mix;
SELECT '[["a", 1]]'::mix - '[["a", 2]]'::mix;
SELECT '[["a", 1]]'::mix - '[["b", 1]]'::mix;
\set VERBOSITY sqlstate
SELECT weighted_mix('a', 'NaN');
SELECT '[["a", 1]]'::mix - '[["a", 2]]'::mix;
SELECT '[["a", "b"]]'::mix;
SELECT '[["a", 1, 2, 3]]'::mix;
SELECT '[["a", 1, 0]]'::mix;
SELECT '[["a", 1, -1]]'::mix;
SELECT '[["a", 1, 1e20]]'::mix;
SELECT '[["a"]]'::mix;
SELECT 'null'::mix;
SELECT '1'::mix;
SELECT '[["a", 1], ["a", 2]]'::mix;
SELECT '[[1, 1]]'::mix;
SELECT '{"a": 1}'::mix;
SELECT '[["a", 1]'::mix;
SELECT ''::mix;
SELECT kpi_mix_accum(NULL, 'a');
