-- Every KPI over scorecards is the one over the rows, to the last bit: over
-- random campaigns, random splits, random orders of merging, by every way to
-- aggregate, and back out of text.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA property;
SET LOCAL search_path = property, public, kpi_internal;
SELECT * FROM no_plan();

CREATE FUNCTION noise(salt text, i bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$ SELECT (('x' || substr(md5(salt || i), 1, 7))::bit(28)::int % n) $$;

-- One table for each unit of analysis: calls, leads, lines, agents' days, money
CREATE TABLE calls AS
SELECT i AS id, noise('g', i, 12) AS g, noise('part', i, 40) AS part, noise('lead', i, 2500) AS lead,
	CASE WHEN noise('n', i, 40) > 0 THEN (enum_like.labels[1 + least(noise('o', i, 27), noise('p', i, 30))])::outcome END AS o,
	(ARRAY['price', 'no need', 'été', 'say "no"', NULL])[1 + noise('r', i, 5)] AS reason,
	('{fibre,mobile,NULL}'::text[])[1 + noise('s', i, 3)] AS product,
	CASE WHEN noise('a', i, 5) > 0 THEN noise('b', i, 100000) / 10.0 ^ noise('c', i, 4) END AS amount
FROM generate_series(1, 9000) i, (SELECT ARRAY['new', 'failed', 'no_answer', 'busy', 'machine', 'exhausted', 'invalid_number', 'blocked', 'abandoned',
	'wrong_party', 'gatekeeper', 'off_target', 'unusable', 'declined', 'do_not_call', 'callback', 'undecided', 'refused', 'appointment', 'no_show', 'held', 'lost',
	'sale', 'direct_sale', 'validated_sale', 'cancelled_sale', 'callback+refused'] AS labels) enum_like;
CREATE TABLE leads AS
SELECT noise('g', lead, 12) AS g, noise('part', lead, 40) AS part, lead, journey(o) AS o,
	('{mobile,mobile,fixed,voip,invalid,NULL}'::line_type[])[1 + noise('line', lead, 6)] AS line
FROM calls GROUP BY lead;
CREATE TABLE days AS
SELECT i AS id, noise('g', i, 12) AS g, noise('part', i, 40) AS part,
	CASE WHEN noise('t', i, 9) > 0 THEN noise('u', i, 20000) * interval '1.000001 s' END AS talk,
	CASE WHEN noise('v', i, 7) > 0 THEN noise('w', i, 5000) * interval '1 s' END AS handle,
	CASE WHEN noise('x', i, 8) > 0 THEN greatest(noise('y', i, 30000) - 3000, 0) * interval '1 s' END AS worked,
	CASE WHEN noise('m', i, 4) > 0 THEN noise('n', i, 1000000) / 10.0 ^ noise('q', i, 5) END AS revenue,
	CASE WHEN noise('c', i, 4) > 0 THEN (noise('d', i, 1000000) / 100.0)::numeric(10, 2) END AS cost,
	CASE WHEN noise('k', i, 4) > 0 THEN noise('l', i, 6) END AS customers,
	CASE WHEN noise('mm', i, 4) > 0 THEN (noise('nn', i, 500000) / 100.0)::numeric(10, 2) END AS margin,
	CASE WHEN noise('ww', i, 5) > 0 THEN noise('wx', i, 900) * interval '1 s' END AS wait,
	CASE WHEN noise('pp', i, 5) > 0 THEN noise('pq', i, 4000) * interval '1 s' END AS pause
FROM generate_series(1, 3000) i;

-- Scorecards of small cells, each section from its own table
CREATE TABLE cells AS
SELECT g, part, scorecard_calls(o) AS card FROM calls GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_reasons(o, reason) FROM calls GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_products(o, product, amount) FROM calls GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_leads(o) FROM leads GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_lines(line) FROM leads GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_time(talk, handle, worked) FROM days GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_money(revenue, cost, customers, margin) FROM days GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_wait(wait) + scorecard_pause(pause) FROM days GROUP BY 1, 2
UNION ALL SELECT g, part, scorecard_delays('speed_to_lead', talk) + scorecard_delays('sales_cycle', worked - handle) FROM days GROUP BY 1, 2;
INSERT INTO cells VALUES (3, 1, NULL), (4, 2, '{}');
ANALYZE cells;

-- Each KPI over the rows, by group
CREATE TABLE expected (g int, kpi text, value text);
CREATE FUNCTION over_rows(kpi text, columns text, relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO expected SELECT g, %L, %I(%s)::text FROM %I GROUP BY g', kpi, kpi, columns, relation);
END $$;
-- whose outcomes each counts
SELECT is(count(over_rows(name, CASE of WHEN 'lines' THEN 'line' ELSE 'o' END, CASE of WHEN 'calls' THEN 'calls' ELSE 'leads' END)::text),
	39::bigint, 'the KPIs over outcomes and lines')
FROM kpi_catalog WHERE to_regprocedure(name || '(outcome)') IS NOT NULL OR to_regprocedure(name || '(line_type)') IS NOT NULL;
-- and of the other unit
CREATE FUNCTION of_the_other(prefix text, kpi text, relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO expected SELECT g, %L, %I(o)::text FROM %I GROUP BY g', prefix || kpi, kpi, relation);
END $$;
SELECT of_the_other('call_', name, 'calls'), of_the_other('lead_', name, 'leads') FROM kpi_catalog WHERE to_regprocedure(name || '(outcome)') IS NOT NULL;
SELECT over_rows(kpi, columns, 'days') FROM (VALUES ('talk_time', 'talk'), ('average_talk_time', 'talk'), ('average_handle_time', 'talk, handle'),
	('talk_share', 'talk, worked'), ('talk_time_per_day', 'talk, worked'), ('average_wait_time', 'wait'), ('pause_share', 'pause, worked'),
	('revenue_per_hour', 'revenue, worked'), ('margin_roi', 'margin, cost'), ('occupancy', 'talk, handle, worked'), ('revenue', 'revenue'), ('cost', 'cost'), ('margin', 'revenue, cost'),
	('margin_rate', 'revenue, cost'), ('roi', 'revenue, cost'), ('average_sale', 'revenue'), ('acquisition_cost', 'cost, customers')) v(kpi, columns);
SELECT over_rows('refusal_reasons', 'o, reason', 'calls'), over_rows('product_mix', 'o, product', 'calls'), over_rows('product_revenue_mix', 'o, product, amount', 'calls');
SELECT over_rows(kpi, format('%1$s, %1$s + (%2$s)', 'timestamptz ''2026-01-01 00:00Z''', delay), 'days')
FROM (VALUES ('speed_to_lead', 'talk'), ('median_speed_to_lead', 'talk'), ('sales_cycle', 'worked - handle')) v(kpi, delay);
-- those that take a count from one table and a sum from another: the count is
-- on one row, since no join may multiply it
CREATE TABLE counted AS
SELECT g, attempted, contact, argued, rows, appointment, sale, NULL::interval AS worked, NULL::numeric AS cost
FROM (SELECT g, calls(o) AS attempted, contacts(o) AS contact, argued_contacts(o) AS argued FROM calls GROUP BY g) c
	JOIN (SELECT g, count(o) AS rows, appointments(o) AS appointment, sales(o) AS sale FROM leads GROUP BY g) l USING (g)
UNION ALL SELECT g, NULL, NULL, NULL, NULL, NULL, NULL, worked, cost FROM days;
SELECT over_rows(kpi, columns, 'counted') FROM (VALUES ('calls_per_hour', 'attempted, worked'), ('contacts_per_hour', 'contact, worked'), ('argued_contacts_per_hour', 'argued, worked'),
	('appointments_per_hour', 'appointment, worked'), ('cost_per_lead', 'cost, rows'), ('sales_per_hour', 'sale, worked'),
	('calls_per_day', 'attempted, worked'), ('contacts_per_day', 'contact, worked'), ('sales_per_day', 'sale, worked'), ('cost_per_call', 'cost, attempted'),
	('cost_per_contact', 'cost, contact'), ('cost_per_appointment', 'cost, appointment'), ('cost_per_sale', 'cost, sale')) v(kpi, columns);

SELECT is_empty($$
	(SELECT p.proname FROM pg_proc p JOIN pg_aggregate ON aggfnoid = p.oid WHERE pg_get_function_arguments(p.oid) = 'scorecard' AND proname <> 'rollup' EXCEPT SELECT kpi FROM expected)
	UNION ALL (SELECT kpi FROM expected EXCEPT SELECT proname FROM pg_proc WHERE pg_get_function_arguments(oid) = 'scorecard')
	UNION ALL (SELECT name FROM kpi_catalog WHERE in_scorecards AND name <> 'sales_per_fte' EXCEPT SELECT kpi FROM expected)$$,
	'every KPI over scorecards is under test, and every KPI that a scorecard can hold is one');
SELECT cmp_ok((SELECT count(*) FROM expected WHERE value IS NOT NULL), '>', 600::bigint, 'there is much to compare');

CREATE FUNCTION over_cards(cards text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT g, kpi, value FROM (SELECT g, %s FROM %s GROUP BY g) q, LATERAL (VALUES %s) v(kpi, value)',
		string_agg(format('%1$I(card)::text AS %1$I', kpi), ', '), cards, string_agg(format('(%L, %I)', kpi, kpi), ', '))
	FROM (SELECT DISTINCT kpi FROM expected) k
$$;
CREATE FUNCTION same(cards text, what text) RETURNS text LANGUAGE sql AS $$
	SELECT set_eq(over_cards(cards), 'TABLE expected', what)
$$;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT same('cells', 'over cells = over rows');
SELECT same(format('(SELECT * FROM cells ORDER BY md5(%L || g || part || coalesce(card::text, ''''))) c', seed), 'in a random order = over rows: ' || seed)
FROM unnest('{one,two,three}'::text[]) seed;
SELECT same(format('(SELECT g, rollup(card) AS card FROM cells GROUP BY g, noise(%L, part, %s)) c', seed, n), format('rolled up in %s random parts = over rows', n))
FROM (VALUES ('a', 1), ('b', 2), ('c', 7), ('d', 30)) v(seed, n);
SELECT same('(SELECT g, card::text::scorecard AS card FROM cells) c', 'through text = over rows');
SET LOCAL enable_hashagg = off;
SELECT same('cells', 'sorted = over rows');
SET LOCAL enable_hashagg = on;
SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
ALTER TABLE cells SET (parallel_workers = 3);
SELECT same('cells', 'in parallel = over rows');
SET LOCAL max_parallel_workers_per_gather = 0;

-- A scorecard of calls made of each lead's journey is that of the leads
SELECT is((SELECT scorecard_journeys(o, lead) FROM calls), (SELECT scorecard_leads(o) FROM leads), 'journeys = leads');
-- one query over all columns = the sections added up
SELECT is((SELECT rollup(card) FROM cells),
	(SELECT scorecard_calls(o) + scorecard_reasons(o, reason) + scorecard_products(o, product, amount) FROM calls)
	+ (SELECT scorecard_leads(o) + scorecard_lines(line) FROM leads)
	+ (SELECT scorecard_time(talk, handle, worked) + scorecard_money(revenue, cost, customers, margin)
		+ scorecard_wait(wait) + scorecard_pause(pause) + scorecard_delays('speed_to_lead', talk) + scorecard_delays('sales_cycle', worked - handle) FROM days), 'the roll-up = the whole');
-- what is added can be taken away, to the same bytes
SELECT is(count(*), 0::bigint, 'a + b - b = a')
FROM (SELECT g, rollup(card) AS a FROM cells GROUP BY g) x, (SELECT g, rollup(card) AS b FROM cells GROUP BY g) y
WHERE a + b - b <> a OR a + b - a <> b OR a + b <> b + a;
-- moving frames
SELECT is(count(*), 0::bigint, 'moving = recomputed')
FROM (SELECT n, rollup(card) OVER w AS r, closing_rate(card) OVER w AS c, cost_per_sale(card) OVER w AS s FROM (SELECT row_number() OVER (ORDER BY g, part, card::text) AS n, card FROM cells WHERE part < 4) z
	WINDOW w AS (ORDER BY n ROWS BETWEEN 7 PRECEDING AND 3 FOLLOWING)) moving
	JOIN LATERAL (SELECT rollup(card) AS r, closing_rate(card) AS c, cost_per_sale(card) AS s FROM (SELECT row_number() OVER (ORDER BY g, part, card::text) AS n, card FROM cells WHERE part < 4) z
		WHERE z.n BETWEEN moving.n - 7 AND moving.n + 3) again ON true
WHERE (moving.c, moving.s::text) IS DISTINCT FROM (again.c, again.s::text) OR moving.r <> again.r;

-- a full-time equivalent's time is a parameter
SELECT set_eq($$SELECT g, sales_per_fte(card, '151:40') FROM cells GROUP BY g$$,
	$$SELECT g, sales_per_fte(sale, worked, '151:40') FROM counted GROUP BY g$$, 'sales per FTE = over rows');
SELECT throws_ok($$SELECT sales_per_fte(card, CASE g WHEN 1 THEN interval '1 hour' ELSE '2 hours' END) FROM cells$$, '22023', NULL, 'an FTE''s time is one');

-- Random cards of random sections: seven parts of each of some wholes
CREATE TABLE parts AS
SELECT whole, noise('p' || whole, n, 7) AS p, rollup(card) AS card
FROM (SELECT row_number() OVER (ORDER BY g, part, card::text COLLATE "C") AS n, card FROM cells) c, generate_series(1, 12) whole
WHERE noise('kept' || whole, n, 5 + 3 * whole) = 0 GROUP BY 1, 2;
SELECT cmp_ok((SELECT count(DISTINCT (card::text::jsonb ? 'calls', card::text::jsonb ? 'leads', card::text::jsonb ? 'lines', card::text::jsonb ? 'time',
	card::text::jsonb ? 'money', card::text::jsonb ? 'reasons', card::text::jsonb ? 'products')) FROM parts), '>', 12::bigint, 'parts have many sets of sections');
-- each KPI of each part that is a ratio of two numbers
CREATE VIEW ratios AS SELECT * FROM kpi_catalog WHERE in_scorecards AND unit <> ALL ('{mix,delays}') AND name <> 'median_speed_to_lead';
CREATE TABLE part_kpis AS
SELECT whole, p, card, k.name, k.denominator IS NOT NULL AS divided, kpi(card, k.name) AS r FROM parts, ratios k;
SELECT set_eq('SELECT DISTINCT name FROM part_kpis WHERE r IS NOT NULL', $$SELECT name FROM ratios WHERE name <> 'sales_per_fte'$$, 'every KPI is in some part, but for the one that takes a parameter');
-- Parts add up to the whole: counts and amounts, and numerators and
-- denominators of all the rest, of those parts that have the KPI.
CREATE VIEW added AS
SELECT whole, name, divided, count(*) AS parts, sum(numerator(r)) AS numerator, sum(denominator(r)) AS denominator, kpi(rollup(card), name) AS r
FROM part_kpis WHERE r IS NOT NULL GROUP BY whole, name, divided;
SELECT is_empty($$SELECT whole, name, numerator, denominator, r FROM added
	WHERE r IS NULL OR abs(numerator - numerator(r)) > 1e-9 * abs(numerator) OR divided AND abs(denominator - denominator(r)) > 1e-9 * abs(denominator)$$, 'parts add up to the whole');
SELECT is_empty($$SELECT whole, name, a.numerator, a.denominator, r FROM added a JOIN kpi_catalog USING (name)
	WHERE unit IN ('fraction', 'count', 'amount') AND of IN ('calls', 'leads', 'lines', 'money') AND (a.numerator <> numerator(r) OR divided AND a.denominator <> denominator(r))$$,
	'counts and amounts exactly');
-- and the parts that do not have it have no part of it, where it is of one section
SELECT is_empty($$
	SELECT whole, name, a.r, w.r FROM added a JOIN kpi_catalog k USING (name) JOIN LATERAL (SELECT kpi(rollup(card), name) AS r FROM parts p WHERE p.whole = a.whole) w ON true
	WHERE (to_regprocedure(name || '(outcome)') IS NOT NULL OR to_regprocedure(name || '(line_type)') IS NOT NULL OR to_regprocedure(name || '(interval)') IS NOT NULL
		OR to_regprocedure(name || '(numeric)') IS NOT NULL) AND (a.r::text <> w.r::text OR w.r IS NULL)$$, 'a KPI of one section is that of the parts with that section');
-- the aggregates say of parts what kpi() says of their sum
CREATE FUNCTION aggregated(kpi text, number text) RETURNS TABLE (whole int, value float8) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT whole, ' || $2 || '::float8 FROM (SELECT whole, %I(card) AS v FROM parts GROUP BY whole) a WHERE v IS NOT NULL', kpi);
END $$;
CREATE TABLE wholes AS SELECT whole, rollup(card) AS card FROM parts GROUP BY whole;
SELECT is_empty($$
	SELECT k.name, w.whole, v.value, kpi(w.card, k.name) FROM ratios k CROSS JOIN wholes w
		LEFT JOIN LATERAL (SELECT * FROM aggregated(k.name, CASE k.unit WHEN 'interval' THEN 'extract(epoch FROM v)' ELSE 'v' END)) v ON v.whole = w.whole
	WHERE k.name <> 'sales_per_fte' AND (coalesce(abs(v.value - kpi(w.card, k.name)::float8) > 1e-6 * abs(v.value), false) OR (v.value IS NULL) <> (kpi(w.card, k.name)::float8 IS NULL))$$,
	'kpi() of the whole = the aggregate over the parts');

-- the rest are the same of parts added up and of the whole
CREATE FUNCTION differs(kpi text, kind text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT whole, rollup(v) AS v FROM (SELECT whole, %1$I(card) AS v FROM parts GROUP BY whole, p) s GROUP BY whole) a
		JOIN (SELECT whole, %1$I(card) AS v FROM wholes GROUP BY whole) b USING (whole) WHERE a.v::%2$I IS DISTINCT FROM b.v', kpi, kind) INTO n;
	RETURN n;
END $$;
SELECT is_empty($$SELECT name FROM kpi_catalog WHERE in_scorecards AND unit IN ('mix', 'delays') AND differs(name, unit) > 0$$, 'mixes and delays of parts add up to those of the whole');

-- Parts of one denominator share it out: each row that belongs to the whole
-- belongs to one of its parts, and the rates add up to 1.
CREATE TABLE sharing (whole text, parts text[]);
INSERT INTO sharing VALUES ('sale', '{net,cancelled,pending}'), ('appointment', '{won,lost,no_show,open}'), ('appointment', '{settled,open}'),
	('settled', '{won,lost,no_show}'), ('rows', '{closed,remaining}'), ('decided', '{sale,argued_refusal}'), ('due', '{held,no_show}');
CREATE TABLE journeys AS
SELECT DISTINCT (labels[1 + noise('a', i, 27)] || '+' || labels[1 + noise('b', i, 27)] || '+' || labels[1 + noise('c', i, 27)] || '+' || labels[1 + noise('d', i, 27)])::outcome AS o
FROM (SELECT ARRAY['new', 'failed', 'no_answer', 'busy', 'machine', 'exhausted', 'invalid_number', 'blocked', 'abandoned',
	'wrong_party', 'gatekeeper', 'off_target', 'unusable', 'declined', 'do_not_call', 'callback', 'undecided', 'refused', 'appointment', 'no_show', 'held', 'lost',
	'sale', 'direct_sale', 'validated_sale', 'cancelled_sale', 'cancelled_direct_sale'] AS labels) l, generate_series(1, 8000) i;
SELECT is_empty(format($$
	SELECT o, n FROM (SELECT o, (SELECT count(*) FROM unnest(%L::text[]) p WHERE reached(o, p) AND reached(o, %L)) AS n FROM journeys) j WHERE n <> reached(o, %L)::int$$,
	parts, whole, whole), format('each of %s is one of %s', whole, parts)) FROM sharing;
SELECT is_empty($$
	SELECT g, net_sale_rate(card) + cancellation_rate(card) + pending_rate(card) AS sales FROM cells GROUP BY g
	HAVING abs(net_sale_rate(card) + cancellation_rate(card) + pending_rate(card) - 1) > 1e-12$$, 'of the sales, each is net, cancelled or pending');
SELECT is_empty($$
	SELECT g FROM leads GROUP BY g
	HAVING abs(closing_rate(o) + no_show_rate(o) + open_rate(o) + rate(o, 'lost', 'appointment') - 1) > 1e-12$$, 'of the appointments, each is won, lost, not kept or open');
SELECT is_empty($$SELECT g FROM cells GROUP BY g HAVING abs(exploitation_rate(card) + remaining_rate(card) - 1) > 1e-12$$, 'of the leads, each is closed or not');
-- no section stands in for another
SELECT is(to_jsonb(r), '{"sales": null, "calls": 1, "call_sales": 1, "lead_calls": null, "conversion_rate": null, "call_conversion_rate": 1, "sales_per_hour": null, "calls_per_hour": 1}'::jsonb, 'a KPI is of one unit')
FROM (SELECT sales(card), calls(card), call_sales(card), lead_calls(card), conversion_rate(card), call_conversion_rate(card), sales_per_hour(card), calls_per_hour(card)
	FROM (SELECT scorecard_calls('sale') + scorecard_time(NULL, NULL, interval '1 hour') AS card) c) r;

-- kpi(), the report and the aggregates agree
SELECT is_empty($$
	SELECT r.kpi, r.value, e.value FROM (SELECT g, rollup(card) AS card FROM cells GROUP BY g) c, kpi_report(card) r JOIN expected e ON e.kpi = r.kpi
	WHERE e.g = c.g AND r.unit <> 'seconds' AND (r.value IS NULL) <> (e.value IS NULL)
		OR e.g = c.g AND r.unit = 'fraction' AND abs(r.value - e.value::numeric) > 0.00005
		OR e.g = c.g AND r.denominator <> 0 AND r.unit = 'fraction' AND e.value::float8 <> kpi(card, r.kpi)::float8$$, 'the report and kpi() agree with the aggregates');

SELECT * FROM finish();
ROLLBACK;
