-- Errors of the states: what is not a state is refused, and nothing crashes
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS kpi;
SET search_path = public, kpi_internal;
CREATE FUNCTION caught(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text; d text;
BEGIN
	EXECUTE command;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(E'\n', sqlstate || ' ' || m, nullif(d, ''));
END $$;

-- text
SELECT input, caught(format('SELECT %L::kpi_tally', input)) FROM (VALUES (''), ('{'), ('}'), ('{}'), ('{}}'), ('sale:1'),
	('{sale}'), ('{sale:}'), ('{sale:0}'), ('{sale:-1}'), ('{sale:+1}'), ('{sale: 1}'), ('{sale:1.5}'), ('{sale:1,}'), ('{,}'),
	('{sale:1,sale:2}'), ('{sael:1}'), ('{sale:9223372036854775807}'), ('{sale:9223372036854775808}'),
	('{sale:1,busy:99999999999999999999}'), ('{:1}'), ('{refused+callback:3}')) v(input);
SELECT input, caught(format('SELECT %L::kpi_share', input)) FROM (VALUES (''), ('/'), ('1'), ('1/'), ('/1'), ('2/1'), ('-1/1'),
	('1/2/3'), ('a/b'), ('0/0'), ('3/10'), ('1/99999999999999999999')) v(input);
SELECT '{sale:2,refused+callback:300,new:1}'::kpi_tally, '{}'::kpi_tally, '3/10'::kpi_share;

-- transitions by hand
SELECT command, caught('SELECT ' || command) FROM (VALUES
	('kpi_tally_accum(''{}'', ''sale'')'), ('kpi_tally_inverse(''{sale:1}'', ''sale'')'), ('kpi_tally_combine(''{}'', ''{}'')'),
	('kpi_share_accum(''0/0'', ''sale'', ''sale'', ''sale'')'), ('kpi_share_inverse(''1/1'', ''sale'', ''sale'', ''sale'')'),
	('kpi_share_combine(''0/0'', ''0/0'')'), ('kpi_tally_accum(NULL, NULL) IS NULL')) v(command);
-- a final function only reads, so that it answers
SELECT kpi_closing_rate_final('{sale:3,lost:1}'), kpi_sales_final('{sale:3,lost:1}'), kpi_closing_rate_final('{}'),
	kpi_rate_final('3/4'), kpi_rate_final('0/0');
-- an internal state cannot be written at all
SELECT caught('SELECT kpi_lead_sales_final(NULL::internal)') ~ '^(42846 cannot cast|0A000 cannot accept).* internal$' AS refused;

-- the states serve the user's own aggregates
CREATE AGGREGATE tally(outcome) (SFUNC = kpi_tally_accum, STYPE = kpi_tally, INITCOND = '{}',
	COMBINEFUNC = kpi_tally_combine, MSFUNC = kpi_tally_accum, MINVFUNC = kpi_tally_inverse, MSTYPE = kpi_tally, MINITCOND = '{}');
CREATE AGGREGATE merged(kpi_tally) (SFUNC = kpi_tally_combine, STYPE = kpi_tally, INITCOND = '{}');
CREATE AGGREGATE taken(outcome) (SFUNC = kpi_tally_inverse, STYPE = kpi_tally, INITCOND = '{sale:2}');
SELECT tally(o), merged(t), kpi_sales_final(merged(t)) FROM (VALUES ('sale'::outcome, '{busy:1}'::kpi_tally), ('busy', '{sale:300,busy:2}'),
	('sale', '{}'), (NULL, NULL)) v(o, t);
SELECT taken(o) FROM (VALUES ('sale'::outcome), ('sale')) v(o);
-- what was never added cannot be subtracted, and no count overflows
SELECT taken(o) FROM (VALUES ('sale'::outcome), ('sale'), ('sale')) v(o);
SELECT taken(o) FROM (VALUES ('busy'::outcome)) v(o);
SELECT merged(t) FROM (VALUES ('{sale:9223372036854775807}'::kpi_tally), ('{sale:1}')) v(t);
SELECT kpi_sales_final('{sale:9223372036854775807,direct_sale:1}');
SELECT kpi_sales_final('{sale:9223372036854775807}'), kpi_conversion_rate_final('{sale:9000000000000000000}');
DROP AGGREGATE tally(outcome);
DROP AGGREGATE merged(kpi_tally);
DROP AGGREGATE taken(outcome);
DROP FUNCTION caught(text);
