-- Live roll-ups with the journeys of leads, of tables that have codes
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
CREATE EXTENSION IF NOT EXISTS kpi;
CREATE SCHEMA jou;
SET search_path = jou, public;
SET jit = off;

CREATE TABLE log (i int PRIMARY KEY, campaign text, lead text, status text, reason text, talk int, team int);
CREATE TABLE first AS SELECT i, nullif('c' || i % 4, 'c3') AS campaign, nullif('l' || i % 23, 'l22') AS lead, nullif((i * i % 13)::text, '12') AS status,
	'r' || i % 5 AS reason, i % 60 AS talk, i % 3 AS team FROM generate_series(1, 300) i;
INSERT INTO log SELECT * FROM first;
CREATE TABLE words (outcome outcome, n int GENERATED ALWAYS AS IDENTITY);
INSERT INTO words (outcome) SELECT outcome::outcome FROM (VALUES ('new'), ('busy'), ('no_answer'), ('contact'), ('refused'), ('callback'), ('argued'),
	('appointment'), ('held'), ('sale'), ('validated_sale'), ('cancelled_sale'), ('do_not_call')) v(outcome);
-- what the codes stand for, some of them for nothing
CREATE FUNCTION shuffle(seed int) RETURNS void LANGUAGE sql AS $$
	DELETE FROM kpi_disposition WHERE source = 'any';
	INSERT INTO kpi_disposition (source, code, outcome) SELECT 'any', c::text, w.outcome
	FROM generate_series(0, 12) c JOIN words w ON w.n = (c * 7 + seed * 5) % 16 + 1;
$$;
SELECT shuffle(1);
CREATE TABLE cards (name text, keys text[], card text);
INSERT INTO cards VALUES
	('j1', '{campaign}', 'scorecard_journeys(@, lead)'), ('j2', '{campaign}', 'scorecard_calls(@) + scorecard_journeys(@, lead)'),
	('j3', '{}', 'scorecard_time(talk, NULL, NULL) + scorecard_journeys(@, lead) FILTER (WHERE talk > 20) + scorecard_reasons(@, reason)'),
	('j4', '{team,"disposition(''any'', status, false) > ''contact'' AS useful"}', 'scorecard_journeys(@, lead) + scorecard_time(talk, NULL, NULL) FILTER (WHERE @ = ''sale'')'),
	('j5', '{status}', 'scorecard_journeys(@, lead) + scorecard_calls(@)'), ('j6', '{lead,team}', 'scorecard_journeys(@, lead)'),
	('j7', '{campaign}', 'scorecard_calls(coalesce(@, ''busy'')) FILTER (WHERE @ <> ''sale'') + scorecard_journeys(coalesce(@, ''busy''), lead) FILTER (WHERE @ <> ''sale'')'),
	('j8', '{campaign}', 'scorecard_journeys(CASE WHEN talk < 10 THEN ''machine'' ELSE @ END, lead) FILTER (WHERE team < 2)'),
	('j9', '{}', 'scorecard_journeys(CASE WHEN talk < 10 THEN ''sale''::outcome ELSE ''busy'' END, lead) + scorecard_reasons(@, reason)'),
	('j10', '{"disposition(''any'', status, false) AS outcome",campaign}', 'scorecard_journeys(CASE WHEN talk < 10 THEN ''sale''::outcome ELSE ''busy'' END, lead) FILTER (WHERE @ IS NOT NULL)');
CREATE FUNCTION card_of(template text) RETURNS text LANGUAGE sql AS $$ SELECT replace(template, '@', 'disposition(''any'', status, false)') $$;
SELECT kpi_rollup_create(name, 'log', keys, card_of(card)) FROM cards ORDER BY length(name), name;
SELECT name, keys, card, live, unmapped FROM kpi_rollups WHERE name::text IN ('j3', 'j4') ORDER BY name::text;
SELECT attname, attcollation::regcollation FROM pg_attribute WHERE attrelid = 'j4_leads'::regclass AND attnum > 8;
-- what is not the same as of the rows, or by the check
CREATE FUNCTION wrong() RETURNS TABLE (name text, other bigint, checked bigint) LANGUAGE plpgsql AS $$
DECLARE
	c record; keys text; names text; groups text;
BEGIN
	FOR c IN SELECT * FROM cards LOOP
		SELECT string_agg(k || CASE WHEN k ~ ' AS ' THEN '' ELSE ' AS ' || k END || ', ', ''), string_agg(regexp_replace(k, '.* AS ', '') || ', ', ''), ' GROUP BY ' || string_agg(n::text, ', ')
		INTO keys, names, groups FROM unnest(c.keys) WITH ORDINALITY k(k, n);
		RETURN QUERY EXECUTE format('WITH r AS (SELECT %s%s AS card FROM log%s HAVING count(*) > 0), v AS (SELECT %scard FROM %I)
			SELECT %L, (SELECT count(*) FROM ((TABLE r EXCEPT ALL TABLE v) UNION ALL (TABLE v EXCEPT ALL TABLE r)) d), (SELECT count(*) FROM kpi_rollup_check(%6$L))',
			coalesce(keys, ''), card_of(c.card), coalesce(groups, ''), coalesce(names, ''), c.name, c.name);
	END LOOP;
END $$;
CREATE FUNCTION same() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT string_agg(w::text, ' ') FROM wrong() w WHERE other + checked > 0), (SELECT string_agg(problem, ' ') FROM kpi_rollups WHERE NOT live), 'same')
$$;
CREATE FUNCTION compact() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(kpi_rollup_compact(name))::bigint FROM kpi_rollups $$;
SELECT same();
SELECT * FROM j2 ORDER BY campaign;
-- a mapping that is added, corrected or taken back counts for leads that are settled
SELECT shuffle(2), same();
SELECT shuffle(3), same();
SELECT * FROM j2 ORDER BY campaign;
BEGIN;
DELETE FROM kpi_disposition WHERE source = 'any' AND code > '1';
SELECT card FROM j3;
SELECT same();
ROLLBACK;
-- calls come and go
INSERT INTO log VALUES (1001, 'c1', 'l5', '1', 'r', 30, 1), (1002, 'c1', 'l5', '1', 'r', 30, 1), (1003, 'c9', 'l1', '2', 'r', 3, 1),
	(1004, 'c8', NULL, '3', 'r', 30, 1), (1005, 'c8', 'l2', NULL, 'r', 30, 0);
SELECT same();
DELETE FROM log WHERE i = 1001;
SELECT same();
DELETE FROM log WHERE i = 1002;
UPDATE log SET lead = 'l7' WHERE lead = 'l6';
UPDATE log SET campaign = 'c2' WHERE lead = 'l9';
UPDATE log SET status = 'new' WHERE i % 13 = 0;
SELECT same();
SELECT compact() > 0 AS merged, same();
SELECT compact() > 0 AS merged, same();
SELECT compact() AS merged, sum(pending) AS pending FROM kpi_rollups;
SELECT shuffle(4), same();
-- pending beside settled ones
UPDATE log SET status = '5' WHERE lead IN ('l1', 'l2');
DELETE FROM log WHERE lead = 'l3' OR campaign = 'c9';
INSERT INTO log SELECT i + 2000, campaign, lead || 'x', status, reason, talk, team FROM first WHERE i % 3 = 0;
SELECT same();
SELECT shuffle(5), same();
BEGIN;
DELETE FROM log WHERE campaign = 'c1';
SAVEPOINT s;
TRUNCATE log;
SELECT same(), count(*) FROM j1;
INSERT INTO log VALUES (1, 'c1', 'l1', '4', 'r', 10, 1);
SELECT same();
ROLLBACK TO s;
SELECT same(), compact() > 0 AS merged;
SELECT same();
COMMIT;
SELECT same(), compact() > 0 AS merged;
-- anything at all, with compaction now and then
CREATE PROCEDURE play(steps integer, INOUT result text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
	FOR n IN 1 .. steps LOOP
		CASE (n * 7919) % 7
			WHEN 0 THEN INSERT INTO log SELECT 10000 + n * 100 + i % 40, campaign, lead, status, reason, talk, team FROM first
				WHERE i BETWEEN n * 11 % 250 AND n * 11 % 250 + 20 ON CONFLICT DO NOTHING;
			WHEN 1 THEN DELETE FROM log WHERE (i + n) % 5 = 0;
			WHEN 2 THEN UPDATE log SET status = (i * n % 14)::text WHERE talk % 4 = n % 4;
			WHEN 3 THEN UPDATE log SET campaign = 'c' || (i + n) % 3, talk = talk + 1 WHERE i % 3 = n % 3;
			WHEN 4 THEN UPDATE log SET lead = nullif('l' || (i + n) % 30, 'l0') WHERE i % 4 = n % 4;
			WHEN 5 THEN PERFORM shuffle(n);
			ELSE PERFORM compact();
		END CASE;
		COMMIT;
		result := same();
		EXIT WHEN result <> 'same';
	END LOOP;
END $$;
CALL play(14);
SELECT compact() > 0 AS merged, same();
SELECT kpi_rollup_rebuild('j2'), same();
-- a set that is not what the leads have is found
BEGIN;
UPDATE j2_leads SET k1 = 'x' || k1 WHERE k2 = (SELECT min(k2) FROM j2_leads WHERE k1 LIKE '% %');
SELECT count(*) > 0 AS found FROM kpi_rollup_check('j2');
ROLLBACK;
-- altered: another key and another section, for which views over it stay
CREATE VIEW over AS SELECT campaign, lead_calls(card) FROM j1 GROUP BY campaign;
SELECT kpi_rollup_alter('j1', '{campaign,team}', card_of('scorecard_calls(@) + scorecard_journeys(@, lead) + scorecard_time(talk, NULL, NULL)'));
UPDATE cards SET keys = '{campaign,team}', card = 'scorecard_calls(@) + scorecard_time(talk, NULL, NULL) + scorecard_journeys(@, lead)' WHERE name = 'j1';
CALL play(5);
SELECT compact() > 0 AS merged, same();
-- other codes, and none
BEGIN;
SELECT kpi_rollup_alter('j1', card => 'scorecard_journeys(disposition(''any'', reason), lead)');
SELECT kpi_rollup_alter('j5', card => 'scorecard_journeys(''sale'', lead)');
UPDATE cards SET card = CASE name WHEN 'j1' THEN 'scorecard_journeys(disposition(''any'', reason, false), lead)' ELSE 'scorecard_journeys(''sale'', lead)' END WHERE name IN ('j1', 'j5');
UPDATE log SET lead = 'l9' WHERE talk < 10;
SELECT same();
ROLLBACK;
-- the lead is of the row itself, and journeys are of one kind
SELECT kpi_rollup_create('refused', 'log', '{}', card_of('scorecard_journeys(@, @)'));
SELECT kpi_rollup_create('refused', 'log', '{}', card_of('scorecard_journeys(@, lead) + scorecard_calls(''sale'')'));
SELECT kpi_rollup_create('refused', 'log', '{}', card_of('scorecard_journeys(@, lead) + scorecard_leads(@)'));
-- more of a lead than one code, of other types and collations, with quotes in them
CREATE TABLE odd (lead text COLLATE "C", source text, code text COLLATE "POSIX", at timestamp, ok boolean);
INSERT INTO odd SELECT nullif('a' || i % 4, 'a3'), 'odd' || i % 2, (ARRAY['x''', 'x'','',y', 'y', NULL, '"', 'x'' ''y'])[1 + i % 6],
	timestamp '2024-01-01' + i % 3 * interval '1 h', i % 5 < 2 FROM generate_series(1, 120) i;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('odd0', 'x''', 'sale'), ('odd1', 'y', 'refused'), ('odd0', '"', 'busy'), ('odd1', 'x'' ''y', 'callback');
CREATE FUNCTION odd_rows() RETURNS scorecard LANGUAGE sql AS $$
	SELECT scorecard_journeys(CASE WHEN ok OR at > '2024-01-01 01:00' THEN disposition(source, code, false) END, lead) FROM odd
$$;
SELECT kpi_rollup_create('of_odd', 'odd', '{}', 'scorecard_journeys(CASE WHEN ok OR at > ''2024-01-01 01:00'' THEN disposition(source, code) END, lead)');
UPDATE odd SET code = 'y' WHERE lead = 'a2' AND ok;
SELECT card, card = odd_rows() AS same FROM of_odd;
SELECT kpi_rollup_compact('of_odd') > 0 AS merged, kpi_rollup_compact('of_odd') > 0 AS merged;
SELECT card, card = odd_rows() AS same, (SELECT count(*) FROM kpi_rollup_check('of_odd')) AS wrong FROM of_odd;
-- all parts go together
SELECT kpi_rollup_drop('j3');
SELECT count(*) FROM pg_class WHERE relnamespace = 'jou'::regnamespace AND relname ~ '^j3';
DELETE FROM kpi_disposition WHERE NOT stock;
SET client_min_messages = error;
DROP SCHEMA jou CASCADE;
