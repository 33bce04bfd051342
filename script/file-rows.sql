-- Makes the view calls of the table file: its columns, and those that the
-- options of script/demo make of them; the view cards, a scorecard of all rows;
-- and the tables total, which is that scorecard, cards_by and cards_of, which are
-- those of --by and --period.
--
-- What an option has comes in a psql variable of its name, empty where it is
-- not given. An option makes a column of its name, or kpi_NAME where the file
-- has one of that name. Rows that an option cannot use are moved to the table
-- left_out.

SET client_min_messages = warning;
SET timezone = 'UTC';
SET jit = off;
SET work_mem = '64MB';
-- who writes the rows has enough to do
SET parallel_tuple_cost = 0.001;
SET parallel_setup_cost = 100;

CREATE TEMP TABLE given AS
SELECT :'dispositions' AS dispositions, :'map' AS map, :'skip_unmapped'::boolean AS skip_unmapped, :'region' AS region,
	:'where' AS condition, :'period' AS period, :'dates' AS dates, :'several'::boolean AS several, :'targets' AS targets,
	:rows AS rows, :last_line AS last_line, :'created' <> '' OR :'dashboard'::boolean AS instants,
	string_to_array(:'becomes', ',') AS becomes, ''::text AS used;

CREATE TEMP TABLE wanted (position integer, option text, name text, kind text, expression text);
INSERT INTO wanted VALUES
	(1, 'call', 'call', 'text', :'call'),
	(2, 'lead', 'lead', 'text', :'lead'),
	(3, 'code', 'code', 'code', :'code'),
	(4, 'code', 'outcome', 'disposition', :'code'),
	(4, 'outcome', 'outcome', 'outcome', :'outcome'),
	(5, 'talk', 'talk', 'duration', :'talk'),
	(6, 'handle', 'handle', 'duration', :'handle'),
	(7, 'worked', 'worked', 'duration', :'worked'),
	(8, 'revenue', 'revenue', 'amount', :'revenue'),
	(9, 'cost', 'cost', 'amount', :'cost'),
	(10, 'customers', 'customers', 'amount', :'customers'),
	(11, 'phone', 'phone', 'text', :'phone'),
	(12, 'phone', 'line', 'phone_line', :'phone'),
	(12, 'line', 'line', 'line', :'line'),
	(13, 'reason', 'reason', 'text', :'reason'),
	(14, 'product', 'product', 'text', :'product'),
	(15, 'amount', 'amount', 'amount', :'amount'),
	(16, 'by', 'by', 'text', :'by'),
	(17, 'when', 'period', 'moment', :'when'),
	(20, 'created', 'created', 'instant', :'created'),
	(21, 'sold', 'sold', 'instant', :'sold'),
	(22, 'segment', 'segment', 'text', :'segment'),
	(18, 'count', 'count', 'count', :'count');
INSERT INTO wanted
SELECT 22 + n, 'count', 'count_' || n, 'count', split_part(c, E'\u0001', 2)
FROM regexp_split_to_table(:'counts', E'\u0002') WITH ORDINALITY AS u (c, n)
WHERE c <> '';
DELETE FROM wanted WHERE expression = '';
UPDATE given SET used = (SELECT string_agg(expression, ' ') FROM wanted) || ' ' || :'where';

-- what such calls came to, by the column that counts them
CREATE TEMP TABLE labels AS
SELECT 'count_' || n AS name, split_part(c, E'\u0001', 1) AS label
FROM regexp_split_to_table(:'counts', E'\u0002') WITH ORDINALITY AS u (c, n)
WHERE c <> '';

-- What the options make of the rows.
CREATE TEMP TABLE made (position integer, option text, kind text, role text, expression text, name text, value text, source text, why text, texts text, n serial);

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

-- Does an expression of the options have a column in it?
CREATE FUNCTION pg_temp.used(name text) RETURNS boolean LANGUAGE sql AS $$
	SELECT position(lower(name) in lower(used)) > 0 FROM given
$$;

-- Makes a table of the texts that an expression has in rows of the file: each is
-- read once then, however many rows have it. NULL where most rows have one of their
-- own, by the estimate of Haas and Stokes, which ANALYZE makes too.
CREATE FUNCTION pg_temp.texts(name text, expression text, rows text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	number bigint := (SELECT given.rows FROM given);
	sample text := CASE WHEN number >= 20000 THEN ' WHERE at_line % ' || number / 10000 || ' = 0' ELSE '' END;
	query text := '(SELECT ' || expression || ' AS t FROM (SELECT * FROM ' || rows || ') file';
	few boolean := pg_temp.run(format('SELECT coalesce(n * d <= (n - once + once * n / %1$s) * %1$s / 4, true)
		FROM (SELECT sum(times) AS n, count(*) AS d, count(*) FILTER (WHERE times = 1) AS once
			FROM (SELECT count(*) AS times FROM %2$s OFFSET ''0'') f WHERE t IS NOT NULL GROUP BY t) g) h', number, query || sample));
BEGIN
	IF sample <> '' AND NOT few THEN
		RETURN NULL;
	END IF;
	EXECUTE format('CREATE UNLOGGED TABLE %I AS SELECT t FROM %s OFFSET ''0'') f WHERE t IS NOT NULL GROUP BY t', name, query);
	-- an index takes no more
	IF pg_temp.run(format('SELECT coalesce(max(octet_length(t)), 0) > 1000 FROM %I', name))::boolean THEN
		EXECUTE format('DROP TABLE %I', name);
		RETURN NULL;
	END IF;
	RETURN name;
END
$$;

-- The columns that are text for now, with what they are to become; of each, what
-- has its texts, and a table of what is read in them.
CREATE TEMP TABLE columns (name text, quoted text, becomes text, orders text[], n bigint, texts text, found text, read text);

-- Makes a column what it is to become, by the first of some expressions that reads
-- all its texts; it stays text where none does.
CREATE FUNCTION pg_temp.convert(of_column bigint, VARIADIC ways text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	one columns;
	way text;
BEGIN
	SELECT * INTO one FROM columns WHERE n = of_column;
	FOREACH way IN ARRAY ways LOOP
		BEGIN
			IF one.texts IS NULL THEN
				EXECUTE format('ALTER TABLE file ALTER %1$s TYPE %2$s USING (%3$s)::%2$s', one.quoted, one.becomes, format(way, one.quoted));
			ELSE
				EXECUTE format('CREATE UNLOGGED TABLE kpi_read_%s AS SELECT t, (%s)::%s AS value FROM %I', one.n, format(way, 't'), one.becomes, one.texts);
				EXECUTE format('CREATE UNIQUE INDEX ON kpi_read_%s (t)', one.n);
				UPDATE columns SET read = 'kpi_read_' || n WHERE n = of_column;
			END IF;
			RETURN;
		EXCEPTION WHEN data_exception THEN
			NULL;
		END;
	END LOOP;
END
$$;

-- Makes columns that are text for now what they can be. Where they are read from
-- their texts, file is a view then.
CREATE FUNCTION pg_temp.retype() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	one record;
	marks text[];
	orders text[] := '{}';
	more text[];
	style text;
	example text;
BEGIN
	INSERT INTO columns
	SELECT attname AS name, quote_ident(attname) AS quoted, b.type AS becomes, '{}'::text[] AS orders, n
	FROM unnest((SELECT becomes FROM given)) WITH ORDINALITY AS b (type, n)
		JOIN (SELECT attname, row_number() OVER (ORDER BY attnum) - 1 - (SELECT several::integer FROM given) AS n
			FROM pg_attribute WHERE attrelid = 'file'::regclass AND attnum > 0) a USING (n)
	WHERE b.type <> '-';
	FOR one IN SELECT * FROM columns LOOP
		UPDATE columns SET texts = pg_temp.texts('kpi_texts_' || n, quoted, 'file') WHERE n = one.n;
	END LOOP;
	UPDATE columns SET found = coalesce(texts, format('(SELECT %s AS t FROM file OFFSET ''0'') f', quoted));

	FOR one IN SELECT * FROM columns WHERE becomes = 'numeric' LOOP
		EXECUTE format('SELECT coalesce(array_agg(m), ''{}'') FROM (SELECT reading.shape(t) AS m FROM %s GROUP BY 1) s', one.found) INTO marks;
		style := CASE WHEN marks @> '{"."}' AND NOT marks @> '{","}' THEN '''.''' WHEN marks @> '{","}' AND NOT marks @> '{"."}' THEN ''',''' ELSE 'NULL' END;
		IF NOT marks @> '{none}' AND (style <> 'NULL' OR NOT marks @> '{?}') THEN
			PERFORM pg_temp.convert(one.n, format('coalesce(reading.number(%%1$s, %1$s), reading.none(%%1$s)::numeric)', style));
		END IF;
	END LOOP;

	-- one file writes all its dates one way
	FOR one IN SELECT * FROM columns WHERE becomes IN ('date', 'timestamp', 'timestamptz') LOOP
		EXECUTE format('SELECT coalesce(array_agg(o), ''{}'') FROM (SELECT coalesce(reading.date_order(t), ''none'') AS o FROM %s WHERE reading.present(t) IS NOT NULL GROUP BY 1) s', one.found)
			INTO more;
		UPDATE columns c SET orders = more WHERE n = one.n;
		orders := orders || more;
	END LOOP;
	SELECT CASE
		WHEN dates <> '' THEN dates
		WHEN orders @> '{dmy,mdy}' THEN 'both'
		WHEN 'dmy' = ANY (orders) THEN 'dmy'
		WHEN 'mdy' = ANY (orders) THEN 'mdy'
		WHEN '?' = ANY (orders) THEN '?'
		ELSE 'mdy'
	END INTO style FROM given;
	IF style IN ('?', 'both') THEN
		FOR one IN SELECT * FROM columns WHERE becomes IN ('date', 'timestamp', 'timestamptz') AND (pg_temp.used(name) OR
			(SELECT period FROM given) <> '' AND NOT EXISTS (SELECT FROM wanted WHERE kind = 'moment'))
		LOOP
			IF style = '?' THEN
				EXECUTE format('SELECT %1$s FROM file WHERE reading.date_order(%1$s) = ''?'' LIMIT 1', one.quoted) INTO example;
				IF example IS NOT NULL THEN
					RAISE EXCEPTION 'column %: "%" may be day and month, or month and day, as all its dates', one.quoted, example
						USING HINT = 'Say which with --dates dmy or --dates mdy.', ERRCODE = 'KP001';
				END IF;
			ELSE
				RAISE EXCEPTION 'column %: some dates have the day first, and some the month', one.quoted
					USING HINT = 'Say which with --dates dmy or --dates mdy: the others'' rows are left out then.', ERRCODE = 'KP001';
			END IF;
		END LOOP;
	ELSE
		EXECUTE format('ALTER DATABASE %I SET datestyle = ''ISO, %s''', current_database(), upper(style));
		EXECUTE format('SET datestyle = ''ISO, %s''', upper(style));
		FOR one IN SELECT * FROM columns WHERE becomes IN ('date', 'timestamp', 'timestamptz') LOOP
			CONTINUE WHEN one.orders && ARRAY['none', CASE style WHEN 'dmy' THEN 'mdy' ELSE 'dmy' END];
			PERFORM pg_temp.convert(one.n, 'reading.present(%1$s)', 'coalesce(reading.moment(%1$s), reading.none(%1$s)::timestamp)');
		END LOOP;
	END IF;

	-- numbers with a few words among them stay text
	FOR one IN SELECT * FROM columns WHERE becomes IN ('integer', 'bigint', 'boolean') LOOP
		PERFORM pg_temp.convert(one.n, 'reading.present(%1$s)');
	END LOOP;

	IF EXISTS (SELECT FROM columns WHERE read IS NOT NULL) THEN
		ALTER TABLE file RENAME TO kpi_lines;
		EXECUTE 'CREATE VIEW file AS SELECT '
			|| (SELECT string_agg(CASE WHEN read IS NULL THEN format('lines.%I', attname) ELSE format('%s.value AS %I', read, attname) END, ', ' ORDER BY attnum)
				FROM pg_attribute LEFT JOIN columns ON name = attname WHERE attrelid = 'kpi_lines'::regclass AND attnum > 0)
			|| ' FROM kpi_lines lines'
			|| (SELECT string_agg(format(' LEFT JOIN %1$s ON %1$s.t = lines.%2$s', read, quoted), '') FROM columns WHERE read IS NOT NULL);
	END IF;
END
$$;

-- Moves a last line that sums up those above it to left_out: one that has no
-- value where all others have one, or is nothing but sums.
CREATE FUNCTION pg_temp.leave_sums_out() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	of_file text;
	of_rows text := 'file';
	lines regclass := coalesce(to_regclass('kpi_lines'), to_regclass('file'));
	last record;
	cells jsonb;
	above jsonb;
	numbers text[];
	names text[];
	summed text[];
	emptied text[];
BEGIN
	SELECT array_agg(attname ORDER BY attnum) FILTER (WHERE atttypid IN ('integer'::regtype, 'bigint'::regtype, 'numeric'::regtype)), array_agg(attname ORDER BY attnum)
	INTO numbers, names
	FROM pg_attribute
	WHERE attrelid = 'file'::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('in_file', 'at_line');
	FOR of_file IN EXECUTE CASE WHEN (SELECT several FROM given) THEN 'SELECT DISTINCT in_file FROM file' ELSE 'SELECT NULL::text' END LOOP
		IF of_file IS NOT NULL THEN
			of_rows := format('(SELECT * FROM file WHERE in_file = %L)', of_file);
		END IF;
		IF of_file IS NULL THEN
			SELECT last_line AS line, given.rows INTO last FROM given;
		ELSE
			EXECUTE format('SELECT max(at_line) AS line, count(*) AS rows FROM %s f', of_rows) INTO last;
		END IF;
		EXECUTE format('SELECT to_jsonb(f) FROM %s f WHERE at_line = %s', of_rows, last.line) INTO cells;
		CONTINUE WHEN last.rows < 3 OR last.rows > 100000 AND NOT EXISTS (SELECT FROM unnest(names) n WHERE cells ->> n IS NULL);
		EXECUTE format('SELECT to_jsonb(t) FROM (SELECT %s FROM %s f WHERE at_line < %s) t',
			(SELECT string_agg(CASE WHEN n = ANY (numbers) THEN format('sum(%I) AS %I', n, n) ELSE format('count(%I) AS %I', n, n) END, ', ') FROM unnest(names) n)
				|| (SELECT coalesce(string_agg(format(', count(%I) AS %I', n, left('#' || n, 63)), ''), '') FROM unnest(numbers) n),
			of_rows, last.line) INTO above;
		SELECT array_agg(n) INTO summed FROM unnest(numbers) n
			WHERE (cells ->> n)::numeric = (above ->> n)::numeric AND (cells ->> n)::numeric <> 0;
		SELECT array_agg(n) INTO emptied FROM unnest(names) n
			WHERE cells ->> n IS NULL AND coalesce(above ->> left('#' || n, 63), above ->> n) = (last.rows - 1)::text;
		IF summed IS NOT NULL AND (emptied IS NOT NULL OR cardinality(summed) > 1
			AND NOT EXISTS (SELECT FROM unnest(numbers) n WHERE NOT n = ANY (summed) AND (cells ->> n)::numeric <> 0))
		THEN
			INSERT INTO left_out VALUES (of_file, last.line, NULL, summed[1] || ' ' || (cells ->> summed[1]), 'a line that sums those above it');
			EXECUTE format('DELETE FROM %s WHERE at_line = %s', lines, last.line) || CASE WHEN of_file IS NULL THEN '' ELSE format(' AND in_file = %L', of_file) END;
		ELSIF EXISTS (SELECT FROM unnest(emptied) n, wanted w
			WHERE w.option IN ('outcome', 'code', 'lead', 'call') AND position(lower(n) in lower(w.expression)) > 0)
		THEN
			INSERT INTO left_out VALUES (of_file, last.line, NULL, '', format('the last line, and the only one without %s', emptied[1]));
			EXECUTE format('DELETE FROM %s WHERE at_line = %s', lines, last.line) || CASE WHEN of_file IS NULL THEN '' ELSE format(' AND in_file = %L', of_file) END;
		END IF;
	END LOOP;
END
$$;

-- What an option makes of a row: what it is made of; the value, of the type
-- that its kind takes, of that source, which is %1$s; and why it cannot be, of the
-- source and the value, %2$s.
CREATE FUNCTION pg_temp.typed(role text, kind text, expression text, rows text, OUT value text, OUT source text, OUT why text, OUT texts text) LANGUAGE plpgsql AS $$
DECLARE
	-- on lines of its own, since it may end in a comment; and in COALESCE,
	-- where no set of rows can come from it
	bare text := format(E'COALESCE((\n%s\n))', expression);
	type regtype;
	category "char";
	given given;
	marks text[];
	longer boolean;
	example text;
	found text;				-- what has what is read, as t
BEGIN
	-- a loop takes one query only, so that the expression stays one; the line
	-- beside it makes an aggregate an error
	FOR type IN EXECUTE format('SELECT pg_typeof(%s), at_line FROM file LIMIT 1', bare) LOOP
		NULL;
	END LOOP;
	SELECT typcategory INTO category FROM pg_type WHERE oid = type;
	SELECT * INTO given FROM given;
	source := bare;
	IF kind IN ('amount', 'count') AND category NOT IN ('N', 'B') OR kind = 'duration' AND category NOT IN ('N', 'T') AND type <> 'time'::regtype
		OR kind IN ('instant', 'moment') AND category <> 'D'
	THEN
		texts := pg_temp.texts('kpi_texts_' || role, format('(%s)::text', bare), CASE WHEN kind IN ('instant', 'moment') THEN rows ELSE 'file' END);
		source := format('reading.present((%s)::text)', bare);
		found := CASE WHEN texts IS NULL THEN format('(SELECT %s AS t FROM file OFFSET ''0'') f', source)
			ELSE format('(SELECT reading.present(t) AS t FROM %s OFFSET ''0'') f', texts) END;
	END IF;

	CASE kind
		WHEN 'outcome' THEN
			value := '(%1$s)::text::outcome';
		WHEN 'disposition' THEN
			value := 'disposition(' || replace(quote_literal(given.dispositions), '%', '%%') || ', (%1$s)::text, false)';
		WHEN 'line' THEN
			value := '(%1$s)::text::line_type';
		WHEN 'phone_line' THEN
			value := 'line_type((%1$s)::text, ' || replace(quote_literal(given.region), '%', '%%') || ')';
		WHEN 'amount', 'count' THEN
			IF type = 'boolean'::regtype THEN
				value := '(%1$s)::integer::numeric';
			ELSIF category = 'N' THEN
				value := '(%1$s)::numeric';
				why := 'CASE WHEN (%2$s)::text IN (''NaN'', ''Infinity'', ''-Infinity'') THEN ''not a finite number'' END';
			ELSE
				FOR marks IN EXECUTE format('SELECT array_agg(m) FROM (SELECT reading.mark(t) AS m FROM %s GROUP BY 1) t', found) LOOP
					NULL;
				END LOOP;
				IF marks @> '{?}' AND (marks @> '{.}') = (marks @> '{","}') THEN
					example := pg_temp.run(format('SELECT t FROM (SELECT %s AS t FROM file OFFSET 0) f WHERE reading.mark(t) = ''?'' LIMIT 1', source));
					RAISE EXCEPTION '"%" may be a thousand and more, or a decimal number', example
						USING HINT = 'Say which mark is the decimal one: reading.number(column, ''.'') or reading.number(column, '','').';
				END IF;
				value := format('reading.number(%%1$s, %L)', CASE WHEN marks @> '{.}' AND NOT marks @> '{","}' THEN '.' WHEN marks @> '{","}' AND NOT marks @> '{.}' THEN ',' END);
				why := 'CASE WHEN %2$s IS NULL THEN ''no number'' END';
			END IF;
			IF kind = 'count' THEN
				why := format('CASE WHEN %%2$s < 0 THEN ''negative'' WHEN %%2$s <> trunc(%%2$s) THEN ''not a whole number'' ELSE %s END', coalesce(why, 'NULL::text'));
			END IF;
		WHEN 'duration' THEN
			IF category = 'N' THEN
				value := 'make_interval(secs => CASE WHEN (%1$s)::double precision >= 0 AND (%1$s)::double precision < 1e10 THEN (%1$s)::double precision END)';
				why := 'CASE WHEN (%1$s)::double precision < 0 THEN ''negative duration'' WHEN NOT (%1$s)::double precision < 1e10 THEN ''not a finite number'' END';
			ELSIF type IN ('interval'::regtype, 'time'::regtype) THEN
				value := '(%1$s)::interval';
				why := 'CASE WHEN %2$s < interval ''0'' THEN ''negative duration'' WHEN extract(year FROM %2$s) <> 0 OR extract(month FROM %2$s) <> 0 THEN ''duration in months'' END';
			ELSE
				longer := pg_temp.run(format('SELECT bool_or(t ~ ''^-?[0-9]+:[0-5][0-9]$'') AND NOT bool_or(t ~ ''[0-9]:[0-9]+:[0-9]'') FROM %s', found))::boolean;
				IF longer THEN
					example := pg_temp.run(format('SELECT t FROM (SELECT %s AS t FROM file OFFSET 0) f WHERE reading.short(t) LIMIT 1', source));
					RAISE EXCEPTION '"%" may be hours and minutes, or minutes and seconds', example
						USING HINT = 'Cast the column to interval where it is the first, put ''00:'' || before it where it is the second.';
				END IF;
				value := 'reading.duration(%1$s)';
				why := 'CASE %2$s < interval ''0'' WHEN true THEN ''negative duration'' WHEN false THEN NULL ELSE ''no duration'' END';
			END IF;
		WHEN 'instant' THEN
			IF category = 'D' THEN
				value := '(%1$s)::timestamp';
			ELSE
				value := 'reading.moment(%1$s)';
				why := 'CASE WHEN %2$s IS NULL THEN ''no date'' END';
			END IF;
		WHEN 'moment' THEN
			IF category = 'D' THEN
				value := format('date_trunc(%L, (%%1$s)::timestamp)::date', given.period);
			ELSE
				value := format('date_trunc(%L, reading.moment(%%1$s))::date', given.period);
				why := 'CASE WHEN %2$s IS NULL THEN ''no date'' END';
			END IF;
		ELSE
			value := '(%1$s)::text';
	END CASE;
	why := 'CASE WHEN %1$s IS NOT NULL THEN ' || why || ' END';
	IF texts IS NOT NULL THEN
		source := format('(%s)::text', bare);
		EXECUTE format('CREATE UNLOGGED TABLE kpi_read_%s AS SELECT *, %s AS why
			FROM (SELECT *, %s AS value FROM (SELECT t, reading.present(t) AS source FROM %s OFFSET ''0'') s OFFSET ''0'') v',
			role, format(why, 'source', 'value'), format(value, 'source'), texts);
		texts := 'kpi_read_' || role;
	END IF;
END
$$;

-- The rows with what options make of them, each expression evaluated once: the
-- file's columns if they are asked for, and of each option the value, why there
-- is none, and what there is instead.  OFFSET keeps the planner from leaving out
-- an expression that is not used, and its errors; in quotes it is a constant from
-- the first, and parallel workers evaluate them.
CREATE FUNCTION pg_temp.read_rows(rows text, columns text, "options" integer[]) RETURNS text LANGUAGE sql AS $$
	SELECT format('SELECT %s%s FROM (SELECT v.*%s FROM (SELECT s.*, %s FROM (SELECT file.*, %s FROM %s OFFSET ''0'') s%s OFFSET ''0'') v OFFSET ''0'') w', columns,
		string_agg(format('"value %s of kpi" AS %s', n, name)
			|| CASE WHEN why IS NULL THEN '' ELSE format(', "why %1$s of kpi", CASE WHEN "why %1$s of kpi" IS NOT NULL THEN left("shown %1$s of kpi"::text, 60) END AS "bad %1$s of kpi"', n) END, ', ' ORDER BY n),
		coalesce(string_agg(', ' || CASE WHEN texts IS NULL THEN format(why, format('"source %s of kpi"', n), format('"value %s of kpi"', n)) ELSE format('"fault %s of kpi"', n) END
			|| format(' AS "why %s of kpi"', n), '' ORDER BY n), ''),
		string_agg(CASE WHEN texts IS NULL THEN format(value, format('"source %s of kpi"', n)) || format(' AS "value %s of kpi"', n)
				|| CASE WHEN why IS NULL THEN '' ELSE format(', "source %1$s of kpi" AS "shown %1$s of kpi"', n) END
			ELSE format('%2$s.value AS "value %1$s of kpi", %2$s.source AS "shown %1$s of kpi", %2$s.why AS "fault %1$s of kpi"', n, texts) END, ', ' ORDER BY n),
		string_agg(format('%s AS "source %s of kpi"', source, n), ', ' ORDER BY n),
		rows,
		string_agg(format(' LEFT JOIN %1$s ON %1$s.t = "source %2$s of kpi"', texts, n), '') FILTER (WHERE texts IS NOT NULL))
	FROM made
	WHERE n = ANY ("options")
$$;

-- Codes that have no outcome with how often each occurs, the first ten; NULL
-- where all have one.
CREATE FUNCTION pg_temp.unmapped(source text, query text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('"%s" (%s)', replace(code, E'\n', ' '), occurrences), ', ' ORDER BY n) FILTER (WHERE n <= 10)
		|| CASE WHEN count(*) > 10 THEN format(' and %s more', count(*) - 10) ELSE '' END
	FROM kpi_unmapped(source, query) WITH ORDINALITY AS u (code, occurrences, n)
$$;

DO $do$
#variable_conflict use_column
DECLARE
	given given;
	wanted wanted;
	one record;
	counts bigint[];
	otherwise bigint := 0;		-- rows that do not count
	again boolean;
	names jsonb := '{}';		-- of the columns that are made
	name text;
	rows text;					-- those of the file that count
	sections text;
	alone text;
	source text;				-- where the sections come from
	at text := 'where';			-- the option at work
	message text;
	hint text;
BEGIN
	PERFORM pg_temp.retype();
	PERFORM pg_temp.leave_sums_out();
	SELECT * INTO given FROM given;
	IF given.period <> '' AND NOT EXISTS (SELECT FROM wanted WHERE kind = 'moment') THEN
		at := 'period';
		SELECT quote_ident(attname) INTO name FROM pg_attribute
		WHERE attrelid = 'file'::regclass AND attnum > 0 AND atttypid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
		ORDER BY attnum LIMIT 1;
		IF name IS NULL THEN
			RAISE EXCEPTION 'no column of the file is a date' USING HINT = 'Say when a row was with --when X.';
		END IF;
		INSERT INTO wanted VALUES (17, 'when', 'period', 'moment', name);
	END IF;
	IF given.instants THEN
		INSERT INTO wanted SELECT 19, 'when', 'called', 'instant', w.expression FROM wanted w WHERE w.kind = 'moment';
	END IF;
	IF given.period = '' THEN
		DELETE FROM wanted w WHERE w.kind = 'moment';
	END IF;
	at := 'where';
	rows := 'file';
	IF given.condition <> '' THEN
		rows := format(E'file WHERE (\n%s\n)', given.condition);
		IF pg_temp.run('SELECT count(*) FROM ' || rows) = '0' THEN
			RAISE EXCEPTION 'no row is left';
		END IF;
	END IF;
	IF given.dispositions <> '' THEN
		at := 'map';
		INSERT INTO kpi_disposition (source, code, outcome)
			SELECT given.dispositions, regexp_replace(line, '=[^=]*$', ''), regexp_replace(line, '^.*=', '')::outcome
			FROM regexp_split_to_table(given.map, '\n') line
			WHERE line <> '';
		at := 'dispositions';
		PERFORM disposition(given.dispositions, '', false);
	END IF;

	-- each expression alone first, so that a complaint has its option
	FOR wanted IN SELECT * FROM wanted w ORDER BY w.position LOOP
		at := wanted.option;
		name := wanted.name;
		WHILE EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'file'::regclass AND attname = name) LOOP
			name := 'kpi_' || name;
		END LOOP;
		names := names || jsonb_build_object(wanted.name, quote_ident(name));
		INSERT INTO made SELECT wanted.position, wanted.option, wanted.kind, wanted.name, wanted.expression, quote_ident(name), t.*
			FROM pg_temp.typed(wanted.name, wanted.kind, wanted.expression, rows) t;
	END LOOP;
	at := 'count';
	PERFORM label::outcome FROM labels;

	BEGIN
		EXECUTE 'CREATE UNLOGGED TABLE kpi_read AS ' || pg_temp.read_rows(rows,
			(SELECT string_agg(quote_ident(attname) || ', ', '' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'file'::regclass AND attnum > 0 AND NOT attisdropped),
			(SELECT array_agg(m.n) FROM made m));
	EXCEPTION WHEN OTHERS THEN
		FOR one IN SELECT * FROM made m ORDER BY n LOOP
			at := one.option;
			PERFORM pg_temp.run(format('SELECT count(r) FROM (%s) r', pg_temp.read_rows(rows, '', ARRAY[one.n])));
		END LOOP;
		RAISE;
	END;
	IF given.condition <> '' THEN
		SELECT (SELECT count(*) FROM file) - (SELECT count(*) FROM kpi_read) INTO otherwise;
	END IF;
	EXECUTE (SELECT 'DROP TABLE ' || string_agg(oid::regclass::text, ', ') || ' CASCADE' FROM pg_class
		WHERE pg_table_is_visible(oid) AND relkind = 'r' AND (relname IN ('file', 'kpi_lines') OR relname ~ '^kpi_(texts|read)_'));
	ALTER TABLE kpi_read RENAME TO file;

	-- what is left out of the file changes what the others are counted of
	LOOP
		EXECUTE format('SELECT ARRAY[count(*), %s] FROM file',
			(SELECT string_agg(format(CASE WHEN m.why IS NULL THEN 'count(%1$s), count(%3$s), 0'
					ELSE 'count(*) FILTER (WHERE %1$s IS NOT NULL OR "why %2$s of kpi" IS NOT NULL), count(%3$s), count("why %2$s of kpi")' END,
				CASE m.kind WHEN 'disposition' THEN names ->> 'code' ELSE m.name END, n, m.name), ', ' ORDER BY n) FROM made m))
			INTO counts;
		again := false;
		FOR one IN SELECT *, counts[3 * n - 1] AS given, counts[3 * n] AS is_value, counts[3 * n + 1] AS bad FROM made m ORDER BY n LOOP
			at := one.option;
			IF one.bad > 0 THEN
				IF 2 * one.bad > one.given THEN
					message := pg_temp.run(format('SELECT format(''cannot read "%%s": %%s'', "bad %1$s of kpi", "why %1$s of kpi") FROM file WHERE "why %1$s of kpi" IS NOT NULL LIMIT 1', one.n));
					RAISE EXCEPTION '%', message USING HINT = CASE replace(one.kind, 'instant', 'moment')
						WHEN 'duration' THEN 'Durations such as 61, 00:03:12, 3 min 12 s and 18:25 min are read; give an expression that makes one of them.'
						WHEN 'moment' THEN 'Give an expression that makes a timestamp, such as to_timestamp(column, ''DD Mon YYYY HH24:MI'').'
						ELSE 'Numbers such as 1250.5, 1,250.50, 1 250,50 € and (30.00) are read; give an expression that makes one of them.' END;
				END IF;
				EXECUTE format('INSERT INTO left_out SELECT %s, at_line, %L, "bad %3$s of kpi", "why %3$s of kpi" FROM file WHERE "why %3$s of kpi" IS NOT NULL',
					CASE WHEN given.several THEN 'in_file' ELSE 'NULL' END, one.option, one.n);
				again := true;
			ELSIF one.is_value = 0 THEN
				RAISE EXCEPTION '%', CASE WHEN one.kind = 'disposition' AND one.given > 0 AND given.skip_unmapped THEN 'no code has an outcome'
					WHEN one.kind = 'disposition' AND one.given > 0 THEN 'codes without an outcome in "' || given.dispositions || '": '
						|| pg_temp.unmapped(given.dispositions, 'SELECT ' || (names ->> 'code') || ' FROM file')
					ELSE 'the expression is NULL on every row' END
					USING HINT = CASE WHEN one.kind = 'disposition' AND one.given > 0 AND NOT given.skip_unmapped
						THEN 'Say what each comes to with --map ''CODE=label'', or leave their rows out with --skip-unmapped.' ELSE '' END;
			ELSIF one.kind = 'disposition' AND one.is_value < one.given AND NOT given.skip_unmapped THEN
				message := pg_temp.unmapped(given.dispositions, 'SELECT ' || (names ->> 'code') || ' FROM file');
				IF message IS NOT NULL THEN
					RAISE EXCEPTION 'codes without an outcome in "%": %', given.dispositions, message
						USING HINT = 'Say what each comes to with --map ''CODE=label'', or leave their rows out with --skip-unmapped.';
				END IF;
			END IF;
		END LOOP;
		EXIT WHEN NOT again;
		EXECUTE 'DELETE FROM file WHERE ' || (SELECT string_agg(format('"why %s of kpi" IS NOT NULL', n), ' OR ') FROM made m WHERE m.why IS NOT NULL);
	END LOOP;
	IF EXISTS (SELECT FROM made m WHERE m.why IS NOT NULL) THEN
		EXECUTE 'ALTER TABLE file ' || (SELECT string_agg(format('DROP "why %1$s of kpi", DROP "bad %1$s of kpi"', n), ', ') FROM made m WHERE m.why IS NOT NULL);
	END IF;
	CREATE TABLE kpi_options AS
		SELECT option, role, m.name, counts[3 * n] AS filled, n FROM made m WHERE kind <> 'code' OR given.skip_unmapped;
	CREATE TABLE kpi_rows AS
		SELECT counts[1] AS counted, otherwise;

	at := 'outcome';
	IF names ? 'call' THEN
		-- legs of one call: times add up, the furthest leg says what it came to
		CREATE VIEW legs AS SELECT * FROM file;
		EXECUTE format('CREATE VIEW calls AS SELECT min(at_line) AS at_line, count(*) AS legs, %s FROM legs GROUP BY coalesce(%s, ''line '' || at_line)',
			(SELECT string_agg(format(CASE role
				WHEN 'call' THEN 'min(%1$s) AS %1$s'
				WHEN 'talk' THEN 'sum(%1$s) AS %1$s' WHEN 'handle' THEN 'sum(%1$s) AS %1$s' WHEN 'worked' THEN 'sum(%1$s) AS %1$s'
				WHEN 'outcome' THEN 'max(%1$s) AS %1$s'
				WHEN 'by' THEN '(array_agg(%1$s ORDER BY at_line))[1] AS %1$s' WHEN 'period' THEN 'min(%1$s) AS %1$s'
				WHEN 'called' THEN 'min(%1$s) AS %1$s' WHEN 'created' THEN 'min(%1$s) AS %1$s' WHEN 'sold' THEN 'max(%1$s) AS %1$s'
				ELSE '(array_agg(%1$s ORDER BY %2$s at_line))[1] AS %1$s' END, m.name, names ->> 'outcome' || ' DESC NULLS LAST,'), ', ' ORDER BY n) FROM made m),
			names ->> 'call');
	ELSIF EXISTS (SELECT FROM made WHERE kind = 'count') THEN
		-- rows that stand for several calls: what they have in all is shared out
		CREATE VIEW counted AS SELECT * FROM file;
		EXECUTE format($query$
			CREATE VIEW calls AS SELECT %1$s FROM counted r LEFT JOIN LATERAL (
				SELECT outcome, row_number() OVER () AS number, count(*) OVER () AS calls,
					count(*) FILTER (WHERE reached(outcome, 'answered')) OVER () AS answers, row_number() OVER (PARTITION BY reached(outcome, 'answered')) AS answer,
					count(*) FILTER (WHERE reached(outcome, 'sale')) OVER () AS sales, row_number() OVER (PARTITION BY reached(outcome, 'sale')) AS sale
				FROM (VALUES %2$s) v (outcome, calls), generate_series(1, v.calls::integer)) c ON true$query$,
			(SELECT 'r.at_line, c.outcome' || string_agg(CASE
					WHEN role IN ('talk', 'handle') THEN format($case$, CASE
						WHEN c.calls IS NULL THEN NULL
						WHEN c.answers = 0 THEN r.%1$s / c.calls + CASE WHEN c.number = 1 THEN r.%1$s - r.%1$s / c.calls * c.calls ELSE '0' END
						WHEN reached(c.outcome, 'answered') THEN r.%1$s / c.answers + CASE WHEN c.answer = 1 THEN r.%1$s - r.%1$s / c.answers * c.answers ELSE '0' END END AS %1$s$case$, m.name)
					WHEN role IN ('revenue', 'amount') THEN format($case$, CASE
						WHEN coalesce(c.sales, 0) = 0 THEN CASE WHEN coalesce(c.number, 1) = 1 THEN r.%1$s END
						WHEN reached(c.outcome, 'sale') THEN trunc(r.%1$s / c.sales, 2) + CASE WHEN c.sale = 1 THEN r.%1$s - trunc(r.%1$s / c.sales, 2) * c.sales ELSE 0 END END AS %1$s$case$, m.name)
					WHEN role IN ('worked', 'cost', 'customers') THEN format(', CASE WHEN coalesce(c.number, 1) = 1 THEN r.%1$s END AS %1$s', m.name)
					ELSE ', r.' || m.name END, '' ORDER BY n)
				FROM made m WHERE role NOT LIKE 'count%' AND role <> 'outcome'),
			coalesce((SELECT string_agg(format('(%L::outcome, r.%s)', label, m.name), ', ') FROM labels c JOIN made m ON m.role = c.name),
				format('(%s, r.%s)', coalesce('r.' || (names ->> 'outcome'), 'NULL::outcome'), names ->> 'count')));
		IF names ? 'outcome' OR EXISTS (SELECT FROM labels) THEN
			names := names || '{"outcome": "outcome"}';
		END IF;
	ELSE
		CREATE VIEW calls AS SELECT * FROM file;
	END IF;

	-- a lead came in once, and is called for the first time once
	source := 'calls';
	IF names ? 'created' THEN
		source := 'delayed';
		EXECUTE format(CASE WHEN names ? 'lead' THEN
			'CREATE VIEW delayed AS SELECT *, CASE WHEN row_number() OVER way = 1 THEN min(%1$s) OVER of_lead - min(%2$s) OVER of_lead END AS kpi_speed_to_lead,
				CASE WHEN row_number() OVER way = 1 THEN max(%3$s) OVER of_lead - min(%2$s) OVER of_lead END AS kpi_sales_cycle
			FROM calls WINDOW of_lead AS (PARTITION BY %4$s), way AS (PARTITION BY %4$s ORDER BY %1$s, at_line)'
			ELSE 'CREATE VIEW delayed AS SELECT *, %1$s - %2$s AS kpi_speed_to_lead, %3$s - %2$s AS kpi_sales_cycle FROM calls' END,
			coalesce(names ->> 'called', 'NULL::timestamp'), names ->> 'created', coalesce(names ->> 'sold', 'NULL::timestamp'), names ->> 'lead');
	END IF;
	SELECT string_agg(section, ' + '), string_agg(section, ' + ') FILTER (WHERE section NOT LIKE 'scorecard_journeys(%') INTO sections, alone FROM (VALUES
		-- without leads of their own, rows are taken for calls and for leads
		(format(CASE WHEN names ? 'lead' THEN 'scorecard_calls(%1$s)' WHEN names ? 'outcome' THEN 'scorecard_calls(%1$s) + scorecard_leads(%1$s)' END,
			names ->> 'outcome')),
		('scorecard_journeys(' || (names ->> 'outcome') || ', ' || (names ->> 'lead') || ')'),
		('scorecard_lines(' || (names ->> 'line') || ')'),
		(CASE WHEN names ?| '{talk,handle,worked}' THEN format('scorecard_time(%s, %s, %s)',
			coalesce(names ->> 'talk', 'NULL'), coalesce(names ->> 'handle', 'NULL'), coalesce(names ->> 'worked', 'NULL')) END),
		(CASE WHEN names ?| '{revenue,cost,customers}' THEN format('scorecard_money(%s, %s, %s, NULL)',
			coalesce(names ->> 'revenue', 'NULL'), coalesce(names ->> 'cost', 'NULL'), coalesce(names ->> 'customers', 'NULL')) END),
		(CASE WHEN names ?& '{created,called}' THEN 'scorecard_delays(''speed_to_lead'', kpi_speed_to_lead)' END),
		(CASE WHEN names ?& '{created,sold}' THEN 'scorecard_delays(''sales_cycle'', kpi_sales_cycle)' END),
		('scorecard_reasons(' || (names ->> 'outcome') || ', ' || (names ->> 'reason') || ')'),
		(CASE WHEN names ? 'product' THEN format('scorecard_products(%s, %s, %s)',
			names ->> 'outcome', names ->> 'product', coalesce(names ->> 'amount', 'NULL')) END)
	) s (section);
	EXECUTE format('CREATE VIEW cards AS SELECT %s AS card FROM %s', sections, source);
	IF names ? 'period' THEN
		EXECUTE format('CREATE UNLOGGED TABLE cards_of AS SELECT %s AS period, %s AS card FROM %s GROUP BY 1', names ->> 'period', sections, source);
	END IF;
	-- leads may be in several periods; rows add up
	IF names ? 'period' AND NOT names ? 'lead' THEN
		CREATE TABLE total AS SELECT rollup(card) AS card FROM cards_of;
	ELSE
		CREATE TABLE total AS SELECT card FROM cards;
	END IF;
	at := 'target';
	PERFORM kpi_targets(card, ('{' || given.targets || '}')::jsonb) FROM total;
	at := 'by';
	IF names ? 'by' THEN
		EXECUTE format('CREATE UNLOGGED TABLE cards_by AS SELECT %s AS by, %s AS card FROM %s GROUP BY 1', names ->> 'by', sections, source);
	END IF;
	IF names ? 'period' THEN
		-- what the dashboard adds up: each lead in one part, that of its last call
		FOREACH name IN ARRAY '{by,segment}'::text[] LOOP
			EXECUTE format('CREATE VIEW %I AS SELECT %s AS day, %s::text AS part, %s AS card FROM %s WHERE %L GROUP BY 1, 2',
				CASE name WHEN 'by' THEN 'cards_page' ELSE 'segments_page' END, names ->> 'period', coalesce(names ->> name, 'NULL::text'), alone, source, name = 'by' OR names ? name)
				|| CASE WHEN names ? 'lead' THEN format(' UNION ALL SELECT day, part, scorecard_leads(outcome) FROM (
					SELECT journey(%1$s) AS outcome, max(%2$s) AS day, ((array_agg(%3$s ORDER BY %2$s DESC NULLS LAST, at_line DESC))[1])::text AS part
					FROM calls WHERE %5$L GROUP BY %4$s) leads GROUP BY 1, 2',
					names ->> 'outcome', names ->> 'period', coalesce(names ->> name, 'NULL::text'), names ->> 'lead', name = 'by' OR names ? name) ELSE '' END;
		END LOOP;
		-- days without hours tell of no hour
		EXECUTE CASE WHEN names ?& '{called,outcome}' THEN format('CREATE VIEW slots_page AS SELECT %1$s AS day, date_trunc(''hour'', %2$s)::time AS slot, scorecard_calls(%3$s) AS card
			FROM calls WHERE %2$s IS NOT NULL AND EXISTS (SELECT FROM calls WHERE %2$s::time <> ''00:00'') GROUP BY 1, 2', names ->> 'period', names ->> 'called', names ->> 'outcome')
			ELSE 'CREATE VIEW slots_page AS SELECT NULL::date AS day, NULL::time AS slot, NULL::scorecard AS card FROM calls WHERE false' END;
	END IF;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	IF SQLSTATE = '42703' THEN
		SELECT 'The file''s columns are ' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO hint
		FROM pg_attribute WHERE attrelid = 'file'::regclass AND attnum > 0 AND attname NOT IN ('in_file', 'at_line');
	END IF;
	RAISE EXCEPTION USING MESSAGE = CASE SQLSTATE WHEN 'KP001' THEN '' ELSE '--' || at || ': ' END || message, HINT = hint;
END
$do$;
