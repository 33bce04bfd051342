-- Makes the view rows of the table file: its columns, and each row's outcome,
-- by the expression in the psql variable outcome. A file with a column named
-- outcome keeps it, and the view's own is kpi_outcome.

SELECT set_config('kpi_demo.outcome', :'outcome', false);

DO $$
DECLARE
	name text := CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'file'::regclass AND attname = 'outcome')
		THEN 'kpi_outcome' ELSE 'outcome' END;
	-- on lines of its own, since it may end in a comment
	query text := format(E'SELECT file.*, (\n%s\n)::text::outcome AS %I FROM file',
		current_setting('kpi_demo.outcome'), name);
	known bigint;
	message text;
	columns text;
BEGIN
	-- a loop takes one query only, so that the expression stays one; OFFSET
	-- keeps the planner from leaving the other columns' errors out
	FOR known IN EXECUTE format('SELECT count(%I) FROM (%s OFFSET 0) rows', name, query) LOOP
		NULL;
	END LOOP;
	IF known = 0 THEN
		RAISE EXCEPTION 'the expression is NULL on every row';
	END IF;
	EXECUTE format('CREATE VIEW rows AS %s', query);
EXCEPTION WHEN undefined_column THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
	FROM pg_attribute WHERE attrelid = 'file'::regclass AND attnum > 0;
	RAISE EXCEPTION USING MESSAGE = message, HINT = 'The file''s columns are ' || columns;
END
$$;
