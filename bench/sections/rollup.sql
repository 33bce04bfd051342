-- Live roll-ups: what they cost who writes, and what they save who reads.

SET client_min_messages = warning;
-- a call log's columns and its primary key; fifty campaigns, a month of days
SELECT least(count(*), 1000000) AS batch, current_setting('data_directory') || '/calls.copy' AS file FROM calls \gset
CREATE TABLE plain_calls (call_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, campaign int, agent int, called_at timestamptz, outcome outcome, talk int);
CREATE TABLE live_calls (LIKE plain_calls INCLUDING ALL);
CREATE TABLE hand_calls (LIKE plain_calls INCLUDING ALL);
CREATE TABLE stale_calls (LIKE plain_calls INCLUDING ALL);
CREATE TABLE new_calls AS
SELECT g50 AS campaign, g500 AS agent, '2024-01-01'::timestamptz + i * interval '31 days' / :batch AS called_at, o AS outcome, g500 AS talk
FROM calls WHERE i <= :batch;
COPY new_calls TO :'file';
CREATE TABLE few_calls AS SELECT * FROM new_calls LIMIT 1000;

\o /dev/null
SELECT kpi_rollup_create('live', 'live_calls', ARRAY['campaign', 'date_trunc(''day'', called_at) AS day'], 'scorecard_calls(outcome)');
INSERT INTO stale_calls (campaign, agent, called_at, outcome, talk) SELECT * FROM new_calls;
CREATE MATERIALIZED VIEW stale AS
SELECT campaign, date_trunc('day', called_at) AS day, scorecard_calls(outcome) AS card FROM stale_calls GROUP BY 1, 2;

-- what one writes by hand: a counter for each cell and outcome
CREATE TABLE counters (campaign int, day timestamptz, outcome outcome, n bigint NOT NULL, PRIMARY KEY (campaign, day, outcome));
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO counters AS c SELECT campaign, date_trunc('day', called_at), outcome, count(*) FROM new_rows GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
	ON CONFLICT (campaign, day, outcome) DO UPDATE SET n = c.n + excluded.n;
	RETURN NULL;
END $$;
CREATE TRIGGER count_up AFTER INSERT ON hand_calls REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_up();

SELECT kpi_rollup_create('month', 'calls', ARRAY['g50 AS campaign', format('i * 31 / %s AS day', (SELECT count(*) FROM calls))], 'scorecard_calls(o)');
SELECT kpi_rollup_create('many', 'calls', ARRAY['g100k'], 'scorecard_calls(o)');
\o
VACUUM ANALYZE month_cells, many_cells;

CREATE FUNCTION copy(into_table text) RETURNS text LANGUAGE sql AS $$
	SELECT format('TRUNCATE %1$s; COPY %1$s (campaign, agent, called_at, outcome, talk) FROM %2$L', into_table, current_setting('data_directory') || '/calls.copy')
$$;
CREATE FUNCTION few(into_table text) RETURNS text LANGUAGE sql AS $$
	SELECT format('INSERT INTO %s (campaign, agent, called_at, outcome, talk) SELECT * FROM few_calls', into_table)
$$;
CREATE FUNCTION singly(into_table text) RETURNS text LANGUAGE sql AS $$
	SELECT format('DO $do$ BEGIN FOR i IN 1..500 LOOP INSERT INTO %s (campaign, agent, called_at, outcome, talk) VALUES (i %% 50, i, now(), ''refused'', 60); END LOOP; END $do$', into_table)
$$;
INSERT INTO cases (name, query, base_name, base, limit_ratio)
SELECT format('COPY of %s rows, live roll-up', :batch), copy('live_calls'), what, copy(base), ratio
FROM (VALUES ('no roll-up', 'plain_calls', 1.3), ('a trigger that counts', 'hand_calls', NULL)) v(what, base, ratio)
UNION ALL
SELECT 'INSERT of 1000 rows, live roll-up', few('live_calls'), what, few(base) || more, NULL
FROM (VALUES ('no roll-up', 'plain_calls', ''), ('a trigger that counts', 'hand_calls', ''),
	('REFRESH MATERIALIZED VIEW', 'stale_calls', '; REFRESH MATERIALIZED VIEW stale')) v(what, base, more)
UNION ALL
SELECT '500 rows one by one, in one transaction, live roll-up', singly('live_calls'), what, singly(base), ratio
FROM (VALUES ('no roll-up', 'plain_calls', 3), ('a trigger that counts', 'hand_calls', NULL)) v(what, base, ratio)
UNION ALL
SELECT 'the month''s report of the roll-up', 'SELECT campaign, calls(card), contact_rate(card), closing_rate(card), net_sale_rate(card) FROM month GROUP BY 1',
	'of the calls', 'SELECT g50, calls(o), contact_rate(o), closing_rate(o), net_sale_rate(o) FROM calls GROUP BY 1', 0.01
UNION ALL
SELECT 'a rate of 100,000 cells', 'SELECT closing_rate(card) FROM many', 'of the calls', 'SELECT closing_rate(o) FROM calls', 0.05;
