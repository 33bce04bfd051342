-- One column of each type that kpi's functions return.
SELECT
	conversion_rate(outcome) AS rate,
	sales(outcome) AS count,
	revenue(amount) AS money,
	average_sale(amount) AS mean,
	talk_time(talk) AS duration,
	extract(epoch FROM talk_time(talk))::float8 AS seconds,
	call_slot('2026-03-02 10:30Z', 'Europe/Paris') AS slot,
	max(outcome) AS outcome,
	max(outcome)::text AS outcome_text,
	(array_agg(line))[1] AS line_type,
	(array_agg(line))[1]::text AS line_text,
	ratio(sales(outcome), contacts(outcome)) AS ratio,
	ratio(sales(outcome), contacts(outcome))::float8 AS ratio_value,
	product_mix(outcome, product) AS mix,
	product_mix(outcome, product)::jsonb AS mix_json,
	scorecard_calls(outcome) AS scorecard,
	closing_rate(outcome) AS nothing
FROM (VALUES
	(outcome 'direct_sale', interval '90.5 s', 30.50, 'fibre', line_type 'mobile'),
	('refused', '30 s', NULL, NULL, 'fixed'),
	('no_answer', NULL, NULL, NULL, NULL)) call (outcome, talk, amount, product, line)
