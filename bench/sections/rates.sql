-- One rate, and twenty, against count(column) and against plain SQL.

CREATE TEMP TABLE twenty AS
SELECT string_agg(format('%I(o)', name), ', ' ORDER BY n) AS kpis FROM (SELECT row_number() OVER () AS n, name FROM kpi_catalog
	WHERE unit = 'fraction' AND to_regprocedure(name || '(outcome)') IS NOT NULL) k WHERE n <= 20;

-- the same twenty by hand, over a text or an enum column X
CREATE TEMP TABLE hand AS SELECT replace($$
	count(*) FILTER (WHERE X IN ('invalid_number', 'wrong_party'))::float8 / nullif(count(X), 0),
	count(*) FILTER (WHERE X IN ('off_target'))::float8 / nullif(count(X), 0),
	count(X)::float8 / nullif(count(X), 0),
	count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'gatekeeper', 'callback', 'undecided'))::float8 / nullif(count(X), 0),
	count(*) FILTER (WHERE X IN ('no_answer', 'busy', 'machine', 'gatekeeper', 'callback', 'undecided'))::float8 / nullif(count(X), 0),
	count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number'))::float8 / nullif(count(X), 0),
	count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number', 'wrong_party', 'gatekeeper'))::float8 / nullif(count(X), 0),
	count(*) FILTER (WHERE X IN ('undecided', 'refused', 'appointment', 'no_show', 'sale', 'direct_sale', 'validated_sale'))::float8
		/ nullif(count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number', 'wrong_party', 'gatekeeper')), 0),
	0::float8 / nullif(count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number')), 0),
	count(*) FILTER (WHERE X IN ('sale', 'direct_sale', 'validated_sale'))::float8 / nullif(count(X), 0),
	count(*) FILTER (WHERE X IN ('sale', 'direct_sale', 'validated_sale'))::float8
		/ nullif(count(X) - count(*) FILTER (WHERE X IN ('invalid_number', 'wrong_party', 'off_target')), 0),
	count(*) FILTER (WHERE X IN ('sale', 'direct_sale', 'validated_sale'))::float8
		/ nullif(count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number', 'wrong_party', 'gatekeeper')), 0),
	count(*) FILTER (WHERE X IN ('sale', 'direct_sale', 'validated_sale'))::float8
		/ nullif(count(*) FILTER (WHERE X IN ('undecided', 'refused', 'appointment', 'no_show', 'sale', 'direct_sale', 'validated_sale')), 0),
	count(*) FILTER (WHERE X IN ('appointment', 'no_show', 'sale', 'validated_sale'))::float8
		/ nullif(count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number', 'wrong_party', 'gatekeeper')), 0),
	count(*) FILTER (WHERE X IN ('refused'))::float8
		/ nullif(count(*) FILTER (WHERE X IN ('undecided', 'refused', 'appointment', 'no_show', 'sale', 'direct_sale', 'validated_sale')), 0),
	count(*) FILTER (WHERE X IN ('refused', 'declined'))::float8
		/ nullif(count(*) FILTER (WHERE X NOT IN ('no_answer', 'busy', 'machine', 'invalid_number', 'wrong_party', 'gatekeeper')), 0),
	count(*) FILTER (WHERE X IN ('sale', 'validated_sale'))::float8 / nullif(count(*) FILTER (WHERE X IN ('appointment', 'no_show', 'sale', 'validated_sale')), 0),
	count(*) FILTER (WHERE X IN ('no_show'))::float8 / nullif(count(*) FILTER (WHERE X IN ('appointment', 'no_show', 'sale', 'validated_sale')), 0),
	count(*) FILTER (WHERE X IN ('validated_sale'))::float8 / nullif(count(*) FILTER (WHERE X IN ('sale', 'direct_sale', 'validated_sale')), 0),
	0::float8 / nullif(count(*) FILTER (WHERE X IN ('sale', 'direct_sale', 'validated_sale')), 0)$$, 'X', x) AS kpis, x
FROM unnest('{t,e}'::text[]) x;

-- both give the same, or nothing here means anything
DO $$
DECLARE
	a text; b text;
BEGIN
	EXECUTE 'SELECT row(' || (SELECT kpis FROM twenty) || ')::text FROM calls' INTO a;
	EXECUTE 'SELECT row(' || (SELECT kpis FROM hand WHERE x = 't') || ')::text FROM calls' INTO b;
	IF a <> b THEN RAISE 'kpi: %, by hand: %', a, b; END IF;
END $$;

INSERT INTO cases (name, query, base_name, base, limit_ratio, setting)
SELECT name || jit, query, base_name, base, limit_ratio, setting FROM (
	SELECT 'one rate' AS name, 'SELECT closing_rate(o) FROM calls' AS query, 'count(outcome)' AS base_name, 'SELECT count(o) FROM calls' AS base, 1.10 AS limit_ratio
	UNION ALL SELECT 'twenty rates', 'SELECT ' || kpis || ' FROM calls', 'count(outcome)', 'SELECT count(o) FROM calls', 1.10 FROM twenty
	UNION ALL SELECT 'twenty rates', 'SELECT ' || t.kpis || ' FROM calls', CASE x WHEN 't' THEN 'by hand over text' ELSE 'by hand over an enum' END,
		'SELECT ' || h.kpis || ' FROM calls', CASE x WHEN 't' THEN 0.125 END FROM twenty t, hand h
) c, (VALUES ('', 'SET jit = off'), (', JIT', 'SET jit = on; SET jit_above_cost = 0; SET jit_optimize_above_cost = 0; SET jit_inline_above_cost = 0')) j(jit, setting);
