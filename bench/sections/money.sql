-- Money, against sum(numeric) by hand.

CREATE UNLOGGED TABLE amounts AS
SELECT i, (h % 1000000 / 100.0)::numeric(10, 2) AS revenue, (h % 700001 / 100.0)::numeric(10, 2) AS cost,
	h::numeric * 123456789.123456789 / 7 AS long_revenue, h::numeric * 987654321.987654321 / 11 AS long_cost
FROM (SELECT i, abs(hashint8(i)) AS h FROM calls) s;
VACUUM ANALYZE amounts;

INSERT INTO cases (name, query, base_name, base, limit_ratio) VALUES
	('margin', 'SELECT margin(revenue, cost) FROM amounts', 'sum(a) - sum(b)', 'SELECT sum(revenue) - sum(cost) FROM amounts', 1),
	('margin, margin rate, ROI', 'SELECT margin(revenue, cost), margin_rate(revenue, cost), roi(revenue, cost) FROM amounts', 'sum(a), sum(b)',
		'SELECT sum(revenue), sum(cost) FROM amounts', 1),
	('revenue', 'SELECT revenue(revenue) FROM amounts', 'sum(a)', 'SELECT sum(revenue) FROM amounts', 1),
	('margin, amounts of 25 digits', 'SELECT margin(long_revenue, long_cost) FROM amounts', 'sum(a) - sum(b)',
		'SELECT sum(long_revenue) - sum(long_cost) FROM amounts', 1),
	('margin, 100,000 groups', 'SELECT sum(m) FROM (SELECT margin(revenue, cost) AS m FROM amounts GROUP BY i % 100000) s', 'sum(a) - sum(b)',
		'SELECT sum(m) FROM (SELECT sum(revenue) - sum(cost) AS m FROM amounts GROUP BY i % 100000) s', 1);
