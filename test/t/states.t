#!/usr/bin/perl
# Aggregates that an ordinary role makes of the extension's support functions,
# over states of every shape: NULL, packed, toasted, stored, of another
# aggregate, truncated, damaged, and of a newer version. Each function, as the
# catalogs list them, takes the state or refuses it, and the server lives.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my $db = "kpi_states_$$";
my $role = "kpi_states_role_$$";
system('createdb', $db) == 0 or BAIL_OUT('cannot create a database');

sub psql
{
	my ($script) = @_;
	my $file = "$dir/script.sql";
	open my $fh, '>', $file or die;
	print $fh "SET client_min_messages = warning;\nSET search_path = public, kpi_internal;\n$script";
	close $fh;
	return scalar `psql -X -q -A -t -d $db -f $file 2>&1`;
}

# Values of each state type that use all parts of its form.
my %states = (
	kpi_tally => [ '{}', '{new:1,callback+refused:300,sale:2}', '{new:5000000000,sale:2}' ],
	kpi_line_tally => [ '{}', '{mobile:1,voip:300,invalid:2}' ],
	kpi_durations => [ '{}', '{36000000/5/4,0/0/0,7200000000/3/2}' ],
	kpi_money => [ '{}', '{0:3:12.50,0:1:NaN,1:2:123456789012345678901234567890123456789012.5}' ],
	kpi_ranges => [ '{}', '{-5~7,100~200,300~400,500~600,700~800}' ],
	kpi_share => [ '3/10' ],
	delays => [ '{}', '{"seconds": [[0, 3], [12.4, 300]], "negative": 2}' ],
	mix => [ '[]', '[["no need", 12.5, 3], ["less", -1e30], [null, 1]]' ],
	ratio => [ '8/47', '-16.3125/1e-20' ],
	scorecard => [ '{}', '{"version": 1, "calls": {"busy": 300}, "money": {"revenue": [[1, -10], [1, 30.50]]}, "products": [["a", 2]]}',
		'{"version": 1, "leads": {"sale": 2}, "lines": {"mobile": 5}, "time": {"wait": [60, 2, 1], "pause": [0, 1, 0]}, "delays": {"sales_cycle": {"seconds": [[12.4, 3]], "negative": 1}}}' ],
);
my $values = join ', ', map { my $type = $_; map { "('$type', \$\$$_\$\$)" } @{ $states{$type} } } sort keys %states;

is(psql(<<"END"), '', 'there are states of every shape');
CREATE EXTENSION kpi;
CREATE ROLE $role;
CREATE SCHEMA theirs AUTHORIZATION $role;
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw AS 'byteain' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION raw_out(raw) RETURNS cstring AS 'byteaout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended);
CREATE TABLE seed (type regtype, value text, raw regtype);
INSERT INTO seed SELECT t::regtype, v, CASE typalign WHEN 'd' THEN 'raw' ELSE 'bytea' END::regtype FROM (VALUES $values) s(t, v) JOIN pg_type p ON p.oid = t::regtype;
CREATE TABLE support AS
	SELECT DISTINCT p.oid::regprocedure AS f, t::regtype AS type, part, p.proisstrict AS is_strict,
		ARRAY(SELECT format_type(a, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(a, n) WHERE n > 1 ORDER BY n) AS arguments
	FROM pg_aggregate a JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = a.aggfnoid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kpi',
	LATERAL (VALUES (aggtransfn, aggtranstype, 'row'), (aggcombinefn, aggtranstype, 'row'), (aggmtransfn, aggmtranstype, 'row'), (aggminvtransfn, aggmtranstype, 'row'),
		(aggfinalfn, aggtranstype, 'final'), (aggmfinalfn, aggmtranstype, 'final')) s(f, t, part)
	JOIN pg_proc p ON p.oid = s.f;
DO \$\$
DECLARE
	type regtype;
	raw regtype;
BEGIN
	FOR type, raw IN SELECT DISTINCT s.type, s.raw FROM seed s LOOP
		EXECUTE format('CREATE CAST (%s AS %s) WITHOUT FUNCTION', raw, type);
		EXECUTE format('CREATE CAST (%s AS %s) WITHOUT FUNCTION', type, raw);
		EXECUTE format('CREATE TABLE states_%s (id int GENERATED ALWAYS AS IDENTITY, what text, v %1\$s)', type::text);
		EXECUTE format('ALTER TABLE states_%s ALTER v SET STORAGE external, SET (toast_tuple_target = 128)', type);
		EXECUTE format('INSERT INTO states_%s (what, v) VALUES (''null'', NULL)', type);
		-- whole ones, of which the last is toasted where it can be
		EXECUTE format('INSERT INTO states_%1\$s (what, v) SELECT ''good'', value::%1\$s FROM seed WHERE type = %1\$L::regtype', type);
		EXECUTE format('INSERT INTO states_%1\$s (what, v) SELECT ''newer'', set_byte(b, 0, 2)::text::%2\$s::%1\$s
			FROM seed, LATERAL (SELECT value::%1\$s::%2\$s::text::bytea AS b) r WHERE type = %1\$L::regtype', type, raw);
		EXECUTE format('INSERT INTO states_%1\$s (what, v) SELECT ''damaged'', set_byte(b, i, get_byte(b, i) # CASE i %% 3 WHEN 0 THEN 255 WHEN 1 THEN 128 ELSE 1 END)::text::%2\$s::%1\$s
			FROM seed, LATERAL (SELECT value::%1\$s::%2\$s::text::bytea AS b) r, generate_series(1, length(b) - 1) i
			WHERE type = %1\$L::regtype AND (i < 40 OR i %% 9 = 0)', type, raw);
		EXECUTE format('INSERT INTO states_%1\$s (what, v) SELECT ''truncated'', substr(b, 1, i)::text::%2\$s::%1\$s
			FROM seed, LATERAL (SELECT value::%1\$s::%2\$s::text::bytea AS b) r, generate_series(0, length(b) - 1, 9) i WHERE type = %1\$L::regtype', type, raw);
		-- of every other type's bytes
		EXECUTE format('INSERT INTO states_%1\$s (what, v) SELECT ''foreign'', (''\\x'' || repeat(x, n))::%2\$s::%1\$s
			FROM unnest(''{00,01,7f,ff,0103,ff01}''::text[]) x, unnest(''{1,24,200}''::int[]) n', type, raw);
	END LOOP;
END \$\$;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO $role;
END

is(psql("SELECT DISTINCT type FROM support WHERE type NOT IN (SELECT type FROM seed) AND type <> 'internal'::regtype AND type <> 'outcome'::regtype;\n"), '',
	'every state type is among them');

# What a state may be refused with: damage, sums out of range, a limit, and what
# an argument of a row can be refused with.
my $odd = psql(<<"END");
SET SESSION AUTHORIZATION $role;
SET search_path = theirs, public, kpi_internal;
CREATE FUNCTION attempt(query text) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
	EXECUTE query;
	RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END \$\$;
CREATE TABLE seen (f text, type text, what text, result text);
DO \$\$
DECLARE
	s record;
	state record;
	kept text;
	parameters text;
	constants text;
	value text;
	n int := 0;
BEGIN
	FOR s IN SELECT * FROM support WHERE type IN (SELECT type FROM seed) LOOP
		n := n + 1;
		kept := format('(SELECT v FROM states_%s WHERE id = current_setting(''states.id'')::int)', s.type);
		IF s.part = 'final' THEN
			EXECUTE format('CREATE FUNCTION keep_%s(%s, int) RETURNS %2\$s LANGUAGE sql AS %3\$L', n, s.type, 'SELECT ' || kept);
			EXECUTE format('CREATE AGGREGATE a_%s(int) (SFUNC = keep_%1\$s, STYPE = %2\$s, FINALFUNC = %3\$s)', n, s.type, s.f::regproc);
		ELSE
			parameters := array_to_string(s.arguments, ', ');
			SELECT string_agg(CASE WHEN a = s.type::text THEN kept
				WHEN a = 'outcome' THEN '''sale''::outcome' WHEN a = 'line_type' THEN '''mobile''::line_type'
				WHEN a = 'tstzrange' THEN '''[2026-01-05 09:00, 2026-01-05 12:00)''::tstzrange' WHEN a = 'interval' THEN 'interval ''1 min'''
				WHEN a LIKE 'timestamp%' THEN '''2026-01-05''::' || a WHEN a = 'text' THEN '''sale''::text' ELSE '1::' || a END, ', ' ORDER BY i)
				INTO constants FROM unnest(s.arguments) WITH ORDINALITY u(a, i);
			EXECUTE format('CREATE FUNCTION keep_%s(%s, %s) RETURNS %2\$s %4\$s LANGUAGE sql AS %5\$L', n, s.type, parameters,
				CASE WHEN s.is_strict THEN 'STRICT' ELSE '' END, 'SELECT ' || kept);
			-- an aggregate without an initial value, where there can be one
			BEGIN
				EXECUTE format('CREATE AGGREGATE a_%s(%s) (SFUNC = %s, STYPE = %s)', n, parameters, s.f::regproc, s.type);
			EXCEPTION WHEN invalid_function_definition THEN
				EXECUTE format('CREATE AGGREGATE a_%s(%s) (SFUNC = %s, STYPE = %s, INITCOND = %L)', n, parameters, s.f::regproc, s.type,
					(SELECT d.value FROM seed d WHERE d.type = s.type LIMIT 1));
			END;
			-- the function as the forward and as the inverse transition of one whose state is what is kept
			EXECUTE format('CREATE AGGREGATE f_%s(%s) (SFUNC = %s, STYPE = %s, INITCOND = %5\$L, MSFUNC = %3\$s, MINVFUNC = keep_%1\$s, MSTYPE = %4\$s, MINITCOND = %5\$L)',
				n, parameters, s.f::regproc, s.type, (SELECT d.value FROM seed d WHERE d.type = s.type LIMIT 1));
			EXECUTE format('CREATE AGGREGATE i_%s(%s) (SFUNC = %s, STYPE = %s, INITCOND = %5\$L, MSFUNC = keep_%1\$s, MINVFUNC = %3\$s, MSTYPE = %4\$s, MINITCOND = %5\$L)',
				n, parameters, s.f::regproc, s.type, (SELECT d.value FROM seed d WHERE d.type = s.type LIMIT 1));
		END IF;
		FOR state IN EXECUTE format('SELECT id, what FROM states_%s', s.type) LOOP
			PERFORM set_config('states.id', state.id::text, false);
			IF s.part = 'final' THEN
				INSERT INTO seen VALUES (s.f, s.type, state.what, attempt(format('SELECT a_%s(i)::text FROM generate_series(1, 2) i', n)));
			ELSE
				FOREACH value IN ARRAY '{a,f,i}'::text[] LOOP
					INSERT INTO seen VALUES (s.f, s.type, state.what,
						attempt(format('SELECT %s_%s(%s) OVER (ORDER BY i ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)::text FROM generate_series(1, 4) i', value, n, constants)));
				END LOOP;
			END IF;
		END LOOP;
	END LOOP;
END \$\$;
SELECT result, f, what, count(*) FROM seen
WHERE NOT (result = 'fine' OR (f LIKE 'kpi_ratio_refuse(%' AND result = '0A000') OR (what = 'null' AND result IN ('22003', '22004')) OR
	(what = 'good' AND result IN ('22003', '22023')) OR (what NOT IN ('null', 'good') AND result IN ('XX001', '22003', '22023', '54000', '22P02')))
GROUP BY 1, 2, 3 ORDER BY 1, 2 LIMIT 60;
-- a version that is not known is refused, whoever reads it
SELECT f, what, result FROM seen WHERE what = 'newer' AND result <> 'XX001' AND f NOT LIKE 'kpi_ratio_refuse(%'
	AND f NOT LIKE '%_accum(%' AND f NOT LIKE '%_inverse(%' GROUP BY 1, 2, 3 LIMIT 60;
SELECT count(DISTINCT f) FROM seen;
END
my $functions = psql("SELECT count(DISTINCT f) FROM support WHERE type IN (SELECT type FROM seed);\n");
is($odd, $functions, 'every support function takes a state or refuses it');

is(psql("SELECT 'alive';\n"), "alive\n", 'the server lives');
psql("DROP OWNED BY $role; DROP ROLE $role;\n");
system('dropdb', $db);
done_testing();
