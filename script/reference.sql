-- Prints doc/reference.md: what the extension's objects say of themselves, the
-- KPIs first, by family. What no user calls says so in its comment, and is left
-- out: the functions behind types, operators and aggregates.

\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset recordsep '\n'
SET client_min_messages = warning;
SET intervalstyle = postgres;
-- so that the extension's types are written without their schema
SELECT quote_ident(nspname) AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'kpi'
\gset
SET search_path = :schema;

CREATE TEMP VIEW member AS
SELECT classid, objid, comment
FROM pg_depend d JOIN pg_extension e ON e.oid = refobjid JOIN pg_class c ON c.oid = classid,
	obj_description(objid, c.relname) comment
WHERE extname = 'kpi' AND refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND comment !~ '^(internal:|I/O|implementation of)';

-- Functions and aggregates, each form once: what may be any number is a number,
-- and what may be an interval or a number of seconds is a duration.
CREATE TEMP VIEW form AS
SELECT name, aggregate, taken = 'scorecard' AS cards, min(comment COLLATE "C") AS comment, format('%s(%s) → %s', name, taken, given) AS signature,
	row_number() OVER (ORDER BY name COLLATE "C", taken = 'scorecard', taken COLLATE "C") AS position
FROM (
	SELECT name, aggregate, regexp_replace(comment, '; durations are in seconds$', '') AS comment, given, CASE WHEN aggregate THEN regexp_replace(
		CASE WHEN durations > '' THEN regexp_replace(taken, '\m(' || durations || ') (interval|' || numbers || ')\M', '\1 duration', 'g') ELSE taken END,
		' (' || numbers || ')\M', ' number', 'g') ELSE taken END AS taken
	FROM (
		SELECT *, 'integer|bigint|double precision|numeric' AS numbers,
			CASE WHEN count(*) OVER (PARTITION BY name) > 1 THEN string_agg(timed, '|') OVER (PARTITION BY name) END AS durations
		FROM (
			SELECT proname AS name, prokind = 'a' AS aggregate, comment,
				regexp_replace(arguments, '(, )?\mOUT .*', '') AS taken,
				CASE WHEN arguments LIKE '%OUT %'
					THEN CASE WHEN proretset THEN 'rows of ' ELSE '' END || '(' || replace(substring(arguments FROM '\mOUT .*'), 'OUT ', '') || ')'
					ELSE pg_get_function_result(p.oid) END AS given,
				array_to_string(array(SELECT part[1] FROM regexp_matches(arguments, '(\w+) interval\M', 'g') part), '|') AS timed
			FROM member JOIN pg_proc p ON p.oid = objid, pg_get_function_arguments(p.oid) arguments
			WHERE classid = 'pg_proc'::regclass
		) func
	) func
) func
GROUP BY name, aggregate, taken, given;

CREATE FUNCTION pg_temp.sentence(text) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT upper(left($1, 1)) || substr($1, 2) || CASE WHEN $1 LIKE '%?' THEN '' ELSE '.' END $$;

CREATE FUNCTION pg_temp.line(VARIADIC cells text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
	$$ SELECT '| ' || array_to_string(array(SELECT replace(cell, '|', '\|') FROM unnest(cells) cell), ' | ', '') || ' |' $$;

\echo '# Reference'
\echo
\echo 'Every object of the extension, in its own words. Made by `script/reference`: edit the comments of the objects, not this'
\echo 'page. What the words mean in the trade is in [definitions.md](definitions.md).'
\echo
SELECT 'KPIs: ' || string_agg(format('[%s](#kpis-%s)', family, replace(family, ' ', '-')), ', ' ORDER BY first) || '.'
FROM (SELECT family, min(n) AS first FROM (SELECT family, row_number() OVER () AS n FROM kpi_catalog) c GROUP BY family) f;
\echo 'The rest: [aggregates](#other-aggregates), [functions](#functions), [operators](#operators), [types](#types),'
\echo '[casts](#casts), [tables and views](#tables-and-views).'
\echo
\echo '- A KPI is an aggregate. It skips NULLs; over nothing a count is 0, and everything else is NULL.'
\echo '- `NAME(scorecard)` gives over scorecards what `NAME` gives over the rows that they were made of, of the same type.'
\echo '- What takes `outcome` has `lead_NAME(outcome, lead)`, for a table of calls: it takes the calls of a lead together, and'
\echo '  counts leads. Over scorecards `lead_NAME(scorecard)` reads the section of the leads, `call_NAME(scorecard)` that of the calls.'
\echo '- A *number* is `integer`, `bigint`, `double precision` or `numeric`; a *duration* is an `interval`, or a number of'
\echo '  seconds: the same for all the durations of a call.'
\echo

SELECT CASE WHEN family IS DISTINCT FROM lag(family) OVER (ORDER BY n) THEN format(E'## KPIs: %s\n\n', family) ELSE '' END
	|| format(E'### %s\n\n%s%s%s%s\n\n```\n%s\n```\n', name, pg_temp.sentence(regexp_replace(comment, '[,;] (rows with a NULL|NULLs) are skipped[^;]*', '')),
		' ' || upper(left(better, 1)) || substr(better, 2) || ' is better.', ' Benchmark: average ' || average || ', best ' || best || '.',
		CASE WHEN NOT in_scorecards THEN ' Not over scorecards.' END, forms)
FROM (SELECT *, row_number() OVER () AS n FROM kpi_catalog) c, LATERAL (
	SELECT (array_agg(comment ORDER BY f.name <> c.name, position))[1] AS comment,
		string_agg(signature, E'\n' ORDER BY f.name <> c.name, position) AS forms
	FROM form f WHERE NOT cards AND (f.name = c.name OR f.name = 'lead_' || c.name AND signature NOT LIKE 'lead\_%(outcome, lead anyelement) %')
) f
ORDER BY n;

\echo '## Other aggregates'
\echo
\echo '| aggregate | what it gives |'
\echo '|---|---|'
SELECT pg_temp.line('`' || signature || '`', comment)
FROM form WHERE aggregate AND regexp_replace(name, '^(lead|call)_', '') NOT IN (SELECT name FROM kpi_catalog)
ORDER BY position;

\echo
\echo '## Functions'
\echo
\echo '| function | what it gives |'
\echo '|---|---|'
SELECT pg_temp.line('`' || signature || '`', comment) FROM form WHERE NOT aggregate ORDER BY position;

\echo
\echo '## Operators'
\echo
\echo '| operator | what it gives |'
\echo '|---|---|'
-- those that compare the same two types in one line
SELECT pg_temp.line(format('`%s %s %s` → %s', taken, string_agg(oprname, ' ' ORDER BY rank, oprname COLLATE "C"), other, given),
	string_agg(comment, '; ' ORDER BY rank) FILTER (WHERE rank <= 2))
FROM (
	SELECT oprleft::regtype::text COLLATE "C" AS taken, oprright::regtype::text COLLATE "C" AS other, oprresult::regtype AS given, oprname, comment,
		coalesce(array_position('{=,<,<=,<>,>,>=}'::name[], oprname), 0) AS rank
	FROM member JOIN pg_operator o ON o.oid = objid WHERE classid = 'pg_operator'::regclass
) o
GROUP BY taken, other, given, CASE WHEN rank = 0 THEN oprname END
ORDER BY taken, min(rank), min(oprname COLLATE "C"), other;

\echo
\echo '## Types'
\echo
\echo '| type | what it is |'
\echo '|---|---|'
SELECT pg_temp.line('`' || typname || '`', comment)
FROM member JOIN pg_type t ON t.oid = objid WHERE classid = 'pg_type'::regclass AND typrelid = 0
ORDER BY typname COLLATE "C";

\echo
\echo '## Casts'
\echo
\echo '| cast | what it gives |'
\echo '|---|---|'
SELECT pg_temp.line(format('`%s::%s`', castsource::regtype, casttarget::regtype), comment)
FROM member JOIN pg_cast c ON c.oid = objid WHERE classid = 'pg_cast'::regclass
ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C";

\echo
\echo '## Tables and views'
SELECT format(E'\n### %s\n\n%s\n\n| column | type | what it holds |\n|---|---|---|\n%s', c.relname, pg_temp.sentence(comment),
	string_agg(pg_temp.line('`' || attname || '`', format_type(atttypid, atttypmod), col_description(c.oid, attnum)), E'\n' ORDER BY attnum))
FROM member JOIN pg_class c ON c.oid = objid JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'v')
GROUP BY c.oid, c.relname, comment
ORDER BY c.relname COLLATE "C";
