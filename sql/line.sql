-- The type line_type, and the rates over lines
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;

-- every label, in order, in both languages, which read back
CREATE TEMP TABLE lines AS
SELECT l, n FROM unnest('{mobile,fixed,fixed_or_mobile,voip,special,unknown,invalid}'::line_type[]) WITH ORDINALITY u(l, n);
SELECT l, label(l, 'en') AS en, label(l, 'fr') AS fr, kpi_line_type_send(l), pg_column_size(l) AS size FROM lines ORDER BY n;
SELECT count(*) AS wrong FROM lines
WHERE l::text::line_type <> l OR label(l, 'fr')::line_type <> l OR upper(label(l, 'FR'))::line_type <> l OR label(l, 'en') <> l::text;
SELECT label(l, NULL) IS NULL AS n1, label(NULL::line_type, 'fr') IS NULL AS n2 FROM lines LIMIT 1;

-- spellings
SELECT input, input::line_type FROM (VALUES ('MOBILE'), ('Fixe'), ('fixe_ou_mobile'), ('Fixe ou  mobile'), ('fixed-or-mobile'), ('FIXED OR MOBILE'),
	('VoIP'), ('voix sur ip'), ('Voix-sur-IP'), ('special'), ('Spécial'), ('SPÉCIAL'), (U&'spe\0301cial'), ('numéro spécial'), ('Numero_Special'),
	('inconnu'), ('Invalide'), ('faux numéro'), ('FAUX NUMERO'), (U&'faux\00A0num\00E9ro')) v(input);

-- no labels: SQLSTATE, message, hint
CREATE FUNCTION caught(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text; d text; h text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ' ' || left(m, 80), nullif(d, ''), nullif(h, ''));
END $$;
SELECT left(input, 20) AS input, caught(format('SELECT %L::line_type', input)) FROM (VALUES (''), (' '), ('mobil'), ('portable'), ('fix'), ('invalid number'),
	('mobile+fixed'), ('voix'), ('numero'), ('0'), ('日本'), (repeat('x', 300))) v(input);
SELECT input, caught(format('SELECT label(%L::line_type, %L)', 'voip', input)) FROM (VALUES (''), ('de')) v(input);

-- no other cast than from and to text
SELECT caught('SELECT 1::line_type'), caught('SELECT ''mobile''::line_type::int');

-- order: that of the list, by every operator
SELECT count(*) AS wrong FROM lines a, lines b
WHERE (a.l < b.l) <> (a.n < b.n) OR (a.l <= b.l) <> (a.n <= b.n) OR (a.l = b.l) <> (a.n = b.n) OR (a.l <> b.l) <> (a.n <> b.n)
	OR (a.l >= b.l) <> (a.n >= b.n) OR (a.l > b.l) <> (a.n > b.n) OR sign(kpi_line_type_cmp(a.l, b.l)) <> sign(a.n - b.n)
	OR (a.l = b.l) <> (kpi_line_type_hash(a.l) = kpi_line_type_hash(b.l))
	OR (a.l = b.l) <> (kpi_line_type_hash_extended(a.l, 7) = kpi_line_type_hash_extended(b.l, 7));
SELECT count(*) AS wrong FROM lines WHERE kpi_line_type_hash_extended(l, 0) & x'ffffffff'::bigint <> kpi_line_type_hash(l)::bigint & x'ffffffff'::bigint;

-- sorted, indexed, hashed, joined, partitioned
CREATE TEMP TABLE many AS SELECT i, l, n FROM generate_series(1, 7000) i JOIN lines ON n = 1 + i * 3 % 7;
SELECT array_agg(DISTINCT l ORDER BY l DESC), count(DISTINCT l) FROM many;
SELECT count(*) AS wrong FROM (SELECT n, lag(n) OVER (ORDER BY l) AS before FROM many) s WHERE before > n;
CREATE INDEX many_btree ON many (l);
CREATE INDEX many_hash ON many USING hash (l);
ANALYZE many;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT l FROM many WHERE l > 'special' ORDER BY l;
SELECT l, count(*) FROM many WHERE l > 'special' GROUP BY l ORDER BY l;
DROP INDEX many_btree;
EXPLAIN (COSTS OFF) SELECT i FROM many WHERE l = 'voip';
SELECT count(i) FROM many WHERE l = 'voip';
RESET enable_seqscan;
RESET enable_bitmapscan;
SET enable_mergejoin = off;
SET enable_nestloop = off;
SELECT count(*) FROM many JOIN lines USING (l);
RESET enable_mergejoin;
RESET enable_nestloop;
CREATE TEMP TABLE parts (l line_type) PARTITION BY LIST (l);
CREATE TEMP TABLE parts_known PARTITION OF parts FOR VALUES IN ('mobile', 'fixed');
CREATE TEMP TABLE parts_other PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT l FROM lines;
SELECT tableoid::regclass, string_agg(l::text, ' ' ORDER BY l) FROM parts GROUP BY 1 ORDER BY 1;

-- the rates: campaigns of all kinds, and one whose lines are NULL
CREATE TEMP TABLE leads (campaign text, lead int, l line_type);
INSERT INTO leads VALUES
	('spring', 1, 'mobile'), ('spring', 2, 'mobile'), ('spring', 3, 'mobile'), ('spring', 4, 'fixed'), ('spring', 5, 'voip'),
	('spring', 6, 'special'), ('spring', 7, 'unknown'), ('spring', 8, 'invalid'), ('spring', 9, NULL),
	('summer', 10, 'fixed_or_mobile'), ('summer', 11, 'invalid'), ('winter', 12, NULL), ('fall', 13, 'fixed');
SELECT campaign, mobile_rate(l), known_mobile_rate(l), invalid_line_rate(l), count(l) AS rows
FROM leads GROUP BY ROLLUP (campaign) ORDER BY campaign;
SELECT mobile_rate(l), known_mobile_rate(l), invalid_line_rate(l) FROM leads WHERE false;
SELECT mobile_rate(l) FILTER (WHERE campaign = 'spring') AS spring, mobile_rate(DISTINCT l) AS kinds, pg_typeof(mobile_rate(l)) FROM leads;

-- moving frames add and subtract
SELECT lead, l, mobile_rate(l) OVER w, known_mobile_rate(l) OVER w, invalid_line_rate(l) OVER w
FROM leads WINDOW w AS (ORDER BY lead ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) ORDER BY lead;

-- they are in the catalogue, after the seed's other targeting KPIs
SELECT * FROM (SELECT row_number() OVER () AS position, name, family, label_en, label_fr, definition_en, of, better FROM kpi_catalog) k
WHERE name ~ 'line|mobile|off_target';

-- the state, in text and in binary form
CREATE AGGREGATE tally(line_type) (SFUNC = kpi_line_tally_accum, STYPE = kpi_line_tally, INITCOND = '{}', COMBINEFUNC = kpi_line_tally_combine);
CREATE AGGREGATE merged(kpi_line_tally) (SFUNC = kpi_line_tally_combine, STYPE = kpi_line_tally, INITCOND = '{}');
CREATE AGGREGATE taken(line_type) (SFUNC = kpi_line_tally_inverse, STYPE = kpi_line_tally, INITCOND = '{voip:2}');
SELECT tally(l), kpi_line_tally_send(tally(l)) FROM leads;
SELECT tally(l) FROM many;
SELECT merged(t), kpi_mobile_rate_final(merged(t)) FROM (VALUES ('{mobile:1}'::kpi_line_tally), ('{fixed:300,mobile:299}'), ('{}'), (NULL)) v(t);
SELECT kpi_mobile_rate_final('{mobile:3,voip:1}'), kpi_known_mobile_rate_final('{voip:1}'), kpi_invalid_line_rate_final('{}');
SELECT taken(l) FROM (VALUES ('voip'::line_type)) v(l);
SELECT taken(l) FROM (VALUES ('mobile'::line_type)) v(l);
SELECT input, caught(format('SELECT %L::kpi_line_tally', input)) FROM (VALUES (''), ('{'), ('{}'), ('{mobile}'), ('{mobile:0}'), ('{mobile:1,mobile:2}'),
	('{sale:1}'), ('{mobile:1,}'), ('{mobile+fixed:1}'), ('{fixe ou mobile:3}'), ('{mobile:9223372036854775808}')) v(input);
SELECT caught('SELECT kpi_line_tally_accum(''{}'', ''mobile'')');
DROP AGGREGATE tally(line_type);
DROP AGGREGATE merged(kpi_line_tally);
DROP AGGREGATE taken(line_type);

DROP FUNCTION caught(text);
