-- Live roll-ups
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
CREATE EXTENSION IF NOT EXISTS kpi;
SET TimeZone = 'Europe/Paris';
CREATE SCHEMA roll;
SET search_path = roll, public;

CREATE TABLE calls (
	call_id integer GENERATED ALWAYS AS IDENTITY, campaign text, agent integer, started timestamptz,
	outcome outcome, talk interval, note text
);
INSERT INTO calls (campaign, agent, started, outcome, talk) VALUES
	('spring', 1, '2024-03-31 00:30+01', 'sale', '3 min'), ('spring', 1, '2024-03-31 03:30+02', 'busy', NULL),
	('spring', 2, '2024-03-31 23:59+02', 'refused', '1 min'), ('autumn', 2, '2024-04-01 00:00+02', 'appointment', '2 min'),
	(NULL, NULL, NULL, 'no_answer', NULL), ('autumn', 3, '2024-04-01 09:00+02', NULL, NULL);

SELECT kpi_rollup_create('by_day', 'calls', ARRAY['campaign', 'date_trunc(''day'', started) AS day'],
	'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL)');
SELECT * FROM by_day ORDER BY campaign, day;
SELECT keys, card, live, cells, rows, pending, bytes > 0 AS bytes, compacted IS NOT NULL AS compacted
FROM kpi_rollups WHERE name = 'by_day'::regclass;

-- every kind of statement, and the roll-up is what the source says
CREATE FUNCTION same() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce((SELECT string_agg(c::text, E'\n') FROM kpi_rollup_check('by_day') c), 'same')
$$;
INSERT INTO calls (campaign, started, outcome) SELECT 'spring', '2024-04-02', 'sale' FROM generate_series(1, 10);
SELECT same();
UPDATE calls SET outcome = 'callback' WHERE outcome = 'busy';
UPDATE calls SET campaign = 'winter' WHERE campaign = 'autumn';
SELECT same();
DELETE FROM calls WHERE campaign IS NULL OR started > '2024-04-01 12:00';
SELECT same();
SELECT campaign, day, calls(card), call_sales(card), talk_time(card) FROM by_day GROUP BY 1, 2 ORDER BY 1, 2;
-- what changes no cell leaves nothing behind, nor does what changes no row
CREATE TEMP TABLE before AS SELECT rows FROM kpi_rollups WHERE name = 'by_day'::regclass;
UPDATE calls SET note = 'seen';
UPDATE calls SET outcome = 'sale' WHERE false;
DELETE FROM calls WHERE false;
INSERT INTO calls (campaign) SELECT 'none' WHERE false;
SELECT k.rows = b.rows AS unchanged FROM kpi_rollups k, before b WHERE name = 'by_day'::regclass;
BEGIN;
INSERT INTO calls (campaign, outcome) VALUES ('summer', 'sale');
SAVEPOINT s;
DELETE FROM calls WHERE campaign = 'summer';
TRUNCATE calls;
SELECT count(*), same() FROM by_day;
ROLLBACK TO s;
SELECT count(*), same() FROM by_day;
INSERT INTO calls (campaign, outcome) VALUES ('summer', 'sale');
COMMIT;
SELECT call_sales(card), same() FROM by_day WHERE campaign = 'summer';
SELECT kpi_rollup_compact('by_day') > 0 AS merged, same();
SELECT rows = cells AS compact, pending FROM kpi_rollups WHERE name = 'by_day'::regclass;
SELECT kpi_rollup_compact('by_day');
COPY calls (campaign, outcome) FROM stdin;
summer	refused
summer	sale
\.
CREATE UNIQUE INDEX ON calls (call_id);
INSERT INTO calls (call_id, campaign, outcome) OVERRIDING SYSTEM VALUE VALUES (2, 'x', 'busy'), (1000, 'x', 'busy')
	ON CONFLICT (call_id) DO UPDATE SET outcome = 'direct_sale', campaign = 'y';
WITH gone AS (DELETE FROM calls WHERE call_id = 1 RETURNING *)
	INSERT INTO calls (campaign, outcome) SELECT campaign, 'busy' FROM gone;
SELECT same();
-- the settings are those of when it was made
SET TimeZone = 'America/Los_Angeles';
INSERT INTO calls (campaign, started, outcome) VALUES ('spring', '2024-03-31 20:00+02', 'sale');
SELECT same();
SET TimeZone = 'Europe/Paris';
SELECT day FROM by_day WHERE campaign = 'spring' ORDER BY day;
TRUNCATE calls;
SELECT count(*), same() FROM by_day;
INSERT INTO calls (campaign, outcome) VALUES ('spring', 'sale');
SELECT call_sales(card), same() FROM by_day GROUP BY campaign;
SELECT kpi_rollup_compact('by_day');
SELECT rows FROM kpi_rollups WHERE name = 'by_day'::regclass;

-- a trigger on the source that writes to it again, at each of its times
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() > 1 THEN
		RETURN NEW;
	ELSIF TG_WHEN = 'BEFORE' THEN
		NEW.agent := 7;
	ELSE
		UPDATE calls SET outcome = 'refused' WHERE call_id = NEW.call_id;
		INSERT INTO calls (campaign, outcome) VALUES ('again', 'busy');
		DELETE FROM calls WHERE campaign = 'gone';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER a BEFORE INSERT ON calls FOR EACH ROW EXECUTE FUNCTION again();
CREATE TRIGGER z AFTER INSERT OR UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO calls (campaign, outcome) VALUES ('first', 'sale'), ('gone', 'sale');
SELECT same();
UPDATE calls SET campaign = 'second' WHERE campaign = 'first';
SELECT same();
SELECT campaign, calls(card), refusals(card) FROM by_day GROUP BY 1 ORDER BY 1;
DROP TRIGGER a ON calls;
DROP TRIGGER z ON calls;
-- rows that go with others of another table
CREATE TABLE leads (lead integer PRIMARY KEY);
CREATE TABLE lead_calls (lead integer REFERENCES leads ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED, outcome outcome);
SELECT kpi_rollup_create('by_lead', 'lead_calls', '{lead}', 'scorecard_calls(outcome)');
BEGIN;
INSERT INTO lead_calls VALUES (1, 'sale'), (1, 'busy'), (2, 'sale');
INSERT INTO leads VALUES (1), (2);
COMMIT;
UPDATE leads SET lead = 3 WHERE lead = 2;
DELETE FROM leads WHERE lead = 1;
SELECT lead, call_sales(card) FROM by_lead GROUP BY 1;
SELECT * FROM kpi_rollup_check('by_lead');

-- several roll-ups of one table; no keys, many keys, odd names, a filter, all sections
CREATE TABLE facts ("the Campaign" text, price numeric(10, 2), code varchar(5), day date, lead integer, outcome outcome,
	line line_type, product text, reason text, amount numeric, cost numeric, talk integer, handle integer, worked integer, tags text[]);
INSERT INTO facts SELECT 'c%' || i % 3, i % 4, left('code' || i % 5, 5), date '2024-01-01' + i % 2, i, (ARRAY['sale', 'refused', 'busy'])[1 + i % 3]::outcome,
	(ARRAY['mobile', 'fixed'])[1 + i % 2]::line_type, 'p' || i % 2, CASE WHEN i % 5 > 0 THEN 'r' || i % 4 END, i * 1.50, i, i % 60, i % 7, 3600, ARRAY['t' || i % 2]
FROM generate_series(1, 100) i;
SELECT kpi_rollup_create('all_facts', 'facts', '{}', 'scorecard_leads(outcome) + scorecard_lines(line) + scorecard_time(talk, handle, worked)
	+ scorecard_money(amount, cost, NULL, NULL) + scorecard_reasons(outcome, reason) + scorecard_products(outcome, product, amount)');
SELECT kpi_rollup_create('"Odd ""one"""', 'facts', ARRAY['"the Campaign"', 'price', 'code COLLATE "C"', 'day', 'tags',
	'price::integer AS "order"', 'lead % 2 = 0 AS "ev''en%s"', 'date_part(''dow'', day) AS dow'], 'scorecard_calls(outcome) FILTER (WHERE code <> ''code1'') AS card');
SELECT count(*) FROM "Odd ""one""";
SELECT * FROM "Odd ""one""" ORDER BY 1, 2, 3, 4, 5, 6, 7, 8 LIMIT 2;
SELECT kpi, value FROM all_facts, kpi_report(card) WHERE family IN ('productivity', 'return');
UPDATE facts SET amount = NULL, outcome = 'direct_sale', price = NULL, tags = NULL WHERE lead % 7 = 0;
DELETE FROM facts WHERE lead % 5 = 0;
SELECT * FROM kpi_rollup_check('all_facts');
SELECT * FROM kpi_rollup_check('"Odd ""one"""');
SELECT kpi_rollup_compact('"Odd ""one"""') > 0, kpi_rollup_compact('all_facts');
SELECT * FROM kpi_rollup_check('all_facts');
SELECT * FROM kpi_rollup_check('"Odd ""one"""');
SELECT name, keys FROM kpi_rollups WHERE source = 'facts'::regclass ORDER BY name::text;
SELECT kpi_rollup_drop('all_facts');
INSERT INTO facts (lead, outcome) VALUES (1, 'sale');
SELECT * FROM kpi_rollup_check('"Odd ""one"""');
SELECT kpi_rollup_drop('"Odd ""one"""');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'facts'::regclass;
INSERT INTO facts (lead, outcome) VALUES (1, 'sale');

-- a column is renamed, a column is added, and the statements follow
ALTER TABLE calls RENAME campaign TO "Campaign";
ALTER TABLE calls RENAME outcome TO result;
ALTER TABLE calls ADD extra integer DEFAULT 3;
INSERT INTO calls ("Campaign", result) VALUES ('renamed', 'sale');
SELECT same();
ALTER TABLE calls RENAME TO call_log;
ALTER VIEW by_day RENAME TO per_day;
ALTER TABLE by_day_cells RENAME TO cells;
DELETE FROM call_log WHERE "Campaign" = 'renamed';
SELECT * FROM kpi_rollup_check('per_day');
SELECT name, source, keys FROM kpi_rollups ORDER BY name::text;
-- what the roll-up uses stays
\set VERBOSITY sqlstate
ALTER TABLE call_log DROP COLUMN result;
ALTER TABLE call_log ALTER COLUMN talk TYPE text;
DROP TABLE call_log;
DROP TABLE cells;
BEGIN;
DROP VIEW by_day_source;
SELECT name FROM kpi_rollups;
ROLLBACK;
\set VERBOSITY terse

-- partitions, at any depth, as they come and go
CREATE TABLE parts (day date, region integer, outcome outcome) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01') PARTITION BY LIST (region);
CREATE TABLE parts_2a PARTITION OF parts_2 FOR VALUES IN (1, 2);
INSERT INTO parts SELECT date '2024-01-15' + i, 1 + i % 2, 'sale' FROM generate_series(0, 29) i;
SELECT kpi_rollup_create('per_month', 'parts', ARRAY['extract(month FROM day)::integer AS month', 'region'], 'scorecard_calls(outcome)');
CREATE FUNCTION parted() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', (SELECT string_agg(c::text, E'\n') FROM kpi_rollup_check('per_month') c),
		(SELECT CASE WHEN NOT live THEN 'not live' END FROM kpi_rollups WHERE name = 'per_month'::regclass),
		(SELECT sum(sales) FROM (SELECT call_sales(card) AS sales FROM per_month GROUP BY month) s))
$$;
SELECT parted();
INSERT INTO parts VALUES ('2024-01-31', 1, 'sale'), ('2024-02-01', 2, 'sale');
INSERT INTO parts_1 VALUES ('2024-01-31', 1, 'sale');
INSERT INTO parts_2 VALUES ('2024-02-05', 1, 'sale');
INSERT INTO parts_2a VALUES ('2024-02-05', 2, 'sale');
SELECT parted();
UPDATE parts SET day = day + 31 WHERE day < '2024-01-20';
UPDATE parts_1 SET region = 3 WHERE region = 2;
DELETE FROM parts_2 WHERE region = 1;
DELETE FROM parts_2a WHERE day > '2024-02-10';
SELECT parted();
CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
INSERT INTO parts_3 VALUES ('2024-03-03', 1, 'sale');
INSERT INTO parts VALUES ('2024-03-03', 1, 'sale');
SELECT parted();
CREATE TABLE loose (region integer, day date, outcome outcome, dropped text) PARTITION BY LIST (region);
ALTER TABLE loose DROP COLUMN dropped;
CREATE TABLE loose_1 (dropped text, outcome outcome, day date, region integer);
ALTER TABLE loose_1 DROP COLUMN dropped;
INSERT INTO loose_1 VALUES ('sale', '2024-04-01', 1), ('busy', '2024-04-02', 1);
ALTER TABLE loose ATTACH PARTITION loose_1 FOR VALUES IN (1);
ALTER TABLE parts ATTACH PARTITION loose FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
SELECT parted();
INSERT INTO loose_1 VALUES ('sale', '2024-04-03', 1);
UPDATE loose SET outcome = 'sale' WHERE outcome = 'busy';
SELECT parted();
ALTER TABLE parts DETACH PARTITION loose;
INSERT INTO loose_1 VALUES ('sale', '2024-04-03', 1);
SELECT parted(), (SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('loose'::regclass, 'loose_1'::regclass) AND NOT tgisinternal) AS triggers;
ALTER TABLE parts ATTACH PARTITION loose FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
SELECT parted();
TRUNCATE parts_2;
SELECT parted();
DROP TABLE parts_3, parts_2;
SELECT parted();
-- a rollback takes that back, too
BEGIN;
DROP TABLE loose_1;
SELECT parted();
ROLLBACK;
BEGIN;
TRUNCATE parts;
SELECT parted();
ROLLBACK;
SELECT parted();
CREATE SCHEMA other CREATE TABLE parts_5 PARTITION OF roll.parts FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
INSERT INTO other.parts_5 VALUES ('2024-05-05', 5, 'sale');
SELECT parted();
DROP SCHEMA other CASCADE;
SELECT parted();
SELECT kpi_rollup_compact('per_month') > 0;
SELECT parted();
SELECT kpi_rollup_create('x', 'parts_1', '{region}', 'scorecard_calls(outcome)');
CREATE UNLOGGED TABLE parts_u PARTITION OF parts FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
ALTER TABLE call_log SET UNLOGGED;
CREATE TABLE child () INHERITS (call_log);
CREATE TABLE parent (LIKE call_log);
ALTER TABLE call_log INHERIT parent;
CREATE TABLE above (LIKE lead_calls) PARTITION BY LIST (lead);
ALTER TABLE above ATTACH PARTITION lead_calls DEFAULT;
DROP TABLE parts CASCADE;
SELECT name FROM kpi_rollups ORDER BY name::text;
SELECT relname FROM pg_class WHERE relnamespace = 'roll'::regnamespace AND relname LIKE 'per_month%';

-- what cannot be kept up to date is refused, and says why
CREATE FUNCTION refused(key text, card text, source regclass DEFAULT 'facts', name text DEFAULT 'r') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text; d text; h text;
BEGIN
	PERFORM kpi_rollup_create(name, source, CASE WHEN key IS NOT NULL THEN string_to_array(key, ';') ELSE '{}' END, card);
	PERFORM kpi_rollup_drop(name::regclass);
	RETURN 'made';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ' ' || m, nullif(d, ''), nullif(h, ''));
END $$;
CREATE FUNCTION stable(integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION steady(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE COLLATION nondeterministic (provider = icu, locale = 'und', deterministic = false);
CREATE AGGREGATE mine(outcome) (SFUNC = kpi_internal.kpi_tally_accum, STYPE = kpi_internal.kpi_tally, INITCOND = '{}', FINALFUNC = kpi_internal.kpi_scorecard_calls_final);
\pset format unaligned
\pset fieldsep ' => '
SELECT key, refused(key, 'scorecard_calls(outcome)') FROM (VALUES ('nothing'), ('lead; lead'), ('lead;-lead AS lead'), ('lead AS card'),
	('lead + (SELECT 1)'), ('lead IN (SELECT 1)'), ('random() + lead'), ('lead + stable(lead)'), ('steady(lead)'), ('now() - day'), ('current_date - day'),
	('current_user || code'), ('generate_series(1, lead)'), ('unnest(tags)'), ('sum(lead)'), ('row_number() OVER (ORDER BY lead)'), ('1'), ('''a'''),
	('*'), ('facts.*'), ('facts'), ('facts::text'), ('lead, day'), ('lead FROM pg_class'), ('lead WHERE lead > 1'), ('lead; day LIMIT 1'), ('DISTINCT lead'),
	('lead ORDER BY 1'), ('lead UNION SELECT 1'), (' '), ('lead --'), ('tableoid'), ('ctid'), ('code COLLATE nondeterministic AS c'),
	('product::date'), ('day::timestamptz'), ('day::text'), ('disposition(''vicidial'', code)'), ('to_char(day, ''YYYY-MM'')'), ('to_char(price, ''L9'')'),
	('lead AS "a;b'), ('ROW(lead, day)'), ('(lead, day)'), ('point(lead, lead)'), ('$1'), ('lead::text || day'), ('json_build_object(''a'', lead)::text')) v(key);
SELECT refused(NULL, card) AS refusal, card FROM (VALUES ('outcome'), ('count(*)'), ('scorecard_journeys(outcome, lead)'), ('rollup(''{}''::scorecard)'), ('mine(outcome)'),
	('scorecard_calls(DISTINCT outcome)'), ('scorecard_calls(outcome ORDER BY lead)'), ('scorecard_calls(outcome) - scorecard_calls(outcome)'),
	('CASE WHEN count(*) > 1 THEN scorecard_calls(outcome) END'), ('scorecard_calls(outcome) + ''{}'''), ('''{}''::scorecard'), ('(SELECT scorecard_calls(outcome))'),
	('scorecard_calls(disposition(''vicidial'', code))'), ('scorecard_calls(outcome) FILTER (WHERE random() > 0.5)'),
	('scorecard_calls(outcome) FILTER (WHERE day > current_date)'), ('scorecard_calls(outcome) OVER ()'), ('scorecard_calls(outcome), 1'),
	('scorecard_calls(outcome) AS other'), ('scorecard_calls(nothing)'), ('scorecard_calls(outcome) FILTER (WHERE lead > 1) + scorecard_leads(outcome)')) v(card);
CREATE VIEW facts_view AS SELECT * FROM facts;
CREATE TABLE parent_table (a integer);
CREATE TABLE child_table () INHERITS (parent_table);
CREATE TEMP TABLE temporary (a integer, outcome outcome);
CREATE UNLOGGED TABLE unlogged (a integer, outcome outcome);
SELECT source, refused(NULL, 'scorecard_calls(outcome)', source) FROM unnest('{facts_view,parent_table,child_table,temporary,unlogged,pg_class,calls_call_id_seq}'::regclass[]) source;
SELECT name, refused(NULL, 'scorecard_calls(outcome)', 'facts', name) FROM (VALUES ('call_log'), ('nowhere.x'), ('a.b.c.d'), (''), ('pg_temp.x'),
	(repeat('n', 57)), (repeat('n', 56)), ('other_name'), ('"quoted Name"')) v(name);
SELECT refused('lead', 'scorecard_calls(outcome)', 0);
SELECT kpi_rollup_create('r', 'facts', ARRAY[NULL], 'scorecard_calls(outcome)');
SELECT kpi_rollup_create('r', 'facts', array_fill('lead'::text, ARRAY[33]), 'scorecard_calls(outcome)');
SELECT kpi_rollup_create(NULL, 'facts', '{}', 'scorecard_calls(outcome)') IS NULL;
SELECT kpi_rollup_drop('facts');
SELECT kpi_rollup_compact('facts');
SELECT * FROM kpi_rollup_check('facts');
\pset format aligned

-- a trigger that is not one of ours counts nothing
CREATE TRIGGER one_more AFTER INSERT ON lead_calls REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
INSERT INTO lead_calls VALUES (3, 'sale');
DROP TRIGGER one_more ON lead_calls;
CREATE TRIGGER kpi_rollup_insert AFTER INSERT ON facts FOR EACH ROW EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
INSERT INTO facts (lead) VALUES (1);
DROP TRIGGER kpi_rollup_insert ON facts;
SELECT kpi_internal.kpi_rollup_changed();
-- a trigger that is not there, and what the check finds
ALTER TABLE lead_calls DISABLE TRIGGER kpi_rollup_insert;
INSERT INTO lead_calls VALUES (3, 'busy');
DELETE FROM lead_calls WHERE outcome = 'busy';
SELECT live, problem FROM kpi_rollups WHERE name = 'by_lead'::regclass;
SELECT * FROM kpi_rollup_check('by_lead');
-- a cell that lost what it never had: found is NULL
ALTER TABLE lead_calls DISABLE TRIGGER kpi_rollup_delete;
DELETE FROM lead_calls;
SELECT * FROM kpi_rollup_check('by_lead');

-- counted again, and mended
SELECT kpi_rollup_rebuild('by_lead');
ALTER TABLE lead_calls ENABLE TRIGGER kpi_rollup_insert, ENABLE TRIGGER kpi_rollup_delete;
INSERT INTO lead_calls VALUES (3, 'sale');
DROP TRIGGER kpi_rollup_update ON lead_calls;
UPDATE lead_calls SET lead = NULL;
SELECT live, problem FROM kpi_rollups WHERE name = 'by_lead'::regclass;
SELECT kpi_rollup_rebuild('by_lead');
SELECT live, problem, cells, rows, pending FROM kpi_rollups WHERE name = 'by_lead'::regclass;
SELECT * FROM kpi_rollup_check('by_lead');
-- a row for which an expression fails is rejected, until it is mended or goes
ALTER TABLE lead_calls ADD share integer, ADD talk interval;
INSERT INTO lead_calls (share, outcome, talk) VALUES (1, 'busy', '-1 s');
SELECT kpi_rollup_create('by_share', 'lead_calls', '{10/share AS share}', 'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL)');
SELECT kpi_rollup_create('no_keys', 'lead_calls', '{}', 'scorecard_time(talk, NULL, NULL)');
CREATE FUNCTION rejections() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', name, live, cells, problem, rejected, rejected_reason) FROM kpi_rollups WHERE name IN ('by_share'::regclass, 'no_keys'::regclass)
	UNION ALL SELECT r || ' ' || c::text FROM unnest('{by_share,no_keys}'::regclass[]) r, kpi_rollup_check(r) c ORDER BY 1
$$;
SELECT rejections();
INSERT INTO lead_calls (share, outcome) VALUES (0, 'busy'), (1, 'busy'), (0, 'sale');
SELECT rejections();
SELECT share, calls(card) FROM by_share GROUP BY 1 ORDER BY 1;
BEGIN;
UPDATE lead_calls SET outcome = 'refused', talk = '5 s' WHERE share = 0;
UPDATE lead_calls SET share = 5 WHERE share = 0;
INSERT INTO lead_calls (share, talk) SELECT i, make_interval(secs => CASE i WHEN 33 THEN -1 ELSE 1 END) FROM generate_series(1, 50) i;
SELECT rejections();
ROLLBACK;
SELECT rejections();
UPDATE lead_calls SET share = 2 WHERE share = 0 AND outcome = 'sale';
DELETE FROM lead_calls WHERE talk < '0';
SELECT rejections();
SELECT kpi_rollup_compact('by_share') > 0, kpi_rollup_compact('no_keys') > 0;
SELECT rejections();
SELECT count(*) FROM by_share_cells WHERE fault IS NOT NULL;
SELECT kpi_rollup_rebuild('by_share');
SELECT rejections();
-- the check finds rejections that no trigger saw
ALTER TABLE lead_calls DISABLE TRIGGER USER;
INSERT INTO lead_calls (share) VALUES (0);
ALTER TABLE lead_calls ENABLE TRIGGER USER;
SELECT * FROM kpi_rollup_check('by_share');
TRUNCATE lead_calls;
INSERT INTO lead_calls (share) VALUES (0);
SELECT kpi_rollup_rebuild('by_share');
SELECT rejections();
-- where it is strict, the statement fails, and says whose fault it is
\set VERBOSITY default
SELECT kpi_rollup_create('strictly', 'lead_calls', '{10/share AS share}', 'scorecard_calls(outcome)', strict => true);
DELETE FROM lead_calls;
SELECT kpi_rollup_create('strictly', 'lead_calls', '{10/share AS share}', 'scorecard_calls(outcome)', strict => true);
INSERT INTO lead_calls (share, outcome) VALUES (1, 'busy'), (0, 'busy');
INSERT INTO lead_calls (share, outcome) VALUES (1, 'busy');
UPDATE lead_calls SET share = 0;
\set VERBOSITY terse
SELECT name, strict, live, rejected FROM kpi_rollups WHERE source = 'lead_calls'::regclass ORDER BY name::text;
SELECT kpi_rollup_drop(name) FROM unnest('{by_share,no_keys,strictly}'::regclass[]) name;
-- partitions with rows that are rejected come and go
CREATE TABLE halves (part integer, share integer, outcome outcome) PARTITION BY LIST (part);
CREATE TABLE half (outcome outcome, share integer, part integer);
INSERT INTO half SELECT 'sale', i % 3, 1 FROM generate_series(1, 9) i;
SELECT kpi_rollup_create('by_half', 'halves', '{10/share AS share}', 'scorecard_calls(outcome)');
ALTER TABLE halves ATTACH PARTITION half FOR VALUES IN (1);
SELECT rejected, cells, live FROM kpi_rollups WHERE name = 'by_half'::regclass;
SELECT * FROM kpi_rollup_check('by_half');
ALTER TABLE halves DETACH PARTITION half;
SELECT rejected, cells, live FROM kpi_rollups WHERE name = 'by_half'::regclass;
DROP TABLE halves, half CASCADE;
-- a definition is not replaced
CREATE OR REPLACE VIEW by_lead_source AS SELECT lead, scorecard_calls(outcome) AS card FROM lead_calls WHERE lead > 1 GROUP BY lead;

-- rights: the source's and the roll-up's
CREATE ROLE kpi_maker;
CREATE ROLE kpi_writer;
CREATE ROLE kpi_reader;
CREATE SCHEMA maker AUTHORIZATION kpi_maker;
GRANT USAGE ON SCHEMA roll TO kpi_maker, kpi_writer, kpi_reader;
GRANT USAGE ON SCHEMA maker TO kpi_writer, kpi_reader;
CREATE TABLE shared (team text, outcome outcome);
GRANT INSERT, UPDATE, DELETE, SELECT, TRUNCATE ON shared TO kpi_writer;
SET ROLE kpi_maker;
SELECT kpi_rollup_create('maker.teams', 'shared', '{team}', 'scorecard_calls(outcome)');
RESET ROLE;
GRANT SELECT ON shared TO kpi_maker;
SET ROLE kpi_maker;
SELECT kpi_rollup_create('maker.teams', 'shared', '{team}', 'scorecard_calls(outcome)');
RESET ROLE;
GRANT TRIGGER ON shared TO kpi_maker;
SET ROLE kpi_maker;
\set VERBOSITY sqlstate
SELECT kpi_rollup_create('roll.teams', 'shared', '{team}', 'scorecard_calls(outcome)');
\set VERBOSITY terse
-- the owner's function runs with the owner's rights, whoever writes
CREATE FUNCTION maker.who(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 || '/' || current_user || '/' || current_setting('search_path'); END $$;
SELECT kpi_rollup_create('maker.teams', 'shared', '{maker.who(team) AS team}', 'scorecard_calls(outcome)');
SET ROLE kpi_writer;
SET search_path = roll, public, pg_catalog;
INSERT INTO shared VALUES ('a', 'sale'), ('b', 'busy');
UPDATE shared SET outcome = 'refused' WHERE team = 'b';
SELECT current_user, current_setting('search_path');
SELECT * FROM maker.teams;
SELECT * FROM kpi_rollup_check('maker.teams');
SELECT kpi_rollup_compact('maker.teams');
SELECT kpi_rollup_drop('maker.teams');
SELECT name, source, cells, rows FROM kpi_rollups WHERE name = 'maker.teams'::regclass;
SET ROLE kpi_maker;
GRANT SELECT ON maker.teams TO kpi_reader;
SET ROLE kpi_reader;
SET search_path = roll, public;
SELECT team, call_sales(card), refusals(card) FROM maker.teams GROUP BY 1 ORDER BY 1;
SELECT cells, rows FROM kpi_rollups WHERE name = 'maker.teams'::regclass;
RESET ROLE;
SELECT kpi_rollup_compact('maker.teams');
SELECT * FROM kpi_rollup_check('maker.teams');
ALTER TABLE shared ENABLE ROW LEVEL SECURITY;
SET ROLE kpi_maker;
SELECT kpi_rollup_create('maker.secure', 'shared', '{team}', 'scorecard_calls(outcome)');
RESET ROLE;
ALTER TABLE shared DISABLE ROW LEVEL SECURITY;
-- who has the source may be rid of it
ALTER TABLE shared OWNER TO kpi_writer;
SET ROLE kpi_writer;
SELECT kpi_rollup_drop('maker.teams');
RESET ROLE;
SELECT relname FROM pg_class WHERE relnamespace = 'maker'::regnamespace;
DROP OWNED BY kpi_maker, kpi_writer, kpi_reader;
DROP ROLE kpi_maker, kpi_writer, kpi_reader;

-- cells stand in the order of their keys, as far as these have one
CREATE TABLE shuffled AS SELECT (i % 7)::text::xid AS batch, i * 61 % 10 AS agent, CASE WHEN i % 11 > 0 THEN (i * 17 % 3)::text END AS campaign,
	'sale'::outcome AS outcome FROM generate_series(1, 2000) i;
SELECT kpi_rollup_create('in_order', 'shuffled', '{batch,agent,campaign}', 'scorecard_calls(outcome)');
SELECT count(*), array_agg((k2, k3)::text ORDER BY ctid) = array_agg((k2, k3)::text ORDER BY k2, k3) AS ordered FROM in_order_cells;
SELECT count(*) FROM kpi_rollup_check('in_order');

-- a part is dropped, and the rest goes with it
DROP VIEW by_lead;
DROP VIEW by_lead_source;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'lead_calls'::regclass AND NOT tgisinternal;
INSERT INTO lead_calls VALUES (3, 'busy');
SET client_min_messages = error;
DROP SCHEMA roll CASCADE;
SELECT count(*) FROM kpi_rollups;
