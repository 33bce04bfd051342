-- Moving frames: the cost of a row must not grow with the frame.

CREATE UNLOGGED TABLE IF NOT EXISTS few AS SELECT * FROM calls WHERE i <= 500000;
INSERT INTO cases (name, query, base_name, base, limit_ratio)
SELECT format('frame of %s rows', n), format('SELECT closing_rate(o) OVER (ORDER BY i ROWS %s PRECEDING) FROM few', n),
	'frame of 10 rows', 'SELECT closing_rate(o) OVER (ORDER BY i ROWS 10 PRECEDING) FROM few', 1.3
FROM unnest('{100,1000,10000,100000}'::int[]) n
UNION ALL SELECT 'frame of 1000 rows', 'SELECT closing_rate(o) OVER (ORDER BY i ROWS 1000 PRECEDING) FROM few',
	'avg(int) over the same frame', 'SELECT avg(g50) OVER (ORDER BY i ROWS 1000 PRECEDING) FROM few', NULL
UNION ALL SELECT 'frame of 1000 rows', 'SELECT closing_rate(o) OVER (ORDER BY i ROWS 1000 PRECEDING) FROM few',
	'count(o) over the same frame', 'SELECT count(o) OVER (ORDER BY i ROWS 1000 PRECEDING) FROM few', 1.3;
