-- Live roll-ups that get other keys, another card or another source
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
CREATE EXTENSION IF NOT EXISTS kpi;
SET TimeZone = 'Europe/Paris';
CREATE SCHEMA alter_roll;
SET search_path = alter_roll, public;

CREATE TABLE calls (campaign text, agent integer, started timestamptz, outcome outcome, talk integer, price numeric(10, 2), code varchar(5) COLLATE "C");
INSERT INTO calls SELECT 'c' || i % 2, i % 3, timestamptz '2024-03-30 23:30+01' + i * interval '7 hours', (ARRAY['sale', 'busy', 'refused'])[1 + i % 3]::outcome,
	i % 60, i, 'k' || i % 2 FROM generate_series(1, 24) i;
SELECT kpi_rollup_create('by_campaign', 'calls', ARRAY['campaign'], 'scorecard_calls(outcome)');
-- what depends on the roll-up, and stays
CREATE VIEW over AS SELECT campaign, call_sales(card) AS sales FROM by_campaign GROUP BY campaign;
CREATE ROLE kpi_alter_reader;
GRANT USAGE ON SCHEMA alter_roll TO kpi_alter_reader;
GRANT SELECT ON by_campaign TO kpi_alter_reader;
ALTER VIEW by_campaign SET (security_barrier);
COMMENT ON COLUMN by_campaign.campaign IS 'mine';
CREATE TABLE was AS SELECT 'by_campaign'::regclass::oid AS view, 'by_campaign_cells'::regclass::oid AS cells;
-- right, live, the same relations as ever, and no trace of anything else
CREATE FUNCTION right_() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', (SELECT string_agg(c::text, E'\n') FROM kpi_rollup_check('by_campaign') c),
		(SELECT 'not live: ' || problem FROM kpi_rollups WHERE name = 'by_campaign'::regclass AND NOT live),
		(SELECT 'other relations' FROM was WHERE view <> 'by_campaign'::regclass OR cells <> 'by_campaign_cells'::regclass),
		(SELECT 'other view' FROM pg_class WHERE oid = 'by_campaign'::regclass AND (reloptions::text <> '{security_barrier=true}'
			OR NOT has_table_privilege('kpi_alter_reader', oid, 'SELECT') OR col_description(oid, 1) <> 'mine')),
		(SELECT 'right: ' || sum(sales) FROM over))
$$;
SELECT right_();

-- another section
SELECT kpi_rollup_alter('by_campaign', card => 'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL)');
SELECT campaign, calls(card), talk_time(card), right_() FROM by_campaign GROUP BY campaign ORDER BY campaign;
INSERT INTO calls VALUES ('c1', 5, '2024-05-01', 'sale', 100, 1, 'k0');
UPDATE calls SET talk = talk + 1 WHERE campaign = 'c0';
SELECT right_();
-- another key, after the columns that there are; its time zone is the roll-up's
SET TimeZone = 'America/Los_Angeles';
SELECT kpi_rollup_alter('by_campaign', keys => ARRAY['date_trunc(''month'', started) AS month', 'campaign']);
SET TimeZone = 'Europe/Paris';
SELECT campaign, calls(card), month, right_() FROM by_campaign GROUP BY campaign, month ORDER BY month, campaign;
SELECT column_name FROM information_schema.columns WHERE table_schema = 'alter_roll' AND table_name = 'by_campaign' ORDER BY ordinal_position;
SELECT keys, card FROM kpi_rollups WHERE name = 'by_campaign'::regclass;
INSERT INTO calls (campaign, started, outcome) VALUES ('c9', '2024-04-01', 'sale'), ('c9', NULL, 'sale');
UPDATE calls SET started = '2024-06-01' WHERE started < '2024-04-01';
DELETE FROM calls WHERE agent = 0;
SELECT right_();
SELECT kpi_rollup_compact('by_campaign') > 0 AS merged, right_();
SELECT rows = cells AS compact FROM kpi_rollups WHERE name = 'by_campaign'::regclass;
-- two at once, of types with a modifier and a collation, and with another card
SELECT kpi_rollup_alter('by_campaign', ARRAY['campaign', 'date_trunc(''month'', started) AS month', 'price', 'code', 'talk % 2 = 0 AS "even ""talk"""'],
	'scorecard_calls(outcome) FILTER (WHERE agent IS NOT NULL)');
SELECT * FROM by_campaign ORDER BY 1, 3, 4, 5, 6 LIMIT 3;
UPDATE calls SET price = price + 1, code = 'x';
SELECT right_(), kpi_rollup_compact('by_campaign') > 0 AS merged;
SELECT right_();
-- a key of the same name and type that is another
SELECT kpi_rollup_alter('by_campaign', ARRAY['upper(campaign) AS campaign', 'date_trunc(''year'', started) AS month', 'price', 'code', 'false AND talk > 0 AS "even ""talk"""']);
SELECT DISTINCT campaign, month FROM by_campaign ORDER BY 1, 2;
INSERT INTO calls (campaign, outcome) VALUES ('c1', 'sale');
SELECT right_();
-- nothing new: counted again
SELECT kpi_rollup_alter('by_campaign'), right_();
SELECT kpi_rollup_alter(NULL, card => 'nothing');

-- what cannot be had
CREATE FUNCTION refused(name regclass, keys text[] DEFAULT NULL, card text DEFAULT NULL, source regclass DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text; d text; h text; c text;
BEGIN
	PERFORM kpi_rollup_alter(name, keys, card, source);
	RETURN 'altered';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws(E'\n', sqlstate || ' ' || m, nullif(d, ''), nullif(h, ''), regexp_replace(c, '\nSQL statement.*', ''));
END $$;
\pset format unaligned
CREATE TABLE few (campaign text, outcome outcome);
CREATE TABLE wide (campaign varchar(30), agent integer, started timestamptz, outcome outcome, talk integer, price numeric(10, 2), code varchar(5) COLLATE "C");
CREATE UNLOGGED TABLE unlogged (LIKE calls);
CREATE TEMP TABLE temporary (LIKE calls);
SELECT kpi_rollup_create('simple', 'few', ARRAY['campaign'], 'scorecard_calls(outcome)');
INSERT INTO few VALUES ('0', 'sale'), ('1', 'busy');
SELECT refused('simple', '{}');
SELECT refused('simple', '{outcome}');
SELECT refused('simple', '{campaign::varchar(3)}');
SELECT refused('simple', ARRAY['campaign COLLATE "C"']);
SELECT refused('simple', '{campaign,outcome AS campaign}');
SELECT refused('simple', '{campaign,now() AS other}');
SELECT refused('simple', card => 'count(*)');
SELECT kpi_rollup_create('exact', 'few', '{campaign}', 'scorecard_calls(outcome)', strict => true);
SELECT refused('exact', '{campaign,1/(campaign::integer) AS share}');
SELECT kpi_rollup_drop('exact');
SELECT refused('simple', array_fill('campaign'::text, ARRAY[33]));
SELECT refused('by_campaign', source => 'few');
SELECT refused('by_campaign', source => 'wide');
SELECT refused('by_campaign', source => 'unlogged');
SELECT refused('by_campaign', source => 'temporary');
SELECT refused('by_campaign', source => 'over');
SELECT refused('by_campaign', source => 'by_campaign_cells');
SELECT refused('by_campaign', source => 0);
SELECT refused('calls', card => 'scorecard_calls(outcome)');
\pset format aligned
SELECT right_();
SELECT * FROM kpi_rollup_check('simple');
-- who is not the owner
CREATE ROLE kpi_alter_other;
GRANT USAGE ON SCHEMA alter_roll TO kpi_alter_other;
SET ROLE kpi_alter_other;
SELECT kpi_rollup_alter('simple', card => 'scorecard_leads(outcome)');
RESET ROLE;
-- who acts for the owner does so with the owner's rights
CREATE SCHEMA owner AUTHORIZATION kpi_alter_other;
GRANT SELECT, TRIGGER ON few TO kpi_alter_other;
SET ROLE kpi_alter_other;
SELECT kpi_rollup_create('owner.simple', 'few', '{campaign}', 'scorecard_calls(outcome)');
RESET ROLE;
SELECT kpi_rollup_alter('owner.simple', '{campaign,outcome}');
SELECT kpi_rollup_alter('owner.simple', source => 'calls');
SELECT owner, keys, live, (SELECT count(DISTINCT relowner) FROM pg_class WHERE relnamespace = 'owner'::regnamespace AND relkind IN ('v', 'r')) AS owners
FROM kpi_rollups WHERE name = 'owner.simple'::regclass;
DROP OWNED BY kpi_alter_other;
DROP ROLE kpi_alter_other;
-- no keys before, and then many
SELECT kpi_rollup_create('whole', 'few', '{}', 'scorecard_calls(outcome)');
SELECT kpi_rollup_alter('whole', '{campaign,outcome}');
INSERT INTO few VALUES (NULL, 'sale');
SELECT card->'calls' AS calls, campaign, outcome FROM (SELECT card::text::json AS card, campaign, outcome FROM whole) w ORDER BY 2, 3;
SELECT * FROM kpi_rollup_check('whole');
-- names of its owner's own
ALTER VIEW whole RENAME TO "the Whole";
ALTER VIEW "the Whole" RENAME card TO "the Card";
ALTER VIEW whole_source RENAME TO said;
ALTER TABLE whole_cells RENAME TO "the Cells";
SELECT kpi_rollup_alter('"the Whole"', '{campaign,outcome,length(campaign) AS length}');
SELECT calls("the Card"), length FROM "the Whole" GROUP BY length ORDER BY length;
SELECT * FROM kpi_rollup_check('"the Whole"');
DELETE FROM few;
SELECT count(*) FROM "the Whole";
SELECT kpi_rollup_drop('"the Whole"');

-- a table that is swapped for another, with the same roll-ups, as dbt does it
BEGIN;
CREATE TABLE calls_new AS SELECT campaign, agent, started, outcome, talk + 1 AS talk, price, code FROM calls WHERE campaign <> 'c9';
ALTER TABLE calls RENAME TO calls_old;
ALTER TABLE calls_new RENAME TO calls;
SELECT kpi_rollup_alter('by_campaign', source => 'calls');
COMMIT;
DROP TABLE calls_old CASCADE;
SELECT right_(), obj_description('by_campaign'::regclass);
INSERT INTO calls (campaign, outcome) VALUES ('c7', 'sale');
SELECT right_();
-- one that has other roll-ups yet keeps its triggers; a partitioned one
SELECT kpi_rollup_create('second', 'calls', '{campaign}', 'scorecard_calls(outcome)');
CREATE TABLE parts (LIKE calls) PARTITION BY LIST (campaign);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN ('c1');
CREATE TABLE part_2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT * FROM calls;
SELECT kpi_rollup_alter('by_campaign', source => 'parts');
INSERT INTO calls (campaign, outcome) VALUES ('c7', 'sale');
INSERT INTO parts (campaign, outcome) VALUES ('c1', 'sale'), ('c2', 'sale');
DROP TABLE part_1;
SELECT right_();
SELECT * FROM kpi_rollup_check('second');
SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgrelid IN ('calls'::regclass, 'parts'::regclass, 'part_2'::regclass) GROUP BY 1 ORDER BY 1;
SELECT kpi_rollup_alter('by_campaign', source => 'calls');
SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgrelid IN ('calls'::regclass, 'parts'::regclass, 'part_2'::regclass) GROUP BY 1 ORDER BY 1;
INSERT INTO parts (campaign, outcome) VALUES ('c2', 'sale');
SELECT right_();
-- a rollback takes all back
BEGIN;
SELECT kpi_rollup_alter('by_campaign', ARRAY['campaign', 'started AS month', 'price', 'code', 'agent > 1 AS "even ""talk"""', 'agent'], 'scorecard_leads(outcome)', 'parts');
ROLLBACK;
INSERT INTO calls (campaign, outcome, agent) VALUES ('c7', 'sale', 1);
SELECT right_();
SELECT kpi_rollup_drop('second');

-- a column whose type must change
\set VERBOSITY default
ALTER TABLE few ALTER outcome TYPE text;
\set VERBOSITY terse
ALTER TABLE calls ALTER talk TYPE bigint;
BEGIN;
SELECT kpi_rollup_alter('by_campaign', ARRAY['campaign', 'started AS month', 'price', 'code', 'agent > 1 AS "even ""talk"""'], 'scorecard_calls(outcome)');
ALTER TABLE calls ALTER talk TYPE bigint USING talk * 60;
SELECT kpi_rollup_alter('by_campaign', ARRAY['campaign', 'started AS month', 'price', 'code', 'talk > 1 AS "even ""talk"""'], 'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL)');
COMMIT;
SELECT right_();

-- within one transaction with everything else
BEGIN;
INSERT INTO calls (campaign, outcome) VALUES ('c5', 'sale');
SELECT kpi_rollup_alter('by_campaign', ARRAY['campaign', 'started AS month', 'price', 'code', 'talk > 1 AS "even ""talk"""', 'agent']);
INSERT INTO calls (campaign, outcome, agent) VALUES ('c5', 'sale', 1);
SAVEPOINT s;
SELECT kpi_rollup_alter('by_campaign', ARRAY['campaign', 'started AS month', 'price', 'code', 'talk > 1 AS "even ""talk"""', 'agent', 'outcome']);
INSERT INTO calls (campaign, outcome, agent) VALUES ('c5', 'sale', 2);
SELECT right_();
ROLLBACK TO s;
SELECT right_();
UPDATE calls SET agent = 3 WHERE campaign = 'c5';
SELECT agent, call_sales(card) FROM by_campaign WHERE campaign = 'c5' GROUP BY agent;
COMMIT;
SELECT right_();
SET client_min_messages = error;
DROP SCHEMA alter_roll CASCADE;
DROP ROLE kpi_alter_reader;
