-- The scan that keeps the states of KPIs itself gives what the executor gives,
-- to the last bit, over tables and queries of all kinds; and what it does not
-- know it leaves alone. EXPLAIN proves which of the two it was.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA plan;
SET LOCAL search_path = plan, public, kpi_internal;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT * FROM no_plan();

CREATE FUNCTION explained(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	result text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF, VERBOSE) ' || query LOOP
		result := result || line || E'\n';
	END LOOP;
	RETURN result;
END $$;

-- All rows, as text that tells every bit, or the error.
CREATE FUNCTION answered(query text, scan boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('kpi.enable_scan', scan::text, true);
	EXECUTE format('SELECT string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C") FROM (%s) q', query) INTO result;
	RETURN coalesce(result, 'nothing');
EXCEPTION WHEN data_exception OR insufficient_privilege THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;

-- Both give the same, and the scan is used, or not, as expected.
CREATE FUNCTION same(query text, what text, used boolean DEFAULT true) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	shape text;
	off text := answered(query, false);
	on_ text := answered(query, true);
BEGIN
	shape := explained(query);
	IF (shape LIKE '%KpiScan%') <> used THEN
		RETURN ok(false, what || ': the scan is ' || CASE WHEN used THEN 'not ' ELSE '' END || 'used: ' || query || E'\n' || shape);
	END IF;
	RETURN is(on_, off, what || CASE WHEN used THEN '' ELSE ' (left alone)' END);
END $$;

-- What EXPLAIN ANALYZE says of the topmost node.
CREATE FUNCTION property(query text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, FORMAT JSON) ' || query INTO plan;
	RETURN plan -> 0 -> 'Plan' ->> name;
END $$;

-- A number in [0, n) that looks random and is the same on every server.
CREATE FUNCTION noise(salt text, i bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$ SELECT (('x' || substr(md5(salt || i), 1, 7))::bit(28)::int % n) $$;

CREATE FUNCTION one_of(salt text, i bigint, list text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT list[1 + noise(salt, i, cardinality(list))] $$;

CREATE TYPE kind AS ENUM ('cold', 'warm', 'hot');

-- Tables with columns in all orders and of all widths, of which some were
-- dropped or added when there were rows; a NULL is rare, frequent, or never.
CREATE FUNCTION make_table(name text, seed int, row_count int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	-- name, type, a value of row i
	columns text[] := ARRAY[
		['o', 'outcome', 'one_of(''o'', i, ''{no_answer,no_answer,busy,machine,contact,refused,lost,sale,direct_sale,validated_sale+callback,no_show}'')'],
		['line', 'line_type', 'one_of(''line'', i, ''{mobile,fixed,invalid,unknown}'')'],
		['agent', 'int', 'noise(''agent'', i, 40) - 20'],
		['lead', 'bigint', 'noise(''lead'', i, 3000)::bigint << noise(''shift'', i, 3) * 20'],
		['short', 'smallint', 'noise(''short'', i, 7) - 3'],
		['flag', 'boolean', 'noise(''flag'', i, 3) = 0'],
		['day', 'date', 'date ''2026-01-01'' + noise(''day'', i, 100)'],
		['at', 'timestamptz', '''2026-01-01Z''::timestamptz + noise(''at'', i, 9000000) * interval ''1 s'''],
		['letter', '"char"', 'one_of(''letter'', i, ''{a,b,é}'')'],
		['kind', 'kind', 'one_of(''kind'', i, ''{cold,warm,hot}'')'],
		['name', 'text', '''agent '' || noise(''name'', i, 15)'],
		['long', 'text', 'repeat(md5((noise(''long'', i, 5))::text), CASE WHEN noise(''huge'', i, 50) = 0 THEN 300 ELSE noise(''wide'', i, 8) END)'],
		['amount', 'numeric', '(noise(''amount'', i, 9) / 4.0)::numeric(9, 2)'],
		['ratio', 'float8', 'noise(''ratio'', i, 5) / 3.0 - 0.5'],
		['talk', 'int', 'noise(''talk'', i, 900)'],
		['talked', 'interval', 'noise(''talk'', i, 900) * interval ''1.5 s'''],
		['worked', 'float8', 'noise(''worked'', i, 90000) / 7.0'],
		['billed', 'numeric', 'noise(''billed'', i, 90000) / 7.0'],
		['id', 'uuid', 'md5(noise(''id'', i, 9)::text)::uuid']];
	ordered int[] := ARRAY(SELECT n FROM generate_series(1, array_length(columns, 1)) n ORDER BY noise('order' || seed, n, 100000));
	nulls int := (ARRAY[0, 40, 3])[1 + seed % 3];
	made text := '';
	filled text := '';
	n int;
	number int := 0;
BEGIN
	FOREACH n IN ARRAY ordered LOOP
		number := number + 1;
		-- a third of the columns is added later, and some others are dropped
		IF seed % 2 = 1 AND number % 3 = 0 THEN
			CONTINUE;
		END IF;
		made := made || format(', %I %s', columns[n][1], columns[n][2]);
		filled := filled || format(', (CASE WHEN %s = 0 OR noise(''null %s'', i, greatest(%s, 1)) > 0 THEN %s END)::%s',
			nulls, columns[n][1], nulls, columns[n][3], columns[n][2]);
		IF seed % 2 = 1 AND number % 4 = 0 THEN
			made := made || format(', dropped%s text', number);
			filled := filled || format(', repeat(''x'', i %% 9)');
		END IF;
	END LOOP;
	EXECUTE format('CREATE TABLE %I (%s)', name, substr(made, 3));
	IF made LIKE '%, long text%' THEN
		EXECUTE format('ALTER TABLE %I ALTER long SET STORAGE EXTERNAL', name);
	END IF;
	EXECUTE format('INSERT INTO %I SELECT %s FROM generate_series(1, %s) i', name, substr(filled, 3), row_count / 2);
	number := 0;
	FOREACH n IN ARRAY ordered LOOP
		number := number + 1;
		IF seed % 2 = 1 AND number % 3 = 0 THEN
			EXECUTE format('ALTER TABLE %I ADD %I %s %s', name, columns[n][1], columns[n][2],
				CASE WHEN number % 2 = 0 THEN format('DEFAULT (%s)::%s', replace(columns[n][3], ', i', ', 7'), columns[n][2]) ELSE '' END);
		END IF;
		IF seed % 2 = 1 AND number % 4 = 0 AND number % 3 <> 0 THEN
			EXECUTE format('ALTER TABLE %I DROP dropped%s', name, number);
		END IF;
	END LOOP;
	-- rows with all columns, dead ones, updated ones
	EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM generate_series(%s, %s) i', name,
		(SELECT string_agg(quote_ident(columns[m][1]), ', ' ORDER BY m) FROM generate_series(1, array_length(columns, 1)) m),
		(SELECT string_agg(format('(CASE WHEN %s = 0 OR noise(''null %s'', i, greatest(%s, 1)) > 0 THEN %s END)::%s', nulls, columns[m][1], nulls, columns[m][3], columns[m][2]), ', ' ORDER BY m)
			FROM generate_series(1, array_length(columns, 1)) m),
		row_count / 2 + 1, row_count);
	EXECUTE format('DELETE FROM %I WHERE agent = 3', name);
	EXECUTE format('UPDATE %I SET o = ''busy'', long = long || ''!'' WHERE agent = 4', name);
	EXECUTE format('ANALYZE %I', name);
END $$;

SELECT make_table('t' || seed, seed, CASE WHEN seed = 0 THEN 12000 ELSE 3000 END) FROM generate_series(0, 5) seed;
SELECT ok((SELECT pg_relation_size(reltoastrelid) > 0 FROM pg_class WHERE oid = 't0'::regclass), 'there are values out of line');

-- A query of a seed, over one of the tables.
CREATE FUNCTION random_query(seed int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	keys text[] := string_to_array('agent|lead|short|flag|day|at|letter|kind|name|amount|ratio|id|o|line|long|talked'
		'|date_trunc(''month'', at)|agent % 7|lower(name)|day - date ''2026-01-01''|o IS NULL|left(long, 3)|array[flag, short > 0]', '|');
	conditions text[] := string_to_array('agent = 7|agent <> 7|agent < 0|5 >= agent|agent > 2147483646|short > 1::smallint|lead <= 1000|lead = 17::int'
		'|flag|NOT flag|flag IS NULL|o IS NOT NULL|day >= ''2026-02-01''|day < ''2026-02-01''|day BETWEEN ''2026-01-20'' AND ''2026-03-02''|at > ''2026-02-01Z'''
		'|at < ''2026-02-01Z''::timestamptz + interval ''1 h''|letter = ''a''|kind = ''hot''|kind <> ''hot''|kind > ''cold''|agent IN (1, 2, -5, 99)'
		'|day IN (''2026-01-07'', ''2026-03-03'')|agent = ANY (NULL::int[])|agent IN (1, NULL)|agent NOT IN (1, 2)|name LIKE ''agent 1%''|amount > 1|length(long) > 40'
		'|o = ''sale''|o > ''contact''|line IN (''mobile'', ''fixed'')|agent = short|agent = NULL|reached(o, ''contact'')|agent + short > 0|true|id::text < ''8'''
		'|flag OR agent > 0|(agent > 0) IS NOT TRUE|ratio > 0 AND agent < 15', '|');
	aggregates text[] := string_to_array('calls(o)|contact_rate(o)|conversion_rate(o)|count(*)|count(o)|count(long)|mobile_rate(line)|occupancy(talk, talk, NULL)'
		'|talk_time(talked)|average_talk_time(worked)|talk_time(billed)|talk_share(talk, talk + 5)|sales(o)|win_rate(o)|calls(CASE WHEN flag THEN o END)'
		'|contact_rate(o) * 100 + calls(o)|occupancy(talk, talk, 600 + 0 * talk)|calls(o) FILTER (WHERE flag)|contact_rate(o) FILTER (WHERE agent > 0 AND name < ''agent 2'')'
		'|count(*) FILTER (WHERE o = ''sale'')|count(1)|count(agent)|talk_time(talk) FILTER (WHERE talk > 30)', '|');
	-- of which each group has a state that the aggregate's own functions keep
	called text[] := string_to_array('lead_conversion_rate(o, lead)|lead_calls(o, lead)|lead_sales(o, id)|lead_contact_rate(o, name)|lead_calls(o, long)|lead_win_rate(o, amount)'
		'|lead_calls(o, lead) FILTER (WHERE flag)|lead_rate(o, lead, ''sale'', ''contact'')|rate(o, ''sale'', ''rows'')|lead_calls(o, (agent, name)::text)'
		'|revenue(amount)|margin(amount, billed)|roi(amount, billed)|margin_rate(talk, agent)|average_sale(ratio)|cost_per_sale(billed, talk::numeric)|sales_per_hour(talk::numeric, talked)'
		'|revenue(amount) FILTER (WHERE amount > 1)|mix(name)|weighted_mix(name, amount)|mix(long)|refusal_reasons(o, name)|product_revenue_mix(o, long, billed)'
		'|speed_to_lead(at, at + talked)|median_speed_to_lead(at, at + talked)|scorecard_calls(o)|scorecard_calls(o) + scorecard_leads(o)|scorecard_journeys(o, lead)'
		'|scorecard_time(talk, talk, talk + 9)|scorecard_money(amount, billed, NULL, amount)|scorecard_delays(''answer'', talked)|scorecard_lines(line)|journey(o)|furthest(o)|max(o)|min(o)'
		'|worked_time(tstzrange(at, at + talked)) FILTER (WHERE at IS NOT NULL AND talked IS NOT NULL)|sum(agent)|sum(lead)|sum(amount)|sum(short)|avg(agent)|avg(lead)|avg(amount)|max(amount)|max(day)|min(at)|sum(talked)|avg(talked)'
		'|bool_or(flag)|stddev(amount)|stddev(agent)|sum(agent) FILTER (WHERE flag)|bit_and(agent)|max(lead) FILTER (WHERE false)', '|');
	groups text[];
	wheres text[];
	outputs text[];
BEGIN
	groups := ARRAY(SELECT DISTINCT one_of('key' || i, seed, keys) FROM generate_series(1, noise('keys', seed, 4)) i);
	wheres := ARRAY(SELECT one_of('where' || i, seed, conditions) FROM generate_series(1, greatest(noise('wheres', seed, 5) - 1, 0)) i);
	outputs := ARRAY['calls(o)'] || ARRAY(SELECT one_of('agg' || i, seed, aggregates) FROM generate_series(1, noise('aggs', seed, 5)) i)
		|| ARRAY(SELECT one_of('called' || i, seed, called) FROM generate_series(1, noise('calls', seed, 5)) i);
	RETURN format('SELECT %s FROM t%s %s %s %s',
		(SELECT string_agg(item || ' AS c' || n, ', ' ORDER BY n) FROM unnest(groups || outputs) WITH ORDINALITY v(item, n)),
		seed % 6,
		CASE WHEN wheres <> '{}' THEN 'WHERE (' || array_to_string(wheres, ') AND (') || ')' ELSE '' END,
		CASE WHEN groups <> '{}' THEN 'GROUP BY ' || array_to_string(groups, ', ') ELSE '' END,
		CASE noise('having', seed, 5) WHEN 0 THEN 'HAVING calls(o) > 3' WHEN 1 THEN 'HAVING count(*) BETWEEN 2 AND 50 AND contact_rate(o) < 0.7' ELSE '' END);
END $$;

-- Those whose answers differ.
CREATE FUNCTION differing() RETURNS TABLE (query text, scan text, executor text) LANGUAGE sql AS $$
	SELECT q, left(answered(q, true), 500), left(answered(q, false), 500) FROM generate_series(1, 360) seed, random_query(seed) q
	WHERE answered(q, true) IS DISTINCT FROM answered(q, false)
$$;
SELECT is_empty('SELECT * FROM differing()', '360 queries over 6 tables give the same with the scan and without');
SET LOCAL kpi.enable_scan = on;
SELECT cmp_ok((SELECT count(*) FROM generate_series(1, 360) seed WHERE explained(random_query(seed)) LIKE '%KpiScan%'), '>', 270::bigint, 'most of them by the scan');
SELECT is((SELECT count(*) FROM generate_series(1, 360) seed WHERE answered(random_query(seed), true) ~ '^[0-9A-Z]{5} '), 0::bigint, 'and none of them fails');

-- What a transaction sees of itself, and what it took back.
CREATE TABLE own (o outcome, n int);
INSERT INTO own SELECT 'sale', i % 5 FROM generate_series(1, 1000) i;
SAVEPOINT taken_back;
INSERT INTO own SELECT 'busy', i % 7 FROM generate_series(1, 500) i;
UPDATE own SET o = 'refused' WHERE n = 2;
ROLLBACK TO taken_back;
SAVEPOINT kept;
UPDATE own SET n = 6 WHERE n = 3;
RELEASE kept;
DELETE FROM own WHERE n = 4;
SELECT same('SELECT n, calls(o), conversion_rate(o) FROM own GROUP BY n', 'own rows, of subtransactions too');
SELECT is(answered('SELECT n, calls(o) FROM own GROUP BY n', true), E'(0,200)\n(1,200)\n(2,200)\n(6,200)', 'and they are what they should be');
TRUNCATE own;
SELECT same('SELECT calls(o), contact_rate(o), count(*) FROM own', 'no rows, one group');
SELECT same('SELECT calls(o), contact_rate(o), count(*) FROM own GROUP BY n', 'no rows, no group');

-- A cursor has the rows of when it was opened.
INSERT INTO own SELECT 'sale', i % 3 FROM generate_series(1, 30) i;
SELECT matches(explained('SELECT n, calls(o) FROM own GROUP BY n'), 'KpiScan', 'a cursor is over the scan');
DECLARE seen SCROLL CURSOR FOR SELECT n, calls(o) FROM own GROUP BY n ORDER BY n;
INSERT INTO own SELECT 'busy', i % 3 FROM generate_series(1, 30) i;
SELECT results_eq('FETCH ALL FROM seen', 'VALUES (0, 10::bigint), (1, 10), (2, 10)', 'a cursor sees its snapshot');
MOVE BACKWARD 2 FROM seen;
SELECT results_eq('FETCH FORWARD 1 FROM seen', 'VALUES (2, 10::bigint)', 'and goes back');
CLOSE seen;
DECLARE held CURSOR WITH HOLD FOR SELECT n, calls(o) FROM own GROUP BY n ORDER BY n;
SELECT results_eq('FETCH ALL FROM held', 'VALUES (0, 20::bigint), (1, 20), (2, 20)', 'a cursor that is held');
CLOSE held;

-- Parameters: planned for them, and for any; parameters of loops.
PREPARE by_agent(int, date) AS SELECT agent, calls(o), contact_rate(o) FROM t0 WHERE agent > $1 AND day < $2 GROUP BY agent HAVING calls(o) > $1 ORDER BY 1;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT matches(explained('EXECUTE by_agent(5, ''2026-02-01'')'), 'KpiScan.*Table Filter: .*\$1.*\$2', 'a generic plan');
CREATE TEMP TABLE on_ AS EXECUTE by_agent(5, '2026-02-01');
SELECT is((SELECT count(*) FROM on_), (SELECT count(DISTINCT agent) FROM t0 WHERE agent > 5 AND day < '2026-02-01'), 'has its rows');
CREATE TEMP TABLE on_null AS EXECUTE by_agent(NULL, '2026-02-01');
SELECT is_empty('TABLE on_null', 'and none for a NULL');
SET LOCAL kpi.enable_scan = off;
DEALLOCATE by_agent;
PREPARE by_agent(int, date) AS SELECT agent, calls(o), contact_rate(o) FROM t0 WHERE agent > $1 AND day < $2 GROUP BY agent HAVING calls(o) > $1 ORDER BY 1;
CREATE TEMP TABLE off AS EXECUTE by_agent(5, '2026-02-01');
SELECT set_eq('TABLE on_', 'TABLE off', 'which are the executor''s');
SET LOCAL kpi.enable_scan = on;
SET LOCAL plan_cache_mode = auto;

SELECT same('SELECT a, s.* FROM generate_series(-3, 4) a, LATERAL (SELECT calls(o) AS c, count(*) AS n, talk_time(talk) AS t FROM t1 WHERE agent = a) s', 'a loop, by a condition');
SELECT same('SELECT a, s.* FROM generate_series(-3, 4) a, LATERAL (SELECT short, calls(o) AS c, sum(a) OVER (), agent % (a + 10) AS m FROM t1 WHERE agent > a GROUP BY short, agent % (a + 10)) s', 'by a key');
SELECT same('SELECT a, s.* FROM generate_series(-3, 4) a, LATERAL (SELECT calls(o) FILTER (WHERE agent > a) AS c FROM t1) s', 'by a filter');
SELECT same('SELECT a, s.* FROM generate_series(-3, 4) a, LATERAL (SELECT agent, calls(o) AS c FROM t1 WHERE agent IN (1, a, 2) GROUP BY agent HAVING calls(o) > a) s', 'by a list and HAVING');
SELECT same('SELECT a, (SELECT calls(o) FROM t1 WHERE agent = ANY (ARRAY[a, a + 1])) FROM generate_series(-3, 4) a', 'in a list of results');
SELECT same('SELECT a, s.* FROM generate_series(-3, 4) a, LATERAL (SELECT short, lead_calls(o, lead) AS c, mix(name), revenue(amount + a) FROM t1 WHERE agent > a GROUP BY short) s', 'by states that are called');
SELECT same('SELECT a, s.* FROM generate_series(-3, 4) a, LATERAL (SELECT short, mix(name), lead_calls(o, name) FROM t1 GROUP BY short OFFSET 0) s WHERE short < a', 'the same states again');
SELECT same('SELECT * FROM (SELECT agent, calls(o) c FROM t1 GROUP BY agent) a JOIN (SELECT agent, calls(o) c FROM t2 GROUP BY agent) b USING (agent) WHERE a.c > (SELECT calls(o) FROM t3 WHERE agent = 1)', 'joined, and against another');
SELECT same('WITH q AS (SELECT short, calls(o) AS c FROM t4 GROUP BY short) SELECT *, rank() OVER (ORDER BY c), sum(c) OVER () FROM q', 'under a window');
SELECT same('SELECT short, calls(o), rank() OVER (ORDER BY calls(o)) FROM t4 GROUP BY short', 'and beside one');
SELECT same('SELECT DISTINCT calls(o) FROM t4 GROUP BY short UNION ALL SELECT calls(o) FROM t5 WHERE agent > 3', 'DISTINCT and UNION');
SELECT same('SELECT name AS n, calls(o) FROM t0 x WHERE x.agent > 1 GROUP BY n ORDER BY calls(o), n LIMIT 3', 'ORDER BY a KPI, LIMIT');

-- A value that would fail fails only where a row comes to it.
SELECT same('SELECT calls(o) FROM own WHERE n > 100 AND 1 / (n - n) > 0', 'nothing is divided');
SELECT same('SELECT calls(o) FROM own WHERE n > 1 AND 1 / (n - n) > 0', 'a division by zero');
SELECT same('SELECT calls(o) FROM own WHERE n = (SELECT 1 / (max(a) - 3) FROM generate_series(1, 3) a)', 'what is compared with fails');
SELECT same('SELECT calls(o) FROM own WHERE n > 100 AND n = (SELECT 1 / (max(a) - 3) FROM generate_series(1, 3) a)', 'and does not, where no row comes to it');
SELECT same('SELECT n, talk_time(n - 1) FROM own GROUP BY n', 'a negative duration');
SELECT same('SELECT n, talk_time(n - 1) FILTER (WHERE n > 0) FROM own GROUP BY n', 'one that a filter leaves out');
SELECT same('SELECT talk_time(n - 1) FROM own', 'of all rows');
CREATE TABLE long_calls AS SELECT 2147483647 AS talk, i AS n FROM generate_series(1, 4500) i;
SELECT same('SELECT talk_time(talk) FROM long_calls', 'durations that are too long together');
SELECT same('SELECT n > 0, talk_time(talk) FROM long_calls GROUP BY 1', 'of a group');
SELECT same('SELECT talk_time(talk), average_talk_time(talk) FROM long_calls WHERE n <= 4294', 'and as long as they may be');
SELECT same('SELECT talk_time(1 / n) FILTER (WHERE n > 0) FROM own', 'what is left out is not computed');

-- Numbers at the ends of what there is, compared with each other.
CREATE TABLE ends AS SELECT CASE WHEN i % 9 > 0 THEN (ARRAY[-9223372036854775808, -9223372036854775807, -1, 0, 1, 9223372036854775806, 9223372036854775807])[1 + i % 7] END AS n,
	one_of('o', i, '{sale,busy,contact}')::outcome AS o FROM generate_series(1, 500) i;
ANALYZE ends;
CREATE TABLE end_queries AS SELECT format('SELECT calls(o), count(n), count(*) FROM ends WHERE n %s %s', operator, n) AS query
	FROM unnest(ARRAY['=', '<>', '<', '<=', '>', '>=']) operator, (SELECT DISTINCT quote_literal(n) AS n FROM ends WHERE n IS NOT NULL) s;
SELECT is_empty($$SELECT * FROM end_queries WHERE answered(query, false) <> answered(query, true) OR explained(query) NOT LIKE '%KpiScan%'$$, 'the ends of bigint');

-- Keys that come again and again, some hundreds and some thousands of them, 0 and NULL among them.
CREATE TABLE keyed AS SELECT CASE WHEN i % 50 > 0 THEN noise('few', i, 700) - 350 END AS few, CASE WHEN i % 50 > 0 THEN noise('many', i, 5000) - 2500 END AS many,
	one_of('o', i, '{sale,busy,contact}')::outcome AS o, i % 600 AS talk FROM generate_series(1, 20000) i;
ANALYZE keyed;
SELECT same(format('SELECT %s, calls(o), sales(o), talk_time(talk), count(*) FROM keyed GROUP BY 1', key), 'by ' || key)
FROM unnest(ARRAY['few', 'many', 'few::bigint << 40', 'many::bigint << 40', 'few::smallint', '(few % 100)::"char"', 'few > 0']) key;

-- States that are called: rows without a value, groups without a row, no row at all; types that are polymorphic.
SELECT same('SELECT n, lead_calls(o, n), lead_calls(NULL::outcome, n), lead_conversion_rate(o, NULL::int), mix(NULL), revenue(NULL::numeric), journey(o) FILTER (WHERE n > 1), scorecard_calls(NULL) FROM own GROUP BY n', 'nothing but NULLs');
SELECT same('SELECT lead_calls(o, n), lead_conversion_rate(o, n), mix(n::text), revenue(n), journey(o), scorecard_calls(o), max(n), sum(n), avg(n) FROM own WHERE n > 100', 'no rows');
SELECT same('SELECT lead_calls(o, n::smallint), lead_calls(o, ARRAY[n, 1]), lead_calls(o, n::numeric), lead_calls(o, (n || ''a'')::name), lead_calls(o, n::text::varchar(9)), lead_calls(o, o), lead_calls(o, 1.5) FROM own', 'leads of many types');
SELECT same('SELECT lead_rate(o, n, CASE WHEN n > 0 THEN ''sale'' ELSE ''contact'' END, ''rows'') FROM own', 'an error of a state');
SELECT same('SELECT refusal_reasons(o, long), mix(long), lead_calls(o, long) FROM t0', 'text that is out of line');
CREATE TABLE cards AS SELECT agent, scorecard_calls(o) + scorecard_journeys(o, lead) + scorecard_reasons(o, name) AS card, mix(name) AS mix, speed_to_lead(at, at + talked) AS delays FROM t0 GROUP BY agent, short;
SELECT same('SELECT rollup(card), calls(card), conversion_rate(card), lead_sales(card), refusal_reasons(card), rollup(mix), rollup(delays) FROM cards', 'cards');
SELECT same('SELECT agent, rollup(card), calls(card), conversion_rate(card), lead_sales(card), rollup(mix) FILTER (WHERE agent > 3), rollup(delays) FROM cards GROUP BY 1', 'cards by a key');

-- What an expression gives for values that it had before: of few values and of many, NULLs, short and long ones, of parameters.
SELECT same('SELECT lower(name), upper(name || short), calls(o), mix(left(name || flag, 40)), lead_calls(o, name || agent) FROM t1 GROUP BY 1, 2', 'expressions over columns with few values');
SELECT same('SELECT lead + 1, agent * 2.5 + talk, calls(o), talk_time(coalesce(talk, 0) + agent * 0) FROM t0 GROUP BY 1, 2', 'with many values');
SELECT same('SELECT md5(long), length(long || coalesce(name, ''?'')), coalesce(name, long), calls(o) FROM t0 GROUP BY 1, 2, 3', 'with long values');
SELECT same('SELECT repeat(name, 300), calls(o) FROM t0 GROUP BY 1', 'with long results');
SELECT same('SELECT calls(disposition(''vicidial'', (ARRAY[''NA'', ''SALE'', ''DNC'', ''B''])[1 + abs(short)])), calls(disposition(CASE WHEN flag THEN ''vicidial'' ELSE ''asterisk'' END, letter::text, strict => false)) FROM t1', 'dispositions');
SELECT same('SELECT calls(disposition(''vicidial'', name)) FROM t1', 'one that is not known');
SELECT same('SELECT calls(o) FILTER (WHERE upper(name) > ''AGENT 3''), mix(lower(name)) FILTER (WHERE upper(name) > ''AGENT 3'') FROM t1', 'in a filter, and behind it');
SELECT same('SELECT a, s.* FROM generate_series(-3, 4) a, LATERAL (SELECT agent % (a + 10), name || a, calls(o) FROM t1 GROUP BY 1, 2) s', 'of a parameter that changes');

-- More groups than memory holds; keys of all kinds are put off.
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
CREATE TABLE many AS SELECT (ARRAY['sale', 'busy', 'refused', NULL])[1 + i % 4]::outcome AS o, noise('many', i, 9000) AS g,
	CASE WHEN noise('many', i, 9000) % 10 > 0 THEN 'group ' || noise('many', i, 9000) END AS name, i % 600 AS talk FROM generate_series(1, 30000) i;
ANALYZE many;
CREATE FUNCTION put_off(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || query INTO plan;
	RETURN (regexp_match(plan::text, '"Rows Put Off": (\d+)'))[1];
END $$;
SELECT same('SELECT g, calls(o), conversion_rate(o), talk_time(talk), count(*) FILTER (WHERE talk > 100) FROM many GROUP BY g', 'many groups');
SELECT cmp_ok(put_off('SELECT g, calls(o), conversion_rate(o), talk_time(talk), count(*) FILTER (WHERE talk > 100) FROM many GROUP BY g'), '>', 1000::bigint, 'whose rows are put off');
SELECT same('SELECT name, g % 3, calls(o), talk_time(talk), count(name) FROM many GROUP BY name, g % 3', 'many groups by text and NULL');
SELECT cmp_ok(put_off('SELECT name, g % 3, calls(o), talk_time(talk), count(name) FROM many GROUP BY name, g % 3'), '>', 1000::bigint, 'whose rows are put off');

-- columns of every alignment after texts of every length, in pages without a NULL and with some
CREATE TABLE aligned AS SELECT repeat('x', noise('a', i, 9)) AS t1, i % 2 = 0 AS b, (i % 7 - 3)::int2 AS n2, (i % 11 - 5)::int AS n4,
	chr(65 + i % 26)::"char" AS c, (i % 13 - 6)::bigint AS n8, repeat('y', CASE WHEN i % 50 = 0 THEN 3000 ELSE noise('b', i, 150) END) AS t2,
	(i % 5)::int2 AS m2, (i % 100)::float8 AS f, ('n' || i % 3)::name AS name, one_of('o', i, '{sale,busy,contact}')::outcome AS o, i % 600 AS talk
	FROM generate_series(1, 5000) i;
INSERT INTO aligned SELECT CASE WHEN i % 3 > 0 THEN t1 END, CASE WHEN i % 4 > 0 THEN b END, CASE WHEN i % 5 > 0 THEN n2 END, CASE WHEN i % 6 > 0 THEN n4 END,
	CASE WHEN i % 7 > 0 THEN c END, CASE WHEN i % 8 > 0 THEN n8 END, CASE WHEN i % 9 > 0 THEN t2 END, m2, f, name, o, CASE WHEN i % 10 > 0 THEN talk END
	FROM (SELECT row_number() OVER () AS i, * FROM aligned) s;
ANALYZE aligned;
SELECT same(format('SELECT %I, count(*), calls(o), talk_time(talk), count(%1$I) FROM aligned GROUP BY 1', key), 'by a column after texts, ' || key)
FROM unnest(ARRAY['t1', 'b', 'n2', 'n4', 'c', 'n8', 't2', 'm2', 'f', 'name']) key;
SELECT same(format('SELECT calls(o), talk_time(talk), average_talk_time(talk), count(name) FROM aligned WHERE %s', condition), 'where ' || condition)
FROM unnest(ARRAY['b', 'n2 > 0', 'n4 = 0', 'n8 < 2', 'm2 IN (1, 3)', 't2 > ''y'' AND n2 < 3']) condition;

-- and states that are called
CREATE TABLE called_queries AS SELECT unnest(ARRAY['SELECT g, lead_calls(o, talk), lead_conversion_rate(o, name) FILTER (WHERE talk > 100) FROM many GROUP BY g',
	'SELECT g, revenue(talk), mix(name), max(o), sum(talk::numeric), rate(o, ''sale'', ''rows'') FROM many GROUP BY g',
	'SELECT name, scorecard_calls(o), scorecard_time(talk, talk, NULL) FILTER (WHERE g % 3 = 0) FROM many GROUP BY name']) AS query;
SELECT same(query, 'states that are called, of many groups: ' || query) FROM called_queries;
SELECT cmp_ok(put_off(query), '>', 1000::bigint, 'whose rows are put off') FROM called_queries;
SELECT same('SELECT a, s.* FROM generate_series(1, 3) a, LATERAL (SELECT count(*), sum(c), max(c) FROM (SELECT g, calls(o) AS c FROM many WHERE g > a GROUP BY g) q) s', 'again and again');
RESET work_mem;

-- Partitions, whose columns are in other orders, and partitions of those.
CREATE TABLE parent (agent int, o outcome, day date, name text, talk int, flag boolean) PARTITION BY RANGE (day);
CREATE TABLE january PARTITION OF parent FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE february (talk int, dropped text, name text, flag boolean, day date, o outcome, agent int);
ALTER TABLE february DROP dropped;
ALTER TABLE parent ATTACH PARTITION february FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE later PARTITION OF parent FOR VALUES FROM ('2026-03-01') TO (MAXVALUE) PARTITION BY LIST (flag);
CREATE TABLE later_flagged (name text, flag boolean, talk int, day date, o outcome, agent int);
ALTER TABLE later ATTACH PARTITION later_flagged FOR VALUES IN (true);
CREATE TABLE later_rest PARTITION OF later DEFAULT;
INSERT INTO parent SELECT agent, o, day, name, talk, flag FROM t0 WHERE day IS NOT NULL;
ANALYZE parent, january, february, later, later_flagged, later_rest;
SELECT same('SELECT calls(o), contact_rate(o), talk_time(talk), count(*) FROM parent', 'partitions');
SELECT same('SELECT agent, calls(o), contact_rate(o) + 1, talk_time(talk), count(*) FILTER (WHERE flag) FROM parent GROUP BY 1', 'partitions, by a key');
SELECT same('SELECT lower(name), date_trunc(''month'', day), calls(o) FROM parent WHERE agent > 3 GROUP BY 1, 2 HAVING calls(o) > 5', 'by expressions, and HAVING');
SELECT same('SELECT day, calls(o) FROM parent GROUP BY 1', 'by the key of the partitions');
SELECT same('SELECT agent, lead_calls(o, talk), lead_calls(o, name), revenue(talk), mix(name) FILTER (WHERE flag), scorecard_journeys(o, talk), max(o), sum(talk), avg(talk) FROM parent GROUP BY 1', 'partitions, states that are called');
SELECT matches(explained('SELECT agent, calls(o) FROM parent WHERE day < ''2026-02-10'' AND name LIKE ''a%'' GROUP BY 1'),
	'^Finalize HashAggregate.*Append.*KpiScan\) on plan.january.*Table Filter.*KpiScan\) on plan.february', 'one scan for each of them');
SELECT doesnt_match(explained('SELECT agent, calls(o) FROM parent WHERE day < ''2026-02-10'' GROUP BY 1'), 'later', 'those that cannot have rows are not read');
SELECT same('SELECT a, s.* FROM generate_series(0, 3) a, LATERAL (SELECT calls(o) AS c FROM parent WHERE day >= date ''2026-01-01'' + a * 25 AND day < date ''2026-01-26'' + a * 25) s', 'a loop over partitions');
PREPARE of_days(date) AS SELECT agent, calls(o) FROM parent WHERE day = $1 GROUP BY 1;
SET LOCAL plan_cache_mode = force_generic_plan;
SET LOCAL kpi.enable_scan = on;
SELECT matches(explained('EXECUTE of_days(''2026-02-10'')'), 'Subplans Removed: 3.*KpiScan\) on plan.february', 'and not those that a parameter leaves out');
CREATE TEMP TABLE of_one_day AS EXECUTE of_days('2026-02-10');
SELECT set_eq('TABLE of_one_day', 'SELECT agent, count(o) FROM parent WHERE day = ''2026-02-10'' GROUP BY 1', 'rows are those of that day');
SET LOCAL plan_cache_mode = auto;
SET LOCAL enable_partitionwise_aggregate = on;
SELECT same('SELECT day, calls(o), contact_rate(o) FROM parent GROUP BY 1', 'partitionwise');
SELECT same('SELECT agent, calls(o), contact_rate(o) FROM parent GROUP BY 1', 'partitionwise, states');
SET LOCAL enable_partitionwise_aggregate = off;
CREATE TABLE ancestor AS SELECT o, agent FROM t0 WHERE agent > 5;
CREATE TABLE heir (more int) INHERITS (ancestor);
INSERT INTO heir SELECT o, agent, 1 FROM t0 WHERE agent < 9;
ANALYZE ancestor, heir;
SELECT same('SELECT agent, calls(o) FROM ancestor GROUP BY 1', 'a parent and its heir');
SELECT same('SELECT agent, calls(o) FROM ONLY ancestor GROUP BY 1', 'the parent alone');

-- Parallel: workers share the pages, and the executor combines the states.
CREATE TABLE shared AS SELECT o, line, agent, name, talk, flag, day FROM t0, generate_series(1, 4);
ALTER TABLE shared SET (parallel_workers = 2);
ANALYZE shared;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT matches(explained(query), '^Finalize.*Gather.*Workers Planned: 2.*Parallel Custom Scan \(KpiScan\)', 'parallel: ' || query)
FROM unnest('{SELECT calls(o) FROM shared,"SELECT agent, calls(o) FROM shared GROUP BY 1"}'::text[]) query;
SELECT same('SELECT calls(o), contact_rate(o), mobile_rate(line), talk_time(talk), count(*) FROM shared', 'parallel');
SELECT same('SELECT agent, calls(o), contact_rate(o), mobile_rate(line), talk_time(talk), count(*) FROM shared GROUP BY 1', 'parallel, by a key');
SELECT same('SELECT lower(name), day, calls(o) FILTER (WHERE flag) FROM shared WHERE agent > 0 AND name > ''agent 1'' GROUP BY 1, 2 HAVING calls(o) > 3', 'parallel, by expressions, and HAVING');
SELECT same('SELECT lead_calls(o, talk), lead_conversion_rate(o, name), revenue(talk), mix(name) FILTER (WHERE flag), scorecard_calls(o), min(o), sum(talk), avg(talk::bigint) FROM shared', 'parallel, states that are called');
SELECT same('SELECT agent, lead_calls(o, talk), lead_conversion_rate(o, name), revenue(talk), mix(name) FILTER (WHERE flag), scorecard_calls(o), max(o) FILTER (WHERE false), avg(talk) FROM shared GROUP BY 1', 'parallel, states that are called, by a key');
SELECT same('SELECT a, (SELECT lead_calls(o, name) FROM shared WHERE agent > a) FROM generate_series(1, 4) a', 'parallel, leads in a loop');
SELECT same('SELECT a, (SELECT contact_rate(o) FROM shared WHERE agent > a) FROM generate_series(1, 4) a', 'parallel, in a loop');
SELECT is(property('SELECT calls(o) FROM shared', 'Actual Rows')::numeric, 1::numeric, 'parallel, with EXPLAIN ANALYZE');
SET LOCAL work_mem = '64kB';
SET LOCAL hash_mem_multiplier = 1;
SELECT same('SELECT agent, name, day, calls(o), talk_time(talk) FROM shared GROUP BY 1, 2, 3', 'parallel, of many groups');
RESET work_mem;
SET LOCAL max_parallel_workers_per_gather = 0;

-- What is not known exactly is left to the executor.
CREATE VIEW simple AS SELECT agent AS a, o AS result FROM t0 WHERE flag;
SELECT same('SELECT a, calls(result) FROM simple GROUP BY a', 'a simple view');
SELECT same('SELECT calls(DISTINCT o) FROM t0', 'DISTINCT in an aggregate', false);
SELECT same('SELECT calls(o ORDER BY agent) FROM t0', 'ORDER BY in an aggregate', false);
SELECT same('SELECT agent, short, calls(o) FROM t0 GROUP BY ROLLUP (agent, short)', 'grouping sets', false);
SELECT same('SELECT calls(o), array_agg(agent) FROM t0', 'an aggregate that it does not know', false);
SELECT same('SELECT calls(o), sum(ratio) FROM t0', 'a sum of floating point, which is another in another order', false);
SELECT same('SELECT calls(o), max(billed) FROM t0', 'a number that has more than one look', false);
SELECT same('SELECT calls(o), percentile_cont(0.5) WITHIN GROUP (ORDER BY ratio) FROM t0', 'an ordered one', false);
SELECT same('SELECT count(*) FROM t0', 'nothing of kpi''s', false);
SELECT same('SELECT calls(o) FROM t0 TABLESAMPLE SYSTEM (100)', 'TABLESAMPLE', false);
SELECT same('SELECT calls(o) FROM t0 WHERE ctid <> ''(0,0)''', 'a system column', false);
SELECT same('SELECT tableoid, calls(o) FROM t0 GROUP BY 1', 'a system column as a key', false);
SELECT same('SELECT count(t0), calls(o) FROM t0', 'a whole row', false);
SELECT same('SELECT calls(o) FROM t0 WHERE random() < 2', 'what is volatile', false);
SELECT same('SELECT calls(o) FROM t0 WHERE agent IN (SELECT a FROM generate_series(1, 3) a)', 'a join', false);
SELECT same('SELECT calls(o) FROM t0 WHERE agent = (SELECT max(a) FROM generate_series(1, 3) a WHERE a < t0.short + 9)', 'a subquery for each row', false);
SELECT same('SELECT calls(o) FROM t0 WHERE agent < (SELECT max(a) FROM generate_series(1, 3) a)', 'a subquery for all rows');
SELECT same('SELECT calls(o) FROM t0 WHERE false', 'a condition that never holds', false);
SELECT same('SELECT calls(o) FROM t0 WHERE current_setting(''work_mem'') = ''?''', 'a condition on no column', false);
SELECT same('SELECT calls(o) FROM (SELECT o FROM t0 LIMIT 10 OFFSET 5) s', 'a subquery with LIMIT', false);
CREATE MATERIALIZED VIEW materialized AS SELECT * FROM t0;
SELECT same('SELECT agent, calls(o) FROM materialized GROUP BY 1', 'a materialized view');
CREATE TEMP TABLE temporary AS SELECT * FROM t0;
SELECT same('SELECT agent, calls(o) FROM temporary GROUP BY 1', 'a temporary table');
CREATE AGGREGATE counted_from_five(outcome) (SFUNC = kpi_tally_accum, STYPE = kpi_tally, INITCOND = '{sale:5}', FINALFUNC = kpi_calls_final);
SELECT same('SELECT counted_from_five(o), calls(o) FROM t0', 'an aggregate that starts elsewhere');
CREATE FUNCTION tally_text(kpi_tally) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text $$;
CREATE AGGREGATE tally_of(outcome) (SFUNC = kpi_tally_accum, STYPE = kpi_tally, INITCOND = '{}', FINALFUNC = tally_text);
SELECT same('SELECT tally_of(o), calls(o) FROM t0', 'an aggregate that ends elsewhere', false);
CREATE TABLE wide AS SELECT o, i AS id, repeat('x', 200) AS filler FROM generate_series(1, 200) i, t1 LIMIT 60000;
CREATE INDEX ON wide (id);
ANALYZE wide;
SELECT same('SELECT calls(o) FROM wide WHERE id = 7', 'an index on a selective condition wins', false);
SELECT same('SELECT calls(o) FROM wide WHERE id > 7', 'but not on one that is not');
CREATE TABLE covered AS SELECT o, id % 40 AS agent, filler FROM wide;
CREATE TABLE narrow AS SELECT o, agent FROM covered;
CREATE INDEX ON covered (agent, o);
CREATE INDEX ON narrow (agent, o);
ANALYZE covered, narrow;
-- as VACUUM would leave it, which cannot run here
UPDATE pg_class SET relallvisible = relpages WHERE oid = 'covered'::regclass OR oid = 'narrow'::regclass;
SELECT same('SELECT agent, calls(o), contact_rate(o) FROM covered GROUP BY 1', 'a covering index of a wide table wins', false);
SELECT matches(explained('SELECT agent, calls(o), contact_rate(o) FROM covered GROUP BY 1'), 'Index Only Scan', 'by an index-only scan');
SELECT same('SELECT agent, calls(o), contact_rate(o) FROM narrow GROUP BY 1', 'but not of a narrow one');
SET LOCAL enable_seqscan = off;
SELECT same('SELECT calls(o) FROM wide WHERE id > 7', 'unless tables are not to be scanned', false);
SET LOCAL enable_seqscan = on;

-- Rights are the executor's.
CREATE ROLE reader_of_plan;
GRANT USAGE ON SCHEMA plan TO reader_of_plan;
GRANT SELECT (agent, o) ON t0 TO reader_of_plan;
CREATE TABLE secured AS SELECT * FROM t0;
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY positive ON secured USING (agent > 0);
GRANT SELECT ON secured TO reader_of_plan;
SET LOCAL ROLE reader_of_plan;
SELECT same('SELECT agent, calls(o) FROM t0 GROUP BY 1', 'columns that may be read');
SELECT is(answered('SELECT agent, calls(o) FROM t0 WHERE short > 1 GROUP BY 1', true), '42501 permission denied for table t0', 'and one that may not');
SELECT same('SELECT agent, calls(o) FROM secured GROUP BY 1', 'row-level security', false);
RESET ROLE;
SELECT same('SELECT agent, calls(o) FROM secured GROUP BY 1', 'which is not for the owner');
REVOKE EXECUTE ON FUNCTION calls(outcome) FROM public;
SET LOCAL ROLE reader_of_plan;
SELECT matches(answered('SELECT calls(o) FROM t0', true), '42501 permission denied for (aggregate|function) calls', 'an aggregate that may not be called');
RESET ROLE;
GRANT EXECUTE ON FUNCTION calls(outcome) TO public;

-- What EXPLAIN says.
SET LOCAL kpi.enable_scan = on;
SELECT is(explained('SELECT agent, calls(o) FROM t0 WHERE agent > 3 AND name <> ''agent 7'' GROUP BY agent HAVING calls(o) > 20'), $$Custom Scan (KpiScan) on plan.t0
  Output: agent, (calls(o))
  Filter: ((calls(t0.o)) > 20)
  Group Key: t0.agent
  Table Filter: ((t0.agent > 3) AND (t0.name <> 'agent 7'::text))
$$, 'EXPLAIN');
SELECT is(property('SELECT agent, calls(o) FROM t0 WHERE agent > 3 GROUP BY agent', 'Groups')::bigint, (SELECT count(DISTINCT agent) FROM t0 WHERE agent > 3), 'EXPLAIN ANALYZE: groups');
SELECT is(property('SELECT calls(o) FROM t0 WHERE agent > 3', 'Rows Removed by Table Filter')::bigint, (SELECT count(*) FROM t0 WHERE (agent > 3) IS NOT TRUE), 'rows that are left out');
SELECT is(property('SELECT agent, calls(o) FROM t0 GROUP BY agent HAVING calls(o) > 250', 'Rows Removed by Filter')::bigint,
	(SELECT count(*) FROM (SELECT agent FROM t0 GROUP BY agent HAVING count(o) <= 250) s), 'and groups');

SELECT * FROM finish();
ROLLBACK;
