-- The type outcome: labels, input and output, operators, order, indexes
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;

-- every label, its French name, and what it has reached, in order
CREATE TEMP TABLE labels AS
SELECT o, label(o, 'en') AS en, label(o, 'fr') AS fr
FROM unnest('{new,attempted,failed,no_answer,busy,machine,exhausted,invalid_number,blocked,answered,abandoned,
	wrong_party,gatekeeper,contact,off_target,unusable,declined,do_not_call,callback,argued,undecided,refused,
	appointment,no_show,held,lost,sale,direct_sale,validated_sale,validated_direct_sale,cancelled_sale,
	cancelled_direct_sale}'::outcome[]) o;
SELECT en, fr, string_agg(m, ' ' ORDER BY position) AS members
FROM labels LEFT JOIN unnest('{attempted,answered,contact,argued,appointment,held,sale,validated,failed,no_answer,busy,
	machine,invalid_number,abandoned,wrong_party,gatekeeper,off_target,unusable,refused,do_not_call,callback,
	undecided,no_show,cancelled,closed}'::text[]) WITH ORDINALITY m(m, position) ON reached(o, m)
GROUP BY o, en, fr ORDER BY o;

-- both languages read back, alone and joined
SELECT count(*) AS wrong FROM labels
WHERE en::outcome <> o OR fr::outcome <> o OR o::text <> en OR upper(fr)::outcome <> o;
SELECT count(*) AS wrong FROM labels a, labels b, labels c
WHERE (a.o | b.o | c.o) <> (a.o | b.o | c.o)::text::outcome
	OR (a.o | b.o | c.o) <> label(a.o | b.o | c.o, 'fr')::outcome
	OR (a.o | b.o | c.o)::text <> (a.o | b.o | c.o)::text::outcome::text
	OR (a.o | b.o | c.o) <> (c.en || '+' || b.fr || ' + ' || a.en)::outcome
	-- no list of labels is longer than the one that made the set
	OR array_length(string_to_array((a.o | b.o)::text, '+'), 1) > 2;
-- all of them at once
SELECT journey(o), journey(o)::text::outcome = journey(o) AS stable FROM labels;
SELECT 'refused+sale'::outcome, 'sale+refused'::outcome, 'lost+sale'::outcome, 'exhausted+refused'::outcome,
	'sale+validated_direct_sale'::outcome, 'new+busy+new'::outcome;

-- where a lead stands, of every one, two and three labels: first what is
-- closed, in this order, then what is open, in this one
CREATE TEMP TABLE told AS SELECT l, n, n <= 20 AS closed FROM unnest('{validated_sale,validated_direct_sale,cancelled_sale,
	sale,cancelled_direct_sale,direct_sale,lost,held,no_show,appointment,refused,do_not_call,declined,unusable,off_target,wrong_party,
	invalid_number,blocked,exhausted,NULL,undecided,argued,callback,contact,gatekeeper,abandoned,answered,machine,busy,no_answer,failed,
	attempted,new}'::outcome[]) WITH ORDINALITY t(l, n) WHERE l IS NOT NULL;
SELECT count(*), count(*) FILTER (WHERE closed) AS closed FROM told;
CREATE TEMP TABLE journeys AS SELECT DISTINCT a.o | b.o | c.o AS o FROM labels a, labels b, labels c;
SELECT count(*) > 1000 AS many, count(DISTINCT status(o)) AS statuses FROM journeys;
SELECT count(*) AS wrong FROM journeys
WHERE status(o) IS DISTINCT FROM (SELECT l FROM told WHERE o @> l AND closed = reached(o, 'closed') AND NOT (l = 'appointment' AND reached(o, 'lost'))
		ORDER BY n LIMIT 1)
	OR NOT o @> status(o);
-- which is what the KPIs count
SELECT count(*) AS wrong FROM journeys WHERE reached(o, 'closed') <> reached(status(o), 'closed')
	OR reached(o, 'net') <> (status(o) IN ('validated_sale', 'validated_direct_sale'))
	OR reached(o, 'cancelled') <> (status(o) IN ('cancelled_sale', 'cancelled_direct_sale'))
	OR reached(o, 'pending') <> (status(o) IN ('sale', 'direct_sale'))
	OR reached(o, 'open') <> (status(o) IN ('appointment', 'held'))
	OR (reached(o, 'no_show') AND NOT reached(o, 'sale')) <> (status(o) = 'no_show')
	OR reached(o, 'lost') <> (status(o) = 'lost' OR status(o) = 'refused' AND reached(o, 'appointment'));
SELECT count(*) AS wrong FROM labels WHERE status(o) <> o;
SELECT o, status(o) FROM unnest('{no_answer+callback+sale+validated_sale,cancelled_sale+validated_sale,cancelled_direct_sale+callback,
	appointment+no_show,no_show+held,no_show+lost,refused+appointment,undecided+off_target,no_answer+blocked,callback+no_answer,
	callback+exhausted,no_show+direct_sale}'::outcome[]) o;
SELECT status(NULL) IS NULL AS n1;

-- spellings
SELECT input, input::outcome FROM (VALUES ('NO_ANSWER'), ('no-answer'), ('  No   Answer '), ('Vente directe'),
	('vente_directe'), ('VENTE DIRECTE, EN UN APPEL'), ('Epuise'), ('ÉPUISÉ'), (U&'e\0301puise\0301'),
	('épuisé (toutes les tentatives faites)'), ('refus argumenté (CA−)'), ('refus d''entretien'),
	('Refus d’entretien'), ('liste d''opposition (avant appel)'), (U&'hors\00A0cible'),
	('rendez vous'), ('À appeler'), ('sans réponse + occupé'), ('indécis, à relancer')) v(input);

-- no labels: SQLSTATE, message, detail, hint
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
SELECT left(input, 20) AS input, caught(format('SELECT %L::outcome', input)) FROM (VALUES (''), (' '), ('sael'), ('refuse'), ('vente'),
	('apointment'), ('sale+'), ('+sale'), ('sale++busy'), ('sale+bsy'), ('sale;busy'), ('no answer!'), ('salé?'),
	('NRP'), ('1'), ('NULL'), ('日本'), (repeat('x', 300))) v(input);
SELECT input, caught(format('SELECT reached(%L, %L)', 'sale', input)) FROM (VALUES (''), ('sold'), ('calback'), ('gate keeper'), ('refuse'), ('direct_sale')) v(input);
SELECT input, caught(format('SELECT label(%L::outcome, %L)', 'sale', input)) FROM (VALUES (''), ('de'), ('english')) v(input);
SELECT label('sale'::outcome, 'FR'), label('sale'::outcome, NULL) IS NULL AS n1, reached(NULL, 'sale') IS NULL AS n2;
SELECT reached('sale', 'Argumenté'), reached('direct_sale', 'rendez-vous'), reached('lost', 'refusé');

-- binary form
SELECT count(*) AS wrong FROM labels WHERE length(kpi_outcome_send(o)) <> 4;
SELECT kpi_outcome_send('new'), kpi_outcome_send('sale');

-- operators
SELECT 'no_answer'::outcome | 'callback' AS "union", 'sale'::outcome @> 'appointment' AS contains,
	'sale'::outcome <@ 'appointment' AS contained, 'direct_sale'::outcome @> 'appointment' AS direct,
	'busy'::outcome && 'machine' AS attempted, 'busy'::outcome && 'new' AS nothing,
	'validated_sale'::outcome @> 'sale' AS validated;
SELECT count(*) AS wrong FROM labels a, labels b
WHERE (a.o @> b.o) <> ((a.o | b.o) = a.o) OR (a.o <@ b.o) <> (b.o @> a.o) OR (a.o | b.o) <> (b.o | a.o)
	OR (a.o && b.o) <> (b.o && a.o);
SELECT 'sale'::outcome | NULL IS NULL AS n1, ('sale'::outcome @> NULL) IS NULL AS n2;

-- order
SELECT count(*) AS wrong FROM labels a, labels b
WHERE (a.o < b.o)::int + (a.o = b.o)::int + (a.o > b.o)::int <> 1 OR (a.o <= b.o) = (a.o > b.o)
	OR (a.o >= b.o) = (a.o < b.o) OR (a.o <> b.o) = (a.o = b.o) OR (a.o < b.o) <> (kpi_outcome_cmp(a.o, b.o) < 0) OR kpi_outcome_cmp(a.o, b.o) <> -kpi_outcome_cmp(b.o, a.o)
	OR (a.o = b.o) <> (a.en = b.en)
	OR (a.o = b.o AND (kpi_outcome_hash(a.o) <> kpi_outcome_hash(b.o)
		OR kpi_outcome_hash_extended(a.o, 7) <> kpi_outcome_hash_extended(b.o, 7)));
SELECT count(DISTINCT kpi_outcome_hash(o)) = count(*) AS hashed, count(DISTINCT kpi_outcome_hash_extended(o, 1)) = count(*) AS extended,
	bool_or(kpi_outcome_hash_extended(o, 1) <> kpi_outcome_hash_extended(o, 2)) AS seeded FROM labels;

-- aggregates
SELECT max(o), min(o), furthest(o), journey(o)
FROM (VALUES ('no_answer'::outcome), ('callback'), (NULL), ('refused'), ('busy')) v(o);
SELECT max(o), min(o), furthest(o), journey(o) FROM (VALUES (NULL::outcome)) v(o);
SELECT max(o), min(o), furthest(o), journey(o) FROM labels WHERE false;

-- indexes, sorts, hashes, partitions
CREATE TABLE outcome_calls (id int, o outcome) WITH (autovacuum_enabled = off);
INSERT INTO outcome_calls SELECT i, (SELECT o FROM labels ORDER BY o OFFSET i % 32 LIMIT 1) FROM generate_series(1, 6400) i;
CREATE INDEX outcome_calls_btree ON outcome_calls (o);
CREATE INDEX outcome_calls_hash ON outcome_calls USING hash (o);
ANALYZE outcome_calls;
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Index|Sort|Hash|Merge|Unique|Group' THEN
			RETURN NEXT regexp_replace(line, '^[ ->]*', '');
		END IF;
	END LOOP;
END $$;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan('SELECT max(o) FROM outcome_calls');
SELECT max(o), furthest(o) FROM outcome_calls;
SELECT plan('SELECT * FROM outcome_calls WHERE o > ''validated_sale''');
SELECT count(*) FROM outcome_calls WHERE o > 'validated_direct_sale';
DROP INDEX outcome_calls_btree;
SELECT plan('SELECT * FROM outcome_calls WHERE o = ''sale''');
SELECT count(*) FROM outcome_calls WHERE o = 'sale';
RESET enable_seqscan;
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT plan('SELECT count(*) FROM outcome_calls a JOIN labels b USING (o)');
SELECT count(*) FROM outcome_calls a JOIN labels b USING (o);
RESET enable_hashjoin;
SET enable_mergejoin = off;
SELECT plan('SELECT count(*) FROM outcome_calls a JOIN labels b USING (o)');
SELECT count(*) FROM outcome_calls a JOIN labels b USING (o);
RESET ALL;
SELECT count(*), count(DISTINCT o) FROM outcome_calls;
SELECT string_agg(o::text, ' ' ORDER BY o DESC) FROM (SELECT o FROM outcome_calls GROUP BY o) s;
CREATE TABLE outcome_parts (o outcome) PARTITION BY HASH (o);
CREATE TABLE outcome_parts_0 PARTITION OF outcome_parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE outcome_parts_1 PARTITION OF outcome_parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO outcome_parts SELECT o FROM outcome_calls;
SELECT count(*), min(n) > 0 AS both FROM (SELECT tableoid, count(*) AS n FROM outcome_parts GROUP BY 1) s;
DROP TABLE outcome_parts, outcome_calls;
DROP FUNCTION plan(text), caught(text);
