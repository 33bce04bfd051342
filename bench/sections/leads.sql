-- Rates per lead against the two-step GROUP BY.

INSERT INTO cases (name, query, base_name, base, limit_ratio)
SELECT format('lead_conversion_rate, %s leads', what), format('SELECT lead_conversion_rate(o, %s) FROM calls', lead), 'two-step GROUP BY',
	format('SELECT conversion_rate(o) FROM (SELECT journey(o) AS o FROM calls GROUP BY %s) s', lead), 1
FROM (VALUES ('bigint', 'lead'), ('text', 'lead_text')) v(what, lead);
