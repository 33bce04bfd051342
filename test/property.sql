-- serial = parallel = partitionwise = roll-up of states = moving window =
-- plain SQL, for every KPI over outcomes, leads and lines, on seeded data, with
-- plans that EXPLAIN proves to be what they claim.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA property;
SET LOCAL search_path = property, public, kpi_internal;
-- the plans here are the executor's own
SET LOCAL kpi.enable_scan = off;
SELECT * FROM no_plan();

-- The catalogue's table of labels, typed here once more and in other words:
-- how far each label comes, and its attributes.
CREATE TABLE vocabulary (label text, reach text[], attributes text[]);
INSERT INTO vocabulary
SELECT label, CASE progress
		WHEN 'nothing' THEN '{}'::text[]
		WHEN 'attempted' THEN '{attempted}'
		WHEN 'answered' THEN '{attempted,answered}'
		WHEN 'contact' THEN '{attempted,answered,contact}'
		WHEN 'argued' THEN '{attempted,answered,contact,argued}'
		WHEN 'appointment' THEN '{attempted,answered,contact,argued,appointment}'
		WHEN 'held' THEN '{attempted,answered,contact,argued,appointment,held}'
		WHEN 'sale' THEN '{attempted,answered,contact,argued,appointment,held,sale}'
		WHEN 'direct' THEN '{attempted,answered,contact,argued,sale}'
		WHEN 'valid' THEN '{attempted,answered,contact,argued,appointment,held,sale,validated}'
		WHEN 'valid direct' THEN '{attempted,answered,contact,argued,sale,validated}'
	END, attributes::text[]
FROM (VALUES ('new', 'nothing', '{}'), ('attempted', 'attempted', '{}'), ('failed', 'attempted', '{failed}'),
	('no_answer', 'attempted', '{no_answer}'), ('busy', 'attempted', '{busy}'), ('machine', 'attempted', '{machine}'),
	('exhausted', 'attempted', '{no_answer,closed}'), ('invalid_number', 'attempted', '{invalid_number,closed}'),
	('blocked', 'nothing', '{do_not_call,closed}'), ('answered', 'answered', '{}'), ('abandoned', 'answered', '{abandoned}'),
	('wrong_party', 'answered', '{wrong_party,closed}'), ('gatekeeper', 'answered', '{gatekeeper}'), ('contact', 'contact', '{}'),
	('off_target', 'contact', '{off_target,closed}'), ('unusable', 'contact', '{unusable,closed}'),
	('declined', 'contact', '{refused,closed}'), ('do_not_call', 'contact', '{refused,do_not_call,closed}'),
	('callback', 'contact', '{callback}'), ('argued', 'argued', '{}'), ('undecided', 'argued', '{undecided}'),
	('refused', 'argued', '{refused,closed}'), ('appointment', 'appointment', '{closed}'),
	('no_show', 'appointment', '{no_show,closed}'), ('held', 'held', '{closed}'), ('lost', 'held', '{refused,closed}'), ('sale', 'sale', '{closed}'),
	('direct_sale', 'direct', '{closed}'), ('validated_sale', 'valid', '{closed}'), ('validated_direct_sale', 'valid direct', '{closed}'),
	('cancelled_sale', 'sale', '{cancelled,closed}'), ('cancelled_direct_sale', 'direct', '{cancelled,closed}')
) v(label, progress, attributes);

-- A number in [0, n) that looks random and is the same on every server.
CREATE FUNCTION noise(salt text, i bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$ SELECT (('x' || substr(md5(salt || i), 1, 7))::bit(28)::int % n) $$;

-- Calls: one huge group, some small ones, some with NULLs; a tenth of the rows
-- has several labels.
CREATE TABLE calls (id int, g int, lead bigint, who text, labels text[], o outcome) PARTITION BY HASH (lead);
CREATE TABLE calls_0 PARTITION OF calls FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE calls_1 PARTITION OF calls FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE calls_2 PARTITION OF calls FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO calls
SELECT id, g, lead, 'lead ' || lead, labels, CASE WHEN labels[1] <> '' THEN array_to_string(labels, '+')::outcome END
FROM (
	SELECT i AS id, CASE WHEN noise('g', i, 2) = 0 THEN 0 ELSE noise('h', i, 4000) / (1 + noise('j', i, 40)) END AS g,
		CASE WHEN noise('n', i, 50) > 0 THEN noise('l', i, 9000)::bigint END AS lead,
		CASE WHEN noise('o', i, 30) = 0 THEN '{""}'
			WHEN noise('p', i, 10) = 0 THEN ARRAY[l[1 + noise('a', i, 32)], l[1 + noise('b', i, 32)], l[1 + noise('c', i, 32)]]
			ELSE ARRAY[l[1 + least(noise('a', i, 32), noise('d', i, 40))]] END AS labels
	FROM generate_series(1, 40000) i, (SELECT array_agg(label ORDER BY label COLLATE "C") AS l FROM vocabulary) v
) s;
-- groups that are empty but for NULLs
INSERT INTO calls SELECT -i, -1, i, 'lead ' || i, '{""}', NULL FROM generate_series(1, 5) i;
INSERT INTO calls SELECT -i, -2, NULL, NULL, '{sale}', 'sale' FROM generate_series(6, 9) i;
ANALYZE calls;
CREATE TABLE plain_calls AS TABLE calls;
ALTER TABLE plain_calls SET (parallel_workers = 3);
ANALYZE plain_calls;

-- The facts by hand: what each row, and each lead of a group, has reached.
CREATE VIEW row_facts AS
SELECT g, id, array_agg(m) FILTER (WHERE m IS NOT NULL) AS has
FROM plain_calls, unnest(labels) l JOIN vocabulary v ON v.label = l LEFT JOIN LATERAL unnest(reach || attributes) m ON true
GROUP BY g, id;
CREATE VIEW lead_facts AS
SELECT g, lead, array_agg(DISTINCT m) FILTER (WHERE m IS NOT NULL) AS has
FROM plain_calls, unnest(labels) l JOIN vocabulary v ON v.label = l LEFT JOIN LATERAL unnest(reach || attributes) m ON true
WHERE lead IS NOT NULL GROUP BY g, lead;

-- The formulas by hand, over any table of facts.
CREATE FUNCTION by_hand(facts text, condition text DEFAULT 'true') RETURNS TABLE (g int, kpi text, value float8) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		WITH counted AS (
			SELECT g, count(*)::float8 AS n,
				count(*) FILTER (WHERE 'attempted' = ANY (has))::float8 AS attempted,
				count(*) FILTER (WHERE 'answered' = ANY (has))::float8 AS answered,
				count(*) FILTER (WHERE 'contact' = ANY (has))::float8 AS contact,
				count(*) FILTER (WHERE 'argued' = ANY (has))::float8 AS argued,
				count(*) FILTER (WHERE 'appointment' = ANY (has))::float8 AS appointment,
				count(*) FILTER (WHERE 'sale' = ANY (has))::float8 AS sale,
				count(*) FILTER (WHERE 'closed' = ANY (has))::float8 AS closed,
				count(*) FILTER (WHERE has && '{invalid_number,wrong_party}' AND NOT 'contact' = ANY (has))::float8 AS wrong,
				count(*) FILTER (WHERE has && '{off_target,unusable}')::float8 AS unfit,
				count(*) FILTER (WHERE 'do_not_call' = ANY (has) AND NOT 'attempted' = ANY (has))::float8 AS blocked,
				count(*) FILTER (WHERE 'abandoned' = ANY (has))::float8 AS abandoned,
				count(*) FILTER (WHERE 'refused' = ANY (has) AND NOT 'sale' = ANY (has))::float8 AS refused,
				count(*) FILTER (WHERE has @> '{refused,argued}' AND NOT 'sale' = ANY (has))::float8 AS argued_refused,
				count(*) FILTER (WHERE has @> '{sale,appointment}')::float8 AS closing,
				count(*) FILTER (WHERE 'held' = ANY (has))::float8 AS held,
				count(*) FILTER (WHERE has @> '{sale,held}')::float8 AS held_sale,
				count(*) FILTER (WHERE 'no_show' = ANY (has) AND NOT has && '{held,sale}')::float8 AS no_show,
				count(*) FILTER (WHERE 'appointment' = ANY (has) AND NOT has && '{sale,refused}' AND ('held' = ANY (has) OR NOT 'no_show' = ANY (has)))::float8 AS open,
				count(*) FILTER (WHERE 'cancelled' = ANY (has) AND NOT 'validated' = ANY (has))::float8 AS cancelled,
				count(*) FILTER (WHERE 'sale' = ANY (has) AND NOT has && '{validated,cancelled}')::float8 AS pending,
				count(*) FILTER (WHERE 'validated' = ANY (has))::float8 AS net
			FROM (SELECT g, coalesce(has, '{}') AS has FROM %I WHERE %s) f GROUP BY g
		)
		SELECT g, v.* FROM counted, LATERAL (VALUES
			('wrong_number_rate', wrong / nullif(attempted, 0)), ('off_target_rate', unfit / nullif(attempted, 0)),
			('penetration_rate', attempted / n), ('exploitation_rate', closed / n), ('remaining_rate', (n - closed) / n),
			('answer_rate', answered / nullif(attempted, 0)), ('contact_rate', contact / nullif(attempted, 0)),
			('argued_rate', argued / nullif(contact, 0)), ('abandon_rate', abandoned / nullif(answered, 0)),
			('conversion_rate', sale / n), ('potential_conversion_rate', sale / nullif(n - wrong - unfit - blocked, 0)),
			('contact_conversion_rate', sale / nullif(contact, 0)), ('argued_conversion_rate', sale / nullif(argued, 0)),
			('appointment_rate', appointment / nullif(contact, 0)), ('refusal_rate', argued_refused / nullif(argued, 0)),
			('contact_refusal_rate', refused / nullif(contact, 0)), ('closing_rate', closing / nullif(appointment, 0)),
			('no_show_rate', no_show / nullif(appointment, 0)), ('net_sale_rate', net / nullif(sale, 0)),
			('win_rate', sale / nullif(sale + argued_refused, 0)), ('settled_closing_rate', closing / nullif(appointment - open, 0)),
			('held_closing_rate', held_sale / nullif(held, 0)), ('held_rate', held / nullif(held + no_show, 0)), ('open_rate', open / nullif(appointment, 0)),
			('pending_rate', pending / nullif(sale, 0)), ('open_appointments', open),
			('cancellation_rate', cancelled / nullif(sale, 0)), ('net_conversion_rate', net / n),
			('calls', attempted), ('answers', answered), ('contacts', contact), ('argued_contacts', argued),
			('appointments', appointment), ('sales', sale), ('net_sales', net), ('refusals', refused)) v
	$q$, facts, condition);
END $$;

-- The KPIs over outcomes that there are, each with its twin.
CREATE TABLE kpis AS SELECT p.proname AS kpi FROM pg_proc p JOIN pg_aggregate ON aggfnoid = p.oid
WHERE pg_get_function_arguments(p.oid) = 'outcome' AND p.proname IN (SELECT name FROM kpi_catalog);

-- One query with all of them: plain, per lead by number and by text.
CREATE FUNCTION all_kpis(relation text, by_group boolean DEFAULT true) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT %s, %s FROM %s %s', CASE WHEN by_group THEN 'g' ELSE 'NULL::int AS g' END,
		string_agg(format('%1$I(o) AS %1$I, lead_%1$s(o, lead) AS lead_%1$s, lead_%1$s(o, who) AS who_%1$s', kpi), ', '),
		relation, CASE WHEN by_group THEN 'GROUP BY g' ELSE '' END) FROM kpis
$$;
-- Its result as rows of (g, kpi, value), with zero counts and NULLs left out
-- alike, since a group without a counted row is no row by hand.
CREATE FUNCTION results(query text) RETURNS TABLE (g int, kpi text, value float8) LANGUAGE plpgsql AS $$
DECLARE
	found jsonb;
BEGIN
	-- into a variable first: a cursor would not run in parallel
	EXECUTE format('SELECT jsonb_agg(to_jsonb(q)) FROM (%s) q', query) INTO found;
	RETURN QUERY SELECT (row->>'g')::int, key, nullif(r.value, 'null')::float8
		FROM jsonb_array_elements(found) row, jsonb_each_text(row) r(key, value)
		WHERE key <> 'g' AND r.value IS NOT NULL;
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

CREATE TABLE expected AS
SELECT g, kpi, value FROM by_hand('row_facts') WHERE value IS NOT NULL
UNION ALL SELECT g, prefix || kpi, value FROM by_hand('lead_facts'), unnest('{lead_,who_}'::text[]) prefix WHERE value IS NOT NULL
-- groups that nothing counts in: their counts are zero
UNION ALL SELECT e.g, e.kpi, 0 FROM (
		SELECT g.g, p.prefix || kpi AS kpi FROM (SELECT DISTINCT g FROM plain_calls) g, kpis, unnest('{"",lead_,who_}'::text[]) p(prefix)
		WHERE kpi !~ '_rate$') e
	WHERE NOT EXISTS (SELECT FROM row_facts r WHERE r.g = e.g AND e.kpi !~ '^(lead|who)_')
		AND NOT EXISTS (SELECT FROM lead_facts l WHERE l.g = e.g AND e.kpi ~ '^(lead|who)_');
SELECT cmp_ok((SELECT count(*) FROM kpis), '>=', 29::bigint, 'all KPIs are under test');
SELECT cmp_ok((SELECT count(*) FROM expected), '>', 50000::bigint, 'there is much to compare');

-- What differs between the two, either way.
CREATE FUNCTION same(query text, what text) RETURNS text LANGUAGE sql AS $$
	SELECT is_empty(format('(SELECT * FROM results(%L) EXCEPT TABLE expected) UNION ALL (TABLE expected EXCEPT SELECT * FROM results(%L)) LIMIT 5', query, query), what)
$$;

SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_sort = off;
SELECT matches(plan(all_kpis('plain_calls')), 'HashAggregate', 'serial, hashed: the plan');
SELECT same(all_kpis('plain_calls'), 'serial, hashed = by hand');
SET LOCAL enable_sort = on;
SET LOCAL enable_hashagg = off;
SELECT matches(plan(all_kpis('plain_calls')), 'GroupAggregate', 'serial, sorted: the plan');
SELECT same(all_kpis('plain_calls'), 'serial, sorted = by hand');
SET LOCAL enable_hashagg = on;

SET LOCAL work_mem = '64kB';
SELECT same(all_kpis('plain_calls'), 'spilled to disk = by hand');
SET LOCAL work_mem = '64MB';

SET LOCAL max_parallel_workers_per_gather = 3;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SELECT matches(plan(all_kpis('plain_calls')), 'Finalize.*Gather.*Workers Planned: 3.*Partial.*Parallel Seq Scan', 'parallel: the plan');
SELECT same(all_kpis('plain_calls'), 'parallel = by hand');
SET LOCAL parallel_leader_participation = on;
SELECT same(all_kpis('plain_calls'), 'parallel with the leader = by hand');

SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_partitionwise_aggregate = on;
-- PostgreSQL 13 charges for combining each aggregate, though they share a state
SET LOCAL cpu_operator_cost = 0;
SELECT matches(plan(all_kpis('calls')), 'Finalize.*Append.*Partial.*calls_0.*Partial.*calls_1.*Partial.*calls_2', 'partitionwise: the plan');
SELECT same(all_kpis('calls'), 'partitionwise = by hand');
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT matches(plan(all_kpis('calls')), 'Finalize.*Gather.*Append.*Partial', 'partitionwise in parallel: the plan');
SELECT same(all_kpis('calls'), 'partitionwise in parallel = by hand');
SET LOCAL cpu_operator_cost = 0.0025;
SET LOCAL max_parallel_workers_per_gather = 0;

-- Ungrouped, and as a grand total over groups
CREATE VIEW all_rows AS SELECT 0 AS g, has FROM row_facts;
CREATE VIEW all_leads AS SELECT 0 AS g, lead, array_agg(DISTINCT m) FILTER (WHERE m IS NOT NULL) AS has
	FROM lead_facts LEFT JOIN LATERAL unnest(has) m ON true GROUP BY lead;
CREATE TABLE total AS
SELECT NULL::int AS g, kpi, value FROM by_hand('all_rows') WHERE value IS NOT NULL
UNION ALL SELECT NULL, prefix || kpi, value FROM by_hand('all_leads'), unnest('{lead_,who_}'::text[]) prefix WHERE value IS NOT NULL;
SELECT set_eq(format('SELECT * FROM results(%L)', all_kpis('plain_calls', false)), 'TABLE total', 'ungrouped = by hand');
SELECT set_eq(format('SELECT * FROM results(%L) WHERE g IS NULL', replace(all_kpis('plain_calls'), 'GROUP BY g', 'GROUP BY ROLLUP (g)')),
	'TABLE total', 'the total of a rollup = by hand');

-- Roll-up of states, through their text and their binary form
CREATE AGGREGATE state_of(outcome) (SFUNC = kpi_tally_accum, STYPE = kpi_tally, INITCOND = '{}');
CREATE AGGREGATE merge(kpi_tally) (SFUNC = kpi_tally_combine, STYPE = kpi_tally, INITCOND = '{}', COMBINEFUNC = kpi_tally_combine);
CREATE TABLE states AS SELECT g, id % 7 AS part, state_of(o) AS state FROM plain_calls GROUP BY 1, 2;
CREATE FUNCTION rolled_up(state text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT g, %s FROM (SELECT g, merge(%s) AS m FROM states GROUP BY g) s',
		string_agg(format('kpi_%1$s_final(m) AS %1$I', kpi), ', '), state) FROM kpis
$$;
CREATE VIEW expected_plain AS SELECT * FROM expected WHERE kpi !~ '^(lead|who)_';
SELECT set_eq(format('SELECT * FROM results(%L)', rolled_up('state')), 'TABLE expected_plain', 'rolled up from parts = by hand');
SELECT set_eq(format('SELECT * FROM results(%L)', rolled_up('state::text::kpi_tally')), 'TABLE expected_plain', 'through text = by hand');
SELECT is_empty('SELECT * FROM states WHERE state::text <> state::text::kpi_tally::text OR kpi_tally_send(state) <> kpi_tally_send(state::text::kpi_tally)',
	'text and binary forms depend on the counts alone');

-- Moving windows: frames that grow, shrink, slide, skip and are empty
CREATE TABLE sample AS SELECT row_number() OVER (ORDER BY id) AS n, o, labels, lead, CASE WHEN id % 3 = 0 THEN 1 ELSE 2 END AS p
	FROM plain_calls WHERE id BETWEEN 1 AND 1500;
CREATE FUNCTION windowed(frame text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT n::int AS g, %s FROM sample WINDOW w AS (PARTITION BY p ORDER BY n %s)',
		string_agg(format('%1$I(o) OVER w AS %1$I', kpi), ', '), frame) FROM kpis
$$;
-- the same frame, every row's own aggregate over a self join
CREATE FUNCTION joined(low int, high int) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT a.n::int AS g, %s FROM (SELECT *, row_number() OVER (PARTITION BY p ORDER BY n) AS k FROM sample) a
		LEFT JOIN (SELECT *, row_number() OVER (PARTITION BY p ORDER BY n) AS k FROM sample) b
		ON b.p = a.p AND b.k BETWEEN a.k + %s AND a.k + %s GROUP BY a.n',
		string_agg(format('%1$I(b.o) AS %1$I', kpi), ', '), low, high) FROM kpis
$$;
SELECT matches(plan(windowed('ROWS 10 PRECEDING')), 'WindowAgg', 'moving: the plan');
SELECT set_eq(format('SELECT * FROM results(%L)', windowed(frame)), format('SELECT * FROM results(%L)', joined(low, high)), 'moving = recomputed: ' || frame)
FROM (VALUES ('ROWS 10 PRECEDING', -10, 0), ('ROWS BETWEEN 400 PRECEDING AND 100 PRECEDING', -400, -100),
	('ROWS BETWEEN 3 PRECEDING AND 300 FOLLOWING', -3, 300), ('ROWS BETWEEN 2 FOLLOWING AND 4 FOLLOWING', 2, 4),
	('ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW', -2000, 0), ('ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 0, 2000)) f(frame, low, high);
-- the free rate, per row and per lead, moving too
SELECT set_eq(
	'SELECT n, rate(o, ''refused'', ''argued'') OVER w, lead_rate(o, lead, ''refused'', ''argued'') OVER w FROM sample WINDOW w AS (ORDER BY n ROWS 50 PRECEDING)',
	'SELECT a.n, rate(b.o, ''refused'', ''argued''), lead_rate(b.o, b.lead, ''refused'', ''argued'') FROM sample a JOIN sample b ON b.n BETWEEN a.n - 50 AND a.n GROUP BY a.n',
	'the free rate, moving = recomputed');
SELECT set_eq(
	'SELECT g, rate(o, ''sale'', ''argued''), lead_rate(o, lead, ''sale'', ''argued'') FROM plain_calls GROUP BY g',
	'SELECT g, argued_with_sale / nullif(argued, 0) AS a, lead_argued_with_sale / nullif(lead_argued, 0) AS b
		FROM (SELECT DISTINCT g FROM plain_calls) c
		LEFT JOIN (SELECT g, count(*) FILTER (WHERE has @> ''{argued,sale}'')::float8 AS argued_with_sale, count(*) FILTER (WHERE ''argued'' = ANY (has))::float8 AS argued FROM row_facts GROUP BY g) r USING (g)
		LEFT JOIN (SELECT g, count(*) FILTER (WHERE has @> ''{argued,sale}'')::float8 AS lead_argued_with_sale, count(*) FILTER (WHERE ''argued'' = ANY (has))::float8 AS lead_argued FROM lead_facts GROUP BY g) l USING (g)',
	'the free rate = by hand');

-- A lead may be a row, where the server hashes those
CREATE FUNCTION of_rows(lead text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT NULL::int AS g, lead_calls(o, %1$s) AS calls, lead_closing_rate(o, %1$s) AS rate FROM plain_calls WHERE lead IS NOT NULL', lead)
$$;
CREATE FUNCTION same_of_rows(what text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN current_setting('server_version_num')::int >= 140000
		THEN set_eq(format('SELECT * FROM results(%L)', of_rows('(g, lead)')), format('SELECT * FROM results(%L)', of_rows('g || '' '' || lead')), what)
		ELSE throws_ok(of_rows('(g, lead)'), '42883', 'could not identify a hash function for type record', what) END
$$;
SELECT same_of_rows('leads that are rows');
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT matches(plan(of_rows('(g, lead)')), 'Finalize.*Gather.*Partial.*Parallel Seq Scan', 'leads that are rows, in parallel: the plan');
SELECT same_of_rows('leads that are rows, in parallel');
SELECT set_eq(format('SELECT * FROM results(%L)', of_rows('(g, lead)::text')), format('SELECT * FROM results(%L)', of_rows('g || '' '' || lead')), 'and as text, everywhere');
SET LOCAL max_parallel_workers_per_gather = 0;

-- The same of the KPIs over lines
CREATE TABLE lines (id int, g int, line text, l line_type) PARTITION BY HASH (id);
CREATE TABLE lines_0 PARTITION OF lines FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE lines_1 PARTITION OF lines FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO lines
SELECT i, g, line, line::line_type FROM (
	SELECT i, CASE WHEN noise('lg', i, 3) = 0 THEN 0 ELSE noise('lh', i, 500) / (1 + noise('lj', i, 9)) END AS g,
		('{mobile,mobile,mobile,fixed,fixed,fixed_or_mobile,voip,special,unknown,invalid,NULL}'::text[])[1 + noise('l', i, 11)] AS line
	FROM generate_series(1, 20000) i) s;
INSERT INTO lines SELECT -i, -1, NULL, NULL FROM generate_series(1, 3) i;
ANALYZE lines;
CREATE TABLE plain_lines AS TABLE lines;
ALTER TABLE plain_lines SET (parallel_workers = 3);
ANALYZE plain_lines;
CREATE FUNCTION line_kpis(relation text) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT g, %s FROM %s GROUP BY g', string_agg(format('%1$I(l) AS %1$I', p.proname), ', '), relation)
	FROM pg_proc p JOIN pg_aggregate ON aggfnoid = p.oid
	WHERE pg_get_function_arguments(p.oid) = 'line_type' AND p.proname IN (SELECT name FROM kpi_catalog)
$$;
CREATE TABLE expected_lines AS
SELECT g, kpi, value FROM (
		SELECT g, count(line)::float8 AS n, count(*) FILTER (WHERE line = 'mobile')::float8 AS mobile,
			count(*) FILTER (WHERE line = 'fixed')::float8 AS fixed, count(*) FILTER (WHERE line = 'invalid')::float8 AS invalid
		FROM plain_lines GROUP BY g) counted,
	LATERAL (VALUES ('mobile_rate', mobile / nullif(n, 0)), ('known_mobile_rate', mobile / nullif(mobile + fixed, 0)),
		('invalid_line_rate', invalid / nullif(n, 0))) v(kpi, value)
WHERE value IS NOT NULL;
SELECT cmp_ok((SELECT count(*) FROM expected_lines), '>', 1000::bigint, 'lines: there is much to compare');
CREATE FUNCTION same_lines(relation text, what text) RETURNS text LANGUAGE sql AS $$
	SELECT set_eq(format('SELECT * FROM results(%L)', line_kpis(relation)), 'TABLE expected_lines', 'lines: ' || what)
$$;

SET LOCAL enable_partitionwise_aggregate = off;
SELECT same_lines('plain_lines', 'serial = by hand');
SET LOCAL enable_hashagg = off;
SELECT same_lines('plain_lines', 'sorted = by hand');
SET LOCAL enable_hashagg = on;
SET LOCAL max_parallel_workers_per_gather = 3;
SELECT matches(plan(line_kpis('plain_lines')), 'Finalize.*Gather.*Partial.*Parallel Seq Scan', 'lines: parallel: the plan');
SELECT same_lines('plain_lines', 'parallel = by hand');
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT matches(plan(line_kpis('lines')), 'Finalize.*Append.*Partial.*lines_0.*Partial.*lines_1', 'lines: partitionwise: the plan');
SELECT same_lines('lines', 'partitionwise = by hand');

CREATE AGGREGATE line_state_of(line_type) (SFUNC = kpi_line_tally_accum, STYPE = kpi_line_tally, INITCOND = '{}');
CREATE AGGREGATE line_merge(kpi_line_tally) (SFUNC = kpi_line_tally_combine, STYPE = kpi_line_tally, INITCOND = '{}');
CREATE TABLE line_states AS SELECT g, id % 7 AS part, line_state_of(l) AS state FROM plain_lines GROUP BY 1, 2;
SELECT set_eq(format($$SELECT * FROM results('SELECT g, kpi_mobile_rate_final(m) AS mobile_rate, kpi_known_mobile_rate_final(m) AS known_mobile_rate,
		kpi_invalid_line_rate_final(m) AS invalid_line_rate FROM (SELECT g, line_merge(%s) AS m FROM line_states GROUP BY g) s')$$, state),
	'TABLE expected_lines', 'lines: rolled up from ' || state || ' = by hand')
FROM unnest('{state,state::text::kpi_line_tally}'::text[]) state;

SELECT set_eq(
	format('SELECT id, mobile_rate(l) OVER w, known_mobile_rate(l) OVER w, invalid_line_rate(l) OVER w FROM plain_lines WHERE id BETWEEN 1 AND 1000
		WINDOW w AS (ORDER BY id ROWS BETWEEN %s AND %s)', CASE WHEN low < 0 THEN -low || ' PRECEDING' ELSE low || ' FOLLOWING' END,
		CASE WHEN high < 0 THEN -high || ' PRECEDING' ELSE high || ' FOLLOWING' END),
	format('SELECT a.id, mobile_rate(b.l), known_mobile_rate(b.l), invalid_line_rate(b.l) FROM plain_lines a
		LEFT JOIN plain_lines b ON b.id BETWEEN greatest(1, a.id + %s) AND least(1000, a.id + %s) WHERE a.id BETWEEN 1 AND 1000 GROUP BY a.id', low, high),
	format('lines: moving = recomputed: %s to %s', low, high))
FROM (VALUES (-10, 0), (-400, -100), (-3, 300), (2, 4)) f(low, high);

SELECT * FROM finish();
ROLLBACK;
