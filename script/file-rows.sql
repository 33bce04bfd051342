-- Makes the table rows of the table file: each row with its outcome, by the
-- expression in the psql variable outcome.

SELECT set_config('kpi_demo.outcome', :'outcome', false);

-- a cursor takes one query only, so that the expression stays one
CREATE FUNCTION pg_temp.file_rows() RETURNS TABLE (outcome outcome) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format(E'SELECT (\n%s\n)::text::outcome FROM file',
		current_setting('kpi_demo.outcome'));
END $$;

CREATE TABLE rows AS SELECT * FROM pg_temp.file_rows();
ANALYZE rows;
