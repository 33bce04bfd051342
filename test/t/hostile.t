#!/usr/bin/perl
# What SECURITY.md says that nobody can do, tried: a role that may create
# objects in a schema of its own, the installer of the trusted extension, the
# owner of a source, the owner of a roll-up. The server does not go down, nobody
# reads, runs, changes or drops what is not theirs, and no writer fails.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $db = "kpi_hostile_$$";
my $dir = tempdir(CLEANUP => 1);
my @roles = map { "kpi_${_}_$$" } qw(mallory victim installer writer);
my ($mallory, $victim, $installer, $writer) = @roles;

END
{
	my $status = $?;
	system('dropdb', '--if-exists', $_) for $db, "${db}_copy";
	system('psql', '-X', '-q', '-d', 'postgres', '-c', "DROP ROLE IF EXISTS $_") for @roles;
	$? = $status;
}

# What psql prints of a script as a role, errors too, as one line each.
sub as
{
	my ($role, $sql, $database) = @_;
	my $file = "$dir/script.sql";
	open my $fh, '>', $file or die "$file: $!";
	print $fh "SET client_min_messages = warning;\nSET SESSION AUTHORIZATION $role;\nSET search_path = $role, public;\n" if $role;
	print $fh $sql;
	close $fh;
	my $out = `psql -X -q -A -t -d @{[ $database // $db ]} -f $file 2>&1`;
	$out =~ s/^psql:\S+?:\d+: //mg;
	$out =~ s/^(?:CONTEXT|DETAIL|HINT|LINE \d+|PL\/pgSQL|SQL|live roll-up).*\n//mg;
	$out =~ s/\n\z//;
	return $out;
}

sub super { return as('', @_) }

# The server stands: a session of before is still there.
my $pid = open my $witness, '|-', "psql -X -q -A -t -d postgres >$dir/witness 2>&1" or die;

system('createdb', $db) == 0 or BAIL_OUT('cannot create a database');
# who merges is drawn by lot, which is not to be counted on
super("ALTER DATABASE $db SET kpi.enable_rollup_compaction = off");
super(join '', map { "CREATE ROLE $_;\n" } @roles);
super("GRANT CREATE ON DATABASE $db TO $installer");
is(as($installer, 'CREATE EXTENSION kpi SCHEMA public'), '', 'the trusted extension is installed by an ordinary role')
  if super("GRANT USAGE, CREATE ON SCHEMA public TO $installer") eq '';
super(join '', map { "CREATE SCHEMA $_ AUTHORIZATION $_; GRANT USAGE ON SCHEMA $_ TO PUBLIC;\n" } @roles);

# The victim's table, which the writer writes to, and what she makes of it.
is(as($victim, <<"END"), 'by_team', 'a roll-up is made');
CREATE TABLE calls (team text, outcome outcome, secret text);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON calls TO $writer;
INSERT INTO calls VALUES ('a', 'sale', 'x'), ('b', 'busy', 'y');
SELECT kpi_rollup_create('by_team', 'calls', '{team}', 'scorecard_calls(outcome)');
END

sub live
{
	my ($name) = @_;
	return super("SELECT live, problem FROM kpi_rollups WHERE name = '$name'::regclass");
}

# The writer writes, and the victim's roll-up is right.
sub all_is_well
{
	my ($what) = @_;
	is(as($writer, <<"END"), '', "$what: writers write");
INSERT INTO $victim.calls VALUES ('a', 'sale', 'x'), ('c', 'refused', 'z');
UPDATE $victim.calls SET outcome = 'callback' WHERE team = 'c';
DELETE FROM $victim.calls WHERE team = 'c';
END
	is(as($victim, "SELECT * FROM kpi_rollup_check('by_team'); SELECT kpi_rollup_compact('by_team') > 0"), 't', "$what: the roll-up is right");
	is(live("$victim.by_team"), 't|', "$what: and live");
}
all_is_well('at first');

# 1. Functions that the server calls, called otherwise.
for my $function (qw(ddl_start ddl_end ddl_drop ddl_trigger))
{
	like(as($mallory, "SELECT kpi_internal.kpi_rollup_$function()"), qr/permission denied|trigger functions can only/, "kpi_rollup_$function() cannot be called");
	like(super("SELECT kpi_internal.kpi_rollup_$function()"), qr/must be called by an event trigger|trigger functions can only/, 'not even by a superuser');
}
super("CREATE EVENT TRIGGER kpi_wrong ON ddl_command_end EXECUTE FUNCTION kpi_internal.kpi_rollup_ddl_start()");
like(as($mallory, 'CREATE TABLE t ()'), qr/must be called by an event trigger on ddl_command_start/, 'an event trigger on another event is told');
super('DROP EVENT TRIGGER kpi_wrong');
my $wide = join ', ', map { "c$_ bigint DEFAULT 7017280452245743464" } 1 .. 300;
is(as($mallory, <<"END") =~ s/ERROR:  trigger ".*" is not one that kpi_rollup_create makes/refused/gr, "refused\n" x 5 . 'refused', 'its trigger on a table of 300 columns, in every shape');
CREATE TABLE wide ($wide);
CREATE TRIGGER kpi_rollup_insert BEFORE INSERT ON wide FOR EACH ROW EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
INSERT INTO wide DEFAULT VALUES;
DROP TRIGGER kpi_rollup_insert ON wide;
CREATE TRIGGER kpi_rollup_insert AFTER INSERT ON wide FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
INSERT INTO wide DEFAULT VALUES;
DROP TRIGGER kpi_rollup_insert ON wide;
CREATE TRIGGER kpi_rollup_insert BEFORE TRUNCATE ON wide EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
TRUNCATE wide;
DROP TRIGGER kpi_rollup_insert ON wide;
CREATE VIEW v AS SELECT * FROM wide;
CREATE TRIGGER kpi_rollup_insert INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
INSERT INTO v (c1) VALUES (1);
CREATE TRIGGER kpi_rollup_update AFTER UPDATE ON wide REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
UPDATE wide SET c1 = 1;
CREATE TRIGGER another AFTER DELETE ON wide REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed('wide');
DELETE FROM wide;
DROP VIEW v;
DROP TABLE wide;
END
is(as($mallory, <<"END"), 't', 'and of the right shape, on a table without roll-ups, does nothing');
CREATE TABLE plain (a bigint);
CREATE TRIGGER kpi_rollup_insert AFTER INSERT ON plain REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
INSERT INTO plain SELECT generate_series(1, 10);
SELECT count(*) = 10 FROM plain;
DROP TABLE plain;
END

# 2. Views that claim what is not theirs.
# over another's table, on which she has no right
is(as($mallory, <<"END"), '', 'a view may say what it likes');
CREATE TABLE seen (what text);
CREATE FUNCTION look(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN INSERT INTO $mallory.seen VALUES (\$1 || current_user); RETURN \$1; END \$\$;
CREATE TABLE spy_cells (id bigint PRIMARY KEY, hash bigint NOT NULL GENERATED ALWAYS AS (kpi_internal.kpi_rollup_hash(0::bigint, k1)) STORED,
	pending boolean NOT NULL DEFAULT true, n bigint NOT NULL, merged timestamptz, fault text, added scorecard, removed scorecard, k1 text);
CREATE INDEX ON spy_cells (pending, hash);
CREATE TABLE own_cells (LIKE spy_cells INCLUDING ALL);
CREATE VIEW spy AS SELECT k1 AS secret, added AS card FROM spy_cells;
CREATE VIEW own AS SELECT k1 AS secret, added AS card FROM own_cells;
CREATE VIEW spy_source AS SELECT look(secret) AS secret, scorecard_calls(outcome) AS card FROM $victim.calls GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('spy', 'spy_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
CREATE TABLE mine (team text, outcome outcome);
CREATE VIEW theirs_source AS SELECT team, scorecard_calls(outcome) AS card FROM mine GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('$victim.by_team', '$victim.by_team_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
CREATE VIEW both_source AS SELECT look(team) AS team, scorecard_calls(outcome) AS card FROM $victim.calls GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('$victim.by_team', '$victim.by_team_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
CREATE TRIGGER kpi_rollup_insert AFTER INSERT ON mine REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
INSERT INTO mine VALUES ('a', 'sale'), ('forged', 'sale');
END
all_is_well('views that claim what is not theirs');
is(super("SELECT count(*) FROM $mallory.seen"), '0', 'her function has not run');
is(super("SELECT count(*) FROM $mallory.spy_cells"), '0', 'and her cells are empty');
is(super("SELECT count(*) FROM $victim.by_team_cells WHERE k1 = 'forged'"), '0', 'nothing of hers is in the victim\'s cells');
like(super("SELECT live, problem FROM kpi_rollups WHERE name = '$mallory.spy'::regclass"), qr/^f\|.* SELECT .* TRIGGER/, 'and kpi_rollups says why');
is(as($mallory, <<"END") =~ s/"[^"]*"/x/gr, <<'END' =~ s/\n\z//r, 'she drops, checks, compacts, rebuilds and alters nothing of the victim\'s');
SELECT kpi_rollup_drop('$victim.by_team');
SELECT kpi_rollup_drop('$victim.calls');
SELECT kpi_rollup_compact('$victim.by_team');
SELECT kpi_rollup_rebuild('$victim.by_team');
SELECT * FROM kpi_rollup_check('$victim.by_team');
SELECT kpi_rollup_alter('$victim.by_team', card => 'scorecard_calls(outcome)', source => 'mine');
SELECT kpi_rollup_alter('$victim.calls', card => 'scorecard_calls(outcome)');
SELECT kpi_rollup_alter('spy', card => 'scorecard_calls(outcome)');
SELECT kpi_rollup_drop('spy_source');
END
ERROR:  must be owner of roll-up by_team or of its source
ERROR:  x is not a roll-up
ERROR:  must be owner of roll-up by_team
ERROR:  must be owner of roll-up by_team
ERROR:  must be owner of roll-up by_team
ERROR:  must be owner of roll-up by_team
ERROR:  x is not a roll-up
ERROR:  roll-up x is not live: its owner has not both the rights to SELECT from table x and to have a TRIGGER on it
ERROR:  x is not a roll-up
END
# what she keeps locked is in nobody's way
open my $lock, '|-', "psql -X -q -d $db >/dev/null 2>&1" or die;
$lock->autoflush(1);
print $lock "SET SESSION AUTHORIZATION $mallory; BEGIN; LOCK $mallory.spy_cells, $mallory.mine; ALTER VIEW $mallory.spy_source SET (security_barrier);\nSELECT pg_advisory_lock(1);\n";
for (1 .. 50)
{
	last if super('SELECT count(*) FROM pg_locks WHERE locktype = \'advisory\' AND granted') eq '1';
	select undef, undef, undef, 0.1;
}
is(as($writer, "SET lock_timeout = '2s'; INSERT INTO $victim.calls VALUES ('a', 'sale', 'x'); DELETE FROM $victim.calls WHERE team = 'q'"), '', 'her locks are in no writer\'s way');
is(super("SET lock_timeout = '2s'; SELECT count(*) FROM kpi_rollups WHERE name = '$victim.by_team'::regclass"), '1', 'nor in that of who looks at kpi_rollups');
close $lock;
as($mallory, 'DROP VIEW spy_source, theirs_source, both_source, own, spy; DROP TABLE spy_cells, own_cells, mine');

# 3. Names in the session of a writer.
is(as($writer, <<"END"), '', 'what a writer has under the names that a roll-up uses');
CREATE TEMP TABLE new_rows (team text, outcome outcome);
CREATE TEMP TABLE old_rows AS TABLE new_rows;
CREATE FUNCTION pg_temp.scorecard_calls(outcome) RETURNS scorecard LANGUAGE sql AS 'SELECT NULL::scorecard';
SET search_path = pg_temp, $writer, pg_catalog;
INSERT INTO $victim.calls VALUES ('a', 'sale', 'x');
DELETE FROM $victim.calls WHERE team = 'b';
END
all_is_well('names');

# 4. The installer, who owns the extension.
is(super(<<"END"), '', 'she owns no table that says what a roll-up is');
SELECT c.oid::regclass FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
WHERE c.relowner = '$installer'::regrole AND c.relname LIKE '%rollup%';
END
like(as($installer, 'DROP VIEW kpi_rollups'), qr/must be owner/, 'nor the view that lists them');
like(as($installer, 'CREATE OR REPLACE FUNCTION kpi_internal.kpi_rollup_definition(name regclass, cells regclass, timezone text, datestyle text,
	intervalstyle text, strict boolean, rows bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$'), qr/permission denied/, 'nor the functions');
like(as($installer, 'CREATE FUNCTION kpi_internal.more() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$'), qr/permission denied/, 'and she adds none to them');
# her roll-up, checked by a superuser, runs as her
is(as($installer, <<"END"), 'r', 'she makes a roll-up with a function of hers');
CREATE TABLE who (name text);
CREATE TABLE src (k text, outcome outcome);
CREATE FUNCTION spy(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN RETURN \$1 || ' ' || current_user; END \$\$;
INSERT INTO src VALUES ('a', 'sale');
SELECT kpi_rollup_create('r', 'src', '{spy(k) AS k}', 'scorecard_calls(outcome)');
END
is(super("INSERT INTO $installer.src VALUES ('b', 'sale'); SELECT count(*) FROM kpi_rollup_check('$installer.r'); SELECT kpi_rollup_rebuild('$installer.r');
	SELECT DISTINCT split_part(k, ' ', 2) FROM $installer.r"), "0\n\n$installer", 'a superuser that writes, checks and counts again does so as her');
like(as($installer, <<"END"), qr/\n\|\|\|2\|0$/, 'in a restricted operation: what it refuses is rejected');
CREATE OR REPLACE FUNCTION spy(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN PERFORM set_config('role', '$victim', false); RETURN \$1; END \$\$;
SELECT * FROM kpi_rollup_check('r');
END
is(super("INSERT INTO $installer.src VALUES ('d', 'sale')"), '', 'and what it refuses does not fail who writes');
like(super("SELECT live, rejected, rejected_reason FROM kpi_rollups WHERE name = '$installer.r'::regclass"), qr/^t\|[1-9]\d*\|cannot set parameter/, 'but is said');
# what a superuser alters is done as the owner, with the owner's rights
as($installer, 'CREATE OR REPLACE FUNCTION spy(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1 || \' \' || current_user; END $$');
is(super("SELECT kpi_rollup_alter('$installer.r', '{$installer.spy(k) AS k,$installer.spy(k) AS who}');
	SELECT DISTINCT split_part(who, ' ', 2), pg_get_userbyid(relowner) FROM $installer.r, pg_class WHERE oid = '$installer.r_source'::regclass"),
	"\n$installer|$installer", 'a superuser that alters does so as her');
is(super("SELECT kpi_rollup_alter('$installer.r', '{team AS k,team AS who}', source => '$victim.calls')"), 'ERROR:  permission denied for table calls',
	'and gives her no table that she has no rights on');
is(as($installer, "SELECT kpi_rollup_alter('r', source => '$victim.calls')"), 'ERROR:  permission denied for table calls', 'nor does she take it');
as($installer, "SELECT kpi_rollup_drop('r'); DROP TABLE src, who CASCADE");

# 5. A type of another's, with a cast of hers.
as($mallory, "CREATE TYPE mood AS ENUM ('good', 'bad');
	CREATE FUNCTION leak(mood) RETURNS json LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO $mallory.seen VALUES (current_user); RETURN '1'; END \$\$;
	CREATE CAST (mood AS json) WITH FUNCTION leak(mood); GRANT ALL ON seen TO PUBLIC; GRANT USAGE ON TYPE mood TO PUBLIC");
is(as($victim, <<"END"), "moods\n{\"mood\": \"bad\"}", 'a check of a key of that type');
CREATE TABLE m (mood $mallory.mood, outcome outcome);
SELECT kpi_rollup_create('moods', 'm', '{mood}', 'scorecard_calls(outcome)');
ALTER TABLE m DISABLE TRIGGER kpi_rollup_insert;
INSERT INTO m VALUES ('bad', 'sale');
SELECT cell FROM kpi_rollup_check('moods');
END
is(super("SELECT count(*) FROM $mallory.seen"), '0', 'does not run her cast');
as($victim, "SELECT kpi_rollup_drop('moods'); DROP TABLE m");

# what the server's functions of arrays call of such a type looks for names where the roll-up does, also for a row by itself
as($victim, <<"END");
CREATE TABLE paths (path text);
CREATE TYPE pair AS (a integer, b integer);
CREATE FUNCTION pair_lt(pair, pair) RETURNS boolean LANGUAGE plpgsql AS \$\$ BEGIN RETURN (\$1).a < (\$2).a; END \$\$;
CREATE FUNCTION pair_eq(pair, pair) RETURNS boolean LANGUAGE plpgsql AS \$\$
	BEGIN INSERT INTO $victim.paths VALUES (current_setting('search_path')); RETURN (\$1).a = (\$2).a; END \$\$;
CREATE FUNCTION pair_cmp(x pair, y pair) RETURNS integer LANGUAGE plpgsql AS \$\$ BEGIN RETURN sign((x).a - (y).a); END \$\$;
CREATE OPERATOR = (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_eq);
CREATE OPERATOR < (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_lt);
END
is(super("SET search_path = $victim, public; CREATE OPERATOR CLASS pair_ops DEFAULT FOR TYPE pair USING btree AS OPERATOR 1 <, OPERATOR 3 $victim.=(pair, pair), FUNCTION 1 pair_cmp(pair, pair)"),
	'', 'a superuser gives her type an order');
is(as($victim, <<"END"), 'pairs', 'an array of a type that has functions of hers');
CREATE TABLE p (pairs pair[], outcome outcome);
GRANT INSERT ON p TO $writer;
SELECT kpi_rollup_create('pairs', 'p', ARRAY['pairs = ''{"(1,2)"}''::pair[] AS same'], 'scorecard_calls(outcome)');
END
is(as($writer, "INSERT INTO $victim.p VALUES ('{\"(1,3)\"}', 'sale');\n" x 3), '', 'rows by themselves');
is(super("SELECT DISTINCT path FROM $victim.paths"), 'pg_catalog, pg_temp', 'they are not looked for where who writes has what is his');
as($victim, "SELECT kpi_rollup_drop('pairs'); DROP TABLE p, paths");
super("DROP OPERATOR FAMILY $victim.pair_ops USING btree");

# 6. Owners who do to their parts what SQL can do; nothing crashes, no writer
# fails, and kpi_rollups says so.
sub parts
{
	my ($name, $sql, $problem) = @_;
	is(as($victim, "CREATE TABLE t (k text, outcome outcome, x integer);\nGRANT ALL ON t TO $writer;"
		. "SELECT kpi_rollup_create('r', 't', '{k}', 'scorecard_calls(outcome)');\nINSERT INTO t VALUES ('a', 'sale', 1), ('b', 'busy', 2)"), 'r', "$name: a roll-up");
	super("ALTER EVENT TRIGGER kpi_rollup_ddl_start DISABLE");
	is(as($victim, $sql), '', "$name: is done");
	super("ALTER EVENT TRIGGER kpi_rollup_ddl_start ENABLE");
	is(as($writer, "INSERT INTO $victim.t VALUES ('a', 'sale', 1), (NULL, 'busy', 2);\nUPDATE $victim.t SET outcome = 'refused' WHERE k = 'a';\nDELETE FROM $victim.t WHERE k = 'b'"), '', "$name: writers write");
	like(live("$victim.r"), qr/^f\|.*$problem/, "$name: kpi_rollups says so");
	like(as($victim, "SELECT kpi_rollup_compact('r')"), qr/^ERROR:  roll-up "r" is not live|^\d+$/, "$name: compaction");
	as($victim, "SELECT * FROM kpi_rollup_check('r')");
	is(as($writer, "TRUNCATE $victim.t"), '', "$name: TRUNCATE");
	is(super("SELECT count(*) FROM kpi_rollups"), '2', "$name: all are listed");
	is(as($victim, "SELECT kpi_rollup_drop('r'); DROP TABLE t; SELECT count(*) FROM pg_class WHERE relname LIKE 'r\\_%'"), "\n0", "$name: and it can be dropped");
}
my $having = q{HAVING kpi_internal.kpi_rollup_definition('r', 'r_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*))};
parts('a column of the cells more', 'ALTER TABLE r_cells ADD COLUMN more bigint', 'does not have the columns of its cells');
parts('a number that is text', 'CREATE OR REPLACE VIEW r AS SELECT NULL::text AS k, NULL::scorecard AS card WHERE (SELECT true FROM r_cells LIMIT 1);
	ALTER TABLE r_cells ALTER n TYPE text', 'does not have the columns of its cells');
parts('a key that is a number', 'CREATE OR REPLACE VIEW r AS SELECT NULL::text AS k, NULL::scorecard AS card;
	ALTER TABLE r_cells DROP COLUMN hash; ALTER TABLE r_cells ALTER k1 TYPE bigint USING 1', 'columns of its cells');
parts('cells without their index', 'DROP INDEX r_cells_pending_hash_idx', 'has no index on pending and hash');
parts('a condition', "CREATE OR REPLACE VIEW r_source AS SELECT k, scorecard_calls(outcome) AS card FROM t WHERE x > 1 GROUP BY k $having", 'does not define a roll-up');
parts('a join', "CREATE OR REPLACE VIEW r_source AS SELECT a.k, scorecard_calls(b.outcome) AS card FROM t a JOIN t b USING (x) GROUP BY a.k $having", 'does not define a roll-up');
parts('a union', "CREATE OR REPLACE VIEW r_source AS SELECT k, scorecard_calls(outcome) AS card FROM t GROUP BY k $having UNION SELECT 'x', NULL", 'does not define a roll-up');
parts('a subquery', "CREATE OR REPLACE VIEW r_source AS SELECT k, card FROM (SELECT k, scorecard_calls(outcome) AS card FROM t GROUP BY k $having) s", 'does not define a roll-up');
parts('one column more', "CREATE OR REPLACE VIEW r_source AS SELECT k, scorecard_calls(outcome) AS card, 1 AS more FROM t GROUP BY k $having", 'does not define a roll-up');
parts('another function', "CREATE OR REPLACE VIEW r_source AS SELECT k || random() AS k, scorecard_calls(outcome) AS card FROM t GROUP BY 1 $having", 'not immutable');
parts('a difference', "CREATE OR REPLACE VIEW r_source AS SELECT k, scorecard_calls(outcome) - '{}' AS card FROM t GROUP BY 1 $having", 'not a sum of scorecard aggregates');
like(as($victim, "CREATE OR REPLACE VIEW by_team_source AS SELECT 'x' AS team, scorecard_calls(outcome) AS card FROM calls"), qr/cannot replace view "by_team_source", because it defines a live roll-up/, 'a definition is not replaced');
# a copy of a definition, which counts nothing twice
is(as($victim, <<"END"), '', 'a copy of a definition');
CREATE VIEW copy AS SELECT team, scorecard_calls(outcome) AS card FROM calls GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('by_team', 'by_team_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
INSERT INTO calls VALUES ('copy', 'sale', 'x');
END
like(super("SELECT problem FROM kpi_rollups WHERE name = '$victim.by_team'::regclass LIMIT 1"), qr/^views "\w+" and "\w+" both define it$/, 'and the roll-up is one of neither');
is(as($victim, "DROP VIEW copy; INSERT INTO calls VALUES ('copy', 'sale', 'x')"), '', 'without it');
like(live("$victim.by_team"), qr/^f\|something was not counted: views "\w+" and "\w+" both define it$/, 'what was missed is said');
is(as($victim, "SELECT kpi_rollup_rebuild('by_team'); DELETE FROM calls WHERE team = 'copy'; SELECT count(*) FROM kpi_rollup_check('by_team')"), "\n0", 'until it is counted again');
# what refuses rows of the cells
is(as($victim, <<"END"), 'u', 'cells with an index that refuses rows');
CREATE TABLE us (k text, outcome outcome);
SELECT kpi_rollup_create('u', 'us', '{k}', 'scorecard_calls(outcome)');
CREATE UNIQUE INDEX ON u_cells (k1);
INSERT INTO us VALUES ('a', 'sale');
INSERT INTO us VALUES ('a', 'busy');
INSERT INTO us VALUES ('b', 'busy');
END
like(live("$victim.u"), qr/^f\|something was not counted: duplicate key/, 'fail no writer, and are said');
as($victim, "SELECT kpi_rollup_drop('u'); DROP TABLE us");
all_is_well('after all that');

# cells by lead, and the table of what leads came to
sub leads
{
	my ($name, $sql, $problem) = @_;
	is(as($victim, "CREATE TABLE t (k text, lead integer, outcome outcome);\nGRANT ALL ON t TO $writer;"
		. "SELECT kpi_rollup_create('r', 't', '{k}', 'scorecard_journeys(outcome, lead)');\nINSERT INTO t VALUES ('a', 1, 'sale'), ('b', 2, 'busy')"), 'r', "$name: a roll-up of journeys");
	super("ALTER EVENT TRIGGER kpi_rollup_ddl_start DISABLE");
	is(as($victim, $sql), '', "$name: is done");
	super("ALTER EVENT TRIGGER kpi_rollup_ddl_start ENABLE");
	is(as($writer, "INSERT INTO $victim.t SELECT 'a', i, 'sale' FROM generate_series(1, 5000) i;\nUPDATE $victim.t SET outcome = 'refused' WHERE k = 'a';\nDELETE FROM $victim.t WHERE k = 'b'"), '', "$name: writers write");
	like(live("$victim.r"), qr/^f\|.*$problem/, "$name: kpi_rollups says so") if $problem;
	as($victim, "SELECT kpi_rollup_compact('r'); SELECT kpi_rollup_compact('r'); SELECT * FROM kpi_rollup_check('r'); SELECT kpi_rollup_rebuild('r'); SELECT * FROM r");
	is(as($writer, "TRUNCATE $victim.t"), '', "$name: TRUNCATE");
	as($victim, "DROP TABLE t CASCADE; DROP VIEW IF EXISTS r CASCADE; DROP TABLE IF EXISTS r_cells, r_leads CASCADE");
	is(super("SELECT count(*) FROM pg_class WHERE relname ~ '^r(_|\$)' AND relkind IN ('r', 'v')"), '0', "$name: and it can be dropped");
}
my $by_lead = "CREATE OR REPLACE VIEW r_source AS SELECT lead, k, scorecard_calls(outcome) AS card FROM t GROUP BY lead, k HAVING kpi_internal.kpi_rollup_definition('r', 'r_cells', 'UTC', 'ISO, MDY', 'postgres', false, kpi_internal.kpi_rollup_leads(";
leads('a column of the leads more', 'ALTER TABLE r_leads ADD COLUMN more bigint', 'does not have the columns of its cells');
leads('leads without their index', 'DROP INDEX r_leads_pending_hash_idx', 'has no index on pending and hash');
leads('cells that are the leads', "${by_lead}'r_cells', false, count(*)))", '');
leads('leads of the catalog', "${by_lead}'pg_class', false, count(*)))", '');
leads('leads of nobody', "${by_lead}0, false, count(*)))", '');
leads('leads of another table', "CREATE TABLE other_t (a integer); ${by_lead}'other_t', false, count(*)))", 'does not have the columns of its cells');
leads('a card that is not of calls', "CREATE OR REPLACE VIEW r_source AS SELECT lead, k, scorecard_leads(outcome) AS card FROM t GROUP BY lead, k HAVING kpi_internal.kpi_rollup_definition('r', 'r_cells', 'UTC', 'ISO, MDY', 'postgres', false, kpi_internal.kpi_rollup_leads('r_leads', false, count(*)))", 'does not define a roll-up');
leads('rows that are none', "INSERT INTO r_leads (id, n, pending, added) VALUES (1, -5, false, NULL), (2, 7, true, '{\"leads\": {\"sale\": 3}}')", '');
all_is_well('after that');

# what is passed on ends the statement, and leaves no transaction behind
for my $state ('57014', '40001', '53100')
{
	is(as($victim, <<"END"), 'f', "a function that raises $state");
CREATE TABLE fs (k text, lead integer, outcome outcome);
GRANT ALL ON fs TO $writer;
CREATE FUNCTION fails(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN IF \$1 = 'x' THEN RAISE 'fails' USING ERRCODE = '$state'; END IF; RETURN \$1; END \$\$;
SELECT kpi_rollup_create('f', 'fs', '{fails(k) AS k}', 'scorecard_journeys(outcome, lead)');
END
	is(as($writer, <<"END"), "ERROR:  fails\n1\nERROR:  fails\n2\nERROR:  fails\n3", "$state ends the statement alone");
INSERT INTO $victim.fs VALUES ('x', 1, 'sale');
SELECT 1;
INSERT INTO $victim.fs VALUES ('a', 1, 'sale'), ('x', 2, 'sale');
SELECT 2;
BEGIN;
SAVEPOINT s;
INSERT INTO $victim.fs VALUES ('x', 1, 'sale');
ROLLBACK TO s;
INSERT INTO $victim.fs VALUES ('b', 1, 'sale');
COMMIT;
SELECT count(*) + 2 FROM $victim.fs;
END
	is(as($victim, "SELECT live FROM kpi_rollups WHERE name = 'f'::regclass; SELECT count(*) FROM kpi_rollup_check('f'); SELECT kpi_rollup_drop('f'); DROP TABLE fs; DROP FUNCTION fails"), "t\n0\n", 'and the roll-up is right');
}

# 7. Upkeep that cannot be done.
sub rejected
{
	my ($name) = @_;
	return super("SELECT live, rejected, rejected_reason FROM kpi_rollups WHERE name = '$name'::regclass");
}
is(as($victim, <<"END"), "e\n3", 'expressions that fail');
CREATE TABLE es (x integer, outcome outcome);
SELECT kpi_rollup_create('e', 'es', '{10/x AS tenth}', 'scorecard_calls(outcome)');
INSERT INTO es VALUES (1, 'sale');
INSERT INTO es VALUES (0, 'sale'), (2, 'busy');
SELECT count(*) FROM es;
END
is(rejected("$victim.e"), 't|1|division by zero', 'fail no writer, and are said');
is(as($victim, "SELECT tenth, calls(card) FROM e GROUP BY 1 ORDER BY 1; SELECT count(*) FROM kpi_rollup_check('e')"), "5|1\n10|1\n0", 'the rows beside them are counted');
is(as($victim, "DELETE FROM es WHERE x <> 1; SELECT count(*) FROM kpi_rollup_check('e')"), '0', 'they go');
is(rejected("$victim.e"), 't|0|', 'and are none');
# a function that may not be called is no row's fault
is(as($victim, <<"END"), "f", 'what fails for every row');
CREATE FUNCTION minus(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN -\$1; END';
SELECT kpi_rollup_create('f', 'es', '{minus(x) AS m}', 'scorecard_calls(outcome)');
REVOKE EXECUTE ON FUNCTION minus FROM PUBLIC, $victim;
INSERT INTO es VALUES (3, 'sale');
DELETE FROM es WHERE x = 3;
END
is(super("SELECT live, problem, rejected FROM kpi_rollups WHERE name = '$victim.f'::regclass"), 'f|something was not counted: permission denied for function minus|0', 'is said of the roll-up');
like(as($victim, "SELECT kpi_rollup_rebuild('f')"), qr/^ERROR:  cannot fill roll-up "f": permission denied for function minus$/, 'which cannot be counted again');
like(as($victim, "SELECT * FROM kpi_rollup_check('f')"), qr/^ERROR:  cannot check roll-up "f": permission denied for function minus$/, 'or checked');
as($victim, "SELECT kpi_rollup_drop('f'); DROP FUNCTION minus");
# a strict roll-up is for who has the table
is(as($victim, "GRANT SELECT, TRIGGER ON es TO $mallory; GRANT INSERT, SELECT, DELETE ON es TO $writer"), '', 'she is given rights');
like(as($mallory, "SELECT kpi_rollup_create('strict', '$victim.es', '{10/x AS tenth}', 'scorecard_calls(outcome)', strict => true)"), qr/^ERROR:  must be owner of table es to make a strict roll-up of it$/, 'and makes no strict roll-up');
is(as($mallory, <<"END"), 'lax', 'nor does a definition of her own make it strict');
SELECT kpi_rollup_create('lax', '$victim.es', '{10/x AS tenth}', 'scorecard_calls(outcome)');
SET client_min_messages = error;
CREATE VIEW strict AS TABLE lax;
CREATE TABLE strict_cells (LIKE lax_cells INCLUDING ALL);
CREATE VIEW strict_source AS SELECT 10/x AS tenth, scorecard_calls(outcome) AS card FROM $victim.es GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('strict', 'strict_cells', 'UTC', 'ISO, MDY', 'postgres', true, count(*));
END
is(as($writer, "INSERT INTO $victim.es VALUES (0, 'sale')"), '', 'writers write');
is(super("SELECT name, strict, rejected FROM kpi_rollups WHERE source = '$victim.es'::regclass ORDER BY name::text COLLATE \"C\""), "$mallory.lax|f|1\n$mallory.strict|f|1\n$victim.e|f|1", 'it rejects as the others do');
is(as($victim, "DELETE FROM es WHERE x = 0; SELECT kpi_rollup_create('s', 'es', '{10/x AS tenth}', 'scorecard_calls(outcome)', strict => true)"), 's', 'the owner of the table makes one');
is(as($writer, "INSERT INTO $victim.es VALUES (2, 'sale'), (0, 'sale'); SELECT count(*) FROM $victim.es WHERE x = 0"), "ERROR:  division by zero\n0", 'and fails who writes what it cannot count');
is(super("ALTER TABLE $victim.es OWNER TO $installer; GRANT ALL ON $victim.es TO $victim; SELECT strict FROM kpi_rollups WHERE name = '$victim.s'::regclass"), 'f', 'as long as the table is hers');
is(as($writer, "INSERT INTO $victim.es VALUES (0, 'sale')"), '', 'and no longer');
is(rejected("$victim.s"), 't|1|division by zero', 'then it rejects');
is(super("ALTER TABLE $victim.es OWNER TO $victim; SELECT count(*) FROM kpi_rollups WHERE strict"), '1', 'until the table is hers again');
is(as($writer, "DELETE FROM $victim.es WHERE x = 0"), '', 'a row that it could not count goes');
is(rejected("$victim.s"), 't|0|', 'and its rejection with it');
as($victim, "SELECT kpi_rollup_drop('$mallory.strict'); SELECT kpi_rollup_drop('$mallory.lax'); SELECT kpi_rollup_drop('s')");
# off by rows that no trigger saw
super("ALTER TABLE $victim.es DISABLE TRIGGER USER; INSERT INTO $victim.es SELECT 1, 'busy' FROM generate_series(1, 100); ALTER TABLE $victim.es ENABLE TRIGGER USER");
is(as($victim, <<"END"), 'f', 'a roll-up that is off fails no writer');
DELETE FROM es;
INSERT INTO es SELECT i, 'sale' FROM generate_series(1, 20) i;
SELECT count(*) = 0 FROM kpi_rollup_check('e');
END
is(as($victim, "SELECT kpi_rollup_compact('e') > 0"), 't', 'nor compaction');
like(live("$victim.e"), qr/^f\|something was not counted: (a cell has lost more|cannot subtract)/, 'which says so');
is(as($victim, <<"END"), '', 'and goes on');
SET kpi.enable_rollup_compaction = on;
DO \$\$ BEGIN FOR i IN 1 .. 15000 LOOP INSERT INTO es VALUES (1 + i % 3, 'sale'); COMMIT; END LOOP; END \$\$;
END
cmp_ok(super("SELECT pending FROM kpi_rollups WHERE name = '$victim.e'::regclass"), '<', 14900, 'in passing, too');
is(as($victim, "SELECT kpi_rollup_rebuild('e'); SELECT count(*) FROM kpi_rollup_check('e')"), "\n0", 'until it is counted again');
is(live("$victim.e"), 't|', 'when it is live');
# several compactions in one transaction
is(as($victim, <<"END"), "cells\n0\n0", 'many cells that come and go in one transaction each, and compaction with it');
SET kpi.enable_rollup_compaction = on;
CREATE TABLE cell_rows (cell integer, outcome outcome);
SELECT kpi_rollup_create('cells', 'cell_rows', '{cell}', 'scorecard_calls(outcome)');
INSERT INTO cell_rows SELECT i, 'sale' FROM generate_series(1, 16000) i;
TRUNCATE cell_rows;
INSERT INTO cell_rows SELECT i, 'busy' FROM generate_series(1, 16000) i;
TRUNCATE cell_rows;
INSERT INTO cell_rows SELECT i, 'sale' FROM generate_series(1, 16000) i;
UPDATE cell_rows SET outcome = 'busy' WHERE cell % 2 = 0;
BEGIN;
DELETE FROM cell_rows WHERE cell % 3 = 0;
INSERT INTO cell_rows SELECT i, 'refused' FROM generate_series(1, 16000) i;
DELETE FROM cell_rows WHERE cell % 5 = 0;
UPDATE cell_rows SET cell = cell + 1;
COMMIT;
SELECT count(*) FROM kpi_rollup_check('cells');
DO \$\$ BEGIN PERFORM kpi_rollup_compact('cells'); END \$\$;
SELECT count(*) FROM kpi_rollup_check('cells');
END
is(live("$victim.cells"), 't|', 'leave nothing behind');
as($victim, "SELECT kpi_rollup_drop(name) FROM unnest('{cells,e}'::regclass[]) name; DROP TABLE cell_rows, es");

# 8. Partitions without a trigger, and other triggers.
is(as($victim, <<"END"), "by_part\nf|table \"p2\" has no trigger kpi_rollup_delete\nt|", 'a partition without a trigger is not live');
CREATE TABLE p (k integer, outcome outcome) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
SELECT kpi_rollup_create('by_part', 'p', '{k}', 'scorecard_calls(outcome)');
DROP TRIGGER kpi_rollup_delete ON p2;
SELECT live, problem FROM kpi_rollups WHERE name = 'by_part'::regclass;
DO \$\$ BEGIN PERFORM kpi_rollup_rebuild('by_part'); END \$\$;
SELECT live, problem FROM kpi_rollups WHERE name = 'by_part'::regclass;
END
is(as($victim, <<"END") =~ s/^f\|trigger kpi_rollup_insert of table "p1" is //mgr, "another one\nanother one\ndisabled", 'nor with a trigger that looks like it');
DROP TRIGGER kpi_rollup_insert ON p1;
CREATE TRIGGER kpi_rollup_insert AFTER INSERT ON p1 REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
SELECT live, problem FROM kpi_rollups WHERE name = 'by_part'::regclass;
DROP TRIGGER kpi_rollup_insert ON p1;
CREATE TRIGGER kpi_rollup_insert AFTER INSERT ON p1 REFERENCING NEW TABLE AS other_rows FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
SELECT live, problem FROM kpi_rollups WHERE name = 'by_part'::regclass;
DROP TRIGGER kpi_rollup_insert ON p1;
DO \$\$ BEGIN PERFORM kpi_rollup_rebuild('by_part'); END \$\$;
ALTER TABLE p1 DISABLE TRIGGER kpi_rollup_insert;
SELECT live, problem FROM kpi_rollups WHERE name = 'by_part'::regclass;
END
as($victim, "SELECT kpi_rollup_drop('by_part'); DROP TABLE p");

# What other extensions make of tables, by their lists.
is(as($victim, <<"END"), "t\nby_far", 'a table of other extensions');
CREATE TABLE far (k integer, outcome outcome);
CREATE TABLE near (k integer, outcome outcome);
CREATE TABLE once () INHERITS (near);
DROP TABLE once;
SELECT relhassubclass FROM pg_class WHERE oid = 'near'::regclass;
SELECT kpi_rollup_create('by_far', 'far', '{k}', 'scorecard_calls(outcome)');
END
super("GRANT CREATE ON DATABASE $db TO $mallory");
is(as($mallory, <<"END"), '', 'a list of anybody\'s');
CREATE SCHEMA _timescaledb_catalog;
CREATE TABLE _timescaledb_catalog.hypertable (id integer, schema_name name, table_name name);
INSERT INTO _timescaledb_catalog.hypertable VALUES (1, '$victim', 'far');
END
is(live("$victim.by_far"), 't|', 'is not believed');
super("REVOKE CREATE ON DATABASE $db FROM $mallory; ALTER TABLE _timescaledb_catalog.hypertable OWNER TO CURRENT_USER");
is(live("$victim.by_far"), 'f|cannot make a roll-up of "far", because it is a hypertable of TimescaleDB', 'a superuser\'s is');
like(as($victim, "SELECT kpi_rollup_create('x', 'far', '{k}', 'scorecard_calls(outcome)')"), qr/^ERROR:  cannot make a roll-up of "far", because it is a hypertable of TimescaleDB$/, 'and no roll-up can be made');
super(<<"END");
DROP SCHEMA _timescaledb_catalog CASCADE;
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod "char");
INSERT INTO pg_catalog.pg_dist_partition VALUES ('$victim.far', 'h');
END
is(live("$victim.by_far"), 'f|cannot make a roll-up of "far", because it is distributed by Citus', 'a table that is distributed');
is(as($victim, "INSERT INTO far VALUES (1, 'sale')"), '', 'takes rows');
super('SET allow_system_table_mods = on; DROP TABLE pg_catalog.pg_dist_partition');
is(as($victim, "SELECT kpi_rollup_rebuild('by_far'); SELECT kpi_rollup_drop('by_far')"), "\n", 'and is one of ours again');
# a table without children, and settings of the session; from 19 on strings are standard
my $strings = super("SELECT current_setting('server_version_num')::integer < 190000") eq 't'
  ? 'SET standard_conforming_strings = off; SET escape_string_warning = off;' : '';
is(as($victim, <<"END"), "f\nt|\n0\n", 'a table that had children once, with odd settings');
SET row_security = off;
SET quote_all_identifiers = on;
SET check_function_bodies = off;
$strings
SET transform_null_equals = on;
SET array_nulls = off;
SET default_tablespace = pg_default;
SET default_transaction_isolation = serializable;
SET extra_float_digits = -5;
SET bytea_output = escape;
SET IntervalStyle = sql_standard;
SELECT kpi_rollup_create('"n""ear"', 'near', ARRAY['k', 'k::text || E''a\\\\b'' AS "x""y"', 'k = NULL AS n', 'k / 3.0::double precision AS third'], 'scorecard_calls(outcome)') IS NULL;
INSERT INTO near VALUES (1, 'sale');
RESET quote_all_identifiers;
RESET standard_conforming_strings;
SELECT live, problem FROM kpi_rollups WHERE source = 'near'::regclass;
RESET ALL;
INSERT INTO near VALUES (NULL, 'sale');
SELECT count(*) FROM kpi_rollup_check('"n""ear"');
SELECT kpi_rollup_drop('"n""ear"');
END
as($victim, 'DROP TABLE near, far');

# 9. Rights that go.
is(as($victim, "GRANT SELECT, TRIGGER ON calls TO $mallory"), '', 'she is given rights');
is(as($mallory, "SELECT kpi_rollup_create('teams', '$victim.calls', '{team}', 'scorecard_calls(outcome)')"), 'teams', 'and has a roll-up');
is(as($victim, "REVOKE ALL ON calls FROM $mallory; INSERT INTO calls VALUES ('new', 'sale', 'x')"), '', 'they are revoked');
is(super("SELECT count(*) FROM $mallory.teams WHERE team = 'new'"), '0', 'and it learns nothing any more');
like(live("$mallory.teams"), qr/^f\|its owner has not both the rights/, 'as kpi_rollups says');
all_is_well('rights that go');
is(as($victim, "GRANT SELECT, TRIGGER ON calls TO $mallory"), '', 'she has them again');
like(live("$mallory.teams"), qr/^f\|something was not counted: its owner has not both the rights/, 'what was missed is not forgotten');
is(as($mallory, "SELECT kpi_rollup_rebuild('teams')"), '', 'until it is counted again');
is(live("$mallory.teams") . super("SELECT count(*) FROM $mallory.teams WHERE team = 'new'"), 't|1', 'and then it is live');
as($victim, "REVOKE ALL ON calls FROM $mallory; GRANT SELECT, TRIGGER ON calls TO $mallory");
is(live("$mallory.teams"), 't|', 'where nothing was written in between, nothing was missed');
for my $what ('DELETE FROM calls', 'TRUNCATE calls', "SET session_replication_role = replica; INSERT INTO calls VALUES ('new', 'sale', 'x')")
{
	super("BEGIN; SET LOCAL search_path = $victim, public; REVOKE ALL ON calls FROM $mallory; $what; COMMIT; RESET session_replication_role; GRANT SELECT, TRIGGER ON $victim.calls TO $mallory");
	like(live("$mallory.teams"), qr/^f\|something was not counted/, "missed: $what");
	as($mallory, "SELECT kpi_rollup_rebuild('teams')");
}
# she can neither have the writers of a table run something, nor refuse their rows
as($mallory, <<"END");
CREATE FUNCTION stop(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF \$1 = 0 THEN RAISE ''stopped''; END IF; RETURN \$1; END';
CREATE INDEX ON teams_cells (stop(n));
CREATE TABLE d (team text, outcome outcome);
SELECT kpi_rollup_create('ofd', 'd', '{team}', 'scorecard_calls(outcome)');
CREATE VIEW claim AS SELECT team, scorecard_calls(outcome) AS card FROM $victim.calls GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('ofd', 'ofd_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
END
is(as($victim, "REVOKE ALL ON calls FROM $mallory; INSERT INTO calls VALUES ('more', 'sale', 'x')"), '', 'no index of hers is in the way');
super("DROP VIEW $mallory.claim");
is(live("$mallory.ofd"), 't|', 'what never was a roll-up of the table is told nothing');
as($mallory, "SELECT kpi_rollup_drop('ofd'); DROP TABLE d");
all_is_well('rights that come back');
is(as($victim, "SELECT kpi_rollup_drop('$mallory.teams')"), '', 'the owner of a source is rid of others\' roll-ups');
is(super("SELECT count(*) FROM pg_class WHERE relnamespace = '$mallory'::regnamespace AND relname LIKE 'teams%'"), '0', 'altogether');

# 10. What is documented for the clock, with roll-ups of others and what is none.
as($mallory, <<"END");
CREATE TABLE c (k text, outcome outcome);
SELECT kpi_rollup_create('hers', 'c', '{k}', 'scorecard_calls(outcome)');
INSERT INTO c VALUES ('a', 'sale');
CREATE VIEW none AS SELECT k, scorecard_calls(outcome) AS card FROM c GROUP BY 1
	HAVING kpi_internal.kpi_rollup_definition('hers', 'pg_class', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
END
super("INSERT INTO $victim.calls VALUES ('clock', 'sale', 'x')");
my $waiting = "SELECT name FROM kpi_rollups WHERE pending > 0 ORDER BY name::text COLLATE \"C\"";
is(super($waiting), "$mallory.hers\n$victim.by_team", 'what waits for the clock');
is(as($victim, 'SELECT kpi_rollup_compact() > 0'), 't', 'the clock compacts');
is(super($waiting), "$mallory.hers", 'what is one\'s own');
is(super('SELECT kpi_rollup_compact() > 0'), 't', 'and for a superuser');
is(super($waiting), '', 'all that there is');
is(as($victim, "DELETE FROM calls WHERE team = 'clock'; SELECT count(*) FROM kpi_rollup_check('by_team')"), '0', 'rightly');
like(as($victim, 'SET default_transaction_read_only = on; SELECT kpi_rollup_compact()'), qr/cannot execute kpi_rollup_compact\(\) in a read-only transaction/, 'not in a transaction that only reads');
for my $call ("kpi_rollup_drop('by_team')", "kpi_rollup_rebuild('by_team')", "kpi_rollup_create('x', 'calls', '{}', 'scorecard_calls(outcome)')")
{
	like(as($victim, "SET default_transaction_read_only = on; SELECT $call"), qr/cannot execute kpi_rollup_\w+\(\) in a read-only transaction/, "nor $call");
}
as($mallory, "DROP VIEW none; SELECT kpi_rollup_drop('hers'); DROP TABLE c");
is(super(<<"END"), "$writer|t|", 'the three relations go to another owner');
BEGIN;
ALTER VIEW $victim.by_team OWNER TO $writer;
ALTER VIEW $victim.by_team_source OWNER TO $writer;
ALTER TABLE $victim.by_team_cells OWNER TO $writer;
GRANT TRIGGER ON $victim.calls TO $writer;
COMMIT;
SELECT owner, live, problem FROM kpi_rollups;
END
is(as($victim, "INSERT INTO calls VALUES ('gone', 'sale', 'x')"), '', 'writers write');
is(as($writer, "SELECT count(*) FROM kpi_rollup_check('$victim.by_team')"), '0', 'to what is that one\'s now');
super("ALTER VIEW $victim.by_team OWNER TO $victim");
like(super("SELECT problem FROM kpi_rollups"), qr/are not of one owner$/, 'of two owners, it is none');
super("ALTER VIEW $victim.by_team_source OWNER TO $victim; ALTER TABLE $victim.by_team_cells OWNER TO $victim");
all_is_well('owners');

# 11. Codes: nothing of an owner's is evaluated when a roll-up is read, or looked into.
super("DELETE FROM $mallory.seen");
is(as($mallory, <<'END') =~ s/ in (?:key|card) .*//gr, <<'END' =~ s/\n\z//r, 'a function of hers has no place around disposition(), nor within it');
CREATE TABLE log (status text);
GRANT INSERT ON log TO PUBLIC;
SELECT kpi_rollup_create('l', 'log', ARRAY['look(disposition(''vicidial'', status)::text) AS k'], 'scorecard_calls(disposition(''vicidial'', status))');
SELECT kpi_rollup_create('l', 'log', '{}', 'scorecard_calls(disposition(look(''vicidial''), status))');
END
ERROR:  cannot use disposition() with function look(text)
ERROR:  cannot use disposition() of what is neither a constant nor of the row
END
is(as($mallory, <<"END"), '', 'what she writes as definitions by hand');
CREATE TABLE l1_cells (id bigint PRIMARY KEY, hash bigint NOT NULL GENERATED ALWAYS AS (kpi_internal.kpi_rollup_hash(0::bigint, k1)) STORED,
	pending boolean NOT NULL DEFAULT true, n bigint NOT NULL, merged timestamptz, fault text, added scorecard, removed scorecard, k1 text);
CREATE INDEX ON l1_cells (pending, hash);
CREATE TABLE l2_cells (LIKE l1_cells INCLUDING ALL);
CREATE VIEW l1 AS SELECT added AS card FROM l1_cells;
CREATE VIEW l2 AS SELECT added AS card FROM l2_cells;
CREATE VIEW l1_source AS SELECT scorecard_calls(disposition('vicidial', status)) FILTER (WHERE look(disposition('vicidial', status)::text) = 'sale') AS card FROM log
	HAVING kpi_internal.kpi_rollup_definition('l1', 'l1_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
CREATE VIEW l2_source AS SELECT scorecard_calls(disposition(look('vicidial'), status)) AS card FROM log
	HAVING kpi_internal.kpi_rollup_definition('l2', 'l2_cells', 'UTC', 'ISO, MDY', 'postgres', false, count(*));
CREATE TRIGGER kpi_rollup_insert AFTER INSERT ON log REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION kpi_internal.kpi_rollup_changed();
END
is(as($writer, "INSERT INTO $mallory.log VALUES ('SALE')"), '', 'fails no writer');
is(super("SELECT problem FROM kpi_rollups WHERE name IN ('$mallory.l1'::regclass, '$mallory.l2'::regclass) ORDER BY name::text") =~ s/ in card .*//gr,
	"cannot use disposition() with function $mallory.look(text)\ncannot use disposition() of what is neither a constant nor of the row", 'defines no roll-up');
is(super("SELECT * FROM $mallory.seen"), '', 'and none of it has run');
# a column of outcomes: a cast of hers runs as the table's owner, who is she
is(as($mallory, <<"END"), 0, 'a column of outcomes that follows a type of hers');
CREATE TYPE hers AS (code text);
CREATE FUNCTION hers_text(hers) RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN INSERT INTO $mallory.seen VALUES ((\$1).code || current_user); RETURN (\$1).code; END \$\$;
CREATE CAST (hers AS text) WITH FUNCTION hers_text(hers);
CREATE TABLE coded (code hers);
GRANT INSERT ON coded TO PUBLIC;
SELECT kpi_outcome_column('coded', 'code', 'vicidial');
END
is(super("INSERT INTO $mallory.coded VALUES (ROW('SALE')); SELECT outcome FROM $mallory.coded; SELECT DISTINCT what FROM $mallory.seen"), "direct_sale\nSALE$mallory",
	'runs her cast as her, whoever writes');
is(as($mallory, <<"END") =~ s/ERROR:  trigger ".*" is not one that kpi_outcome_column makes/refused/gr, "refused\nrefused", 'its trigger on columns that have no outcomes');
CREATE TABLE wide ($wide);
CREATE TRIGGER t BEFORE INSERT ON wide FOR EACH ROW WHEN (NEW.c1 IS NOT NULL OR NEW.c300 IS NOT NULL) EXECUTE FUNCTION kpi_internal.kpi_outcome_follow('vicidial');
INSERT INTO wide DEFAULT VALUES;
DROP TRIGGER t ON wide;
CREATE TRIGGER t BEFORE INSERT ON wide FOR EACH ROW WHEN (NEW IS NOT NULL) EXECUTE FUNCTION kpi_internal.kpi_outcome_follow('vicidial');
INSERT INTO wide DEFAULT VALUES;
END
super("DROP TABLE $mallory.log, $mallory.coded CASCADE; DROP VIEW IF EXISTS $mallory.l1, $mallory.l2; DROP TABLE IF EXISTS $mallory.l1_cells, $mallory.l2_cells");

# 12. A dump that an ordinary role restores, of a roll-up that was altered.
is(as($victim, "SELECT kpi_rollup_alter('by_team', '{team,outcome}', 'scorecard_calls(outcome) + scorecard_leads(outcome)')"), '', 'a roll-up is altered');
all_is_well('altered');
system('createdb', '-O', $victim, "${db}_copy") == 0 or BAIL_OUT('cannot create a database');
as($victim, 'CREATE EXTENSION kpi', "${db}_copy");
is(super("CREATE SCHEMA $victim AUTHORIZATION $victim", "${db}_copy"), '', 'a database of the victim\'s');
is(system("pg_dump -d $db -n $victim -O -x -f $dir/dump.sql"), 0, 'a dump');
my $dump = do { open my $fh, '<', "$dir/dump.sql" or die; local $/; <$fh> };
$dump =~ s/^CREATE SCHEMA .*$//mg;
is(super("SELECT string_agg(evtenabled::text, '' ORDER BY evtname) FROM pg_event_trigger", "${db}_copy"), 'DDDA', 'event triggers are off where there is no roll-up');
is(as($victim, "SET client_min_messages = warning;\n$dump", "${db}_copy") =~ s/^(?:|t|f|\d+)\n|^\z//mgr, '', 'is restored by an ordinary role without a word');
is(super("SELECT string_agg(evtenabled::text, '' ORDER BY evtname) FROM pg_event_trigger", "${db}_copy"), 'AAAA', 'they are on then');
is(as($victim, "INSERT INTO calls VALUES ('restored', 'sale', 'x'); SELECT count(*) FROM kpi_rollup_check('by_team'); SELECT live, problem FROM kpi_rollups;
	SELECT array_to_string(keys, ' '), card FROM kpi_rollups", "${db}_copy"), "0\nt|\nteam outcome|(scorecard_calls(outcome) + scorecard_leads(outcome))", 'and the roll-up is live');
is(super("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = '$victim.by_team_cells'::regclass AND adnum = 2", "${db}_copy"),
	'kpi_internal.kpi_rollup_hash(kpi_internal.kpi_rollup_hash((0)::bigint, k1), k2)', 'with a hash of all its keys');
is(as($victim, "SELECT kpi_rollup_drop('by_team')", "${db}_copy"), '', 'the last one goes');
is(super("SELECT string_agg(evtenabled::text, '' ORDER BY evtname) FROM pg_event_trigger", "${db}_copy"), 'DDDA', 'and they are off again');

# 12. Roll-ups that answer for their tables. Readers are told nothing by roll-ups
# of those who do not own the table, and run nothing of anybody's.
is(as($victim, <<"END"), 'asked_by', 'a table that is read');
CREATE TABLE asked (team text, outcome outcome, filler text);
INSERT INTO asked SELECT 'team ' || i % 3, 'sale', repeat('x', 1000) FROM generate_series(1, 3000) i;
GRANT SELECT ON asked TO $writer, $mallory;
GRANT TRIGGER ON asked TO $mallory;
SELECT kpi_rollup_create('asked_by', 'asked', '{team}', 'scorecard_calls(outcome)');
ANALYZE asked, asked_by_cells;
END
my $question = "SELECT sum(n) FROM (SELECT team, sales(outcome) AS n FROM $victim.asked GROUP BY team) x";
my $asked = "EXPLAIN (COSTS OFF) SELECT team, sales(outcome) FROM $victim.asked GROUP BY team";
like(as($writer, $asked), qr/Roll-up: asked_by/, 'it is answered by its owner\'s roll-up');
is(as($writer, $question), '3000', 'with what is true');
as($mallory, <<"END");
CREATE TABLE caught (who text, at text);
CREATE FUNCTION catch(who text, at text) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER AS 'INSERT INTO $mallory.caught VALUES (\$1, \$2)';
CREATE FUNCTION trap(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$
BEGIN
	PERFORM $mallory.catch(current_user, \$1);
	RETURN \$1;
END \$\$;
SELECT kpi_rollup_create('false', '$victim.asked', ARRAY['team', 'trap(''folded'') || team AS trapped', 'trap(team) AS team2'], 'scorecard_calls(outcome)');
DELETE FROM false_cells;
INSERT INTO false_cells (id, pending, n, added, k1, k2, k3) VALUES (1, false, 1000000, '{"version": 1, "calls": {"sale": 1000000}}', 'team 0', 'x', 'x');
CREATE INDEX ON false_cells (trap(k1)) WHERE trap('predicate') = k2;
ANALYZE false_cells;
DELETE FROM caught;
END
as($victim, "SELECT kpi_rollup_drop('asked_by')");
for my $role ($writer, $victim, '')
{
	is(as($role, $question), '3000', 'a false roll-up of another\'s fools nobody');
	like(as($role, "SELECT * FROM kpi_rollup_advise('SELECT team, sales(outcome) FROM $victim.asked GROUP BY team')"), qr/its owner is neither you nor who owns/, 'and who asks is told');
}
like(as($mallory, $asked), qr/Roll-up: false/, 'its owner fools himself');
is(as($mallory, "SELECT DISTINCT who FROM caught WHERE who <> '$mallory'"), '', 'nobody has run what is his');
is(as($victim, <<"END"), "trusted\n0", 'the owner of a table runs nothing as its readers either');
CREATE FUNCTION trap(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$
BEGIN
	PERFORM $mallory.catch(current_user, \$1);
	RETURN \$1;
END \$\$;
SELECT kpi_rollup_create('trusted', 'asked', ARRAY['team', 'trap(''folded'') || team AS trapped', 'trap(team) AS team2'], 'scorecard_calls(outcome)');
ANALYZE trusted_cells;
SELECT count(*) FROM asked WHERE false;
END
super("DELETE FROM $mallory.caught");
like(as($writer, $asked), qr/Roll-up: trusted/, 'her roll-up answers');
is(as($writer, $question), '3000', 'with what is true');
is(super("SELECT DISTINCT who FROM $mallory.caught"), $victim, 'as she has folded it: nobody else has run what is hers or his');

print $witness "SELECT 'stands';\n";
close $witness;
open my $out, '<', "$dir/witness" or die;
is(join('', <$out>), "stands\n", 'the server stands');

super("DROP OWNED BY $_ CASCADE") for reverse @roles;
done_testing();
