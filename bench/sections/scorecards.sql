-- KPIs over a roll-up of 100,000 scorecards, against the same over the rows.

CREATE UNLOGGED TABLE cells AS SELECT g100k AS cell, scorecard_calls(o) AS card FROM calls GROUP BY g100k;
CREATE UNLOGGED TABLE full_cells AS
SELECT g100k AS cell, scorecard_calls(o) + scorecard_time(i % 300, i % 61, 360::bigint) + scorecard_money(i % 100 * 0.01, i % 70 * 0.01, 1, NULL) AS card
FROM calls GROUP BY g100k;
VACUUM ANALYZE cells, full_cells;

SELECT format('%s: %s rows, %s MB', relname, to_char(reltuples, 'FM999,999,999'), pg_table_size(oid) >> 20) AS "tables"
FROM pg_class WHERE relname IN ('calls', 'cells', 'full_cells') ORDER BY reltuples DESC, relname;

-- the roll-up says what the rows say
DO $$
BEGIN
	IF (SELECT closing_rate(card) FROM cells) <> (SELECT closing_rate(o) FROM calls) THEN RAISE 'the roll-up is wrong'; END IF;
END $$;

INSERT INTO cases (name, query, base_name, base, limit_ratio)
SELECT name || ' over ' || cells, format('SELECT ' || kpis || ' FROM %2$I', 'card', cells), 'over the rows',
	format('SELECT ' || kpis || ' FROM %2$I', 'o', 'calls'), CASE cells WHEN 'cells' THEN 0.05 END
FROM (VALUES (1, 'one rate', 'closing_rate(%1$I)'),
	(2, 'five rates', 'closing_rate(%1$I), conversion_rate(%1$I), contact_rate(%1$I), argued_rate(%1$I), sales(%1$I)')) v(n, name, kpis),
	unnest('{cells,full_cells}'::text[]) cells ORDER BY n, cells;

-- adding scorecards up, which the scan does, against looking at each
INSERT INTO cases (name, query, base_name, base, limit_ratio, setting)
SELECT format('rollup(card) of %s%s', cells, ', ' || nullif(by, '')), format('SELECT rollup(card) FROM %s %s', cells, grouped), 'count(card)',
	format('SELECT count(card) FROM %s %s', cells, grouped), CASE WHEN cells = 'cells' THEN ratio END, 'SET kpi.enable_scan = on'
FROM (VALUES (1, '', '', 1.3), (2, '500 groups', 'GROUP BY cell % 500', 2)) v(n, by, grouped, ratio), unnest('{cells,full_cells}'::text[]) cells ORDER BY n, cells;
INSERT INTO cases (name, query, base_name, base, setting)
VALUES ('a rate of each scorecard', 'SELECT contact_rate(card) FROM cells GROUP BY cell', 'count(card)', 'SELECT count(card) FROM cells GROUP BY cell', 'RESET kpi.enable_scan');
