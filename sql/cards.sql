-- kpi_cards: scorecards of a partitioned table, put together from each partition's
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
CREATE SCHEMA cards;
SET search_path = cards, public;


CREATE TABLE calls (campaign text, segment text, day date, outcome outcome, reason text, lead_id int) PARTITION BY LIST (campaign);
CREATE TABLE calls_north PARTITION OF calls FOR VALUES IN ('North', 'West');
CREATE TABLE calls_south PARTITION OF calls FOR VALUES IN ('South');
INSERT INTO calls SELECT (ARRAY['North', 'West', 'South'])[i % 3 + 1], (ARRAY['Homes', 'Shops', NULL])[i % 5 % 3 + 1],
	date '2026-01-01' + i % 40, (ARRAY['no_answer', 'off_target', 'refused', 'sale', NULL])[i % 7 % 5 + 1]::outcome,
	CASE i % 3 WHEN 0 THEN 'price' WHEN 1 THEN 'later' END, i % 100
FROM generate_series(1, 1000) i;

SELECT segment, calls(card), contact_rate(card), refusal_reasons(card) FROM kpi_cards('calls', '{segment}',
	'scorecard_calls(outcome) + scorecard_reasons(outcome, reason)') AS (segment text, card scorecard) GROUP BY segment ORDER BY segment;
-- the same as from the rows
SELECT segment, calls(outcome), contact_rate(outcome), refusal_reasons(outcome, reason) FROM calls GROUP BY segment ORDER BY segment;
-- no key, keys that are expressions, a condition
SELECT calls(card) FROM kpi_cards('calls', '{}', 'scorecard_calls(outcome)') AS (card scorecard);
SELECT month, sales, calls(card), contact_rate(card) FROM kpi_cards('calls', ARRAY['date_trunc(''month'', day::timestamp)::date AS month', 'outcome @> ''sale'''],
	'scorecard_calls(outcome)', 'segment IS NOT NULL AND day < ''2026-02-05''') AS (month date, sales bool, card scorecard)
GROUP BY month, sales ORDER BY month, sales;
SELECT count(*) FROM kpi_cards('calls', '{segment}', 'scorecard_calls(outcome)', 'false') AS (segment text, card scorecard);
-- leads are of one partition each
SELECT lead_calls(card), lead_conversion_rate(card) FROM kpi_cards('calls_south', '{}', 'scorecard_journeys(outcome, lead_id)') AS (card scorecard);
-- each partition is asked for its own
CREATE FUNCTION shown() RETURNS SETOF text LANGUAGE plpgsql SET enable_partitionwise_aggregate = on SET enable_hashagg = on AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT campaign, segment, scorecard_calls(outcome) FROM calls GROUP BY 1, 2' LOOP RETURN NEXT line; END LOOP;
END $$;
SELECT count(*) FILTER (WHERE line ~ 'Aggregate|KpiScan') AS aggregates FROM shown() line;

-- nothing in, nothing out
SELECT count(*) FROM kpi_cards(NULL, '{}', 'scorecard_calls(outcome)') AS (card scorecard);
SELECT count(*) FROM kpi_cards('calls', NULL, 'scorecard_calls(outcome)') AS (card scorecard);
SELECT count(*) FROM kpi_cards('calls', '{}', NULL) AS (card scorecard);
-- what is wrong is said
\set VERBOSITY terse
SELECT * FROM kpi_cards('calls', '{NULL}', 'scorecard_calls(outcome)') AS (card scorecard);
SELECT * FROM kpi_cards('calls', '{segment}', 'scorecard_calls(outcome)') AS (card scorecard);
SELECT * FROM kpi_cards('calls', '{segment}', 'scorecard_calls(outcome)') AS (segment int, card scorecard);
SELECT * FROM kpi_cards('calls', '{}', 'calls(outcome)') AS (card bigint);
SELECT * FROM kpi_cards('calls', '{town}', 'scorecard_calls(outcome)') AS (town text, card scorecard);
SELECT * FROM kpi_cards('calls', '{segment}', 'scorecard_calls(outcome)');
SELECT kpi_cards('calls', '{segment}', 'scorecard_calls(outcome)');
CREATE TABLE by_hash (lead_id int, outcome outcome) PARTITION BY HASH ((lead_id / 10));
SELECT * FROM kpi_cards('by_hash', '{}', 'scorecard_calls(outcome)') AS (card scorecard);
-- a table that is not partitioned
CREATE TABLE plain AS SELECT * FROM calls;
SELECT segment, calls(card) FROM kpi_cards('plain', '{segment}', 'scorecard_calls(outcome)') AS (segment text, card scorecard) GROUP BY segment ORDER BY segment;
-- with the caller's own rights
CREATE ROLE kpi_cards_reader;
GRANT USAGE ON SCHEMA cards TO kpi_cards_reader;
SET ROLE kpi_cards_reader;
SELECT * FROM kpi_cards('calls', '{}', 'scorecard_calls(outcome)') AS (card scorecard);
RESET ROLE;
REVOKE USAGE ON SCHEMA cards FROM kpi_cards_reader;
DROP ROLE kpi_cards_reader;
RESET search_path;
DROP SCHEMA cards CASCADE;
