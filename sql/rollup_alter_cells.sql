-- Live roll-ups that are altered to keep their cells in another way: by lead, by other leads, by codes
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
-- which rows wait is not to depend on who merges them
SET kpi.enable_rollup_compaction = off;
CREATE EXTENSION IF NOT EXISTS kpi;
CREATE SCHEMA cells;
SET search_path = cells, public;
SET jit = off;

CREATE TABLE calls (id int PRIMARY KEY, campaign text, team int, lead int, phone text, outcome outcome, status text, talk int);
INSERT INTO calls SELECT i, nullif('c' || i % 4, 'c3'), i % 2, nullif(i % 23, 22), 'p' || i % 17, (ARRAY['sale', 'busy', 'refused', NULL, 'appointment'])[1 + i * i % 5]::outcome,
	nullif('s' || i * i % 6, 's4'), i % 60 FROM generate_series(1, 300) i;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('cells', 's0', 'sale'), ('cells', 's1', 'busy'), ('cells', 's3', 'refused'), ('phones', 'p1', 'sale'), ('phones', 'p2', 'busy');
SELECT kpi_rollup_create('of_calls', 'calls', '{campaign}', 'scorecard_calls(outcome)');
-- what depends on the roll-up, and stays
CREATE VIEW over AS SELECT campaign, calls(card) AS calls, lead_calls(card) IS NOT NULL AS of_leads FROM of_calls GROUP BY campaign;
CREATE ROLE kpi_cells_reader;
GRANT USAGE ON SCHEMA cells TO kpi_cells_reader;
GRANT SELECT ON of_calls, over TO kpi_cells_reader;
ALTER VIEW of_calls SET (security_barrier);
COMMENT ON COLUMN of_calls.campaign IS 'mine';
CREATE TABLE was AS SELECT 'of_calls'::regclass::oid AS view;
CREATE FUNCTION tables() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(relname, ' ' ORDER BY relname COLLATE "C") FROM pg_class WHERE relnamespace = 'cells'::regnamespace AND relkind = 'r' AND relname ~ '^of_calls'
$$;
-- what is not the same as of the rows, or by the check, or has not stayed
CREATE FUNCTION wrong(keys text, card text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n bigint; result text;
BEGIN
	EXECUTE format('WITH r AS (SELECT %1$s%2$s AS card FROM calls%3$s), v AS (SELECT %1$scard FROM of_calls)
		SELECT count(*) FROM ((TABLE r EXCEPT ALL TABLE v) UNION ALL (TABLE v EXCEPT ALL TABLE r)) d', keys || ', ', card, ' GROUP BY ' || keys) INTO n;
	SELECT concat_ws(E'\n', nullif(n, 0) || ' are other than of the rows',
		(SELECT string_agg(c::text, E'\n') FROM kpi_rollup_check('of_calls') c),
		(SELECT 'not live: ' || problem FROM kpi_rollups WHERE name = 'of_calls'::regclass AND NOT live),
		(SELECT 'other view' FROM was, pg_class c WHERE c.oid = 'of_calls'::regclass AND (c.oid <> view OR reloptions::text <> '{security_barrier=true}'
			OR NOT has_table_privilege('kpi_cells_reader', c.oid, 'SELECT') OR col_description(c.oid, 1) <> 'mine'))) INTO result;
	RETURN coalesce(nullif(result, ''), 'nothing');
END $$;
-- an alteration, and what is wrong after it, and when calls have come and gone
CREATE SEQUENCE turn;
CREATE FUNCTION altered(keys text, card text, source text[] DEFAULT NULL) RETURNS TABLE (at_once text, written text) LANGUAGE plpgsql AS $$
DECLARE t int := nextval('turn');
BEGIN
	PERFORM kpi_rollup_alter('of_calls', source, card);
	at_once := wrong(keys, card);
	INSERT INTO calls SELECT 1000 * t + id, campaign, team, lead + t % 2, phone, outcome, status, talk FROM calls WHERE id BETWEEN t AND t + 20;
	UPDATE calls SET status = 's' || (id + t) % 7, lead = (id + t) % 20, outcome = 'appointment' WHERE id % 7 = t % 7;
	DELETE FROM calls WHERE id % 41 = t;
	written := wrong(keys, card);
	RETURN NEXT;
END $$;
-- given
SELECT * FROM altered('campaign', 'scorecard_calls(outcome) + scorecard_journeys(outcome, lead)');
SELECT * FROM over ORDER BY campaign;
SELECT tables(), obj_description('of_calls_cells'::regclass) AS before, obj_description('of_calls_cells1'::regclass) AS cells, obj_description('of_calls_leads'::regclass) AS leads;
SELECT keys, card FROM kpi_rollups WHERE name = 'of_calls'::regclass;
-- a note, which no reader sees: what is in such a table is not to depend on when it is vacuumed
INSERT INTO of_calls_cells (id, n, fault) VALUES (0, 0, 'kept');
SELECT kpi_rollup_compact('of_calls') > 0 AS merged, wrong('campaign', 'scorecard_calls(outcome) + scorecard_journeys(outcome, lead)');
SET ROLE kpi_cells_reader;
SELECT count(*), (SELECT count(*) FROM over) FROM of_calls;
RESET ROLE;
-- without the calls, and with another section, which the cells have room for
SELECT * FROM altered('campaign', 'scorecard_journeys(outcome, lead)');
SELECT tables();
SELECT * FROM altered('campaign', 'scorecard_time(talk, NULL, NULL) + scorecard_journeys(outcome, lead)');
SELECT * FROM altered('campaign', 'scorecard_time(talk, NULL, NULL) + scorecard_journeys(outcome, lead + team)');
SELECT tables();
-- another lead, of another type
SELECT * FROM altered('campaign', 'scorecard_journeys(outcome, phone)');
SELECT kpi_rollup_compact('of_calls') > 0 AS merged, wrong('campaign', 'scorecard_journeys(outcome, phone)');
-- codes, with another key, other codes, and what is made of them otherwise
SELECT * FROM altered('campaign, team', 'scorecard_journeys(disposition(''cells'', status, false), lead)', '{campaign,team}');
SELECT kpi_rollup_compact('of_calls') > 0 AS merged, wrong('campaign, team', 'scorecard_journeys(disposition(''cells'', status, false), lead)');
SELECT * FROM altered('campaign, team', 'scorecard_calls(disposition(''phones'', phone, false)) + scorecard_journeys(disposition(''phones'', phone, false), lead)');
SELECT * FROM altered('campaign, team', 'scorecard_journeys(coalesce(disposition(''phones'', phone, false), ''busy''), lead)');
-- taken away, where codes stay, and where none are
SELECT * FROM altered('campaign, team', 'scorecard_calls(coalesce(disposition(''phones'', phone, false), ''busy''))');
SELECT * FROM altered('campaign, team', 'scorecard_calls(coalesce(disposition(''phones'', phone, false), ''busy'')) FILTER (WHERE disposition(''cells'', status, false) > ''contact'')');
SELECT * FROM altered('campaign, team', 'scorecard_calls(outcome)');
SELECT kpi_rollup_compact('of_calls') > 0 AS merged, wrong('campaign, team', 'scorecard_calls(outcome)');
SELECT tables();
SELECT * FROM over ORDER BY campaign;
-- where nothing is left in all of them, as VACUUM leaves them when nobody needs their rows, they go
CREATE FUNCTION number_of_tables() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM regexp_split_to_table(tables(), ' ') $$;
TRUNCATE of_calls_cells1, of_calls_cells2, of_calls_cells3, of_calls_cells4, of_calls_cells5, of_calls_cells6, of_calls_cells7, of_calls_cells8,
	of_calls_leads, of_calls_leads1, of_calls_leads2, of_calls_leads3, of_calls_leads4, of_calls_leads5;
SELECT kpi_rollup_alter('of_calls'), number_of_tables(), wrong('campaign, team', 'scorecard_calls(outcome)');
TRUNCATE of_calls_cells;
SELECT kpi_rollup_alter('of_calls');
SELECT number_of_tables(), wrong('campaign, team', 'scorecard_calls(outcome)');
SELECT DISTINCT ev_class::regclass AS above FROM pg_depend JOIN pg_rewrite r ON r.oid = objid WHERE refobjid = 'of_calls'::regclass AND deptype = 'n' AND ev_class <> refobjid ORDER BY 1;
-- a key comes where there are tables of before, and where they may go
SELECT * FROM altered('campaign, team', 'scorecard_journeys(outcome, lead)');
INSERT INTO of_calls_cells9 (id, n, fault) VALUES (0, 0, 'kept');
SELECT number_of_tables();
SELECT * FROM altered('campaign, team, talk', 'scorecard_journeys(outcome, lead)', '{campaign,team,talk}');
SELECT number_of_tables();
SELECT kpi_rollup_alter('of_calls', card => 'scorecard_leads(outcome)');
SELECT number_of_tables(), wrong('campaign, team, talk', 'scorecard_leads(outcome)');
-- a rollback takes all back
BEGIN;
SELECT * FROM altered('campaign, team, talk', 'scorecard_journeys(disposition(''cells'', status, false), lead)');
SAVEPOINT s;
SELECT * FROM altered('campaign, team, talk', 'scorecard_journeys(outcome, lead)');
SELECT number_of_tables();
ROLLBACK TO s;
SELECT wrong('campaign, team, talk', 'scorecard_journeys(disposition(''cells'', status, false), lead)');
ROLLBACK;
SELECT number_of_tables(), wrong('campaign, team, talk', 'scorecard_leads(outcome)');
-- in one transaction of one snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT calls(card) IS NULL AS none FROM of_calls LIMIT 1;
SELECT * FROM altered('campaign, team, talk', 'scorecard_journeys(outcome, lead)');
SELECT * FROM altered('campaign, team, talk', 'scorecard_calls(disposition(''cells'', status, false))');
COMMIT;
SELECT kpi_rollup_compact('of_calls') > 0 AS merged, wrong('campaign, team, talk', 'scorecard_calls(disposition(''cells'', status, false))');
SELECT kpi_rollup_rebuild('of_calls'), wrong('campaign, team, talk', 'scorecard_calls(disposition(''cells'', status, false))');
-- to another table at once
CREATE TABLE calls_new AS SELECT talk, status, outcome, phone, lead, team, campaign, id FROM calls WHERE team = 1;
SELECT kpi_rollup_alter('of_calls', card => 'scorecard_journeys(outcome, phone)', source => 'calls_new');
ALTER TABLE calls RENAME TO calls_old;
ALTER TABLE calls_new RENAME TO calls;
SELECT wrong('campaign, team, talk', 'scorecard_journeys(outcome, phone)');
INSERT INTO calls (campaign, outcome, phone) VALUES ('c9', 'sale', 'p1');
SELECT wrong('campaign, team, talk', 'scorecard_journeys(outcome, phone)');
-- the definition is all that a restored dump has
SELECT count(*) FROM regexp_matches(pg_get_viewdef('of_calls_source'), 'kpi_rollup_before\(', 'g');
-- the lead is one of 32 keys
SELECT kpi_rollup_create('many', 'calls', (SELECT array_agg('team + ' || i || ' AS k' || i) FROM generate_series(1, 32) i), 'scorecard_calls(outcome)');
SELECT kpi_rollup_alter('many', card => 'scorecard_journeys(outcome, lead)');
SELECT kpi_rollup_alter('many', card => 'scorecard_journeys(disposition(''cells'', status), lead)');
SELECT live, (SELECT count(*) FROM kpi_rollup_check('many')) FROM kpi_rollups WHERE name = 'many'::regclass;
SELECT kpi_rollup_drop('many');
-- nothing was in its tables; an unlogged one; names of its owner's own
CREATE UNLOGGED TABLE few (campaign text, lead int, outcome outcome);
SELECT kpi_rollup_create('of_few', 'few', '{}', 'scorecard_calls(outcome)');
ALTER VIEW of_few RENAME TO "of Few";
ALTER VIEW "of Few" RENAME card TO "the Card";
SELECT kpi_rollup_alter('"of Few"', card => 'scorecard_journeys(outcome, lead)');
SELECT kpi_rollup_alter('"of Few"', '{campaign}');
INSERT INTO few VALUES ('c', 1, 'sale'), ('c', 1, 'busy'), (NULL, 1, 'sale');
SELECT * FROM "of Few" ORDER BY campaign;
SELECT relname, relpersistence FROM pg_class WHERE relnamespace = 'cells'::regnamespace AND relname ~ 'Few|few_' AND relkind IN ('r', 'v') ORDER BY relname COLLATE "C";
SELECT count(*) FROM kpi_rollup_check('"of Few"');
SELECT kpi_rollup_alter('"of Few"', card => 'scorecard_calls(outcome)');
-- all of it is the owner's, whoever acts for that one, and no other may
CREATE ROLE kpi_cells_owner;
CREATE SCHEMA owner AUTHORIZATION kpi_cells_owner;
GRANT USAGE ON SCHEMA cells TO kpi_cells_owner;
GRANT SELECT, TRIGGER ON few TO kpi_cells_owner;
SET ROLE kpi_cells_owner;
SELECT kpi_rollup_alter('of_calls', card => 'scorecard_calls(outcome)');
SELECT kpi_rollup_create('owner.of_few', 'few', '{campaign}', 'scorecard_calls(outcome)');
RESET ROLE;
SELECT kpi_rollup_alter('owner.of_few', card => 'scorecard_journeys(outcome, lead)');
SELECT owner, live, (SELECT string_agg(DISTINCT relowner::regrole::text, ' ') FROM pg_class WHERE relnamespace = 'owner'::regnamespace) AS owners
FROM kpi_rollups WHERE name = 'owner.of_few'::regclass;
-- who says that another's table was one of before has no roll-up
SET ROLE kpi_cells_owner;
CREATE TABLE owner.cells (LIKE owner.of_few_cells1 INCLUDING ALL);
CREATE VIEW owner.read AS SELECT * FROM owner.cells;
CREATE VIEW owner.claim AS SELECT campaign, scorecard_calls(outcome) AS card FROM few GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('owner.read', 'owner.cells', 'UTC', 'ISO, MDY', 'postgres', false, kpi_internal.kpi_rollup_before('calls', count(*)));
SELECT kpi_rollup_drop('owner.read');
RESET ROLE;
SELECT problem FROM kpi_rollups WHERE name = 'owner.claim'::regclass;
-- and no table of the owner's own is one that never had cells, or has something else by the time that all goes
SET ROLE kpi_cells_owner;
CREATE TABLE owner.orders (id bigint PRIMARY KEY, price numeric);
CREATE UNLOGGED TABLE owner.kept (LIKE owner.of_few_cells INCLUDING ALL);
CREATE TABLE owner.spare (LIKE owner.kept INCLUDING ALL);
CREATE VIEW owner.shown AS SELECT k1 AS campaign, added AS card FROM owner.kept;
INSERT INTO owner.spare (id, n, fault) VALUES (0, 0, 'kept');
DROP VIEW owner.claim;
CREATE VIEW owner.claim AS SELECT campaign, scorecard_calls(outcome) AS card FROM few GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('owner.shown', 'owner.kept', 'UTC', 'ISO, MDY', 'postgres', false, kpi_internal.kpi_rollup_before('owner.orders', count(*)));
SELECT kpi_rollup_alter('owner.shown');
DROP VIEW owner.claim;
CREATE VIEW owner.claim AS SELECT campaign, scorecard_calls(outcome) AS card FROM few GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('owner.shown', 'owner.kept', 'UTC', 'ISO, MDY', 'postgres', false, kpi_internal.kpi_rollup_before('owner.spare', count(*)));
SELECT kpi_rollup_alter('owner.shown');
RESET ROLE;
ALTER TABLE owner.spare ADD COLUMN price numeric;
ALTER TABLE owner.spare OWNER TO kpi_cells_reader;
SET ROLE kpi_cells_owner;
DROP VIEW owner.claim;
RESET ROLE;
SELECT count(*) FROM owner.spare;
DROP TABLE owner.spare;
DROP OWNED BY kpi_cells_owner;
DROP ROLE kpi_cells_owner;
-- all parts go together
SELECT kpi_rollup_drop('of_calls');
DROP VIEW over;
SELECT kpi_rollup_drop('of_calls');
SELECT tables();
DROP TABLE few CASCADE;
SELECT count(*) FROM pg_class WHERE relnamespace = 'cells'::regnamespace AND relname ~ 'Few|few';
DELETE FROM kpi_disposition WHERE NOT stock;
SET client_min_messages = error;
DROP SCHEMA cells CASCADE;
DROP ROLE kpi_cells_reader;
