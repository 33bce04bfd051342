-- The KPIs over money: values, NULLs, empty groups, errors, and sum(numeric)
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;
\pset null -
-- the last digits of a double differ between systems
SET extra_float_digits = -3;

CREATE TEMP TABLE entry (campaign text, revenue numeric, cost numeric, sold int, customers numeric);
INSERT INTO entry VALUES
	('energy', 1200.50, 400, 3, 2), ('energy', 800, 250.125, 2, 2), ('energy', NULL, 100, NULL, NULL),
	('insurance', 99.90, NULL, 1, 1), ('insurance', 0, NULL, 0, 0),
	('press', NULL, 300.00, 0, 0), ('wine', NULL, NULL, NULL, NULL);

SELECT campaign, revenue(revenue), cost(cost), margin(revenue, cost), margin_rate(revenue, cost), roi(revenue, cost),
	margin_roi(revenue, cost), average_sale(revenue)
FROM entry GROUP BY ROLLUP (campaign) ORDER BY campaign;
SELECT campaign, cost_per_lead(cost, sold), cost_per_call(cost, sold), cost_per_contact(cost, sold), cost_per_appointment(cost, sold), cost_per_sale(cost, sold),
	acquisition_cost(cost, customers)
FROM entry GROUP BY ROLLUP (campaign) ORDER BY campaign;
-- nothing at all
SELECT revenue(revenue), cost(cost), margin(revenue, cost), margin_rate(revenue, cost), roi(revenue, cost),
	margin_roi(revenue, cost), average_sale(revenue), cost_per_sale(cost, sold), acquisition_cost(cost, customers)
FROM entry WHERE false;
-- nothing to divide by
SELECT margin_rate(0, 5), roi(5, 0), margin_roi(5, 0.00), cost_per_sale(5, 0), acquisition_cost(5, 0);
-- a cost that nobody knows is not no cost
SELECT margin(r, c), margin_rate(r, c), roi(r, c) FROM (VALUES (100, NULL::numeric), (50, NULL)) v(r, c);
-- amounts of any kind
SELECT revenue(a::int) AS "integer", revenue(a::bigint) AS "bigint", revenue(a) AS "numeric", revenue(a::float8) AS "float8", revenue(a::smallint) AS "smallint",
	margin(a::float8, 0.1::float8), roi(a::int, 1) FROM (VALUES (3.0), (4)) v(a);
SELECT revenue(a) FROM (VALUES (0.1::float8), (0.2), (1e300), (-1e300)) v(a);
-- a refund is an amount
SELECT revenue(a), average_sale(a) FROM (VALUES (100), (-30.5)) v(a);

-- sums as the server's, to the last zero: numbers of every length and sign
CREATE TEMP TABLE amount AS
SELECT i AS id, i % 40 AS g, CASE i % 11
		WHEN 0 THEN NULL
		WHEN 1 THEN i * 1.10
		WHEN 2 THEN -i
		WHEN 3 THEN i / 7.0
		WHEN 4 THEN (i || '00000000000000000000000000000000000000.5')::numeric
		WHEN 5 THEN -(i || '00000000000000000000000000000000000000.5')::numeric
		WHEN 6 THEN ('0.' || repeat('0', i % 60) || i)::numeric
		WHEN 7 THEN i * 1e15 + 0.01
		WHEN 8 THEN 0.0000
		WHEN 9 THEN 99999999999999999999999999999999999999.99
		ELSE i * 10000.0001 END AS a
FROM generate_series(1, 2000) i;
SELECT count(*) AS groups, count(*) FILTER (WHERE r IS DISTINCT FROM s) AS different
FROM (SELECT ARRAY[revenue(a)::text, average_sale(a)::text, margin(a, b)::text, roi(a, b)::text, margin_rate(a, b)::text, cost_per_sale(a, b)::text] AS r,
		ARRAY[sum(a)::text, (sum(a) / count(a))::text, (sum(a) - sum(b))::text, ((sum(a) - sum(b)) / nullif(sum(b), 0))::float8::text,
			((sum(a) - sum(b)) / nullif(sum(a), 0))::float8::text, (sum(a) / nullif(sum(b), 0))::text] AS s
	FROM (SELECT x.g, x.a, y.a AS b FROM amount x JOIN amount y ON y.id = x.id * 7 % 2000) t GROUP BY g) u;
-- the same in a moving frame, where long decimals and huge numbers come and go
SELECT count(*) AS frames, count(*) FILTER (WHERE r IS DISTINCT FROM s) AS different
FROM (SELECT revenue(a) OVER w ::text AS r, sum(a) OVER w ::text AS s FROM amount
	WINDOW w AS (ORDER BY id ROWS BETWEEN 5 PRECEDING AND 2 FOLLOWING)) t;
-- the numbers that are none
SELECT revenue(a), sum(a), average_sale(a) FROM (VALUES (1.5), ('NaN'), (NULL)) v(a);
SELECT string_agg(coalesce((r = s)::text, '-'), ' ' ORDER BY id) AS same
FROM (SELECT id, revenue(a) OVER w AS r, sum(a) OVER w AS s FROM (VALUES (1, 1.5), (2, 'NaN'), (3, 2.25), (4, NULL), (5, 3)) v(id, a)
	WINDOW w AS (ORDER BY id ROWS 1 PRECEDING)) t;

-- states merge in any split, and go through text and binary
CREATE AGGREGATE money_state(numeric) (SFUNC = kpi_money_accum, STYPE = kpi_money, INITCOND = '{}');
CREATE AGGREGATE money_merge(kpi_money) (SFUNC = kpi_money_combine, STYPE = kpi_money, INITCOND = '{}');
SELECT count(*) AS groups, count(*) FILTER (WHERE kpi_revenue_final(m)::text IS DISTINCT FROM s) AS different
FROM (SELECT g, money_merge(state::text::kpi_money) AS m FROM (SELECT g, id % 5, money_state(a) AS state FROM amount GROUP BY 1, 2) t GROUP BY g) x
	JOIN (SELECT g, sum(a)::text AS s FROM amount GROUP BY g) y USING (g);
SELECT '{1:2:3.50,0:1:-7,0:1:NaN}'::kpi_money, '{0:1:123456789012345678901234567890123456789012.5}'::kpi_money;

-- errors
\set VERBOSITY sqlstate
SELECT '{0:1:2'::kpi_money;
SELECT '{0:1:2}x'::kpi_money;
SELECT '{0:0:2}'::kpi_money;
SELECT '{0:-1:2}'::kpi_money;
SELECT '{256:1:2}'::kpi_money;
SELECT '{0:1:2,0:1:3}'::kpi_money;
SELECT '{0:1:two}'::kpi_money;
SELECT ''::kpi_money;
SELECT kpi_money_accum('{}', 1);
SELECT kpi_money_combine('{}', '{}');
