-- One rate, and twenty, against count(column) and against plain SQL.

-- twenty of them, each with the statuses that it counts, and those that it
-- counts them among
CREATE TEMP TABLE by_hand (n serial, name text, numerator text, denominator text);
INSERT INTO by_hand (name, numerator, denominator)
WITH counted(name, condition) AS (VALUES
	('rows', 'X IS NOT NULL'),
	('nothing', 'false'),
	('closed', $$X NOT IN ('no_answer', 'busy', 'machine', 'gatekeeper', 'callback', 'undecided')$$),
	('remaining', $$X IN ('no_answer', 'busy', 'machine', 'gatekeeper', 'callback', 'undecided')$$),
	('wrong', $$X IN ('invalid_number', 'wrong_party')$$),
	('unfit', $$X IN ('off_target')$$),
	('potential', $$X NOT IN ('invalid_number', 'wrong_party', 'off_target')$$),
	('answered', $$X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number')$$),
	('contact', $$X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number', 'wrong_party', 'gatekeeper')$$),
	('argued', $$X IN ('undecided', 'refused', 'appointment', 'no_show', 'sale', 'direct_sale', 'validated_sale')$$),
	('appointment', $$X IN ('appointment', 'no_show', 'sale', 'validated_sale')$$),
	('settled', $$X IN ('no_show', 'sale', 'validated_sale')$$),
	('held', $$X IN ('sale', 'validated_sale')$$),
	('sale', $$X IN ('sale', 'direct_sale', 'validated_sale')$$),
	('refused', $$X IN ('refused', 'declined')$$),
	('refused_argued', $$X IN ('refused')$$),
	('decided', $$X IN ('refused', 'sale', 'direct_sale', 'validated_sale')$$))
SELECT kpi, n.condition, d.condition FROM (VALUES
	('wrong_number_rate', 'wrong', 'rows'),
	('off_target_rate', 'unfit', 'rows'),
	('penetration_rate', 'rows', 'rows'),
	('exploitation_rate', 'closed', 'rows'),
	('remaining_rate', 'remaining', 'rows'),
	('answer_rate', 'answered', 'rows'),
	('contact_rate', 'contact', 'rows'),
	('argued_rate', 'argued', 'contact'),
	('abandon_rate', 'nothing', 'answered'),
	('conversion_rate', 'sale', 'rows'),
	('potential_conversion_rate', 'sale', 'potential'),
	('contact_conversion_rate', 'sale', 'contact'),
	('argued_conversion_rate', 'sale', 'argued'),
	('appointment_rate', 'appointment', 'contact'),
	('refusal_rate', 'refused_argued', 'argued'),
	('contact_refusal_rate', 'refused', 'contact'),
	('win_rate', 'sale', 'decided'),
	('closing_rate', 'held', 'appointment'),
	('settled_closing_rate', 'held', 'settled'),
	('held_closing_rate', 'held', 'held')
) k(kpi, numerator, denominator) JOIN counted n ON n.name = k.numerator JOIN counted d ON d.name = k.denominator;

CREATE TEMP TABLE twenty AS SELECT string_agg(format('%I(o)', name), ', ' ORDER BY n) AS kpis FROM by_hand;

-- over a text or an enum column X
CREATE TEMP TABLE hand AS
SELECT x, replace(string_agg(format('count(*) FILTER (WHERE %s)::float8 / nullif(%s, 0)', numerator,
	CASE denominator WHEN 'X IS NOT NULL' THEN 'count(X)' ELSE format('count(*) FILTER (WHERE %s)', denominator) END), ', ' ORDER BY n), 'X', x) AS kpis
FROM by_hand, unnest('{t,e}'::text[]) x GROUP BY x;

-- both give the same, or nothing here means anything
DO $$
DECLARE
	one record;
	a float8; b float8;
BEGIN
	FOR one IN SELECT * FROM by_hand LOOP
		EXECUTE format('SELECT %I(o) FROM calls', one.name) INTO a;
		EXECUTE replace(format('SELECT count(*) FILTER (WHERE %s)::float8 / nullif(count(*) FILTER (WHERE %s), 0) FROM calls', one.numerator, one.denominator), 'X', 't') INTO b;
		IF a IS DISTINCT FROM b THEN RAISE '%: %, by hand: %', one.name, a, b; END IF;
	END LOOP;
END $$;

INSERT INTO cases (name, query, base_name, base, limit_ratio, setting)
SELECT name || jit, query, base_name, base, limit_ratio, setting FROM (
	SELECT 'one rate' AS name, 'SELECT closing_rate(o) FROM calls' AS query, 'count(outcome)' AS base_name, 'SELECT count(o) FROM calls' AS base, 1.10 AS limit_ratio
	UNION ALL SELECT 'twenty rates', 'SELECT ' || kpis || ' FROM calls', 'count(outcome)', 'SELECT count(o) FROM calls', 1.10 FROM twenty
	UNION ALL SELECT 'twenty rates', 'SELECT ' || t.kpis || ' FROM calls', CASE x WHEN 't' THEN 'by hand over text' ELSE 'by hand over an enum' END,
		'SELECT ' || h.kpis || ' FROM calls', CASE x WHEN 't' THEN 0.125 END FROM twenty t, hand h
) c, (VALUES ('', 'SET jit = off'), (', JIT', 'SET jit = on; SET jit_above_cost = 0; SET jit_optimize_above_cost = 0; SET jit_inline_above_cost = 0')) j(jit, setting);
