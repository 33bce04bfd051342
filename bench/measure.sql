-- Measures the cases of one section, and forgets them.

\pset title :section
\pset footer off
\pset null ''
SELECT name AS case, base_name AS against, to_char(q, 'FM999990.0') AS "case", to_char(b, 'FM999990.0') AS "base",
	CASE WHEN memory THEN 'MB' ELSE 'ms' END AS unit, to_char(q / b, 'FM990.00') AS ratio,
	to_char(limit_ratio, '"<= "FM990.00') AS target, CASE WHEN q / b > limit_ratio THEN 'MISSED' END AS missed
FROM (
	SELECT c.*, CASE WHEN memory THEN peak_memory(query) ELSE m.q END AS q, CASE WHEN memory THEN peak_memory(base) ELSE m.b END AS b
	FROM cases c LEFT JOIN LATERAL measured(query, base, setting) m ON NOT memory
) s ORDER BY id;
TRUNCATE cases;
