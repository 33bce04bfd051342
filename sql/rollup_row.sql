-- Live roll-ups: statements of one row each
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
CREATE EXTENSION IF NOT EXISTS kpi;
SET TimeZone = 'Europe/Paris';
CREATE SCHEMA rows;
SET search_path = rows, public;

-- a partition that has its columns elsewhere than its parent has
CREATE TABLE calls (
	id integer, gone text, campaign text, lead integer, started timestamptz, outcome outcome, talk integer, worked integer, cost numeric
) PARTITION BY RANGE (id);
ALTER TABLE calls DROP COLUMN gone;
CREATE TABLE calls_low PARTITION OF calls FOR VALUES FROM (MINVALUE) TO (50);
CREATE TABLE calls_high (
	cost numeric, worked integer, talk integer, more integer, outcome outcome, started timestamptz, lead integer, campaign text, id integer
);
ALTER TABLE calls_high DROP COLUMN more;
ALTER TABLE calls ATTACH PARTITION calls_high FOR VALUES FROM (50) TO (MAXVALUE);

-- what can be kept from one statement to the next, and what cannot
CREATE FUNCTION half(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 / 2; END $$;
CREATE FUNCTION third(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT $1 / 3 $$;
CREATE DOMAIN small AS integer CHECK (VALUE < 1000);
SELECT kpi_rollup_create(name, 'calls', keys, card) FROM (VALUES
	('by_day', ARRAY['campaign', 'date_trunc(''day'', started) AS day'],
		'scorecard_calls(outcome) + scorecard_time(talk, talk, worked) + scorecard_money(cost, cost, NULL, NULL)'),
	('by_case', ARRAY['CASE WHEN talk > 30 THEN ''long'' WHEN talk IS NULL THEN ''none'' ELSE lower(campaign) END AS length', 'outcome IN (''sale'', ''busy'') AS some', 'id::text AS written'],
		'scorecard_calls(outcome) FILTER (WHERE talk > 10)'),
	('by_function', ARRAY['half(talk)', 'third(lead) AS third'], 'scorecard_calls(outcome)'),
	('by_domain', ARRAY['lead::small AS lead', 'greatest(talk, 5) AS talk'], 'scorecard_calls(outcome)'),
	('by_share', ARRAY['60 / talk AS share'], 'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL)'),
	('by_lead', ARRAY['campaign'], 'scorecard_journeys(outcome, lead)'),
	('all_calls', '{}', 'scorecard_calls(outcome) + scorecard_delays(''talk'', talk * interval ''1 s'')')
) v(name, keys, card);

CREATE FUNCTION differences() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', k.name, k.live, k.rejected, k.problem, (SELECT count(*) FROM kpi_rollup_check(k.name) c))
	FROM kpi_rollups k WHERE k.source = 'calls'::regclass ORDER BY k.name::text
$$;
CREATE FUNCTION put(i integer, talk integer) RETURNS integer LANGUAGE sql AS $$
	INSERT INTO calls (id, campaign, lead, started, outcome, talk, worked, cost) VALUES
		(i, (ARRAY['Spring', 'summer', NULL])[1 + i % 3], i % 7, timestamptz '2024-03-30 22:30+01' + i * interval '35 minutes',
		 (ARRAY['sale', 'busy', 'refused', 'appointment', NULL])[1 + i % 5]::outcome, talk, talk * 2, i % 4 * 1.5)
	RETURNING id
$$;
SELECT count(put(i, i % 50)) FROM generate_series(1, 100) i;
SELECT count(put(i, NULL)) FROM generate_series(101, 104) i;
SELECT differences();
-- a row that moves to another cell, or to another partition; one that stays; one that goes
DO $$
BEGIN
	FOR i IN 1..100 LOOP
		UPDATE calls SET talk = (talk * 7 + 3) % 50 WHERE id = i AND i % 2 = 0;
		UPDATE calls SET campaign = 'winter' WHERE id = i AND i % 5 = 0;
		UPDATE calls SET id = 100 - i WHERE id = i AND i % 11 = 0;
		UPDATE calls SET cost = cost WHERE id = i AND i % 13 = 0;
		DELETE FROM calls WHERE id = i AND i % 6 = 0;
	END LOOP;
END $$;
SELECT differences();
-- what a cell had is still its own, or the statement is undone
BEGIN;
SELECT put(200, 20);
SAVEPOINT s;
SELECT put(201, 0);
SELECT put(202, 21);
ROLLBACK TO s;
SELECT put(203, -1);
COMMIT;
SELECT differences();
DELETE FROM calls WHERE id = 203;
SELECT differences();

-- names that are the session's own are not what the owner's expressions say
CREATE FUNCTION rows.date_trunc(text, timestamptz) RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$;
SET search_path = rows, public, pg_catalog;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'German';
SELECT put(300, 17);
RESET DateStyle;
SET TimeZone = 'Europe/Paris';
SET search_path = rows, public;
SELECT differences();

-- rights that are gone, of what this session has called before
CREATE ROLE rows_owner;
GRANT CREATE, USAGE ON SCHEMA rows TO rows_owner;
SET ROLE rows_owner;
CREATE TABLE own_calls (agent integer, outcome outcome);
SELECT kpi_rollup_create('own', 'own_calls', '{agent}', 'scorecard_calls(outcome)');
RESET ROLE;
INSERT INTO own_calls VALUES (1, 'sale');
INSERT INTO own_calls VALUES (1, 'busy');
SELECT name, live, problem FROM kpi_rollups WHERE name = 'own'::regclass;
BEGIN;
REVOKE EXECUTE ON FUNCTION scorecard_calls(outcome) FROM PUBLIC;
INSERT INTO own_calls VALUES (2, 'sale');
SELECT name, live, problem FROM kpi_rollups WHERE name = 'own'::regclass;
ROLLBACK;
INSERT INTO own_calls VALUES (3, 'sale');
SELECT agent, calls(card), call_sales(card) FROM own GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM kpi_rollup_check('own');
-- another column, of another type, in the place of the one before
ALTER TABLE own_calls ADD note text, ADD talk interval;
INSERT INTO own_calls VALUES (3, 'refused', 'x', '1 min');
ALTER TABLE own_calls DROP COLUMN note;
INSERT INTO own_calls VALUES (4, 'refused', '1 min');
SELECT count(*) FROM kpi_rollup_check('own');

-- rows are found through all indexes, whichever there are when they come
SELECT kpi_rollup_create('indexed', 'own_calls', '{agent}', 'scorecard_calls(outcome)');
INSERT INTO own_calls VALUES (5, 'sale');
CREATE FUNCTION found() RETURNS text LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
	counts bigint[];
BEGIN
	SELECT ARRAY[(SELECT count(*) FROM indexed_cells WHERE pending IN (true, false)), (SELECT count(*) FROM indexed_cells WHERE id IS NOT NULL),
		(SELECT count(*) FROM indexed_cells WHERE n + 1 > -9)] INTO counts;
	SET LOCAL enable_seqscan = on;
	SET LOCAL enable_indexscan = off;
	SET LOCAL enable_indexonlyscan = off;
	RETURN concat_ws(' ', counts[1] = count(*), counts[2] = count(*), counts[3] = count(*), (SELECT count(*) FROM kpi_rollup_check('indexed'))) FROM indexed_cells;
END $$;
SELECT found();
CREATE INDEX ON indexed_cells ((n + 1));
INSERT INTO own_calls VALUES (6, 'sale');
SELECT found();
ALTER TABLE indexed_cells DROP CONSTRAINT indexed_cells_pkey;
INSERT INTO own_calls VALUES (7, 'sale');
SELECT found();
DROP INDEX indexed_cells_expr_idx;
INSERT INTO own_calls VALUES (8, 'sale');
INSERT INTO own_calls VALUES (8, 'busy');
ALTER TABLE indexed_cells ADD PRIMARY KEY (hash, id);
INSERT INTO own_calls VALUES (9, 'busy');
INSERT INTO own_calls VALUES (9, 'sale');
SELECT found();

DROP SCHEMA rows CASCADE;
DROP ROLE rows_owner;
