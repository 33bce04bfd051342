-- serial = parallel = partitionwise = roll-up = moving window = plain SQL, for
-- the KPIs over time, money and mixes, on seeded data.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA property;
SET LOCAL search_path = property, public, kpi_internal;
-- the plans here are the executor's own
SET LOCAL kpi.enable_scan = off;
SELECT * FROM no_plan();

CREATE FUNCTION noise(salt text, i bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$ SELECT (('x' || substr(md5(salt || i), 1, 7))::bit(28)::int % n) $$;

CREATE TABLE days (id int, g int, talk interval, handle interval, worked interval, t int, h int, w int, n int,
	revenue numeric, cost numeric, o outcome, item text, shift tstzrange) PARTITION BY HASH (id);
CREATE TABLE days_0 PARTITION OF days FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE days_1 PARTITION OF days FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE days_2 PARTITION OF days FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO days
SELECT i, g, t * interval '1 second', h * interval '1 second', w * interval '1 second', t, h, w, n, revenue, cost, o, item,
	CASE WHEN w IS NOT NULL THEN tstzrange(s, s + w * interval '1 second') END
FROM (
	SELECT i, CASE WHEN noise('g', i, 3) = 0 THEN 0 ELSE noise('h', i, 80) END AS g,
		CASE WHEN noise('t', i, 9) > 0 THEN noise('u', i, 20000) END AS t,
		CASE WHEN noise('v', i, 7) > 0 THEN noise('w', i, 5000) END AS h,
		CASE WHEN noise('x', i, 8) > 0 THEN greatest(noise('y', i, 30000) - 3000, 0) END AS w,
		CASE WHEN noise('n', i, 6) > 0 THEN noise('o', i, 100) END AS n,
		CASE WHEN noise('r', i, 4) > 0 THEN noise('s', i, 1000000) / 10.0 ^ noise('q', i, 5) END AS revenue,
		CASE WHEN noise('c', i, 4) > 0 THEN (noise('d', i, 1000000) / 100.0)::numeric(10, 2) END AS cost,
		('{sale,direct_sale,refused,declined,no_answer,cancelled_sale}'::outcome[])[1 + noise('l', i, 7)] AS o,
		('{price,no need,no time,"été",other}'::text[])[1 + noise('m', i, 6)] AS item,
		'2026-01-05 08:00Z'::timestamptz + noise('z', i, 2000) * interval '7 minutes' AS s
	FROM generate_series(1, 9000) i
) r;
INSERT INTO days (id, g) SELECT -i, -1 FROM generate_series(1, 5) i;
ANALYZE days;
CREATE TABLE plain AS TABLE days;
ALTER TABLE plain SET (parallel_workers = 3);
ANALYZE plain;

-- Each KPI, and the same by hand. A sum of which no row knows a part is not known.
CREATE TABLE pair (kpi text, hand text);
INSERT INTO pair VALUES
	('talk_time(talk)', 'sum(talk)'),
	('talk_time(t)', 'sum(talk)'),
	('average_talk_time(t::bigint)', $$(sum(t)::numeric * 1000000 / nullif(count(*) FILTER (WHERE t > 0), 0))::bigint * interval '1 microsecond'$$),
	('average_handle_time(talk, handle)', $$((sum(t) + sum(h))::numeric * 1000000 / nullif(count(*) FILTER (WHERE t > 0), 0))::bigint * interval '1 microsecond'$$),
	('talk_time_per_day(talk, worked)', $$(sum(t)::numeric * 1000000 / nullif(count(*) FILTER (WHERE w > 0), 0))::bigint * interval '1 microsecond'$$),
	('average_wait_time(h)', $$(sum(h)::numeric * 1000000 / nullif(count(h), 0))::bigint * interval '1 microsecond'$$),
	('pause_share(handle, worked)', 'sum(h)::float8 / nullif(sum(w), 0)'),
	('talk_share(talk, worked)', 'sum(t)::float8 / nullif(sum(w), 0)'),
	('talk_share(t::float8, w::float8)', 'sum(t)::float8 / nullif(sum(w), 0)'),
	('occupancy(talk, handle, worked)', '(sum(t) + sum(h))::float8 / nullif(sum(w), 0)'),
	('occupancy(t, h, w)', '(sum(t) + sum(h))::float8 / nullif(sum(w), 0)'),
	('occupancy(t::numeric, h::numeric, w::numeric)', '(sum(t) + sum(h))::float8 / nullif(sum(w), 0)'),
	('calls_per_hour(n, worked)', 'sum(n) * 3600::float8 / nullif(sum(w), 0)'),
	('contacts_per_hour(n, w)', 'sum(n) * 3600::float8 / nullif(sum(w), 0)'),
	('argued_contacts_per_hour(n, w)', 'sum(n) * 3600::float8 / nullif(sum(w), 0)'),
	('appointments_per_hour(n / 4.0, worked)', '(sum(n / 4.0))::float8 * 3600::float8 / nullif(sum(w), 0)'),
	('revenue_per_hour(revenue, worked)', 'sum(revenue) * 3600000000 / nullif(sum(w) * 1000000, 0)'),
	('sales_per_hour(n, w::bigint)', 'sum(n) * 3600::float8 / nullif(sum(w), 0)'),
	('calls_per_day(n, worked)', 'sum(n)::float8 / nullif(count(*) FILTER (WHERE w > 0), 0)'),
	('contacts_per_day(n, w::float8)', 'sum(n)::float8 / nullif(count(*) FILTER (WHERE w > 0), 0)'),
	('sales_per_day(n, w::numeric)', 'sum(n)::float8 / nullif(count(*) FILTER (WHERE w > 0), 0)'),
	('sales_per_fte(n, worked, interval ''151:40'')', 'sum(n)::float8 * 546000 / nullif(sum(w), 0)'),
	('revenue(revenue)', 'sum(revenue)'),
	('cost(cost)', 'sum(cost)'),
	('margin(revenue, cost)', 'sum(revenue) - sum(cost)'),
	('margin_rate(revenue, cost)', '((sum(revenue) - sum(cost)) / nullif(sum(revenue), 0))::float8'),
	('roi(revenue, cost)', '((sum(revenue) - sum(cost)) / nullif(sum(cost), 0))::float8'),
	('margin_roi(revenue, cost)', '((sum(revenue) - sum(cost)) / nullif(sum(cost), 0))::float8'),
	('average_sale(revenue)', 'sum(revenue) / count(revenue)'),
	('cost_per_lead(cost, n)', 'sum(cost) / nullif(sum(n), 0)'),
	('cost_per_call(cost, n)', 'sum(cost) / nullif(sum(n), 0)'),
	('cost_per_contact(cost, n)', 'sum(cost) / nullif(sum(n), 0)'),
	('cost_per_appointment(cost, n)', 'sum(cost) / nullif(sum(n), 0)'),
	('cost_per_sale(cost, n)', 'sum(cost) / nullif(sum(n), 0)'),
	('acquisition_cost(cost, n)', 'sum(cost) / nullif(sum(n), 0)'),
	('worked_time(shift)', $$(SELECT make_interval(secs => sum(extract(epoch FROM upper(u) - lower(u)))::float8) FROM unnest(range_agg(shift)) u)$$),
	('speed_to_lead(lower(shift), upper(shift))', 'rollup(delays(upper(shift) - lower(shift)))'),
	('median_speed_to_lead(lower(shift), upper(shift))', 'median(rollup(delays(upper(shift) - lower(shift))))'),
	('sales_cycle(lower(shift), upper(shift))', 'rollup(delays(upper(shift) - lower(shift)))'),
	('mix(item)', NULL), ('weighted_mix(item, cost)', NULL), ('refusal_reasons(o, item)', NULL),
	('product_mix(o, item)', NULL), ('product_revenue_mix(o, item, revenue)', NULL);
-- range_agg() and multiranges are of 14
UPDATE pair SET hand = NULL WHERE hand LIKE '%range_agg%' AND current_setting('server_version_num')::int < 140000;

SELECT is_empty($$
	SELECT DISTINCT a.aggfnoid::regproc FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
		JOIN kpi_catalog c ON c.name = p.proname
	WHERE pg_get_function_arguments(p.oid) !~ '^(outcome|outcome, lead anyelement|line_type|scorecard|scorecard, fte interval)$'
		AND NOT EXISTS (SELECT FROM pair WHERE kpi LIKE p.proname || '(%')
$$, 'every KPI over time, money, delays and mixes is under test');

CREATE FUNCTION query(relation text, hand boolean) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT g, %s FROM %s GROUP BY g', string_agg(CASE WHEN $2 THEN pair.hand ELSE kpi END || format(' AS %I', kpi), ', '), relation)
	FROM pair WHERE NOT $2 OR pair.hand IS NOT NULL
$$;
CREATE FUNCTION results(query text) RETURNS TABLE (g text, kpi text, value text) LANGUAGE plpgsql AS $$
DECLARE
	found jsonb;
BEGIN
	EXECUTE format('SELECT jsonb_agg(to_jsonb(q)) FROM (%s) q', query) INTO found;
	RETURN QUERY SELECT row->>'g', key, r.value FROM jsonb_array_elements(found) row, jsonb_each_text(row) r(key, value);
END $$;
CREATE FUNCTION plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || format('SELECT jsonb_agg(to_jsonb(q)) FROM (%s) q', query) LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;

SET LOCAL max_parallel_workers_per_gather = 0;
-- doubles are shown to 14 digits, since the order of operations by hand is another
SET LOCAL extra_float_digits = -1;
CREATE TABLE by_hand AS SELECT * FROM results((SELECT query('plain', true)));
CREATE TABLE expected AS SELECT * FROM results((SELECT query('plain', false)));
SELECT is_empty('SELECT * FROM by_hand EXCEPT TABLE expected LIMIT 5', 'serial = by hand');
SELECT is_empty($$SELECT * FROM expected WHERE kpi IN (SELECT kpi FROM pair WHERE hand IS NOT NULL) EXCEPT TABLE by_hand LIMIT 5$$, 'serial = by hand, the other way');
SELECT cmp_ok((SELECT count(*) FROM by_hand), '>', 2000::bigint, 'there is much to compare');

-- mixes by hand
SELECT is_empty(format($$
	SELECT g, item, sum(n) FROM (SELECT %1$s AS g, item, %2$s AS n FROM plain WHERE %3$s) s GROUP BY 1, 2 HAVING sum(n) > 0
	EXCEPT SELECT s.g, i.item, i.amount FROM (SELECT g, %4$s AS m FROM plain GROUP BY g) s, mix_items(m) i$$, 'g', weight, condition, kpi), kpi || ' = by hand')
FROM (VALUES ('mix(item)', '1', 'true'), ('weighted_mix(item, cost)', 'cost', 'true'),
	('refusal_reasons(o, item)', '1', 'reached(o, ''refused'')'), ('product_mix(o, item)', '1', 'reached(o, ''sale'')'),
	('product_revenue_mix(o, item, revenue)', 'revenue', 'reached(o, ''sale'')')) v(kpi, weight, condition);

CREATE FUNCTION same(query text, what text) RETURNS text LANGUAGE sql AS $$
	SELECT is_empty(format('(SELECT * FROM results(%L) EXCEPT TABLE expected) UNION ALL (TABLE expected EXCEPT SELECT * FROM results(%L)) LIMIT 5', query, query), what)
$$;
SET LOCAL enable_hashagg = off;
SELECT matches(plan(query('plain', false)), 'GroupAggregate', 'sorted: the plan');
SELECT same(query('plain', false), 'sorted = serial');
SET LOCAL enable_hashagg = on;
SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SELECT matches(plan(query('plain', false)), 'Finalize.*Gather.*Workers Planned: 3.*Partial.*Parallel Seq Scan', 'parallel: the plan');
SELECT same(query('plain', false), 'parallel = serial');
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT matches(plan(query('days', false)), 'Finalize.*Append.*Partial.*days_0.*Partial.*days_1', 'partitionwise: the plan');
SELECT same(query('days', false), 'partitionwise = serial');

-- Roll-up: the states of parts, through text, merged again
-- The aggregate that an expression calls, as the server finds it.
CREATE FUNCTION called(kpi text) RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
	found oid;
BEGIN
	EXECUTE format('CREATE VIEW property.calling AS SELECT %s AS v FROM plain', kpi);
	SELECT d.refobjid INTO found FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_aggregate a ON a.aggfnoid = d.refobjid
		WHERE d.refclassid = 'pg_proc'::regclass AND r.ev_class = 'property.calling'::regclass;
	DROP VIEW property.calling;
	RETURN found;
END $$;
CREATE FUNCTION rolled_up() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	one record;
	n int := 0;
	parts text[] := '{}';
	finals text[] := '{}';
BEGIN
	FOR one IN SELECT p.kpi, a.*, format_type(aggtranstype, NULL) AS state,
			(SELECT string_agg(format_type(u.type, NULL), ', ' ORDER BY i) FROM unnest(f.proargtypes) WITH ORDINALITY u(type, i)) AS arguments,
			regexp_replace(p.kpi, '^\w+\((.*)\)$', '\1') AS columns
		FROM (SELECT kpi, called(kpi) AS oid FROM pair OFFSET 0) p JOIN pg_aggregate a ON a.aggfnoid = p.oid JOIN pg_proc f ON f.oid = p.oid
	LOOP
		n := n + 1;
		EXECUTE format('CREATE AGGREGATE property.state_%s(%s) (SFUNC = %s, STYPE = %s%s)', n, one.arguments, one.aggtransfn, one.state,
			CASE WHEN one.agginitval IS NULL THEN '' ELSE format(', INITCOND = %L', one.agginitval) END);
		EXECUTE format('CREATE AGGREGATE property.merge_%s(%s) (SFUNC = %s, STYPE = %s%s, FINALFUNC = %s)', n, one.state, one.aggcombinefn, one.state,
			CASE WHEN one.agginitval IS NULL THEN '' ELSE format(', INITCOND = %L', one.agginitval) END, one.aggfinalfn);
		parts := parts || format('property.state_%s(%s)::text AS s%s', n, one.columns, n);
		finals := finals || format('property.merge_%s(s%s::%s) AS %I', n, n, one.state, one.kpi);
	END LOOP;
	RETURN format('SELECT g, %s FROM (SELECT g, id %% 4, %s FROM plain GROUP BY 1, 2) p GROUP BY g', array_to_string(finals, ', '), array_to_string(parts, ', '));
END $$;
SELECT same(rolled_up(), 'rolled up from parts, through text = serial');

-- Moving windows, against the same frame recomputed by a self join
CREATE TABLE sample AS SELECT row_number() OVER (ORDER BY id) AS n0, * FROM plain WHERE id BETWEEN 1 AND 500;
CREATE FUNCTION windowed(frame text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT n0 AS g, %s FROM sample WINDOW win AS (ORDER BY n0 %s)', string_agg(format('%s OVER win AS %I', kpi, kpi), ', '), frame) FROM pair
$$;
CREATE FUNCTION joined(low int, high int) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT a.n0 AS g, %s FROM (SELECT n0 FROM sample) a JOIN LATERAL (SELECT * FROM sample s WHERE s.n0 BETWEEN a.n0 + %s AND a.n0 + %s) b ON true GROUP BY a.n0',
		string_agg(format('%s AS %I', kpi, kpi), ', '), low, high) FROM pair
$$;
SELECT set_eq(format('SELECT * FROM results(%L)', windowed(frame)), format('SELECT * FROM results(%L)', joined(low, high)), 'moving = recomputed: ' || frame)
FROM (VALUES ('ROWS 10 PRECEDING', -10, 0), ('ROWS BETWEEN 3 PRECEDING AND 60 FOLLOWING', -3, 60),
	('ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', -2000, 0), ('ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 0, 2000)) f(frame, low, high);

SELECT * FROM finish();
ROLLBACK;
