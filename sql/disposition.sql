-- Dialers' and CRMs' own codes
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
\pset format unaligned
\pset fieldsep ' | '

-- every stock code
SELECT source, code, outcome FROM kpi_disposition WHERE stock ORDER BY source COLLATE "C", code COLLATE "C";
-- every one is explained
SELECT count(*) AS without_note FROM kpi_disposition WHERE stock AND coalesce(note, '') = '';

-- lookups
SELECT disposition('vicidial', 'SALE'), disposition('vicidial', 'NI'), disposition('french', 'RA'),
	disposition('hubspot', 'b2cf5968-551e-4856-9783-52b3da59a7d0');
SELECT disposition(NULL, 'SALE') IS NULL AND disposition('vicidial', NULL) IS NULL AS nulls;
SELECT disposition('vicidial', 'sale');
SELECT disposition('vicidial', 'sale', strict => false) IS NULL AS lenient;
SELECT disposition('vicidail', 'SALE');
SELECT disposition('vicidail', 'SALE', strict => false);
SELECT disposition('', 'SALE');

-- rows of the user's own come first, for a source or for one campaign of it
INSERT INTO kpi_disposition (source, code, outcome, note) VALUES
	('vicidial', 'XFER', 'direct_sale', 'our closers take transfers'),
	('vicidial/SPRING', 'HOT', 'undecided', NULL),
	('house', '7', 'appointment', NULL);
SELECT disposition('vicidial', 'XFER'), disposition('vicidial/SPRING', 'XFER'), disposition('vicidial/SPRING', 'HOT'),
	disposition('vicidial', 'HOT', false) IS NULL AS other_campaign, disposition('house', '7');
SELECT disposition('house/anything', '8');
-- changes are seen at once, and so is what takes them back
BEGIN;
UPDATE kpi_disposition SET outcome = 'refused' WHERE code = 'XFER' AND NOT stock;
SELECT disposition('vicidial', 'XFER') AS changed;
SAVEPOINT s;
DELETE FROM kpi_disposition WHERE NOT stock;
SELECT disposition('vicidial', 'XFER') AS deleted;
ROLLBACK TO s;
SELECT disposition('vicidial', 'XFER') AS savepoint;
ROLLBACK;
SELECT disposition('vicidial', 'XFER') AS rolled_back;
DO $$
BEGIN
	FOR i IN 1..3 LOOP
		DELETE FROM kpi_disposition WHERE NOT stock;
		IF disposition('vicidial', 'XFER') <> 'argued' THEN RAISE 'stale after delete'; END IF;
		INSERT INTO kpi_disposition (source, code, outcome) VALUES ('vicidial', 'XFER', 'sale');
		IF disposition('vicidial', 'XFER') <> 'sale' THEN RAISE 'stale after insert'; END IF;
	END LOOP;
END $$;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT disposition('vicidial', 'XFER');
DELETE FROM kpi_disposition WHERE NOT stock;
SELECT disposition('vicidial', 'XFER');
COMMIT;

-- the stock rows stay
UPDATE kpi_disposition SET note = 'mine' WHERE source = 'vicidial' AND code = 'SALE';
DELETE FROM kpi_disposition WHERE source = 'vicidial' AND code = 'SALE';
INSERT INTO kpi_disposition (source, code, outcome, stock) VALUES ('vicidial', 'MINE', 'sale', true);
TRUNCATE kpi_disposition;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house', '7', 'slae');
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('', '7', 'sale');
SELECT kpi_disposition_changed();

-- audit
CREATE TEMP TABLE log AS SELECT status::char(6) AS "the status" FROM
	unnest(ARRAY['NI', 'ZZ', 'ZZ', 'sale', 'A', NULL, 'é"''']) status;
SELECT * FROM kpi_unmapped('vicidial', 'log', 'the status');
SELECT * FROM kpi_unmapped('vicidial', 'SELECT "the status", 1 FROM log -- a comment');
SELECT * FROM kpi_unmapped('vicidial', $$SELECT 'SALE' $$ || E';\n');
SELECT * FROM kpi_unmapped('vicidial', 'SELEC 1');
SELECT * FROM kpi_unmapped('vicidail', 'SELECT ''A''');
SELECT * FROM kpi_unmapped('vicidial', 'log', 'no such column');

-- who may do what
CREATE ROLE kpi_reader;
SET ROLE kpi_reader;
SELECT disposition('vicidial', 'SALE');
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house', '7', 'sale');
RESET ROLE;
REVOKE SELECT ON kpi_disposition FROM PUBLIC;
SET ROLE kpi_reader;
SELECT disposition('vicidial', 'SALE');
RESET ROLE;
GRANT SELECT ON kpi_disposition TO PUBLIC;
DROP ROLE kpi_reader;
