-- Live roll-ups in large numbers: of partitions, of roll-ups of one table, of
-- cells. Fewer than ten million rows make fewer of each.

SET client_min_messages = warning;
SELECT greatest(count(*) / 10000, 10) AS partitions, greatest(count(*) / 100000, 4) AS rollups, count(*) / 10 AS cells FROM calls \gset
\o /dev/null

-- partitions
CREATE TABLE plain_days (day int, agent int, outcome outcome) PARTITION BY RANGE (day);
CREATE TABLE live_days (LIKE plain_days) PARTITION BY RANGE (day);
SELECT format('CREATE TABLE %s_%s PARTITION OF %1$s FOR VALUES FROM (%2$s) TO (%3$s)', parent, i, i + 1)
FROM unnest('{plain_days,live_days}'::text[]) parent, generate_series(0, :partitions - 1) i \gexec
SELECT kpi_rollup_create('days', 'live_days', '{day}', 'scorecard_calls(outcome)');
CREATE TABLE some_days AS SELECT i % :partitions AS day, g50 AS agent, o AS outcome FROM calls WHERE i <= 10 * :partitions;

-- roll-ups of one table
CREATE TABLE plain_many (campaign int, agent int, outcome outcome);
CREATE TABLE live_many (LIKE plain_many);
SELECT kpi_rollup_create('many_' || i, 'live_many', ARRAY['campaign', format('agent + %s AS agent', i)], 'scorecard_calls(outcome)')
FROM generate_series(1, :rollups) i;
CREATE TABLE some_rows AS SELECT g50 AS campaign, g500 AS agent, o AS outcome FROM calls WHERE i <= 1000;

-- cells
CREATE TABLE lists AS SELECT i % :cells AS list, o AS outcome FROM calls;
SELECT kpi_rollup_create('by_list', 'lists', '{list}', 'scorecard_calls(outcome)');
CREATE INDEX ON by_list_cells (k1);
SELECT kpi_rollup_create('waiting', 'lists', '{list}', 'scorecard_calls(outcome)');
-- a second row for each cell, which nobody has merged yet
INSERT INTO waiting_cells (id, pending, n, added, k1) SELECT (random() * 9e18)::bigint, true, n, added, k1 FROM waiting_cells;
VACUUM ANALYZE by_list_cells, waiting_cells;
\o

INSERT INTO cases (name, query, base_name, base)
SELECT format('INSERT of %s rows in %s partitions', 10 * :partitions, :partitions), 'INSERT INTO live_days SELECT * FROM some_days',
	'no roll-up', 'INSERT INTO plain_days SELECT * FROM some_days'
UNION ALL
SELECT format('INSERT of %s row(s), %s roll-ups', n, :rollups), format('INSERT INTO live_many SELECT * FROM some_rows LIMIT %s', n),
	'no roll-up', format('INSERT INTO plain_many SELECT * FROM some_rows LIMIT %s', n)
FROM unnest('{1,1000}'::int[]) n
UNION ALL
SELECT format('one of %s cells', :cells), 'SELECT contact_rate(card) FROM by_list WHERE list = 4711', 'all of them', 'SELECT contact_rate(card) FROM by_list'
UNION ALL
SELECT format('%s cells, as many rows waiting', :cells), 'SELECT contact_rate(card) FROM waiting', 'none waiting', 'SELECT contact_rate(card) FROM by_list'
UNION ALL
SELECT format('%s cells', :cells), 'SELECT contact_rate(card) FROM by_list', 'of the rows', 'SELECT contact_rate(outcome) FROM lists';
