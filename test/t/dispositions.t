#!/usr/bin/perl
# Codes and their table across sessions, dumps and updates: a lookup gives what
# its snapshot sees in kpi_disposition, users' rows survive, and the stock rows
# are the extension's alone.
#
# The tests of updates write scripts of later versions into the server's own
# share folder, and need KPI_ROOT, the throw-away tree that it runs from.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use IPC::Open2;
use Test::More;

my $source = $ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..';
my $dir = tempdir(CLEANUP => 1);
my (@databases, @roles, @files);

# A psql that stays, in the background of the others.
package Session
{
	sub new
	{
		my ($class, $db, %options) = @_;
		local $ENV{PGOPTIONS} = $options{options} // '';
		local $ENV{PGUSER} = $options{user} // $ENV{PGUSER};
		my $pid = IPC::Open2::open2(my $out, my $in, "exec psql -X -q -A -t -d $db 2>&1");
		return bless { in => $in, out => $out, pid => $pid }, $class;
	}

	# Sends queries, and does not wait for them.
	sub start
	{
		my ($self, $sql) = @_;
		print { $self->{in} } "$sql\n;\n\\echo \@\@end\n";
		$self->{in}->flush;
	}

	# What they printed.
	sub finish
	{
		my ($self) = @_;
		my $text = '';
		while (defined(my $line = readline $self->{out}))
		{
			last if $line eq "\@\@end\n";
			$text .= $line;
		}
		$text =~ s/\n\z//;
		return $text;
	}

	sub ask
	{
		my ($self, $sql) = @_;
		$self->start($sql);
		return $self->finish;
	}

	sub end
	{
		my ($self) = @_;
		close $self->{in};
		waitpid $self->{pid}, 0;
	}
}

sub run
{
	my ($command) = @_;
	my $out = `$command 2>&1`;
	return $? == 0 ? $out : "FAILED: $out";
}

sub database
{
	my ($name, @options) = @_;
	$name = "kpi_disp_${name}_$$";
	run("createdb @options $name") eq '' or BAIL_OUT("cannot create database $name");
	push @databases, $name;
	return $name;
}

sub role
{
	my ($name) = @_;
	$name = "kpi_disp_${name}_$$";
	run(qq(psql -X -q -c "CREATE ROLE $name LOGIN"));
	push @roles, $name;
	return $name;
}

END
{
	my $status = $?;
	unlink @files;
	run("dropdb --if-exists $_") for @databases;
	run("dropuser --if-exists $_") for @roles;
	$? = $status;
}

my $xfer = "SELECT disposition('vicidial', 'XFER')";
my $stock = "SELECT count(*), md5(string_agg(concat_ws('/', source, code, outcome, note), ',' ORDER BY source COLLATE \"C\", code COLLATE \"C\")) FROM kpi_disposition WHERE stock";
my $users = "SELECT string_agg(concat_ws('/', source, code, outcome, note), ', ' ORDER BY source COLLATE \"C\", code COLLATE \"C\") FROM kpi_disposition WHERE NOT stock";

sub set_xfer
{
	my ($outcome) = @_;
	return "INSERT INTO kpi_disposition (source, code, outcome) VALUES ('vicidial', 'XFER', '$outcome') "
	  . "ON CONFLICT (source, code) DO UPDATE SET outcome = excluded.outcome";
}

# Sessions

my $db = database('sessions');
my $a = Session->new($db);
$a->ask("SET client_min_messages = warning; CREATE EXTENSION kpi; SET default_transaction_isolation = 'read committed'");
my $b = Session->new($db);
is($b->ask($xfer), 'argued', 'a session looks up');
$a->ask(set_xfer('lost'));
is($b->ask($xfer), 'lost', "another session's committed change is seen");
$a->ask('BEGIN; ' . set_xfer('refused'));
is($b->ask($xfer), 'lost', 'one not yet committed is not');
is($a->ask($xfer), 'refused', 'but by the session that makes it');
$a->ask('COMMIT');
is($b->ask($xfer), 'refused', 'it is as soon as it is committed');
$a->ask('BEGIN; ' . set_xfer('sale'));
is($b->ask($xfer), 'refused', 'one that is to be rolled back');
$a->ask('ROLLBACK');
is($a->ask($xfer) . $b->ask($xfer), 'refusedrefused', 'is never seen');
$b->ask("PREPARE ask AS SELECT disposition('vicidial', 'XFER')::text; EXECUTE ask; SET plan_cache_mode = force_generic_plan; EXECUTE ask");
$a->ask(set_xfer('callback'));
is($b->ask('EXECUTE ask'), 'callback', 'a prepared statement follows');

# A transaction of one snapshot keeps to it, and its session does not keep
# what it saw.
for my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	for my $warm (1, 0)
	{
		my $what = lc($level) . ($warm ? '' : ', first lookup of the session');
		my $c = Session->new($db);
		$a->ask(set_xfer('undecided'));
		$c->ask($xfer) if $warm;
		$c->ask("BEGIN ISOLATION LEVEL $level; SELECT 1");
		$a->ask(set_xfer('lost'));
		is($c->ask($xfer), 'undecided', "$what: the table as the snapshot has it");
		$a->ask(set_xfer('refused'));
		is($c->ask($xfer), 'undecided', "$what: still");
		is($c->ask('SELECT outcome FROM kpi_disposition WHERE NOT stock'), 'undecided', "$what: as a query does");
		$c->ask('COMMIT');
		is($c->ask($xfer), 'refused', "$what: the next transaction sees the change");
		$c->end;
	}
}

# A cursor keeps to its snapshot amid statements that have newer ones.
$a->ask(set_xfer('undecided'));
$b->ask('BEGIN; DECLARE held CURSOR FOR ' . "$xfer FROM generate_series(1, 9)");
is($b->ask('FETCH held'), 'undecided', 'a cursor');
$a->ask(set_xfer('lost'));
is($b->ask("$xfer; FETCH held; $xfer; FETCH held"), "lost\nundecided\nlost\nundecided", 'keeps to its snapshot');
$b->ask('COMMIT');
my $c = Session->new($db);
$c->ask('BEGIN; DECLARE held CURSOR FOR ' . "$xfer FROM generate_series(1, 9)");
$a->ask(set_xfer('refused'));
is($c->ask("SELECT 1; FETCH held; COMMIT; $xfer"), "1\nundecided\nrefused" =~ s/undecided/lost/r, 'also as the first lookup of a session');
$c->end;

# A transaction that was open before a change, and one that is open after it.
my $old = Session->new($db);
$old->ask('CREATE TABLE other (n int); BEGIN; INSERT INTO other VALUES (1)');
$a->ask(set_xfer('sale'));
is($b->ask($xfer), 'sale', 'an older transaction is open');
$a->ask(set_xfer('direct_sale'));
is($b->ask($xfer), 'direct_sale', 'and again');
is($old->ask($xfer), 'direct_sale', 'it sees the change');
is($old->ask(set_xfer('busy') . "; $xfer"), 'busy', 'and its own');
is($b->ask($xfer), 'direct_sale', 'which the others do not');
$old->ask('COMMIT');
is($b->ask($xfer), 'busy', 'until it commits');

# Snapshots that are alike but for one thing: an older transaction holds their
# lower bound, a newer one that has ended their upper bound.
$old->ask('BEGIN; INSERT INTO other VALUES (1)');
my $newer = 'SELECT txid_current() > 0';
$b->ask('BEGIN; SELECT 1');
$a->ask('BEGIN; ' . set_xfer('lost'));
$old->ask('SELECT 1');
my $third = Session->new($db);
$third->ask($newer);
is($b->ask($xfer), 'busy', 'within one transaction: a change not yet committed');
$a->ask('COMMIT');
is($b->ask($xfer), 'lost', 'within one transaction: it is committed');
$b->ask('COMMIT');

$a->ask('BEGIN; SAVEPOINT s; ' . set_xfer('refused'));
$third->ask($newer);
is($a->ask($xfer), 'refused', 'within a savepoint: a change');
is($a->ask("ROLLBACK TO s; $xfer"), 'lost', 'within a savepoint: it is rolled back');
$a->ask('ROLLBACK; BEGIN; ' . set_xfer('sale'));
$third->ask($newer);
is($a->ask($xfer), 'sale', 'within a transaction: a change');
is($a->ask("ROLLBACK; BEGIN; INSERT INTO other VALUES (2); $xfer; COMMIT"), 'lost', 'within the next one: it was rolled back');
$old->ask('COMMIT');
$_->end for $old, $third;

# To a serializable transaction, a lookup in the session's copy is a read of
# the table: one of these two must fail.
for my $run (1, 2)
{
	$b->ask("TRUNCATE other; $xfer; $xfer");
	$b->ask("BEGIN ISOLATION LEVEL SERIALIZABLE; $xfer");
	$a->ask('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM other; ' . set_xfer('lost') . '; COMMIT');
	like($b->ask('INSERT INTO other VALUES (2); COMMIT'), qr/could not serialize access/, "a lookup takes part in serialization, run $run");
	$b->ask('ROLLBACK; BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT');
}

# Whatever else moves rows.
$a->ask(set_xfer('sale'));
is($b->ask($xfer), 'sale', 'before maintenance');
for my $maintenance (
	map({ ("VACUUM $_", "VACUUM FREEZE $_", "VACUUM FULL $_", "CLUSTER $_ USING ${_}_pkey", "REINDEX TABLE $_") } qw(kpi_disposition kpi_disposition_stock)),
	'ALTER TABLE kpi_disposition SET UNLOGGED')
{
	$a->ask($maintenance);
	is($b->ask($xfer), 'sale', $maintenance);
}
$a->ask(set_xfer('lost'));
is($b->ask("$xfer; $xfer"), "lost\nlost", 'a change of an unlogged table');
$a->ask('ALTER TABLE kpi_disposition SET LOGGED');
$a->ask("SELECT * FROM kpi_disposition FOR UPDATE");
is($b->ask($xfer), 'lost', 'after rows were locked');
$a->ask("SET session_replication_role = replica; " . set_xfer('refused') . '; RESET session_replication_role');
is($b->ask($xfer), 'refused', 'a change that fires no trigger');
$a->ask('ALTER TABLE kpi_disposition DISABLE TRIGGER ALL; ' . set_xfer('sale') . '; ALTER TABLE kpi_disposition ENABLE TRIGGER ALL');
is($b->ask($xfer), 'sale', 'nor where triggers are disabled');
$b->ask('BEGIN; SELECT 1');
$a->ask('DROP EXTENSION kpi; CREATE EXTENSION kpi');
is($b->ask($xfer), 'argued', 'the extension is created anew');
is($b->ask("EXECUTE ask; ROLLBACK"), 'argued', 'also to a prepared statement');
$a->ask('DROP EXTENSION kpi; CREATE SCHEMA kpi; CREATE EXTENSION kpi SCHEMA kpi');
is($b->ask("SELECT kpi.disposition('vicidial', 'SALE')"), 'direct_sale', 'and elsewhere');
$a->ask('DROP EXTENSION kpi; CREATE EXTENSION kpi');

# While one session changes three rows at a time, no statement of another sees
# a lookup that differs from the table, or rows of two changes.
$a->ask("INSERT INTO kpi_disposition (source, code, outcome) VALUES ('race', '1', 'sale'), ('race', '2', 'sale'), ('race', '3', 'sale')");
$b->start(<<'END');
DO $$
DECLARE
	seen bigint; kinds bigint; wrong bigint;
BEGIN
	FOR i IN 1..3000 LOOP
		SELECT count(*), count(DISTINCT disposition(source, code, false)), count(*) FILTER (WHERE disposition(source, code, false) IS DISTINCT FROM outcome)
		INTO seen, kinds, wrong FROM kpi_disposition WHERE source = 'race';
		IF seen <> 3 OR kinds <> 1 OR wrong <> 0 THEN
			RAISE 'pass %: % rows of % kinds, % wrong', i, seen, kinds, wrong;
		END IF;
		COMMIT;
	END LOOP;
END $$
END
$a->ask(<<'END');
DO $$
BEGIN
	FOR i IN 1..500 LOOP
		UPDATE kpi_disposition SET outcome = (ARRAY['sale', 'lost', 'busy']::outcome[])[1 + i % 3] WHERE source = 'race' AND code < '3';
		UPDATE kpi_disposition SET outcome = (ARRAY['sale', 'lost', 'busy']::outcome[])[1 + i % 3] WHERE source = 'race' AND code = '3';
		IF i % 5 = 0 THEN
			ROLLBACK;
		ELSE
			COMMIT;
		END IF;
	END LOOP;
END $$
END
is($b->finish, '', 'lookups and the table agree while it changes');

# Letters count, whatever a column's collation makes of them.
SKIP:
{
	skip 'no ICU', 1 unless $a->ask("SELECT count(*) > 0 FROM pg_collation WHERE collprovider = 'i'") eq 't';
	$a->ask("CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
	is($a->ask(q(SELECT * FROM kpi_unmapped('vicidial', $$SELECT c COLLATE caseless FROM unnest('{x,X,x,SALE}'::text[]) c$$))),
		"x|2\nX|1", 'an audit tells letters apart');
}
$b->end;
$a->end;

# Dump and restore

my $from = database('from');
my $editor = role('editor');
$a = Session->new($from);
$a->ask("SET client_min_messages = warning; CREATE EXTENSION kpi; GRANT INSERT, UPDATE, DELETE ON kpi_disposition TO $editor");
$a->ask(q(INSERT INTO kpi_disposition (source, code, outcome, note) VALUES ('vicidial', 'XFER', 'direct_sale', 'mine'),
	('vicidial/SPRING', 'HOT', 'undecided', E'é"''\\\\\\n'), ('house', '7', 'refused+sale', NULL)));
my $wanted_users = $a->ask($users);
my $wanted_stock = $a->ask($stock);
like($wanted_users, qr{house/7/refused\+sale.*vicidial/XFER/direct_sale/mine}s, 'there are rows of the user\'s');

# What a database must hold that such a dump was restored into.
sub restored
{
	my ($db, $what) = @_;
	my $session = Session->new($db);
	is($session->ask($users), $wanted_users, "$what: the user's rows are there");
	is($session->ask($stock), $wanted_stock, "$what: the stock rows are there, once");
	is($session->ask("SELECT disposition('vicidial', 'XFER'), disposition('vicidial/SPRING', 'HOT'), disposition('vicidial/SPRING', 'NI')"),
		'direct_sale|undecided|refused', "$what: lookups");
	is($session->ask("SELECT string_agg(tgenabled::text, '') FROM pg_trigger WHERE tgrelid = 'kpi_disposition_stock'::regclass"), 'OO', "$what: the guards are on");
	like($session->ask("DELETE FROM kpi_disposition"), qr/stock codes of kpi_disposition cannot be changed/, "$what: and work");
	is($session->ask("SELECT has_table_privilege('$editor', 'kpi_disposition', 'insert')"), 't', "$what: who may edit may still")
	  unless $what =~ /data alone/;
	$session->end;
}

is(run("pg_dump -d $from -f $dir/dump.sql"), '', 'pg_dump');
unlike(run("cat $dir/dump.sql"), qr/CPDATB|Bloctel/, 'the dump has no stock row');
my $to = database('to');
unlike(run("psql -X -q -v ON_ERROR_STOP=1 -d $to -f $dir/dump.sql"), qr/FAILED/, 'psql reads it');
restored($to, 'pg_dump | psql');

is(run("pg_dump -d $from -Fc -f $dir/dump.custom"), '', 'pg_dump -Fc');
$to = database('custom');
is(run("pg_restore -e -d $to $dir/dump.custom"), '', 'pg_restore');
restored($to, 'pg_restore');
is(run("pg_restore -e --clean -d $to $dir/dump.custom"), '', 'pg_restore --clean, over it');
restored($to, 'pg_restore --clean');

# schema first, data later: the triggers are there when the rows come
for my $disable ('', '--disable-triggers')
{
	$to = database('data' . length $disable);
	is(run("pg_restore -e --schema-only -d $to $dir/dump.custom"), '', 'pg_restore --schema-only');
	is(run("pg_restore -e --data-only $disable -d $to $dir/dump.custom"), '', "pg_restore --data-only $disable");
	restored($to, "data alone $disable");
}

# a dump of a dump is the dump
is(run("pg_dump -d $databases[-1] -Fc -f $dir/again.custom"), '', 'pg_dump of the restored database');
$to = database('again');
is(run("pg_restore -e -d $to $dir/again.custom"), '', 'and pg_restore');
restored($to, 'data alone, dumped again');

# Who is no superuser: creates, edits, lets others edit, dumps and restores,
# and gets no more out of it.

my ($owner, $reader) = (role('owner'), role('reader'));
my $owned = database('owned', '-O', $owner);
my $o = Session->new($owned, user => $owner);
my $r = Session->new($owned, user => $reader);
is($o->ask('SET client_min_messages = warning; CREATE SCHEMA kpi; CREATE EXTENSION kpi SCHEMA kpi; SET search_path = kpi, public'), '', 'an ordinary user creates the extension');
$r->ask('SET search_path = kpi, public');
is($o->ask(set_xfer('lost') . "; $xfer"), 'lost', 'and edits');
like($r->ask('SELECT kpi.disposition(\'vicidial\', \'XFER\')'), qr/permission denied for schema kpi/, 'others need the schema');
$o->ask("GRANT USAGE ON SCHEMA kpi TO $reader");
is($r->ask($xfer), 'lost', 'others look up');
is($r->ask("SELECT * FROM kpi_unmapped('vicidial', 'SELECT ''XX''')"), 'XX|1', 'and audit');
is($r->ask($users), 'vicidial/XFER/lost', 'and read');
for my $edit (set_xfer('sale'), "UPDATE kpi_disposition SET note = 'x'", 'DELETE FROM kpi_disposition WHERE NOT stock', 'TRUNCATE kpi_disposition')
{
	like($r->ask($edit), qr/permission denied for table kpi_disposition/, 'but not ' . substr($edit, 0, 8));
}
is($o->ask("GRANT INSERT, UPDATE, DELETE ON kpi_disposition TO $reader"), '', 'until they are granted it');
is($r->ask(set_xfer('sale') . "; $xfer"), 'sale', 'they edit');
is($o->ask("DELETE FROM ONLY kpi_disposition; $xfer"), 'argued', 'so does the owner, ONLY their own');
$r->ask(set_xfer('sale'));
for my $taking ('CREATE TRIGGER mine BEFORE INSERT ON kpi_disposition_stock EXECUTE FUNCTION kpi_internal.kpi_disposition_guard()',
	'ALTER TABLE kpi_disposition ADD CHECK (true)', 'ALTER TABLE kpi_disposition_stock DISABLE TRIGGER ALL',
	'CREATE RULE r AS ON INSERT TO kpi_disposition_stock DO INSTEAD NOTHING', 'ALTER TABLE kpi_disposition_stock NO INHERIT kpi_disposition',
	'ALTER TABLE kpi_disposition ALTER source TYPE varchar', 'ALTER TABLE kpi_disposition ADD more int', 'ALTER TABLE kpi_disposition DROP note',
	"INSERT INTO kpi_disposition_stock VALUES ('close', 'x', 'sale')", 'TRUNCATE kpi_disposition_stock', 'DELETE FROM kpi_disposition_stock')
{
	like($o->ask($taking), qr/must be owner of|permission denied|must be added to/, "the stock rows are not the owner's: " . substr($taking, 0, 60));
}
like($o->ask('TRUNCATE kpi_disposition'), qr/stock codes of kpi_disposition cannot be changed/, 'nor by way of the table that they own');
for my $who ("PGUSER=$owner", '')
{
	is(run("PGUSER=$owner pg_dump -d $owned -f $dir/owned.sql"), '', 'the owner dumps');
	$to = database($who ? 'byowner' : 'bysuper', '-O', $owner);
	unlike(run("$who psql -X -q -v ON_ERROR_STOP=1 -d $to -f $dir/owned.sql"), qr/FAILED/, ($who ? 'the owner' : 'a superuser') . ' restores');
	is(run("psql -X -q -A -t -d $to -c \"SELECT kpi.disposition('vicidial', 'XFER')\" -c \"SELECT has_table_privilege('$reader', 'kpi.kpi_disposition', 'insert')\""),
		"sale\nt\n", 'the rows, and the rights that were granted');
}

# Updates

SKIP:
{
	skip 'needs KPI_ROOT', 18 unless $ENV{KPI_ROOT};

	my $share = $ENV{KPI_ROOT} . `@{[$ENV{PG_CONFIG} // 'pg_config']} --sharedir`;
	chomp $share;
	my ($version) = run("cat $source/kpi.control") =~ /^default_version = '(.*)'/m;
	my %scripts = (
		# a later version: all stock rows anew, one changed, one gone, one more
		"kpi--$version--$version.next.sql" => <<'END',
CREATE TEMP TABLE old AS SELECT * FROM kpi_disposition_stock;
DELETE FROM kpi_disposition_stock;
INSERT INTO kpi_disposition_stock SELECT * FROM old WHERE NOT (source = 'close' AND code = 'error');
UPDATE kpi_disposition_stock SET outcome = 'busy' WHERE source = 'close' AND code = 'blocked';
INSERT INTO kpi_disposition_stock (source, code, outcome, note) VALUES ('close', 'more', 'contact', 'new');
DROP TABLE old;
END
		# an extension that is not kpi
		'kpi_stranger.control' => "default_version = '1'\ntrusted = true\n",
		'kpi_stranger--1.sql' => "DELETE FROM kpi.kpi_disposition_stock;\n");
	for my $name (keys %scripts)
	{
		push @files, "$share/extension/$name";
		open my $fh, '>', $files[-1] or BAIL_OUT("cannot write $files[-1]");
		print $fh $scripts{$name};
		close $fh;
	}

	$o->ask("INSERT INTO kpi_disposition (source, code, outcome) VALUES ('close', 'blocked', 'blocked'), ('close', 'error', 'attempted'), ('close/X', 'more', 'sale')");
	# what would give an ordinary user a superuser's rights if it ran
	$o->ask(<<'END');
CREATE TABLE public.ran (trigger text, whom text);
CREATE FUNCTION public.runs() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.ran VALUES (tg_op || ' ' || tg_level, current_user); RETURN coalesce(new, old); END$$;
CREATE TRIGGER row BEFORE INSERT OR UPDATE OR DELETE ON kpi_disposition FOR EACH ROW EXECUTE FUNCTION public.runs();
CREATE TRIGGER statement AFTER INSERT OR UPDATE OR DELETE ON kpi_disposition FOR EACH STATEMENT EXECUTE FUNCTION public.runs();
ALTER TABLE kpi_disposition ENABLE ALWAYS TRIGGER row;
ALTER TABLE kpi_disposition ENABLE ALWAYS TRIGGER statement
END
	my $before = $o->ask($users);
	my $count = $o->ask('SELECT count(*) FROM kpi_disposition WHERE stock');
	is($r->ask("SELECT 1"), '1', 'a session that has looked up');
	$o->ask("GRANT USAGE ON SCHEMA kpi TO $reader");
	is($r->ask("SELECT disposition('close', 'answered'), disposition('close', 'more', false)"), 'answered|', 'before the update');
	is($o->ask("ALTER EXTENSION kpi UPDATE TO '$version.next'"), '', 'an ordinary user updates the extension');
	is($o->ask("SELECT extversion FROM pg_extension WHERE extname = 'kpi'"), "$version.next", 'it is updated');
	is($o->ask('SELECT * FROM public.ran'), '', "no trigger of the table's owner ran");
	is($o->ask($users), $before, "the users' rows are as they were");
	$o->ask("UPDATE ONLY kpi_disposition SET note = note");
	isnt($o->ask('SELECT * FROM public.ran'), '', 'though they do');
	is($o->ask('SELECT count(*) FROM kpi_disposition WHERE stock'), $count, 'the stock rows are the new ones');
	is($o->ask("SELECT outcome FROM kpi_disposition WHERE stock AND source = 'close' AND code IN ('blocked', 'error', 'more') ORDER BY code"), "busy\ncontact", 'with what changed');
	is($r->ask("SELECT disposition('close', 'blocked'), disposition('close', 'error'), disposition('close', 'more'), disposition('close/X', 'more')"),
		'blocked|attempted|contact|sale', "other sessions look up in both, the users' first");
	$o->ask("DELETE FROM kpi_disposition WHERE NOT stock AND source LIKE 'close%'");
	is($r->ask("SELECT disposition('close', 'blocked'), disposition('close', 'error', false), disposition('close/X', 'more')"),
		'busy||contact', 'and in the new ones where there is none');
	like($o->ask("UPDATE kpi_disposition SET outcome = 'sale' WHERE source = 'close'"), qr/cannot be changed/, 'users still cannot change these');
	like($o->ask("DELETE FROM kpi_disposition WHERE code = 'more'"), qr/cannot be changed/, 'nor delete them');
	my $superuser = Session->new($owned);
	like($superuser->ask('CREATE EXTENSION kpi_stranger'), qr/cannot be changed/, "nor can another extension's script");
	like($o->ask('CREATE EXTENSION kpi_stranger'), qr/cannot be changed/, 'trusted or not');
	$superuser->end;
	is(run("PGUSER=$owner pg_dump -d $owned -f $dir/updated.sql"), '', 'dumped after the update');
	unlike(run("cat $dir/updated.sql"), qr/^close\t/m, 'the dump has no stock row');
	like(run("cat $dir/updated.sql"), qr/^vicidial\tXFER\tsale\t\\N\tf$/m, "but the users'");
}

$_->end for $o, $r, $a;
done_testing();
