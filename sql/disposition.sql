-- Dialers' and CRMs' own codes
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
\pset format unaligned
\pset fieldsep ' | '

-- every stock code, each as its source writes it
SELECT source, count(*) FROM kpi_disposition GROUP BY 1 ORDER BY source COLLATE "C";
SELECT source, code, outcome FROM kpi_disposition WHERE source <> ALL ('{french,english}')
ORDER BY source COLLATE "C", outcome, code COLLATE "C";
-- the words of no tool in particular, in all their spellings
SELECT source, outcome, string_agg(code, ', ' ORDER BY code COLLATE "C") AS codes
FROM kpi_disposition WHERE source = ANY ('{french,english}') GROUP BY 1, 2 ORDER BY source COLLATE "C", outcome;
-- every row is explained, and no note has lost an apostrophe
SELECT count(*) FILTER (WHERE coalesce(note, '') = '') AS without_note, count(*) FILTER (WHERE NOT stock) AS not_stock FROM kpi_disposition;
SELECT code, note FROM kpi_disposition WHERE code ~* '\m[dlnmsj](entretien|argum|oppos|appel)' OR note ~* '\m[dln](entretien|argum|oppos|appel|a d)|agents (er|le)|systems d';

-- what the flags of VICIdial get wrong
SELECT code, outcome, reached(outcome, 'contact') AS contact, reached(outcome, 'answered') AS answered
FROM kpi_disposition WHERE source = 'vicidial' AND code IN ('SALE', 'DNC', 'NP', 'DEC', 'LRERR', 'MLINAT', 'AA', 'ADCT', 'DNCL')
ORDER BY code COLLATE "C";
-- a CDR cannot tell a person from a voicemail
SELECT disposition('asterisk_cdr', 'ANSWERED'), reached(disposition('asterisk_cdr', 'ANSWERED'), 'contact') AS contact;
-- an identifier of HubSpot means what its name means
SELECT count(*) AS pairs, bool_and(a.outcome = b.outcome) AS same
FROM kpi_disposition a JOIN kpi_disposition b ON b.source = a.source AND b.code = split_part(a.note, ':', 1)
WHERE a.source = 'hubspot' AND length(a.code) = 36;

-- lookups
SELECT disposition('vicidial', 'SALE'), disposition('vicidial', 'NI'), disposition('hubspot', 'b2cf5968-551e-4856-9783-52b3da59a7d0');
SELECT code, disposition('french', code) FROM unnest('{NRP,Rep,RE,RA,FN,RL,hors cible,rdv,REPONDEUR}'::text[]) code;
SELECT disposition(NULL, 'SALE') IS NULL AND disposition('vicidial', NULL) IS NULL AND disposition('vicidial', 'SALE', NULL) IS NULL AS nulls;
-- what is unknown: the code, and what to do
SELECT disposition('vicidial', 'sale');
SELECT disposition('vicidial', 'CALBK');
SELECT disposition('vicidial', 'ZZ');
SELECT disposition('vicidial', '');
SELECT disposition('vicidial/SPRING', 'sale');
SELECT disposition('french', 'Répondeurs');
SELECT disposition('hubspot', 'Left a voicemail');
SELECT disposition('vicidial', 'sale', strict => false) IS NULL AS lenient;
-- or the source
SELECT disposition('vicidail', 'SALE');
SELECT disposition('Vicidial', 'SALE');
SELECT disposition('vicidail', 'SALE', strict => false);
SELECT disposition('', 'SALE');
SELECT disposition('vicidial2', 'SALE');
SELECT disposition('/', 'SALE');
SELECT disposition('vicidial', repeat('é', 1000));

-- rows of the user's own come first, for a source or for one campaign of it
INSERT INTO kpi_disposition (source, code, outcome, note) VALUES
	('vicidial', 'XFER', 'direct_sale', 'our closers take transfers'),
	('vicidial/SPRING', 'HOT', 'undecided', NULL),
	('vicidial/SPRING', 'NI', 'declined', NULL),
	('vicidial/SPRING/LYON', 'HOT', 'appointment', NULL),
	('house', '7', 'appointment', NULL),
	('house', '', 'new', 'left empty');
SELECT source, disposition(source, 'XFER') AS "XFER", disposition(source, 'NI') AS "NI", disposition(source, 'HOT', false) AS "HOT"
FROM unnest('{vicidial,vicidial/SPRING,vicidial/SPRING/LYON,vicidial/AUTUMN,vicidial/}'::text[]) source;
SELECT disposition('house', '7'), disposition('house', ''), disposition('house/anything', '7');
SELECT disposition('house/anything', '8');
SELECT disposition('hose', '7');
-- ONLY those of the user's own, which are one for a code
SELECT source, code, outcome, stock FROM ONLY kpi_disposition ORDER BY source COLLATE "C", code COLLATE "C";
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('vicidial', 'XFER', 'sale');

-- changes are seen at once, and so is what takes them back
BEGIN;
UPDATE kpi_disposition SET outcome = 'refused' WHERE code = 'XFER' AND NOT stock;
SELECT disposition('vicidial', 'XFER') AS changed;
SAVEPOINT s;
DELETE FROM kpi_disposition WHERE NOT stock;
SELECT disposition('vicidial', 'XFER') AS deleted;
ROLLBACK TO s;
SELECT disposition('vicidial', 'XFER') AS savepoint;
SAVEPOINT s;
DELETE FROM kpi_disposition WHERE NOT stock;
RELEASE s;
SELECT disposition('vicidial', 'XFER') AS released;
ROLLBACK;
SELECT disposition('vicidial', 'XFER') AS rolled_back;
-- also within one command
DO $$
BEGIN
	FOR i IN 1..3 LOOP
		DELETE FROM kpi_disposition WHERE NOT stock;
		IF disposition('vicidial', 'XFER') <> 'argued' THEN RAISE 'stale after delete'; END IF;
		BEGIN
			INSERT INTO kpi_disposition (source, code, outcome) VALUES ('vicidial', 'XFER', 'refused');
			IF disposition('vicidial', 'XFER') <> 'refused' THEN RAISE 'stale in a subtransaction'; END IF;
			RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN
			IF disposition('vicidial', 'XFER') <> 'argued' THEN RAISE 'stale after a subtransaction'; END IF;
		END;
		INSERT INTO kpi_disposition (source, code, outcome) VALUES ('vicidial', 'XFER', 'sale');
		IF disposition('vicidial', 'XFER') <> 'sale' THEN RAISE 'stale after insert'; END IF;
	END LOOP;
END $$;
-- a command sees the table as it was when the command began
CREATE FUNCTION pg_temp.map(source text, code text, outcome text) RETURNS outcome LANGUAGE sql VOLATILE AS
	'INSERT INTO kpi_disposition (source, code, outcome) VALUES ($1, $2, $3::outcome); SELECT disposition($1, $2)';
SELECT pg_temp.map('vicidial', 'OUT', 'refused') AS inside, disposition('vicidial', 'OUT', false) AS outside,
	pg_temp.map('vicidial', 'OUT2', 'refused') AS inside, disposition('vicidial', 'OUT2', false) AS outside;
SELECT disposition('vicidial', 'OUT'), disposition('vicidial', 'OUT2');
-- and so do cursors
BEGIN;
DECLARE before CURSOR FOR SELECT disposition('vicidial', 'XFER') FROM generate_series(1, 3);
FETCH before;
DELETE FROM kpi_disposition WHERE NOT stock;
FETCH before;
SELECT disposition('vicidial', 'XFER');
FETCH before;
ROLLBACK;
-- a prepared statement asks again each time it runs
PREPARE ask AS SELECT disposition('vicidial', 'XFER');
SET plan_cache_mode = force_generic_plan;
EXECUTE ask;
DELETE FROM kpi_disposition WHERE NOT stock;
EXECUTE ask;
DEALLOCATE ask;
RESET plan_cache_mode;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT disposition('vicidial', 'XFER');
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('vicidial', 'XFER', 'sale');
SELECT disposition('vicidial', 'XFER');
COMMIT;
SELECT disposition('vicidial', 'XFER');
-- what a parallel worker looks up is what the leader has not committed yet
CREATE TABLE codes AS SELECT 'XFER'::text AS code FROM generate_series(1, 10000);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT count(*), max(disposition('vicidial', code)), min(disposition('vicidial', code)) FROM codes;
BEGIN;
UPDATE kpi_disposition SET outcome = 'lost' WHERE code = 'XFER' AND NOT stock;
SELECT count(*), max(disposition('vicidial', code)), min(disposition('vicidial', code)) FROM codes;
ROLLBACK;
SELECT count(*), max(disposition('vicidial', code)), min(disposition('vicidial', code)) FROM codes;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET parallel_leader_participation;
DROP TABLE codes;
-- where triggers do not fire, as in replication, changes are followed too
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house', '7', 'lost');
SELECT disposition('house', '7');
TRUNCATE kpi_disposition;
SELECT disposition('house', '7');
ROLLBACK;
SELECT disposition('vicidial', 'SALE');
BEGIN;
TRUNCATE ONLY kpi_disposition;
SELECT disposition('vicidial', 'XFER');
ROLLBACK;
SELECT disposition('vicidial', 'XFER');
-- a big table, of values that are stored apart
BEGIN;
INSERT INTO kpi_disposition (source, code, outcome) SELECT 'big/' || i % 100, i::text, 'sale' FROM generate_series(1, 5000) i;
SELECT count(disposition('big/' || i % 100, i::text)), count(disposition('big/' || i % 100, (i + 1)::text, false)) FROM generate_series(1, 5000) i;
INSERT INTO kpi_disposition (source, code, outcome) SELECT 'huge', string_agg(md5(i::text), ''), 'lost' FROM generate_series(1, 80) i;
SELECT disposition('huge', string_agg(md5(i::text), '')) FROM generate_series(1, 80) i;
SELECT disposition('big', '1');
ROLLBACK;

-- the stock rows stay
UPDATE kpi_disposition SET note = 'mine' WHERE source = 'vicidial' AND code = 'SALE';
DELETE FROM kpi_disposition WHERE source = 'vicidial' AND code = 'SALE';
INSERT INTO kpi_disposition (source, code, outcome, stock) VALUES ('vicidial', 'MINE', 'sale', true);
UPDATE kpi_disposition SET stock = true WHERE NOT stock;
TRUNCATE kpi_disposition;
TRUNCATE kpi_disposition_stock;
INSERT INTO kpi_disposition_stock (source, code, outcome) VALUES ('vicidial', 'MINE', 'sale');
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house', '7', 'slae');
\set VERBOSITY terse
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('', '7', 'sale');
\set VERBOSITY default
SELECT kpi_internal.kpi_disposition_guard();

-- audit of a column
CREATE TEMP TABLE log AS SELECT status::char(6) AS "the status", 'x' AS x, n AS log_id FROM
	unnest(ARRAY['NI', 'ZZ', 'ZZ', 'sale', 'A', NULL, 'é"''']) WITH ORDINALITY s(status, n);
SELECT * FROM kpi_unmapped('vicidial', 'log', 'the status');
SELECT * FROM kpi_unmapped('vicidial/SPRING', 'pg_temp.log'::regclass, 'log_id');
CREATE VIEW "odd "" schema view" AS SELECT 'q'::text AS "select", 'w' AS "a""b; DROP TABLE log";
SELECT * FROM kpi_unmapped('vicidial', '"odd "" schema view"', 'select');
SELECT * FROM kpi_unmapped('vicidial', '"odd "" schema view"', 'a"b; DROP TABLE log');
-- the name of the table, or of a function of it, is not a column
SELECT * FROM kpi_unmapped('vicidial', 'log', 'log');
SELECT * FROM kpi_unmapped('vicidial', 'log', 'row_to_json');
SELECT * FROM kpi_unmapped('vicidial', 'log', 'no such column');
SELECT * FROM kpi_unmapped('vicidial', 'nothing', 'code');
SELECT * FROM kpi_unmapped('vicidial', 0::regclass, 'code');
SELECT * FROM kpi_unmapped('vicidial', NULL, 'code');
-- audit of a query
SELECT * FROM kpi_unmapped('vicidial', 'SELECT "the status", 1, x AS code FROM log -- a comment');
SELECT * FROM kpi_unmapped('vicidial', $$ SELECT 'SALE' $$ || E';\n -- the end\n');
SELECT * FROM kpi_unmapped('vicidial', 'WITH l AS (SELECT * FROM log) SELECT x, x, x FROM l ORDER BY 1 LIMIT 2');
SELECT * FROM kpi_unmapped('vicidial', $$VALUES (1), (2), (2), (NULL)$$);
SELECT * FROM kpi_unmapped('vicidial', 'TABLE log');
SELECT * FROM kpi_unmapped('vicidial', $$SELECT row(NULL, 1)$$);
SELECT count(*), sum(occurrences) FROM kpi_unmapped('vicidial', 'SELECT i % 2500 FROM generate_series(1, 5000) i');
-- one query, that reads
SELECT * FROM kpi_unmapped('vicidial', 'SELEC 1');
SELECT * FROM kpi_unmapped('vicidial', 'SELECT nothing FROM log');
SELECT * FROM kpi_unmapped('vicidial', $$SELECT 'A') query(c1); DROP TABLE log; SELECT * FROM (SELECT 'A'$$);
SELECT * FROM kpi_unmapped('vicidial', $$SELECT 'A'; SELECT 'B'$$);
SELECT * FROM kpi_unmapped('vicidial', $$SELECT 'A'; DROP TABLE log$$);
SELECT * FROM kpi_unmapped('vicidial', 'DELETE FROM log RETURNING x');
SELECT * FROM kpi_unmapped('vicidial', 'WITH d AS (DELETE FROM log RETURNING x) SELECT x FROM d');
SELECT * FROM kpi_unmapped('vicidial', 'SELECT x INTO other FROM log');
SELECT * FROM kpi_unmapped('vicidial', 'SELECT x FROM log FOR UPDATE');
SELECT * FROM kpi_unmapped('vicidial', 'SHOW search_path');
SELECT * FROM kpi_unmapped('vicidial', 'SELECT FROM log');
SELECT * FROM kpi_unmapped('vicidial', 'SELECT $1');
SELECT * FROM kpi_unmapped('vicidial', ' ; ');
SELECT * FROM kpi_unmapped('vicidial', '');
SELECT * FROM kpi_unmapped('vicidail', 'SELECT ''A'' WHERE false');
SELECT count(*) FROM log;
-- nothing that is first in the search_path is taken for the server's
CREATE SCHEMA evil;
CREATE FUNCTION evil.count() RETURNS bigint LANGUAGE sql AS 'SELECT 666::bigint';
CREATE TYPE evil.text AS (t int);
CREATE TABLE evil.kpi_disposition (source int);
SET search_path = evil, pg_catalog, public, pg_temp;
SELECT public.kpi_unmapped('vicidial', 'log', 'the status'), public.disposition('vicidial', 'SALE');
RESET search_path;

-- who may do what
CREATE ROLE kpi_reader;
CREATE ROLE kpi_editor;
GRANT INSERT, UPDATE, DELETE ON kpi_disposition TO kpi_editor;
SET ROLE kpi_reader;
SELECT disposition('vicidial', 'SALE');
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house', '7', 'sale');
SELECT * FROM kpi_unmapped('vicidial', 'log', 'the status');
SET ROLE kpi_editor;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house', '7', 'sale');
SELECT disposition('house', '7');
DELETE FROM kpi_disposition WHERE source = 'vicidial';
CREATE TRIGGER mine BEFORE INSERT ON kpi_disposition EXECUTE FUNCTION kpi_internal.kpi_disposition_guard();
RESET ROLE;
-- who may not read gets nothing from the session's copy, or from a definer
REVOKE SELECT ON kpi_disposition FROM PUBLIC;
CREATE FUNCTION asks(code text) RETURNS outcome LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$BEGIN RETURN disposition('vicidial', code); END$$;
SELECT disposition('vicidial', 'SALE');
SET ROLE kpi_reader;
SELECT disposition('vicidial', 'SALE');
SELECT asks('SALE');
SELECT asks('SALE'), disposition('vicidial', 'SALE');
RESET ROLE;
-- some columns are enough where they are the ones that it takes
GRANT SELECT (source, code, outcome, stock) ON kpi_disposition TO kpi_reader;
SET ROLE kpi_reader;
SELECT disposition('vicidial', 'SALE');
RESET ROLE;
GRANT SELECT ON kpi_disposition TO PUBLIC;
-- row-level security is heeded
CREATE POLICY shown ON kpi_disposition FOR SELECT USING (source <> 'house');
ALTER TABLE kpi_disposition ENABLE ROW LEVEL SECURITY;
SELECT disposition('house', '7'), disposition('vicidial', 'SALE');
SET ROLE kpi_reader;
SELECT disposition('vicidial', 'SALE');
SELECT disposition('house', '7');
RESET ROLE;
SELECT disposition('house', '7');
CREATE POLICY asking ON kpi_disposition AS RESTRICTIVE FOR SELECT USING (asks('SALE') = 'direct_sale');
SET ROLE kpi_reader;
SELECT disposition('vicidial', 'SALE');
RESET ROLE;
ALTER TABLE kpi_disposition DISABLE ROW LEVEL SECURITY;
DROP POLICY shown ON kpi_disposition;
DROP POLICY asking ON kpi_disposition;

-- an owner who takes the table apart gets errors or less, not a crash
BEGIN;
ALTER TABLE ONLY kpi_disposition DROP COLUMN source CASCADE;
INSERT INTO kpi_disposition (code, outcome) VALUES ('SALE', 'busy');
SELECT disposition('vicidial', 'SALE');
ROLLBACK;
BEGIN;
ALTER TABLE kpi_disposition DROP CONSTRAINT kpi_disposition_pkey;
ALTER TABLE ONLY kpi_disposition ALTER source DROP NOT NULL;
INSERT INTO kpi_disposition (source, code, outcome) VALUES (NULL, 'SALE', 'busy'), ('vicidial', 'SALE', 'lost');
SELECT disposition('vicidial', 'SALE');
ROLLBACK;
BEGIN;
ALTER TABLE kpi_disposition RENAME TO elsewhere;
SAVEPOINT s;
SELECT disposition('vicidial', 'SALE');
ROLLBACK TO s;
CREATE TABLE kpi_disposition AS SELECT 1 AS source, 2 AS code, 3 AS outcome, 4 AS note, 5 AS stock;
SELECT disposition('vicidial', 'SALE');
ROLLBACK TO s;
CREATE VIEW kpi_disposition AS SELECT * FROM elsewhere;
SELECT disposition('vicidial', 'SALE');
ROLLBACK;

DROP FUNCTION asks(text);
DROP SCHEMA evil CASCADE;
DROP VIEW "odd "" schema view";
DELETE FROM kpi_disposition WHERE NOT stock;
REVOKE ALL ON kpi_disposition FROM kpi_reader, kpi_editor;
DROP ROLE kpi_reader;
DROP ROLE kpi_editor;
