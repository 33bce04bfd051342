-- Makes the view rows of the table file: its columns, and those that the
-- options of script/demo make of them; and the view cards, a scorecard of all
-- rows.
--
-- What an option has comes in a psql variable of its name, empty where it is
-- not given. An option makes a column of its name, or kpi_NAME where the file
-- has one of that name.

CREATE TEMP TABLE given AS
SELECT :'dispositions' AS dispositions, :'map' AS map, :'skip_unmapped'::boolean AS skip_unmapped, :'region' AS region;

CREATE TEMP TABLE wanted (position integer, option text, name text, kind text, expression text);
INSERT INTO wanted VALUES
	(1, 'lead', 'lead', 'text', :'lead'),
	(2, 'code', 'code', 'code', :'code'),
	(3, 'code', 'outcome', 'disposition', :'code'),
	(3, 'outcome', 'outcome', 'outcome', :'outcome'),
	(4, 'talk', 'talk', 'duration', :'talk'),
	(5, 'handle', 'handle', 'duration', :'handle'),
	(6, 'worked', 'worked', 'duration', :'worked'),
	(7, 'revenue', 'revenue', 'amount', :'revenue'),
	(8, 'cost', 'cost', 'amount', :'cost'),
	(9, 'customers', 'customers', 'customers', :'customers'),
	(10, 'phone', 'phone', 'text', :'phone'),
	(11, 'phone', 'line', 'phone_line', :'phone'),
	(11, 'line', 'line', 'line', :'line'),
	(12, 'reason', 'reason', 'text', :'reason'),
	(13, 'product', 'product', 'text', :'product'),
	(14, 'amount', 'amount', 'amount', :'amount');
DELETE FROM wanted WHERE expression = '';

-- The expression of a column, as the type that its kind takes.
CREATE FUNCTION pg_temp.typed(kind text, expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	-- on lines of its own, since it may end in a comment; and in COALESCE,
	-- where no set of rows can come from it
	value text := format(E'COALESCE((\n%s\n))', expression);
	type regtype;
	category "char";
	given given;
	ambiguous text;
BEGIN
	-- a loop takes one query only, so that the expression stays one
	FOR type IN EXECUTE format('SELECT pg_typeof(%s) FROM file LIMIT 1', value) LOOP
		NULL;
	END LOOP;
	SELECT typcategory INTO category FROM pg_type WHERE oid = type;
	SELECT * INTO given FROM given;

	CASE kind
		WHEN 'outcome' THEN
			RETURN format('(%s)::text::outcome', value);
		WHEN 'disposition' THEN
			RETURN format('disposition(%L, (%s)::text, %L)', given.dispositions, value, NOT given.skip_unmapped);
		WHEN 'line' THEN
			RETURN format('(%s)::text::line_type', value);
		WHEN 'phone_line' THEN
			RETURN format('line_type((%s)::text, %L)', value, given.region);
		WHEN 'amount' THEN
			RETURN format('(%s)::text::numeric', value);
		WHEN 'customers' THEN
			RETURN format(CASE type WHEN 'boolean'::regtype THEN '(%s)::integer::numeric' ELSE '(%s)::text::numeric' END, value);
		WHEN 'duration' THEN
			IF category = 'N' THEN
				-- of a number of seconds kpi says better what is wrong
				PERFORM pg_temp.run(format('SELECT talk_time(%s) FROM file', value));
				RETURN format('make_interval(secs => %s)', value);
			ELSIF type IN ('interval'::regtype, 'time'::regtype) THEN
				RETURN format('(%s)::interval', value);
			END IF;
			ambiguous := pg_temp.run(format($query$
				SELECT value FROM (SELECT (%s)::text AS value FROM file) v WHERE value ~ '^\s*-?\d+:\d+\s*$' LIMIT 1$query$, value));
			IF ambiguous IS NOT NULL THEN
				RAISE EXCEPTION '"%" may be hours and minutes, or minutes and seconds', ambiguous
					USING HINT = 'Cast the column to interval where it is the first, put ''00:'' || before it where it is the second.';
			END IF;
			RETURN format('(%s)::text::interval', value);
		ELSE
			RETURN format('(%s)::text', value);
	END CASE;
END
$$;

-- Runs a query, of which a loop takes only one; gives its last row's value.
CREATE FUNCTION pg_temp.run(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	FOR result IN EXECUTE query LOOP
		NULL;
	END LOOP;
	RETURN result;
END
$$;

-- Codes that have no outcome with how often each occurs, the first ten; NULL
-- where all have one.
CREATE FUNCTION pg_temp.unmapped(source text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('"%s" (%s)', replace(code, E'\n', ' '), occurrences), ', ' ORDER BY n) FILTER (WHERE n <= 10)
		|| CASE WHEN count(*) > 10 THEN format(' and %s more', count(*) - 10) ELSE '' END
	FROM kpi_unmapped(source, query) WITH ORDINALITY AS u (code, occurrences, n)
$$;

DO $do$
DECLARE
	given given;
	wanted wanted;
	value text;
	name text;
	names jsonb := '{}';		-- of the columns that are made
	columns text := 'file.*';
	sections text[] := '{}';
	at text;					-- the option at work
	message text;
	hint text;
BEGIN
	SELECT * INTO given FROM given;
	IF given.dispositions <> '' THEN
		at := 'map';
		INSERT INTO kpi_disposition (source, code, outcome)
			SELECT given.dispositions, regexp_replace(line, '=[^=]*$', ''), regexp_replace(line, '^.*=', '')::outcome
			FROM regexp_split_to_table(given.map, '\n') line
			WHERE line <> '';
		at := 'dispositions';
		PERFORM disposition(given.dispositions, '', false);
	END IF;

	FOR wanted IN SELECT * FROM wanted w ORDER BY w.position LOOP
		at := wanted.option;
		value := pg_temp.typed(wanted.kind, wanted.expression);
		IF wanted.kind = 'disposition' AND NOT given.skip_unmapped THEN
			message := pg_temp.unmapped(given.dispositions, format(E'SELECT (\n%s\n)::text FROM file', wanted.expression));
			IF message IS NOT NULL THEN
				RAISE EXCEPTION 'codes without an outcome in "%": %', given.dispositions, message
					USING HINT = 'Say what each comes to with --map ''CODE=label'', or leave their rows out with --skip-unmapped.';
			END IF;
		END IF;

		-- OFFSET keeps the planner from leaving other columns' errors out
		IF pg_temp.run(format('SELECT count(value) FROM (SELECT file.*, %s AS value FROM file OFFSET 0) v', value)) = '0' THEN
			RAISE EXCEPTION '%', CASE wanted.kind WHEN 'disposition' THEN 'no code has an outcome' ELSE 'the expression is NULL on every row' END;
		END IF;
		IF wanted.kind = 'duration' THEN
			PERFORM pg_temp.run(format('SELECT talk_time(%s) FROM file', value));
		END IF;

		name := wanted.name;
		WHILE EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'file'::regclass AND attname = name) LOOP
			name := 'kpi_' || name;
		END LOOP;
		names := names || jsonb_build_object(wanted.name, quote_ident(name));
		columns := columns || format(', %s AS %I', value, name);
	END LOOP;
	EXECUTE format('CREATE VIEW rows AS SELECT %s FROM file', columns);

	-- each section of the card has the option that a complaint is about
	FOR at, value IN SELECT * FROM (VALUES
		-- without leads of their own, rows are taken for calls and for leads
		('outcome', format(CASE WHEN names ? 'lead' THEN 'scorecard_calls(%1$s)' WHEN names ? 'outcome' THEN 'scorecard_calls(%1$s) + scorecard_leads(%1$s)' END,
			names ->> 'outcome')),
		('lead', 'scorecard_journeys(' || (names ->> 'outcome') || ', ' || (names ->> 'lead') || ')'),
		('line', 'scorecard_lines(' || (names ->> 'line') || ')'),
		('talk', CASE WHEN names ?| '{talk,handle,worked}' THEN format('scorecard_time(%s, %s, %s)',
			coalesce(names ->> 'talk', 'NULL'), coalesce(names ->> 'handle', 'NULL'), coalesce(names ->> 'worked', 'NULL')) END),
		('revenue', CASE WHEN names ?| '{revenue,cost,customers}' THEN format('scorecard_money(%s, %s, %s, NULL)',
			coalesce(names ->> 'revenue', 'NULL'), coalesce(names ->> 'cost', 'NULL'), coalesce(names ->> 'customers', 'NULL')) END),
		('reason', 'scorecard_reasons(' || (names ->> 'outcome') || ', ' || (names ->> 'reason') || ')'),
		('amount', CASE WHEN names ? 'product' THEN format('scorecard_products(%s, %s, %s)',
			names ->> 'outcome', names ->> 'product', coalesce(names ->> 'amount', 'NULL')) END)
	) s WHERE column2 IS NOT NULL
	LOOP
		PERFORM pg_temp.run(format('SELECT %s FROM rows', value));
		sections := sections || value;
	END LOOP;
	EXECUTE format('CREATE VIEW cards AS SELECT %s AS card FROM rows', array_to_string(sections, ' + '));
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	IF SQLSTATE = '42703' THEN
		SELECT 'The file''s columns are ' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO hint
		FROM pg_attribute WHERE attrelid = 'file'::regclass AND attnum > 0;
	END IF;
	RAISE EXCEPTION USING MESSAGE = format('--%s: %s', at, message), HINT = hint;
END
$do$;
