-- Live roll-ups with delays
\set VERBOSITY terse
SET client_min_messages = warning;
-- what is asked of a table is computed from it, to be compared with its roll-ups
SET kpi.enable_rollup_scan = off;
CREATE EXTENSION IF NOT EXISTS kpi;
CREATE SCHEMA delayed;
SET search_path = delayed, public;
SET IntervalStyle = postgres;

CREATE TABLE leads (id integer, campaign text, outcome outcome, created timestamptz, called timestamptz, sold interval);
INSERT INTO leads SELECT i, 'c' || i % 3, (ARRAY['sale', 'busy', 'refused'])[1 + i % 3]::outcome, timestamptz '2024-03-01 09:00+01' + i * interval '1 hour',
	timestamptz '2024-03-01 09:00+01' + i * interval '1 hour' + (i * i % 97 - 3) * interval '1.1 seconds', CASE WHEN i % 4 = 0 THEN i * interval '7 minutes' END
FROM generate_series(1, 300) i;
SELECT kpi_rollup_create('by_campaign', 'leads', '{campaign}', 'scorecard_leads(outcome) + scorecard_delays(''speed_to_lead'', called - created)
	+ scorecard_delays(''sold'', sold) FILTER (WHERE outcome = ''sale'') + scorecard_delays(''"odd"'', called - created) FILTER (WHERE id % 2 = 0)');
SELECT campaign, median(delays(card, 'speed_to_lead')), within(delays(card, 'speed_to_lead'), '30 s'), delays(card, 'sold')::text ~ 'seconds' AS sold, median(delays(card, '"odd"'))
FROM by_campaign ORDER BY campaign;
-- the same as of the rows, text and all, whatever comes and goes
CREATE FUNCTION same() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', (SELECT string_agg(c::text, E'\n') FROM kpi_rollup_check('by_campaign') c),
		(SELECT problem FROM kpi_rollups WHERE name = 'by_campaign'::regclass AND NOT live),
		(SELECT CASE WHEN string_agg(card::text, ' ' ORDER BY campaign) IS NOT DISTINCT FROM
			(SELECT string_agg(card::text, ' ' ORDER BY campaign) FROM by_campaign_source)
			THEN 'same' ELSE 'other' END FROM by_campaign))
$$;
SELECT same();
UPDATE leads SET called = called + interval '1 minute' WHERE id % 5 = 0;
UPDATE leads SET called = NULL WHERE id % 7 = 0;
UPDATE leads SET sold = '-1 s' WHERE id % 11 = 0;
SELECT same();
DELETE FROM leads WHERE id % 2 = 0 OR campaign = 'c2';
SELECT same(), kpi_rollup_compact('by_campaign') > 0 AS merged;
SELECT same();
INSERT INTO leads SELECT i, 'c' || i % 3, 'sale', '2024-03-01 09:00+01', '2024-03-01 09:00+01', i * interval '1 day' FROM generate_series(1, 50) i;
BEGIN;
UPDATE leads SET campaign = 'c2' WHERE campaign = 'c1';
DELETE FROM leads WHERE campaign = 'c0';
SELECT same();
ROLLBACK;
SELECT same();
-- nothing is left of a class that lost its rows, nor of a name
UPDATE leads SET outcome = 'refused';
SELECT same(), kpi_rollup_compact('by_campaign') > 0 AS merged;
SELECT same();
SELECT campaign, delays(card, 'sold') FROM by_campaign ORDER BY campaign;
-- a section that comes and goes
SELECT kpi_rollup_alter('by_campaign', card => 'scorecard_delays(''speed_to_lead'', called - created)');
UPDATE leads SET called = created WHERE id < 100;
SELECT same();
TRUNCATE leads;
SELECT count(*), same() FROM by_campaign;
INSERT INTO leads VALUES (1, 'c1', 'sale', '2024-03-01', '2024-03-02', NULL);
SELECT campaign, median(delays(card, 'speed_to_lead')) FROM by_campaign;
DROP SCHEMA delayed CASCADE;
