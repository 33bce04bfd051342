-- Live roll-ups of tables that have codes, not outcomes
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
CREATE EXTENSION IF NOT EXISTS kpi;
SET TimeZone = 'Europe/Paris';
CREATE SCHEMA codes;
SET search_path = codes, public;

CREATE TABLE calls (
	campaign text, started timestamptz, status varchar(6), reason text, product text, amount numeric, talk interval
);
INSERT INTO calls VALUES
	('spring', '2024-03-31 09:00', 'SALE', NULL, 'fibre', 30, '3 min'), ('spring', '2024-03-31 09:10', 'NI', 'price', NULL, NULL, '1 min'),
	('spring', '2024-04-01 10:00', 'NRP', NULL, 'fibre', 1, '0 s'), ('autumn', '2024-04-01 10:05', 'NRP', NULL, NULL, NULL, NULL),
	('autumn', '2024-04-01 11:00', 'B', 'late', NULL, NULL, '2 s'), (NULL, NULL, NULL, 'none', NULL, NULL, '1 s');
-- what the same card is of the rows, whatever stands for the codes now
CREATE FUNCTION rows_say() RETURNS scorecard LANGUAGE sql AS $$
	SELECT scorecard_calls(o) + scorecard_reasons(o, reason) + scorecard_products(o, product, amount) + scorecard_time(talk, NULL, NULL)
		+ scorecard_money(amount, NULL, NULL, NULL) FILTER (WHERE o = 'sale')
	FROM calls, LATERAL (SELECT disposition('acme', status, false)) d(o)
$$;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('acme', 'SALE', 'direct_sale'), ('acme', 'NI', 'refused');
SELECT kpi_rollup_create('by_day', 'calls', ARRAY['campaign', 'date_trunc(''day'', started) AS day'],
	'scorecard_calls(disposition(''acme'', status)) + scorecard_reasons(disposition(''acme'', status), reason)
	+ scorecard_products(disposition(''acme'', status), product, amount) + scorecard_time(talk, NULL, NULL)
	+ scorecard_money(amount, NULL, NULL, NULL) FILTER (WHERE disposition(''acme'', status) = ''sale'')');
CREATE FUNCTION same() RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN rollup(card) IS NOT DISTINCT FROM rows_say() AND NOT EXISTS (SELECT FROM kpi_rollup_check('by_day'))
		THEN 'same' ELSE rollup(card)::text || rows_say()::text END FROM by_day
$$;
-- one row for each key that is shown
SELECT * FROM by_day ORDER BY campaign, day;
SELECT keys, card, live, cells, unmapped FROM kpi_rollups WHERE name = 'by_day'::regclass;
SELECT same();

-- a mapping counts at once, for rows that are there and for those that come
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('acme', 'NRP', 'no_answer');
SELECT campaign, day, calls(card), same() FROM by_day GROUP BY 1, 2 ORDER BY 1, 2;
INSERT INTO calls (campaign, started, status, talk) VALUES ('spring', '2024-04-01 12:00', 'NRP', '1 s');
SELECT campaign, day, calls(card), same() FROM by_day WHERE campaign = 'spring' GROUP BY 1, 2 ORDER BY 2;
UPDATE kpi_disposition SET outcome = 'refused' WHERE source = 'acme' AND code = 'NRP';
SELECT call_refusals(card), refusal_reasons(card), same() FROM by_day WHERE campaign = 'autumn';
UPDATE kpi_disposition SET outcome = 'cancelled_sale' WHERE source = 'acme' AND code = 'NRP';
SELECT day, call_sales(card), call_cancellation_rate(card), product_mix(card), same() FROM by_day WHERE campaign = 'spring' GROUP BY 1 ORDER BY 1;
SELECT unmapped FROM kpi_rollups;
-- in a transaction that takes it back, for that transaction
BEGIN;
UPDATE kpi_disposition SET outcome = 'machine' WHERE source = 'acme';
DELETE FROM kpi_disposition WHERE source = 'acme' AND code = 'NRP';
SELECT campaign, day, contacts(card), calls(card), same() FROM by_day GROUP BY 1, 2 ORDER BY 1, 2;
SELECT unmapped FROM kpi_rollups;
-- a source without a code is no error either
DELETE FROM kpi_disposition WHERE source = 'acme';
SELECT calls(card) FROM by_day;
SELECT unmapped FROM kpi_rollups;
ROLLBACK;
SELECT same();

-- whatever happens to the rows
UPDATE calls SET status = 'SALE' WHERE status = 'B';
UPDATE calls SET campaign = 'winter' WHERE campaign = 'autumn';
SELECT same();
DELETE FROM calls WHERE status = 'NRP' AND campaign = 'spring';
SELECT same();
SELECT kpi_rollup_compact('by_day') > 0 AS merged, same();
BEGIN;
TRUNCATE calls;
SELECT count(*) FROM by_day;
ROLLBACK;
SELECT kpi_rollup_rebuild('by_day');
SELECT same(), cells, rows, pending FROM kpi_rollups;
-- the check shows what is read
BEGIN;
ALTER TABLE calls DISABLE TRIGGER kpi_rollup_insert;
INSERT INTO calls (campaign, started, status) VALUES ('spring', '2024-03-31 20:00', 'SALE'), ('spring', '2024-03-31 20:00', 'ZZ');
SELECT * FROM kpi_rollup_check('by_day') ORDER BY cell;
ROLLBACK;
-- a filter on a key reaches the cells
CREATE FUNCTION plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Cond|Filter' THEN RETURN NEXT trim(line); END IF;
	END LOOP;
END $$;
SELECT DISTINCT count(*) FROM plan('SELECT card FROM by_day WHERE campaign = ''spring''') line WHERE line ~ 'k2 = ''spring''';

-- and so it does through a view that joins a dimension; a condition on that, turned into one on the key
CREATE TABLE campaigns (campaign text, label text);
INSERT INTO campaigns VALUES ('spring', 'Spring offer'), ('winter', 'Winter offer');
CREATE VIEW labelled AS SELECT label, b.campaign, day, card FROM by_day b JOIN campaigns USING (campaign);
SELECT label, calls(card) FROM labelled GROUP BY label ORDER BY label;
SELECT DISTINCT count(*) FROM plan('SELECT card FROM labelled WHERE campaign = ''spring'' AND day = ''2024-03-31''') line WHERE line ~ 'k2 = ''spring''.*k3 = ';
SELECT DISTINCT count(*) FROM plan('SELECT card FROM labelled WHERE campaign = (SELECT campaign FROM campaigns WHERE label = ''Spring offer'')') line WHERE line ~ 'k2 = (\$0|\(InitPlan)';
DROP VIEW labelled;
-- keys: what a code stands for, alone or with what else is in the row
SELECT kpi_rollup_create('by_outcome', 'calls', ARRAY['disposition(''acme'', status, strict => true) AS outcome', 'campaign',
	'CASE WHEN disposition(''acme'', status) >= ''contact'' THEN campaign ELSE ''none'' END AS talked',
	'CASE WHEN disposition(''acme'', status) = ''refused'' THEN reason END AS why'],
	'scorecard_calls(disposition(''acme'', status))');
SELECT * FROM by_outcome ORDER BY 1, 2, 3, 4;
SELECT keys FROM kpi_rollups WHERE name = 'by_outcome'::regclass;
UPDATE kpi_disposition SET outcome = 'appointment' WHERE source = 'acme' AND code = 'NRP';
SELECT * FROM by_outcome WHERE outcome = 'appointment';
SELECT count(*) FROM kpi_rollup_check('by_outcome');
-- altered: another section and another key, for which views over it stay
CREATE VIEW over_it AS SELECT campaign, card FROM by_day;
SELECT kpi_rollup_alter('by_day', ARRAY['campaign', 'date_trunc(''day'', started) AS day', 'disposition(''acme'', status) > ''contact'' AS useful', 'product'],
	card => 'scorecard_calls(disposition(''acme'', status)) + scorecard_leads(disposition(''acme'', status))');
SELECT * FROM by_day ORDER BY campaign, day, useful, product;
SELECT calls(card), appointments(card) FROM over_it;
INSERT INTO calls (campaign, started, status) VALUES ('summer', '2024-04-02', 'NRP');
SELECT campaign, useful, calls(card), (SELECT count(*) FROM kpi_rollup_check('by_day')) FROM by_day WHERE campaign = 'summer' GROUP BY 1, 2;
-- and other codes
BEGIN;
SELECT kpi_rollup_alter('by_day', card => 'scorecard_calls(disposition(''acme'', reason))');
SELECT unmapped, (SELECT count(*) FROM kpi_rollup_check('by_day')) FROM kpi_rollups WHERE name = 'by_day'::regclass;
SELECT kpi_rollup_alter('by_day', ARRAY['campaign', 'date_trunc(''day'', started) AS day', 'amount > 0 AS useful', 'product'], 'scorecard_calls(''sale'')');
SELECT kpi_rollup_alter('by_day', ARRAY['campaign', 'date_trunc(''day'', started) AS day', 'amount > 0 AS useful', 'product', 'disposition(''other'', reason) AS why']);
SELECT keys, (SELECT count(*) FROM kpi_rollup_check('by_day')) FROM kpi_rollups WHERE name = 'by_day'::regclass;
SELECT calls(card) FROM over_it;
ROLLBACK;
SELECT keys FROM kpi_rollups WHERE name = 'by_day'::regclass;
-- and to the table that takes the place of the one that there was
CREATE TABLE calls_new AS SELECT status, talk, amount, product, reason, started, campaign FROM calls;
SELECT kpi_rollup_alter('by_day', source => 'calls_new');
INSERT INTO calls_new (campaign, started, status) VALUES ('new', '2024-04-02', 'NRP');
SELECT campaign, useful, calls(card), (SELECT count(*) FROM kpi_rollup_check('by_day')) FROM by_day GROUP BY 1, 2 ORDER BY 1, 2;
DROP VIEW over_it;
SELECT kpi_rollup_drop('by_day');
DROP TABLE calls_new;
-- all in one, and where the source of the codes is of the row too
SELECT kpi_rollup_create('in_all', 'calls', '{}', 'scorecard_calls(disposition(''acme/'' || campaign, status))');
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('acme/spring', 'NI', 'callback');
SELECT card FROM in_all;
SELECT unmapped FROM kpi_rollups WHERE name = 'in_all'::regclass;
DELETE FROM calls WHERE campaign IS NOT NULL;
SELECT card FROM in_all;
DELETE FROM calls;
SELECT count(*) FROM in_all;
SELECT live, problem, cells, unmapped FROM kpi_rollups ORDER BY name;

-- every form of a card, against the rows, for codes that stand for anything
CREATE TABLE log AS SELECT i, (i * 7 % 41)::text AS code, 'r' || i % 5 AS reason, 'p' || i % 3 AS product, i % 9 AS amount, i % 60 AS talk, i % 4 AS team
FROM generate_series(1, 2000) i;
CREATE TABLE words (outcome outcome, n int GENERATED ALWAYS AS IDENTITY);
INSERT INTO words (outcome) SELECT outcome::outcome FROM (VALUES ('new'), ('attempted'), ('busy'), ('no_answer'), ('machine'), ('contact'), ('refused'),
	('callback'), ('argued'), ('appointment'), ('held'), ('no_show'), ('sale'), ('validated_sale'), ('cancelled_sale'), ('sale+refused'), ('do_not_call'), ('blocked')) v(outcome);
CREATE FUNCTION shuffle(seed int) RETURNS void LANGUAGE sql AS $$
	DELETE FROM kpi_disposition WHERE source = 'any';
	INSERT INTO kpi_disposition (source, code, outcome) SELECT 'any', c::text, w.outcome
	FROM generate_series(0, 40) c JOIN words w ON w.n = (c * 13 + seed * 5) % 20 + 1;
$$;
SELECT shuffle(1);
CREATE TABLE cards (name text, card text);
INSERT INTO cards VALUES
	('c1', 'scorecard_calls(@)'), ('c2', 'scorecard_leads(@) + scorecard_lines(''mobile'')'), ('c3', 'scorecard_reasons(@, reason)'),
	('c4', 'scorecard_products(@, product, amount) + scorecard_calls(@)'), ('c5', 'scorecard_calls(@) FILTER (WHERE @ > ''contact'' AND talk > 30)'),
	('c6', 'scorecard_time(talk, NULL, NULL) FILTER (WHERE @ = ''sale'') + scorecard_calls(@) + scorecard_delays(''d'', talk * interval ''1 s'') FILTER (WHERE talk > 5 AND (@ <> ''sale'' OR team = 1))'),
	('c7', 'scorecard_calls(coalesce(@, ''busy'')) + scorecard_reasons(@, reason) FILTER (WHERE @ IS NOT NULL) + scorecard_money(amount, NULL, NULL, NULL) FILTER (WHERE @ IS NULL)'),
	('c8', 'scorecard_calls(CASE WHEN talk > 10 THEN @ ELSE ''machine'' END) FILTER (WHERE team < 3) + scorecard_wait(talk)'),
	('c9', 'scorecard_calls(greatest(@, ''contact'')) + scorecard_leads(@) FILTER (WHERE team > 0)');
CREATE FUNCTION card_of(template text) RETURNS text LANGUAGE sql AS $$ SELECT replace(template, '@', 'disposition(''any'', code, false)') $$;
SELECT kpi_rollup_create(name, 'log', ARRAY['team'], card_of(card)) FROM cards;
-- for each card how many groups are the same, and what is not, with the codes shuffled
CREATE FUNCTION compared(seed int) RETURNS TABLE (name text, same bigint, other bigint, checked bigint) LANGUAGE plpgsql AS $$
DECLARE c record;
BEGIN
	PERFORM shuffle(seed);
	FOR c IN SELECT * FROM cards LOOP
		RETURN QUERY EXECUTE format('SELECT %L, count(*) FILTER (WHERE r.there AND v.there), count(*) FILTER (WHERE r.there IS NULL OR v.there IS NULL), (SELECT count(*) FROM kpi_rollup_check(%1$L))
			FROM (SELECT team, %s AS card, true AS there FROM log GROUP BY team) r FULL JOIN (SELECT *, true AS there FROM %1$I) v USING (team, card)', c.name, card_of(c.card));
	END LOOP;
END $$;
SELECT * FROM compared(1);
UPDATE log SET code = '40', talk = talk + 1 WHERE i % 3 = 0;
DELETE FROM log WHERE i % 7 = 0;
INSERT INTO log SELECT i, 'new' || i % 3, 'r', 'p', 1, i, i % 5 FROM generate_series(1, 20) i;
SELECT name, sum(same) AS same, sum(other) AS other, sum(checked) AS checked FROM generate_series(2, 8) s, compared(s) GROUP BY name ORDER BY name;
SELECT kpi_rollup_compact(name::regclass) > 0 AS merged, count(*) FROM cards GROUP BY 1;
SELECT sum(same) AS same, sum(other) AS other, sum(checked) AS checked FROM compared(9);
SELECT unmapped FROM kpi_rollups WHERE name = 'c1'::regclass;

-- the functions that do it
SELECT kpi_internal.kpi_scorecard_as('{"calls": {"refused": 3}, "reasons": [["price", 2]], "leads": {"sale": 1}}', 'calls,reasons', o::outcome) FROM unnest('{sale,refused,NULL}'::text[]) o;
SELECT kpi_internal.kpi_scorecard_as('{"calls": {"refused": 3, "busy": 5000000000}, "leads": {}}', 'calls,leads,time', 'sale');
SELECT kpi_internal.kpi_scorecard_as('{"calls": {"refused": 5000000000}}', 'calls', NULL);
SELECT kpi_internal.kpi_scorecard_where('{"calls": {"refused": 3}, "time": {"talk": [1, 1, 1]}, "products": [["p", 1]], "leads": {"sale": 2}}', 'calls,time,products,lines', c) FROM unnest('{t,f,NULL}'::boolean[]) c;
SELECT kpi_internal.kpi_scorecard_as(NULL, 'calls', 'sale') IS NULL, kpi_internal.kpi_scorecard_where(NULL, 'calls', true) IS NULL;
SELECT kpi_internal.kpi_scorecard_as('{}', 'calls,hours', 'sale');
SELECT kpi_internal.kpi_disposition_known('acme', 'NI'), kpi_internal.kpi_disposition_known('acme', 'none'), kpi_internal.kpi_disposition_known('nowhere', 'NI'), kpi_internal.kpi_disposition_known(NULL, 'NI');

-- what is refused, and why
CREATE FUNCTION refused(key text, card text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
	PERFORM kpi_rollup_drop(kpi_rollup_create('attempt', 'log', CASE WHEN key IS NULL THEN '{}' ELSE ARRAY[key] END, card));
	RETURN 'made';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ' ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;
CREATE FUNCTION my_class(outcome) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text $$;
CREATE DOMAIN short AS text CHECK (length(VALUE) < 20);
CREATE FUNCTION disposition(text, text) RETURNS outcome LANGUAGE sql IMMUTABLE AS $$ SELECT 'sale'::public.outcome $$;
\pset format unaligned
\pset fieldsep ' => '
SELECT refused(key, 'scorecard_calls(disposition(''any'', code, false))'), key FROM (VALUES ('disposition(''any'', code, false)::text AS t'), ('my_class(disposition(''any'', code, false))'),
	('disposition(''any'', code, false)::text::short AS s'), ('disposition(''any'', disposition(''any'', code, false)::text, false)'), ('disposition(current_user, code, false)'),
	('disposition(''a'' || ''b'', code, false)'), ('disposition(''any'', ''B'', false)'), ('disposition(random()::text, code, false)'), ('disposition(''any'', code || now(), false)'),
	('(SELECT disposition(''any'', code, false))'), ('coalesce(disposition(''any'', code, false)::text, reason) AS c'), ('disposition(''any'', code, false) > ''contact'' AS card'),
	('disposition(''any'', code, false) || now()::text'), ('to_char(length(disposition(''any'', code, false)::text), ''L9'')'), ('ROW(disposition(''any'', code, false), team)'),
	('disposition(''any'', code) AS mine'), ('disposition(''any'', code COLLATE "C", team > 1)'), ('disposition(code => code, source => ''any'', strict => false) AS named'),
	('disposition(NULL, code, false) AS nobody')) v(key);
SELECT refused(NULL, card), card FROM (VALUES ('scorecard_calls(disposition(''any'', code, false)) + scorecard_calls(''sale'')'),
	('scorecard_time(talk, NULL, NULL) + scorecard_pause(talk) FILTER (WHERE disposition(''any'', code, false) = ''sale'')'),
	('scorecard_reasons(''refused'', disposition(''any'', code, false)::text)'), ('scorecard_time(CASE WHEN disposition(''any'', code, false) = ''sale'' THEN talk END, NULL, NULL)'),
	('scorecard_calls(disposition(''any'', code, false)) - scorecard_calls(disposition(''any'', code, false))'),
	('scorecard_calls(DISTINCT disposition(''any'', code, false))'), ('scorecard_calls(disposition(''any'', code, false)) FILTER (WHERE my_class(disposition(''any'', code, false)) = ''a'')'),
	('scorecard_calls(CASE WHEN random() > 0.5 THEN disposition(''any'', code, false) END)'), ('scorecard_calls(CASE WHEN json_build_object(''a'', team) IS NULL THEN disposition(''any'', code, false) END)'),
	('scorecard_calls(disposition(''any'', sum(code::int)::text, false))'), ('scorecard_calls(disposition(''any'', code, false)) + ''{}''')) v(card);
\pset format aligned
DROP FUNCTION disposition(text, text);
SELECT kpi_rollup_create('many', 'log', array_fill('team'::text, ARRAY[0]) || ARRAY(SELECT 'team + ' || k || ' AS k' || k FROM generate_series(1, 32) k),
	'scorecard_calls(disposition(''any'', code, false))');
-- names of keys that are not shown do not clash
SELECT kpi_rollup_create('named', 'log', ARRAY['team AS code', 'reason AS "(code)"'], 'scorecard_calls(disposition(''any'', code, false))');
BEGIN;
ALTER TABLE log DISABLE TRIGGER kpi_rollup_delete;
DELETE FROM log WHERE code <> '1';
SELECT DISTINCT k FROM kpi_rollup_check('named'), jsonb_object_keys(cell) k ORDER BY k;
ROLLBACK;

-- who reads needs no right on the table, and sees kpi_disposition with rights of his own
CREATE ROLE regress_kpi_reader;
GRANT USAGE ON SCHEMA codes TO regress_kpi_reader;
GRANT SELECT ON c1 TO regress_kpi_reader;
SET ROLE regress_kpi_reader;
SELECT calls(card) > 100 AS read FROM c1;
SELECT name, unmapped IS NOT NULL AS unmapped FROM kpi_rollups WHERE name IN ('c1'::regclass, 'c2'::regclass) ORDER BY name;
RESET ROLE;
DROP OWNED BY regress_kpi_reader;
DROP ROLE regress_kpi_reader;
DELETE FROM kpi_disposition WHERE NOT stock;
DROP SCHEMA codes CASCADE;
