-- Live roll-ups with the journeys of leads
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
CREATE EXTENSION IF NOT EXISTS kpi;
CREATE SCHEMA led;
SET search_path = led, public;
SET jit = off;

CREATE TABLE calls (id integer PRIMARY KEY, campaign text, agent integer, lead integer, outcome outcome, talk integer);
CREATE TABLE first AS SELECT i AS id, nullif('c' || i % 4, 'c3') AS campaign, i % 5 AS agent, nullif(i % 23, 22) AS lead,
	(ARRAY['sale', 'busy', 'refused', NULL, 'no_answer', 'appointment', 'cancelled_sale'])[1 + i * i % 7]::outcome AS outcome, i % 60 AS talk
FROM generate_series(1, 300) i;
INSERT INTO calls SELECT * FROM first;
SELECT kpi_rollup_create('by_campaign', 'calls', '{campaign}', 'scorecard_journeys(outcome, lead)');
SELECT kpi_rollup_create('mixed', 'calls', ARRAY['campaign', 'agent % 2 AS side'],
	'scorecard_time(talk, NULL, NULL) + scorecard_journeys(outcome, lead) FILTER (WHERE talk > 5) + scorecard_calls(outcome) FILTER (WHERE talk > 5)');
SELECT kpi_rollup_create('whole', 'calls', '{}', 'scorecard_journeys(outcome, lead::text || ''/'' || campaign)');
SELECT kpi_rollup_create('each', 'calls', ARRAY['lead', 'lead + 1 AS lead_'], 'scorecard_journeys(outcome, lead)');
SELECT name, keys, card, live, cells FROM kpi_rollups ORDER BY name::text;
SELECT campaign, lead_contact_rate(card), lead_calls(card) FROM by_campaign GROUP BY campaign ORDER BY campaign;
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'led'::regnamespace AND relname LIKE 'mixed%' AND relkind IN ('r', 'v') ORDER BY 1;
-- the same as of the rows
CREATE FUNCTION same() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ',
		(SELECT string_agg(name || ': ' || c::text, E'\n') FROM unnest('{by_campaign,mixed,whole,each}'::regclass[]) name, kpi_rollup_check(name) c),
		(SELECT string_agg(problem, ' ') FROM kpi_rollups WHERE NOT live),
		CASE WHEN EXISTS ((SELECT campaign, scorecard_journeys(outcome, lead) FROM calls GROUP BY 1 EXCEPT ALL SELECT * FROM by_campaign) UNION ALL
			(SELECT * FROM by_campaign EXCEPT ALL SELECT campaign, scorecard_journeys(outcome, lead) FROM calls GROUP BY 1)) THEN 'by_campaign' END,
		CASE WHEN EXISTS ((SELECT campaign, agent % 2, scorecard_time(talk, NULL, NULL) + scorecard_journeys(outcome, lead) FILTER (WHERE talk > 5)
				+ scorecard_calls(outcome) FILTER (WHERE talk > 5) FROM calls GROUP BY 1, 2 EXCEPT ALL SELECT * FROM mixed) UNION ALL
			(SELECT * FROM mixed EXCEPT ALL SELECT campaign, agent % 2, scorecard_time(talk, NULL, NULL) + scorecard_journeys(outcome, lead) FILTER (WHERE talk > 5)
				+ scorecard_calls(outcome) FILTER (WHERE talk > 5) FROM calls GROUP BY 1, 2)) THEN 'mixed' END,
		CASE WHEN EXISTS ((SELECT scorecard_journeys(outcome, lead::text || '/' || campaign) FROM calls HAVING count(*) > 0 EXCEPT ALL SELECT * FROM whole) UNION ALL
			(SELECT * FROM whole EXCEPT ALL SELECT scorecard_journeys(outcome, lead::text || '/' || campaign) FROM calls HAVING count(*) > 0)) THEN 'whole' END,
		CASE WHEN EXISTS ((SELECT lead, lead + 1, scorecard_journeys(outcome, lead) FROM calls GROUP BY 1 EXCEPT ALL SELECT * FROM each) UNION ALL
			(SELECT * FROM each EXCEPT ALL SELECT lead, lead + 1, scorecard_journeys(outcome, lead) FROM calls GROUP BY 1)) THEN 'each' END)
$$;
CREATE FUNCTION compact() RETURNS bigint LANGUAGE sql AS $$ SELECT sum(kpi_rollup_compact(name))::bigint FROM kpi_rollups $$;
SELECT same();
-- a call comes and goes: its outcome is one that the lead has anyway, or no more
INSERT INTO calls VALUES (1001, 'c1', 1, 5, 'sale', 30), (1002, 'c1', 1, 5, 'sale', 30), (1003, 'c9', 1, 1, 'busy', 30), (1004, 'c8', 1, NULL, 'busy', 30), (1005, 'c8', 1, 2, NULL, 30);
SELECT same();
DELETE FROM calls WHERE id = 1001;
SELECT same();
DELETE FROM calls WHERE id = 1002;
UPDATE calls SET lead = 7 WHERE lead = 6;
UPDATE calls SET campaign = 'c2' WHERE lead = 9;
UPDATE calls SET outcome = 'sale' WHERE id % 13 = 0;
SELECT same();
SELECT campaign, card FROM by_campaign WHERE campaign >= 'c8' ORDER BY 1;
SELECT compact() > 0 AS merged, same();
SELECT compact() > 0 AS merged, same();
SELECT compact() AS merged, sum(pending) AS pending FROM kpi_rollups;
-- pending beside settled ones
UPDATE calls SET outcome = 'busy' WHERE lead IN (1, 2);
DELETE FROM calls WHERE lead = 3 OR campaign = 'c9';
INSERT INTO calls SELECT id + 2000, campaign, agent, lead + 30, outcome, talk FROM first WHERE id % 3 = 0;
SELECT same();
-- the journey of a lead whose calls are gone, settled and pending
DELETE FROM calls WHERE lead = 4;
SELECT same(), compact() > 0 AS merged;
INSERT INTO calls SELECT id + 4000, campaign, agent, 4, outcome, talk FROM first WHERE id < 30;
SELECT same();
BEGIN;
DELETE FROM calls WHERE campaign = 'c1';
SAVEPOINT s;
TRUNCATE calls;
SELECT same(), count(*) FROM by_campaign;
INSERT INTO calls VALUES (1, 'c1', 1, 1, 'sale', 10);
SELECT same();
ROLLBACK TO s;
SELECT same(), compact() > 0 AS merged;
SELECT same();
COMMIT;
SELECT same(), compact() > 0 AS merged;
TRUNCATE calls;
SELECT same(), count(*) FROM by_campaign;
SELECT compact() > 0 AS merged, same();
SELECT compact() > 0 AS merged, same();
SELECT sum(rows) AS rows FROM kpi_rollups;
-- anything at all, with compaction now and then
CREATE PROCEDURE play(steps integer, INOUT wrong text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. steps LOOP
		CASE (i * 7919) % 6
			WHEN 0 THEN INSERT INTO calls SELECT 10000 + i * 100 + f.id % 40, f.campaign, f.agent, f.lead + i % 3, f.outcome, f.talk FROM first f
				WHERE f.id BETWEEN i * 11 % 250 AND i * 11 % 250 + 20 ON CONFLICT DO NOTHING;
			WHEN 1 THEN DELETE FROM calls WHERE (id + i) % 5 = 0;
			WHEN 2 THEN UPDATE calls SET outcome = (SELECT f.outcome FROM first f WHERE f.id = i % 300 + 1) WHERE lead % 4 = i % 4;
			WHEN 3 THEN UPDATE calls SET campaign = 'c' || (id + i) % 3, talk = talk + 1 WHERE id % 3 = i % 3;
			WHEN 4 THEN UPDATE calls SET lead = nullif((lead + i) % 30, 0) WHERE id % 4 = i % 4;
			ELSE PERFORM compact();
		END CASE;
		COMMIT;
		wrong := same();
		IF wrong <> '' THEN
			wrong := i || ' ' || wrong;
			EXIT;
		END IF;
	END LOOP;
END $$;
INSERT INTO calls SELECT * FROM first;
CALL play(9);
SELECT compact() > 0 AS merged, same();
CALL play(9);
-- counted again, altered, with another source
DELETE FROM by_campaign_leads;
SELECT cell, expected IS NULL AS gone, found, found_rows FROM kpi_rollup_check('by_campaign') ORDER BY cell LIMIT 1;
SELECT kpi_rollup_rebuild('by_campaign'), same();
CREATE VIEW over AS SELECT campaign, lead_calls(card) FROM by_campaign GROUP BY campaign;
SELECT kpi_rollup_alter('by_campaign', card => 'scorecard_calls(outcome) + scorecard_journeys(outcome, lead)');
SELECT keys, card, live FROM kpi_rollups WHERE name = 'by_campaign'::regclass;
UPDATE calls SET outcome = 'sale' WHERE id % 2 = 0;
SELECT count(*) AS wrong FROM kpi_rollup_check('by_campaign');
SELECT calls(card) > lead_calls(card) AS more, calls(card) = (SELECT count(outcome) FROM calls) AS all FROM by_campaign;
SELECT kpi_rollup_alter('by_campaign', '{campaign,agent}', 'scorecard_journeys(outcome, lead)');
DELETE FROM calls WHERE id % 3 = 0;
SELECT count(*) AS wrong FROM kpi_rollup_check('by_campaign');
SELECT compact() > 0 AS merged, (SELECT count(*) FROM kpi_rollup_check('by_campaign')) AS wrong;
SELECT count(*) AS different FROM ((SELECT campaign, scorecard_journeys(outcome, lead), agent FROM calls GROUP BY 1, 3 EXCEPT ALL SELECT campaign, card, agent FROM by_campaign) UNION ALL
	(SELECT campaign, card, agent FROM by_campaign EXCEPT ALL SELECT campaign, scorecard_journeys(outcome, lead), agent FROM calls GROUP BY 1, 3)) d;
CREATE TABLE other (LIKE calls);
INSERT INTO other SELECT * FROM first;
SELECT kpi_rollup_alter('by_campaign', source => 'other');
UPDATE other SET lead = lead + 1;
SELECT count(*) AS wrong FROM kpi_rollup_check('by_campaign');
-- leads of whichever type; partitions
CREATE TABLE parts (day date, lead uuid, code text, outcome outcome) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO parts SELECT date '2024-01-20' + i % 20, md5((i % 7)::text)::uuid, 'l' || i % 7, (ARRAY['sale', 'busy'])[1 + i % 2]::outcome FROM generate_series(1, 100) i;
SELECT kpi_rollup_create('of_parts', 'parts', ARRAY['date_trunc(''month'', day::timestamp) AS month'], 'scorecard_journeys(outcome, lead)');
SELECT kpi_rollup_create('of_rows', 'parts', '{}', 'scorecard_journeys(outcome, (lead, code)::text)');
SELECT kpi_rollup_create('of_rows', 'parts', '{}', 'scorecard_journeys(outcome, lead::text || code)');
DROP TABLE parts_1;
SELECT month, lead_calls(card), (SELECT count(*) FROM kpi_rollup_check('of_parts')) AS wrong FROM of_parts GROUP BY month;
ALTER TABLE parts DETACH PARTITION parts_2;
SELECT count(*), (SELECT count(*) FROM kpi_rollup_check('of_parts')) AS wrong FROM of_parts;
-- a statement of more cells than are held in memory
SET work_mem = '64kB';
CREATE TABLE many AS SELECT i AS id, i % 10 AS k, i AS lead, 'busy'::outcome AS outcome FROM generate_series(1, 20000) i;
SELECT kpi_rollup_create('of_many', 'many', '{k}', 'scorecard_journeys(outcome, lead)');
UPDATE many SET outcome = 'sale';
SELECT k, card FROM of_many WHERE k < 2 ORDER BY k;
SELECT count(*) AS wrong FROM kpi_rollup_check('of_many');
SELECT kpi_rollup_compact('of_many') > 0 AS merged;
SELECT kpi_rollup_compact('of_many') > 0 AS merged;
SELECT cells, rows, pending FROM kpi_rollups WHERE name = 'of_many'::regclass;
SELECT count(*) AS wrong FROM kpi_rollup_check('of_many');
RESET work_mem;
-- sections that grow while leads are added up; a lead with a collation beside the calls
CREATE TABLE wide AS SELECT i AS id, 'l' || i % 23 AS lead, (ARRAY['sale', 'refused'])[1 + i % 2]::outcome AS outcome, 'r' || i AS reason FROM generate_series(1, 300) i;
SELECT kpi_rollup_create('of_wide', 'wide', '{}', 'scorecard_calls(outcome) + scorecard_reasons(outcome, reason) + scorecard_journeys(outcome, lead)');
UPDATE wide SET reason = 'x' || id;
SELECT kpi_rollup_compact('of_wide') > 0 AS merged, (SELECT count(*) FROM kpi_rollup_check('of_wide')) AS wrong;
SELECT card = (SELECT scorecard_calls(outcome) + scorecard_reasons(outcome, reason) + scorecard_journeys(outcome, lead) FROM wide) AS same FROM of_wide;
-- what cannot be had
CREATE FUNCTION refused(card text, keys text[] DEFAULT '{campaign}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text; h text;
BEGIN
	PERFORM kpi_rollup_create('refused', 'calls', keys, card);
	PERFORM kpi_rollup_drop('refused');
	RETURN 'made';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, h = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ' ' || m, nullif(h, ''));
END $$;
\pset format unaligned
\pset tuples_only
SELECT refused(card) FROM (VALUES ('scorecard_journeys(outcome, lead) + scorecard_journeys(outcome, id)'), ('scorecard_journeys(outcome, lead) + scorecard_leads(outcome)'),
	('scorecard_journeys(outcome, lead) + scorecard_calls(outcome) FILTER (WHERE agent > 1)'), ('scorecard_journeys(DISTINCT outcome, lead)'),
	('scorecard_journeys(outcome, lead ORDER BY id)'), ('scorecard_journeys(outcome, random())'), ('scorecard_journeys(outcome, 1)'), ('scorecard_journeys(outcome, to_json(lead))'),
	('scorecard_journeys(outcome, lead) - scorecard_calls(outcome)'),
	('scorecard_calls(outcome) + (scorecard_time(talk, NULL, NULL) + scorecard_journeys(outcome, lead))')) v(card);
SELECT refused('scorecard_journeys(outcome, lead)', (SELECT array_agg('agent + ' || i || ' AS k' || i) FROM generate_series(1, 32) i));
CREATE TABLE refused_leads ();
SELECT refused('scorecard_journeys(outcome, lead)');
-- taken away, and given back with a name for what its leads come to that is free
SELECT kpi_rollup_alter('by_campaign', card => 'scorecard_calls(outcome)');
SELECT kpi_rollup_create('refused', 'calls', '{campaign}', 'scorecard_calls(outcome)');
SELECT kpi_rollup_alter('refused', card => 'scorecard_journeys(outcome, lead)');
SELECT relname FROM pg_class WHERE relnamespace = 'led'::regnamespace AND relname ~ '^refused' AND relkind = 'r' ORDER BY 1;
SELECT count(*) FROM kpi_rollup_check('refused');
SELECT kpi_rollup_drop('refused');
\pset tuples_only
\pset format aligned
-- all parts go together
SELECT kpi_rollup_drop('mixed');
DROP TABLE whole_leads CASCADE;
DROP TABLE each_leads CASCADE;
DROP VIEW by_campaign CASCADE;
SELECT relname FROM pg_class WHERE relnamespace = 'led'::regnamespace AND relname ~ '^(mixed|whole|each|by_campaign)' ORDER BY 1;
SET client_min_messages = error;
DROP SCHEMA led CASCADE;
