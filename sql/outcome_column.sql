-- A column of outcomes that follows a column of codes
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
CREATE SCHEMA followed;
SET search_path = followed, public;

CREATE TABLE calls (id integer, status char(6), agent text);
INSERT INTO calls VALUES (1, 'SALE', 'a'), (2, 'NI', 'a'), (3, 'NRP', 'b'), (4, NULL, 'b');
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('acme', 'SALE', 'direct_sale'), ('acme', 'NI', 'refused');
SELECT kpi_outcome_column('calls', 'status', 'acme');
SELECT * FROM calls ORDER BY id;
-- what comes, and what changes
INSERT INTO calls VALUES (5, 'SALE', 'c', NULL), (6, 'NRP', 'c', 'sale'), (7, NULL, 'c', 'sale');
UPDATE calls SET status = 'NI' WHERE id = 1;
UPDATE calls SET outcome = 'busy' WHERE id IN (2, 4);
UPDATE calls SET agent = 'd' WHERE id = 3;
COPY calls (id, status) FROM stdin;
8	SALE
\.
SELECT * FROM calls ORDER BY id;
-- a mapping reaches the rows that are there when it is asked for, and those that come at once
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('acme', 'NRP', 'no_answer');
UPDATE kpi_disposition SET outcome = 'declined' WHERE source = 'acme' AND code = 'NI';
INSERT INTO calls VALUES (9, 'NRP', 'e');
SELECT id, outcome FROM calls WHERE id IN (2, 3, 9) ORDER BY id;
SELECT kpi_outcome_refresh('calls');
SELECT kpi_outcome_refresh('calls');
SELECT id, outcome FROM calls ORDER BY id;
DELETE FROM kpi_disposition WHERE source = 'acme' AND code = 'NRP';
SELECT kpi_outcome_refresh('calls');
DELETE FROM kpi_disposition WHERE source = 'acme';
INSERT INTO calls VALUES (10, 'SALE', 'e');
SELECT kpi_outcome_refresh('calls'), count(outcome) FROM calls;
SELECT count(outcome) FROM calls;

-- a roll-up of the column follows it
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('acme', 'SALE', 'direct_sale'), ('acme', 'NI', 'refused'), ('other', 'd', 'callback');
SELECT kpi_rollup_create('by_agent', 'calls', '{agent}', 'scorecard_calls(outcome)');
SELECT kpi_outcome_refresh('calls');
SELECT * FROM by_agent ORDER BY agent;
SELECT count(*) FROM kpi_rollup_check('by_agent');
-- a second column, of other codes; columns are renamed, and what others do to a code is done before
SELECT kpi_outcome_column('calls', 'agent', 'other', column_name => 'Of agent');
CREATE FUNCTION upper_status() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.code := upper(NEW.code); RETURN NEW; END';
CREATE TRIGGER upper_status BEFORE INSERT OR UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION upper_status();
ALTER TABLE calls RENAME status TO code;
ALTER TABLE calls RENAME outcome TO result;
INSERT INTO calls VALUES (11, 'sale', 'd');
SELECT * FROM calls WHERE id IN (3, 11);
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'calls'::regclass AND tgname LIKE 'zz%' ORDER BY 1;
SELECT col_description('calls'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'calls'::regclass AND atttypid = 'outcome'::regtype ORDER BY attnum;
ALTER TABLE calls DROP COLUMN code;
SELECT kpi_outcome_refresh('calls');
-- codes of any type; of a column that is there already
CREATE TABLE numbered (code integer, result outcome);
INSERT INTO numbered VALUES (101), (103), (0);
SELECT kpi_outcome_column('numbered', 'code', 'nice_cxone', 'result');
SELECT * FROM numbered ORDER BY code;
-- partitions, those that come too
CREATE TABLE parts (day integer, status text) PARTITION BY LIST (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
INSERT INTO parts VALUES (1, 'NI');
SELECT kpi_outcome_column('parts', 'status', 'vicidial');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts VALUES (2, 'SALE');
INSERT INTO parts_1 VALUES (1, 'B');
SELECT tableoid::regclass, * FROM parts ORDER BY 1, status;
UPDATE parts SET day = 2, status = 'A' WHERE status = 'B';
SELECT tableoid::regclass, * FROM parts ORDER BY 1, status;

-- what is refused
SELECT kpi_outcome_column('calls', 'nothing', 'acme', 'x');
SELECT kpi_outcome_column('calls', 'tableoid', 'acme', 'x');
SELECT kpi_outcome_column('calls', 'agent', 'acme', 'id');
SELECT kpi_outcome_column('calls', 'agent', 'acme', 'Of agent');
CREATE TABLE generated (a text, b text GENERATED ALWAYS AS (a || 'x') STORED);
SELECT kpi_outcome_column('generated', 'b', 'acme');
SELECT kpi_outcome_refresh('generated');
SELECT kpi_outcome_column(0, 'b', 'acme');
SELECT kpi_outcome_refresh(0);
SELECT kpi_outcome_column('parts_1', 'status', 'acme', 'x');
SELECT kpi_outcome_column('generated', 'a', NULL) IS NULL;
BEGIN READ ONLY;
SELECT kpi_outcome_column('generated', 'a', 'acme');
ROLLBACK;
BEGIN READ ONLY;
SELECT kpi_outcome_refresh('numbered');
ROLLBACK;
-- the trigger elsewhere: it writes no column that has no outcomes
CREATE TABLE elsewhere (a text, b text, o outcome);
CREATE TRIGGER t1 BEFORE INSERT ON elsewhere FOR EACH ROW WHEN (NEW.a IS NOT NULL OR NEW.b IS NOT NULL) EXECUTE FUNCTION kpi_internal.kpi_outcome_follow('vicidial');
INSERT INTO elsewhere VALUES ('NI');
DROP TRIGGER t1 ON elsewhere;
CREATE TRIGGER t1 BEFORE INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION kpi_internal.kpi_outcome_follow('vicidial');
INSERT INTO elsewhere VALUES ('NI');
DROP TRIGGER t1 ON elsewhere;
CREATE TRIGGER t1 BEFORE INSERT ON elsewhere FOR EACH ROW WHEN (NEW.a IS NOT NULL OR NEW.o IS NOT NULL) EXECUTE FUNCTION kpi_internal.kpi_outcome_follow('vicidial', 'x');
INSERT INTO elsewhere VALUES ('NI');
DROP TRIGGER t1 ON elsewhere;
CREATE TRIGGER t1 AFTER INSERT ON elsewhere FOR EACH ROW WHEN (NEW.a IS NOT NULL OR NEW.o IS NOT NULL) EXECUTE FUNCTION kpi_internal.kpi_outcome_follow('vicidial');
INSERT INTO elsewhere VALUES ('NI');
SELECT kpi_internal.kpi_outcome_follow();

-- who owns the table looks codes up, whoever writes; who may not change the table adds nothing
CREATE ROLE regress_kpi_owner;
CREATE ROLE regress_kpi_writer;
CREATE TABLE owned (code text);
ALTER TABLE owned OWNER TO regress_kpi_owner;
GRANT USAGE, CREATE ON SCHEMA followed TO regress_kpi_owner, regress_kpi_writer;
GRANT INSERT, SELECT ON owned TO regress_kpi_writer;
SET ROLE regress_kpi_writer;
SELECT kpi_outcome_column('owned', 'code', 'vicidial');
SET ROLE regress_kpi_owner;
SELECT kpi_outcome_column('owned', 'code', 'vicidial');
RESET ROLE;
BEGIN;
REVOKE SELECT ON kpi_disposition, kpi_disposition_stock FROM PUBLIC;
GRANT SELECT ON kpi_disposition, kpi_disposition_stock TO regress_kpi_owner;
SET ROLE regress_kpi_writer;
INSERT INTO owned VALUES ('SALE');
SELECT * FROM owned;
SELECT kpi_outcome_refresh('owned');
ROLLBACK;
DROP OWNED BY regress_kpi_owner, regress_kpi_writer;
DROP ROLE regress_kpi_owner, regress_kpi_writer;
DELETE FROM kpi_disposition WHERE NOT stock;
DROP SCHEMA followed CASCADE;
