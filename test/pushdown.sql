-- What it takes to compute an aggregate where the rows are and ship nothing but
-- its state, as text: for every aggregate of the extension, the states of five
-- parts put together give what one pass over all the rows gives.

BEGIN;
SET client_min_messages = warning;
CREATE SCHEMA pushdown;
SET LOCAL search_path = pushdown, public, kpi_internal;
SELECT * FROM no_plan();

CREATE VIEW agg AS
SELECT p.oid, p.oid::regprocedure::text AS name, p.proname, a.aggcombinefn, a.aggtransfn, a.aggfinalfn, a.agginitval,
	t.typtype, format_type(t.oid, NULL) AS state, t.typsend,
	ARRAY(SELECT format_type(u.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY u(type, i) ORDER BY i) AS types,
	ARRAY(SELECT coalesce(p.proargnames[i], '') FROM generate_series(1, p.pronargs) i ORDER BY i) AS names
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_type t ON t.oid = a.aggtranstype
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kpi'
-- those that are there to be refused
WHERE a.aggtransfn <> 'kpi_ratio_refuse'::regproc;

-- What the catalog says. A state of a pseudo-type cannot leave its process.
SELECT is_empty('SELECT name FROM agg WHERE aggcombinefn = 0', 'every aggregate has a combine function');
SELECT set_eq($$SELECT proname FROM agg WHERE typtype = 'p'$$,
	$$SELECT 'lead_' || name FROM kpi_catalog WHERE to_regprocedure(name || '(outcome)') IS NOT NULL
	UNION ALL VALUES ('lead_rate'), ('scorecard_journeys')$$,
	'the state is a real type, but for what counts leads');
SELECT is_empty($$SELECT DISTINCT state FROM agg WHERE typtype <> 'p'
		AND EXISTS (SELECT FROM pg_type t WHERE format_type(t.oid, NULL) = state AND (typinput = 0 OR typoutput = 0 OR typreceive = 0 OR typsend = 0))$$,
	'that type has text and binary input and output');

-- What stands for an argument of each name and type; an aggregate that has
-- others is not covered, and fails below.
CREATE TABLE stand_in (name text, type text, expression text, PRIMARY KEY (name, type));
INSERT INTO stand_in VALUES ('', 'outcome', 'o'), ('has', 'text', '''refused'''), ('name', 'text', '(''x'' || part % 3)'), ('delay', 'interval', '(talk - handle)'), ('of', 'text', '''argued'''), ('', 'line_type', 'line'),
	('', 'tstzrange', 'shift'), ('', 'ratio', 'pair'), ('', 'delays', 'waits'), ('', 'mix', 'items'), ('', 'scorecard', 'card'), ('item', 'text', 'item'), ('reason', 'text', 'item'),
	('product', 'text', 'item'), ('weight', 'numeric', 'cost');
INSERT INTO stand_in
SELECT name, type, format('%s(shift)::%s', CASE name WHEN 'created' THEN 'lower' ELSE 'upper' END, type)
FROM unnest('{created,first_called,sold}'::text[]) name, unnest('{timestamp with time zone,timestamp without time zone}'::text[]) type;
INSERT INTO stand_in
SELECT name, type, CASE WHEN type = 'numeric' THEN expression ELSE format('(CASE WHEN abs(%s) < 1e8 THEN %1$s END)::%s', expression, type) END
FROM (VALUES ('n', 'n'), ('sales', 'n'), ('customers', 'n'), ('revenue', 'revenue'), ('margin', 'revenue'), ('amount', 'cost'), ('cost', 'cost')) c(name, expression),
	unnest('{integer,bigint,double precision,numeric}'::text[]) type;
INSERT INTO stand_in
SELECT name, type, CASE type WHEN 'interval' THEN expression ELSE format('extract(epoch FROM %s)::%s', expression, type) END
FROM (VALUES ('talk', 'talk'), ('handle', 'handle'), ('worked', 'worked'), ('wait', 'handle'), ('pause', 'handle'), ('fte', 'interval ''151:40''')) c(name, expression),
	unnest('{interval,integer,bigint,double precision,numeric}'::text[]) type;

CREATE TABLE call AS
SELECT agg.*, arguments, format('%s(%s)', proname, arguments) AS over_rows, row_number() OVER (ORDER BY name COLLATE "C") AS n
FROM agg, LATERAL (
	SELECT string_agg(format('%s::%s', expression, type), ', ' ORDER BY i) AS arguments, count(expression) AS found
	FROM unnest(names, types) WITH ORDINALITY u(name, type, i) LEFT JOIN stand_in USING (name, type)
) s
WHERE typtype <> 'p' AND found = cardinality(types);
SELECT is_empty($$SELECT name FROM agg WHERE typtype <> 'p' AND oid NOT IN (SELECT oid FROM call)$$, 'every aggregate with a real state is under test');

-- Random rows, of which some groups have NULLs only, and some parts of a group
-- no row at all.
CREATE FUNCTION noise(salt text, i bigint, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
	$$ SELECT (('x' || substr(md5(salt || i), 1, 7))::bit(28)::int % n) $$;
CREATE TABLE sample AS
SELECT i, CASE WHEN noise('g', i, 3) = 0 THEN 0 ELSE noise('h', i, 60) END AS g, noise('part', i, 5) AS part,
	CASE WHEN noise('o', i, 20) > 0 THEN o[1 + noise('p', i, cardinality(o))] | CASE WHEN noise('q', i, 10) = 0 THEN o[1 + noise('r', i, cardinality(o))] ELSE 'new' END END AS o,
	('{mobile,mobile,fixed,fixed_or_mobile,voip,special,unknown,invalid,NULL}'::line_type[])[1 + noise('line', i, 9)] AS line,
	CASE WHEN noise('t', i, 9) > 0 THEN noise('u', i, 20000000) * interval '0.001003 s' END AS talk,
	CASE WHEN noise('v', i, 7) > 0 THEN noise('w', i, 5000) * interval '1 s' END AS handle,
	CASE WHEN noise('x', i, 8) > 0 THEN greatest(noise('y', i, 30000) - 3000, 0) * interval '1 s' END AS worked,
	CASE WHEN noise('s', i, 9) > 0 THEN tstzrange(start, start + noise('e', i, 30000) * interval '0.917 s', (ARRAY['[)', '[]', '()', '(]'])[1 + noise('bound', i, 4)]) END AS shift,
	CASE WHEN noise('n', i, 6) > 0 THEN noise('m', i, 100)::bigint END AS n,
	CASE WHEN noise('nan', i, 400) = 0 THEN 'NaN' WHEN noise('k', i, 4) > 0 THEN (noise('j', i, 1000000) - 1000) / 10.0 ^ noise('f', i, 40) END AS revenue,
	CASE WHEN noise('c', i, 4) > 0 THEN noise('d', i, 1000000) / 10.0 ^ noise('b', i, 5) * CASE WHEN noise('big', i, 100) = 0 THEN 1e30 ELSE 1 END END AS cost,
	(ARRAY['price', 'no need', 'été', 'say "no", {now}', E'back\\slash\nline', '', NULL])[1 + noise('item', i, 7)] AS item,
	NULL::ratio AS pair, NULL::delays AS waits, NULL::mix AS items, NULL::scorecard AS card
FROM generate_series(1, 3000) i,
	(SELECT '{failed,no_answer,busy,machine,exhausted,invalid_number,blocked,abandoned,wrong_party,gatekeeper,off_target,unusable,declined,do_not_call,callback,undecided,refused,appointment,no_show,lost,sale,direct_sale,validated_sale,cancelled_sale}'::outcome[] AS o) outcomes,
	LATERAL (SELECT '2026-01-05 08:00Z'::timestamptz + noise('start', i, 20000) * interval '1 minute' AS start) s;
INSERT INTO sample (g, part) SELECT -1, part FROM generate_series(0, 4) part;
INSERT INTO sample (g, part, o, n, worked) VALUES (-2, 3, 'sale', 2, '8 hours');
-- a summary of some rows, where a summary is what an aggregate takes
UPDATE sample s SET pair = p, waits = w, items = m, card = c
FROM (SELECT i / 3 AS trio, ratio(count(o), count(*)) AS p, speed_to_lead(lower(shift), upper(shift)) AS w, weighted_mix(item, cost) AS m,
	scorecard_calls(o) + scorecard_leads(o) + scorecard_lines(line) + scorecard_time(talk, handle, worked) + scorecard_money(revenue, cost, n, revenue) + scorecard_wait(handle) + scorecard_pause(handle)
		+ scorecard_reasons(o, item) + scorecard_products(o, item, cost)
		+ scorecard_delays('speed_to_lead', talk - handle) + scorecard_delays('sales_cycle', upper(shift) - lower(shift)) AS c
	FROM sample GROUP BY 1) t
WHERE i = trio * 3;

-- Kin of each aggregate: its state over rows, its state out of states, and its
-- result out of states.
CREATE FUNCTION kin() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	one record;
	initial text;
BEGIN
	FOR one IN SELECT * FROM call LOOP
		initial := CASE WHEN one.agginitval IS NULL THEN '' ELSE format(', INITCOND = %L', one.agginitval) END;
		EXECUTE format('CREATE AGGREGATE state_%s(%s) (SFUNC = %s, STYPE = %s%s)', one.n, array_to_string(one.types, ', '), one.aggtransfn, one.state, initial);
		EXECUTE format('CREATE AGGREGATE merged_%s(%s) (SFUNC = %s, STYPE = %s%s)', one.n, one.state, one.aggcombinefn, one.state, initial);
		EXECUTE format('CREATE AGGREGATE result_%s(%s) (SFUNC = %s, STYPE = %s%s%s)', one.n, one.state, one.aggcombinefn, one.state, initial,
			CASE WHEN one.aggfinalfn <> 0 THEN format(', FINALFUNC = %s', one.aggfinalfn) ELSE '' END);
	END LOOP;
END $$;
SELECT lives_ok('SELECT kin()', 'states of every aggregate can be had, and put together');

CREATE TABLE whole (n bigint, g int, value text);
CREATE TABLE parts (n bigint, g int, part int, state text, sent bytea, sent_again bytea);
CREATE TABLE halves (n bigint, g int, half int, state text);
CREATE TABLE put_together (n bigint, g int, value text);

CREATE FUNCTION compute() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT * FROM call LOOP
		EXECUTE format('INSERT INTO whole SELECT %s, g, %s(%s)::text FROM sample GROUP BY g', one.n, one.oid::regproc, one.arguments);
	END LOOP;
END $$;
-- the settings of another machine, and of another still, change no state
CREATE FUNCTION compute_parts() RETURNS void LANGUAGE plpgsql
	SET extra_float_digits = -15 SET intervalstyle = 'sql_standard' SET datestyle = 'German, DMY' SET timezone = 'Asia/Kathmandu' SET bytea_output = 'escape' AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT * FROM call LOOP
		EXECUTE format('INSERT INTO parts SELECT %1$s, g, part, s::text, %2$s(s), %2$s(s::text::%3$s)
			FROM (SELECT g, part, state_%1$s(%4$s) AS s FROM sample GROUP BY g, part) p', one.n, one.typsend, one.state, one.arguments);
	END LOOP;
END $$;
CREATE FUNCTION put_together() RETURNS void LANGUAGE plpgsql
	SET extra_float_digits = 0 SET intervalstyle = 'iso_8601' SET datestyle = 'SQL, MDY' SET timezone = 'Pacific/Apia' AS $$
DECLARE
	one record;
BEGIN
	FOR one IN SELECT * FROM call LOOP
		EXECUTE format('INSERT INTO halves SELECT n, g, part / 3, merged_%1$s(state::%2$s)::text FROM parts WHERE n = %1$s GROUP BY 1, 2, 3', one.n, one.state);
	END LOOP;
END $$;
CREATE FUNCTION conclude(states text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	one record;
BEGIN
	TRUNCATE put_together;
	FOR one IN SELECT * FROM call LOOP
		EXECUTE format('INSERT INTO put_together SELECT n, g, result_%1$s(state::%2$s)::text FROM %3$I WHERE n = %1$s GROUP BY 1, 2', one.n, one.state, states);
	END LOOP;
END $$;
CREATE VIEW wrong AS
	SELECT over_rows, g, w.value AS whole, p.value AS put_together
	FROM whole w FULL JOIN put_together p USING (n, g) JOIN call USING (n) WHERE w.value IS DISTINCT FROM p.value LIMIT 5;

SELECT compute();
SELECT compute_parts();
SELECT is_empty($$SELECT over_rows FROM call LEFT JOIN whole USING (n) GROUP BY n, over_rows HAVING count(DISTINCT value) < 5$$,
	'every aggregate has several results to compare');
SELECT cmp_ok((SELECT count(DISTINCT part) FROM parts WHERE state IS NOT NULL), '=', 5::bigint, 'there are five parts');
SELECT is_empty('SELECT over_rows, g, part, parts.state FROM parts JOIN call USING (n) WHERE sent <> sent_again LIMIT 5', 'no state loses anything on its way through text');
SELECT conclude('parts');
SELECT is_empty('TABLE wrong', 'put together from the parts'' states, as text = in one pass');
SELECT put_together();
SELECT conclude('halves');
SELECT is_empty('TABLE wrong', 'put together in two steps = in one pass');

SELECT * FROM finish();
ROLLBACK;
