#!/usr/bin/perl
# Live roll-ups under load: several writers at once with compaction running, a
# server that is killed, dumps, and a roll-up that nobody compacts. Whatever
# happens, a roll-up is what its source says.

use strict;
use warnings;

use File::Temp qw(tempdir);
use POSIX qw(:sys_wait_h);
use Test::More;
use Time::HiRes qw(sleep);

my $root = $ENV{KPI_ROOT} or plan skip_all => 'KPI_ROOT does not name a tree with a server';
chomp(my $bin = `$ENV{PG_CONFIG} --bindir`);
# what is asked of a table is computed from it, to be compared with its roll-ups
$ENV{PGOPTIONS} = '-c kpi.enable_rollup_scan=off';
my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;

sub slurp
{
	my ($file) = @_;
	open my $fh, '<', $file or return '';
	local $/;
	return scalar <$fh>;
}

# A file with this in it.
my $files = 0;
sub file
{
	my ($text) = @_;
	my $file = "$dir/file" . ++$files;
	open my $fh, '>', $file or die "$file: $!";
	print $fh $text;
	close $fh;
	return $file;
}

# What psql prints of a script, errors too.
sub psql
{
	my ($db, $sql) = @_;
	my $file = file($sql);
	my $out = `psql -X -q -A -t -v ON_ERROR_STOP=1 -d $db -f $file 2>&1`;
	$out =~ s/\n\z//;
	return $out;
}

# Starts a command; wait_for() gives its exit status.
sub start
{
	my (@command) = @_;
	my $out = "$dir/out" . ++$files;
	my $pid = fork // die;
	if ($pid == 0)
	{
		open STDOUT, '>', $out;
		open STDERR, '>&', \*STDOUT;
		exec @command or POSIX::_exit(127);
	}
	return { pid => $pid, out => $out };
}

sub wait_for
{
	my ($job) = @_;
	waitpid $job->{pid}, 0;
	return $? >> 8;
}

my $version = psql('postgres', "SELECT current_setting('server_version_num')::int / 10000");

# What a database holds that the load changes: a partitioned table that writers
# write to through its root and past it, with two roll-ups; a plain one; and the
# log of a VICIdial, whose statuses stand now for this and now for that.
my $schema = <<'END';
SET client_min_messages = warning;
CREATE EXTENSION kpi;
CREATE TABLE calls (id bigserial, client int, campaign int, at timestamptz DEFAULT now(),
	outcome outcome, talk int, reason text) PARTITION BY LIST (campaign);
CREATE TABLE calls_0 PARTITION OF calls FOR VALUES IN (0, 1);
CREATE TABLE calls_2 PARTITION OF calls FOR VALUES IN (2, 3) PARTITION BY LIST (campaign);
CREATE TABLE calls_22 PARTITION OF calls_2 FOR VALUES IN (2);
CREATE TABLE calls_23 PARTITION OF calls_2 FOR VALUES IN (3);
CREATE INDEX ON calls (id);
CREATE TABLE leads (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, campaign int, outcome outcome, product text, amount numeric);
INSERT INTO calls (client, campaign, outcome, talk) SELECT i % 4, i % 4, 'busy', i % 100 FROM generate_series(1, 2000) i;
INSERT INTO leads (campaign, outcome, product, amount) SELECT i % 4, 'sale', 'p' || i % 3, i * 1.5 FROM generate_series(1, 2000) i;
SELECT kpi_rollup_create('by_campaign', 'calls', ARRAY['campaign'],
	'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL) + scorecard_reasons(outcome, reason)');
SELECT kpi_rollup_create('by_minute', 'calls', ARRAY['client', 'date_trunc(''minute'', at) AS minute', 'talk % 10 AS tenth'], 'scorecard_calls(outcome)');
SELECT kpi_rollup_create('by_product', 'leads', ARRAY['campaign', 'product'],
	'scorecard_leads(outcome) + scorecard_products(outcome, product, amount) + scorecard_money(amount, NULL, NULL, NULL)');
CREATE TABLE vicidial_log (
	uniqueid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lead_id bigint NOT NULL, list_id bigint, campaign_id varchar(8), call_date timestamp DEFAULT now(),
	length_in_sec integer, status varchar(6), phone_number varchar(18), "user" varchar(20), term_reason text DEFAULT 'NONE', called_count integer DEFAULT 0
);
INSERT INTO kpi_disposition (source, code, outcome) SELECT 'house', 'S' || i, 'busy' FROM generate_series(0, 6) i;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house/C1', 'S0', 'sale');
INSERT INTO vicidial_log (lead_id, campaign_id, status, length_in_sec) SELECT i, 'C' || i % 3, 'S' || i % 8, i % 60 FROM generate_series(1, 2000) i;
SELECT kpi_rollup_create('by_status', 'vicidial_log', ARRAY['campaign_id', 'disposition(''house'', status) >= ''contact'' AS talked'],
	'scorecard_calls(disposition(''house/'' || campaign_id, status)) + scorecard_reasons(disposition(''house/'' || campaign_id, status), term_reason)
	+ scorecard_time(length_in_sec, NULL, NULL) FILTER (WHERE disposition(''house'', status) <> ''busy'')');
SELECT kpi_rollup_create('by_journey', 'calls', ARRAY['campaign'], 'scorecard_calls(outcome)');
SELECT kpi_rollup_alter('by_journey', card => 'scorecard_calls(outcome) + scorecard_journeys(outcome, id % 200)');
SELECT kpi_rollup_create('by_altered', 'vicidial_log', ARRAY['campaign_id'], 'scorecard_calls(disposition(''house'', status))');
CREATE FUNCTION differences() RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT (SELECT count(*) FROM unnest('{by_campaign,by_minute,by_product,by_status,by_journey,by_altered}'::regclass[]) name, LATERAL kpi_rollup_check(name))
		+ (SELECT count(*) FROM (SELECT campaign, scorecard_calls(outcome) + scorecard_journeys(outcome, id % 200) FROM calls GROUP BY campaign
			EXCEPT SELECT campaign, card FROM by_journey) missing)
$$;
-- the roll-up of codes, against the rows and what their codes stand for in this snapshot, but for
-- those that it rejects, whose number it has
CREATE VIEW by_status_raw AS
SELECT campaign_id, disposition('house', status, false) >= 'contact' AS talked,
	scorecard_calls(disposition('house/' || campaign_id, status, false)) + scorecard_reasons(disposition('house/' || campaign_id, status, false), term_reason)
	+ scorecard_time(length_in_sec, NULL, NULL) FILTER (WHERE disposition('house', status, false) <> 'busy') AS card
FROM vicidial_log WHERE length_in_sec >= 0 GROUP BY 1, 2;
CREATE FUNCTION misread() RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT abs((SELECT rejected FROM kpi_rollups WHERE name = 'by_status'::regclass) - (SELECT count(*) FROM vicidial_log WHERE length_in_sec < 0))
		+ count(*) FROM ((TABLE by_status EXCEPT ALL TABLE by_status_raw) UNION ALL (TABLE by_status_raw EXCEPT ALL TABLE by_status)) d
$$;
END

my %writers = (
	'insert' => [ 4, <<'END' ],
INSERT INTO calls (client, campaign, outcome, talk, reason) VALUES (:client_id, :c, 'refused', :n % 100, 'r' || :c);
INSERT INTO leads (campaign, outcome, product, amount) VALUES (:c, 'sale', 'p' || :c, :n);
END
	'past the root' => [ 1, <<'END' ],
INSERT INTO calls_0 (client, campaign, outcome) SELECT :client_id, i % 2, 'machine' FROM generate_series(1, 5) i;
UPDATE calls_23 SET outcome = 'callback' WHERE client = :client_id AND id = :n;
END
	'statuses' => [ 3, <<'END' ],
INSERT INTO vicidial_log (lead_id, campaign_id, status, length_in_sec) VALUES (:n, 'C' || :c, 'S' || :n % 9, :n % 60 - 1);
UPDATE vicidial_log SET length_in_sec = abs(length_in_sec) WHERE uniqueid = :n / 2;
UPDATE vicidial_log SET status = 'S' || :c, term_reason = 'R' || :n % 2 WHERE uniqueid = :n;
DELETE FROM vicidial_log WHERE uniqueid = :n - :c;
END
	'mappings' => [ 1, <<'END' ],
UPDATE kpi_disposition SET outcome = ('{refused,sale,callback,no_answer}'::text[])[:c + 1]::outcome WHERE source = 'house' AND code = 'S' || :n % 7;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('house', 'S7', 'argued') ON CONFLICT DO NOTHING;
DELETE FROM kpi_disposition WHERE source = 'house' AND code = 'S7' AND :c = 0;
END
	'outcomes' => [ 3, <<'END' ],
UPDATE calls SET outcome = 'sale', talk = talk + 1 WHERE client = :client_id AND id = :n;
UPDATE leads SET outcome = 'cancelled_sale', amount = amount + 0.05 WHERE id = :n;
END
	'keys' => [ 3, <<'END' ],
UPDATE calls SET campaign = :c WHERE client = :client_id AND id = :n;
UPDATE leads SET campaign = :c, product = 'q' || :c WHERE id = :n;
END
	'delete' => [ 2, <<'END' ],
DELETE FROM calls WHERE client = :client_id AND id = :n;
DELETE FROM leads WHERE id = :n;
END
	'savepoints' => [ 2, <<'END' ],
BEGIN;
INSERT INTO calls (client, campaign, outcome) VALUES (:client_id, :c, 'sale');
SAVEPOINT a;
INSERT INTO calls (client, campaign, outcome) VALUES (:client_id, :c, 'busy');
DELETE FROM calls WHERE client = :client_id AND id = :n;
ROLLBACK TO a;
UPDATE calls SET talk = 5, outcome = 'no_show' WHERE client = :client_id AND id = :n;
SAVEPOINT b;
INSERT INTO leads (campaign, outcome, product, amount) VALUES (:c, 'lost', NULL, NULL);
RELEASE b;
COMMIT;
END
	'rollback' => [ 1, <<'END' ],
BEGIN;
DELETE FROM calls WHERE client = :client_id AND id > :n AND id < :n + 50;
INSERT INTO leads (campaign, outcome) SELECT :c, 'refused' FROM generate_series(1, 20);
ROLLBACK;
END
	'one snapshot' => [ 1, <<'END' ],
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO calls (client, campaign, outcome) VALUES (:client_id, :c, 'abandoned');
INSERT INTO leads (campaign, outcome) VALUES (:c, 'refused');
COMMIT;
END
);

my @scripts;
for my $name (sort keys %writers)
{
	my ($weight, $sql) = @{ $writers{$name} };
	push @scripts, '-f', file("\\set c random(0, 3)\n\\set n random(1, 3000)\n$sql") . "\@$weight";
}

sub writers
{
	my ($db, $seconds) = @_;
	return start('pgbench', '-n', '-c', 4, '-j', 2, '-T', $seconds, @scripts, $db);
}

# A server of this test's own, since it is killed.
my $tree = "$dir/server";
mkdir $tree or die;
my @as = ();
if ($> == 0)
{
	my ($name) = grep { defined getpwnam $_ } qw(postgres nobody);
	my (undef, undef, $uid, $gid) = getpwnam $name;
	chown $uid, $gid, $tree;
	@as = ('setpriv', "--reuid=$uid", "--regid=$gid", '--clear-groups', 'env', 'HOME=/');
}

sub as_server
{
	my (@command) = @_;
	my $job = start('sh', '-c', 'cd / && exec "$@"', 'sh', @as, @command);
	return wait_for($job);
}

is(as_server("$root$bin/initdb", '-D', "$tree/data", '-A', 'trust', '-U', 'postgres', '--no-locale', '-E', 'UTF8'), 0,
	'a cluster is made');
open my $conf, '>>', "$tree/data/postgresql.conf" or die;
print $conf <<"END";
listen_addresses = ''
unix_socket_directories = '$tree'
shared_buffers = 64MB
log_line_prefix = ''
restart_after_crash = off
END
close $conf;

# A process that init has not yet buried is none.
sub alive
{
	my ($pid) = @_;
	return -e "/proc/$pid" && slurp("/proc/$pid/stat") !~ /\) Z /;
}

sub server
{
	my ($action) = @_;
	return as_server("$root$bin/pg_ctl", '-D', "$tree/data", '-l', "$tree/log", '-w', '-s', $action);
}

{
	# a socket's path is short
	local $ENV{PGHOST} = $tree;
	my $db = 'postgres';

	is(server('start'), 0, 'it starts');
	unlike(psql($db, $schema), qr/ERROR/, 'roll-ups are made');

	# 1. several writers, compaction beside them, and snapshots that look on
	my $writers = writers($db, 10);
	my $compaction = start('pgbench', '-n', '-c', 1, '-T', 10, '-f',
		file("SELECT kpi_rollup_compact('by_campaign'), kpi_rollup_compact('by_minute'), kpi_rollup_compact('by_product'), kpi_rollup_compact('by_journey');\n"
			  . "SELECT kpi_rollup_compact('by_status'), kpi_rollup_compact('by_minute');\n\\sleep 20 ms\n"), $db);
	my ($snapshots, $wrong) = (0, '');
	while (waitpid($writers->{pid}, WNOHANG) == 0)
	{
		# twice in a transaction: the second time, much has been compacted
		my $out = psql($db, <<'END');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT differences(), misread(), (SELECT calls(card) FROM by_campaign) = (SELECT calls(outcome) FROM calls);
SELECT pg_sleep(0.3);
SELECT differences(), misread(), (SELECT sales(card) FROM by_product) = (SELECT sales(outcome) FROM leads);
COMMIT;
END
		$wrong .= $out unless $out eq "0|0|t\n\n0|0|t";
		$snapshots++;
	}
	is($? >> 8, 0, 'writers write') or diag(slurp($writers->{out}));
	is(wait_for($compaction), 0, 'compaction works beside them') or diag(slurp($compaction->{out}));
	cmp_ok($snapshots, '>=', 5, 'snapshots were taken');
	is($wrong, '', 'in every snapshot a roll-up is what its source says');
	is(psql($db, 'SELECT differences(), misread()'), '0|0', 'so it is at the end');
	cmp_ok(psql($db, "SELECT count(DISTINCT xmin::text) FROM kpi_disposition WHERE source = 'house'"), '>', 3, 'mappings were corrected');
	like(psql($db, "SELECT unmapped FROM kpi_rollups WHERE name = 'by_status'::regclass"), qr/"house": \{[^}]*"S8": \d+/, 'and codes that stand for nothing are counted');
	cmp_ok(psql($db, "SELECT rejected FROM kpi_rollups WHERE name = 'by_status'::regclass"), '>', 0, 'so are rows that cannot be counted');
	cmp_ok(psql($db, 'SELECT count(*) FROM leads WHERE id > 2000'), '>', 100, 'rows were written');
	cmp_ok(psql($db, "SELECT count(*) FROM calls WHERE outcome IN ('sale', 'no_show')"), '>', 10, 'and changed');

	# 2. the server is killed under that load, while a roll-up is altered
	for my $time (1, 2)
	{
		my @jobs = (writers($db, 30), start('pgbench', '-n', '-c', 1, '-T', 30, '-f',
			file("SELECT kpi_rollup_compact('by_minute');\nSELECT kpi_rollup_compact('by_product');\n"), $db),
			start('pgbench', '-n', '-c', 1, '-T', 30, '-f', file(<<'END'), $db));
SELECT kpi_rollup_alter('by_altered', card => 'scorecard_journeys(disposition(''house'', status), lead_id % 100)');
\sleep 50 ms
SELECT kpi_rollup_alter('by_altered', card => 'scorecard_calls(disposition(''house'', status))');
\sleep 50 ms
END
		sleep 2.5;
		my ($postmaster) = slurp("$tree/data/postmaster.pid") =~ /\A(\d+)/;
		my @children = split ' ', slurp("/proc/$postmaster/task/$postmaster/children");
		kill 'KILL', $postmaster, @children;
		isnt(wait_for($_), 0, 'the writers notice') for @jobs;
		# the dead hold on to its shared memory and to its lock file for a while
		my $started = 1;
		for (1 .. 40)
		{
			$started = server('start') or last;
			sleep 0.5;
			unlink "$tree/data/postmaster.pid" unless grep { alive($_) } $postmaster, @children;
		}
		is($started, 0, 'the server recovers') or diag(slurp("$tree/log"));
		is(psql($db, 'SELECT differences(), misread()'), '0|0', 'after a crash a roll-up is what its source says');
	}
	my $again = writers($db, 2);
	is(wait_for($again), 0, 'writers write again') or diag(slurp($again->{out}));
	is(psql($db, "SELECT kpi_rollup_compact('by_minute') >= 0; SELECT differences()"), "t\n0", 'and the roll-ups follow');
	is(psql($db, 'SELECT bool_and(live) FROM kpi_rollups'), 't', 'all are live');
	# every thousandth row, drawn by lot, has its statement merge what waits
	is(psql($db, <<'END'), 't', 'and small, some turns later');
SET synchronous_commit = off;
DO $$
BEGIN
	FOR i IN 1 .. 8000 LOOP
		INSERT INTO calls (client, campaign, outcome, talk) VALUES (i % 4, i % 4, 'busy', i % 100);
		INSERT INTO leads (campaign, outcome, product) VALUES (i % 4, 'sale', 'p' || i % 3);
		COMMIT;
	END LOOP;
END $$;
SELECT bool_and(pending < 10000) FROM kpi_rollups;
END

	is(server('stop'), 0, 'it stops');
	my $log = slurp("$tree/log");
	unlike($log, qr/deadlock/, 'no deadlock');
	unlike($log, qr/PANIC|TRAP|could not serialize/, 'nor anything else');
	my %errors = map { $_ => 1 } grep { !/terminat|canceling|starting up|shutting down|crash|lock file|shared memory/ } $log =~ /^((?:ERROR|FATAL): .*)$/mg;
	is(join("\n", sort keys %errors), '', 'no error in the log');
}

# The rest needs no server of its own.
my $db = $ENV{KPI_DB} = "kpi_rollup_$$";
system('createdb', $db) == 0 or BAIL_OUT('cannot create a database');
unlike(psql($db, $schema), qr/ERROR/, 'the same on the server of all tests');

# 3. a roll-up that nobody compacts
my $insert = file("\\set n random(1, 40)\nINSERT INTO leads (campaign, outcome, product) VALUES (:n, 'sale', 'p' || :n % 3);\n");
my $forgotten = start('pgbench', '-n', '-c', 3, '-t', 4000, '-M', 'prepared', '-f', $insert, $db);
is(wait_for($forgotten), 0, 'twelve thousand statements');
cmp_ok(psql($db, "SELECT pending FROM kpi_rollups WHERE name = 'by_product'::regclass"), '<', 10000, 'a forgotten roll-up stays small');
is(psql($db, 'SELECT differences()'), '0', 'and right');
# so it does where each writer holds to one snapshot
my $snapshots = start('pgbench', '-n', '-c', 3, '-t', 2000, '-f',
	file("\\set n random(1, 40)\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nINSERT INTO leads (campaign, outcome) VALUES (:n, 'sale');\nCOMMIT;\n"), $db);
is(wait_for($snapshots), 0, 'six thousand more, in repeatable read');
cmp_ok(psql($db, "SELECT pending FROM kpi_rollups WHERE name = 'by_product'::regclass"), '<', 10000, 'it stays small');
is(psql($db, 'SELECT differences()'), '0', 'and right');

# 4. commands that only some servers have
SKIP:
{
	skip 'MERGE is of PostgreSQL 15', 1 if $version < 15;
	is(psql($db, <<'END'), '0', 'MERGE');
MERGE INTO leads l USING (SELECT i FROM generate_series(1900, 2100, 3) i) s ON l.id = s.i
	WHEN MATCHED AND l.campaign = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET campaign = 9, outcome = 'lost'
	WHEN NOT MATCHED THEN INSERT (campaign, outcome) VALUES (8, 'sale');
SELECT differences();
END
}
SKIP:
{
	skip 'DETACH CONCURRENTLY is of PostgreSQL 14', 1 if $version < 14;
	like(psql($db, 'ALTER TABLE calls DETACH PARTITION calls_0 CONCURRENTLY'),
		qr/cannot detach partitions of the source of a roll-up concurrently/, 'no partition is detached concurrently');
}
# rows of a replica's are counted when the transaction commits
is(psql($db, <<'END'), "t\n0\n0\n0", 'session_replication_role');
SET session_replication_role = replica;
BEGIN;
INSERT INTO leads (campaign, outcome) VALUES (1, 'sale');
SELECT differences() > 0;
ROLLBACK;
SELECT differences();
INSERT INTO leads (campaign, outcome) VALUES (1, 'sale');
INSERT INTO calls (client, campaign, outcome, talk) SELECT i % 4, i % 4, 'busy', 3 FROM generate_series(1, 100) i;
SELECT differences();
-- work_mem has no room for all of them, and some subtransactions are undone, or count a table
BEGIN;
SET LOCAL work_mem = '64kB';
INSERT INTO calls (client, campaign, outcome, talk) SELECT i % 4, i % 4, 'sale', 3 FROM generate_series(1, 10000) i;
INSERT INTO leads (campaign, outcome) VALUES (2, 'sale');
SAVEPOINT one;
UPDATE calls SET campaign = 1 WHERE campaign = 3 AND id % 2 = 0;
INSERT INTO leads (campaign, outcome) VALUES (3, 'sale');
TRUNCATE leads;
ROLLBACK TO one;
DO $$ BEGIN FOR i IN 1 .. 60 LOOP BEGIN
	INSERT INTO leads (campaign, outcome) VALUES (i % 3, 'sale');
	UPDATE leads SET outcome = 'lost' WHERE id = (SELECT max(id) FROM leads);
	IF i % 5 = 0 THEN RAISE 'no'; END IF;
EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;
SAVEPOINT two;
INSERT INTO leads (campaign, outcome) VALUES (4, 'sale');
SET LOCAL client_min_messages = error;
DO $$ BEGIN PERFORM kpi_rollup_rebuild('by_product'); END $$;
INSERT INTO leads (campaign, outcome) VALUES (5, 'sale');
ROLLBACK TO two;
SAVEPOINT three;
INSERT INTO leads (campaign, outcome) VALUES (4, 'sale');
DO $$ BEGIN PERFORM kpi_rollup_rebuild('by_product'); END $$;
INSERT INTO leads (campaign, outcome) VALUES (5, 'sale');
RELEASE three;
COMMIT;
SELECT differences();
END
# also where a table of them is not what it was
like(psql($db, <<'END'), qr/^f\|something was not counted: the columns of its source were changed between rows of one transaction\n\n0\n*$/, 'columns that change within the transaction');
SET session_replication_role = replica;
BEGIN;
INSERT INTO leads (campaign, outcome) VALUES (1, 'sale');
ALTER TABLE leads ADD COLUMN more integer;
COMMIT;
SELECT live, problem FROM kpi_rollups WHERE name = 'by_product'::regclass;
SELECT kpi_rollup_rebuild('by_product');
SELECT differences();
END
# ENABLE TRIGGER ALL makes triggers fire in both kinds of session: one of them counts
is(psql($db, <<'END'), "0\n0", 'triggers that fire in all sessions');
ALTER TABLE leads ENABLE TRIGGER ALL;
INSERT INTO leads (campaign, outcome) VALUES (1, 'sale');
SELECT differences();
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY '{insert,update,delete,truncate,replica}'::text[] LOOP EXECUTE 'ALTER TABLE leads ENABLE ALWAYS TRIGGER kpi_rollup_' || t; END LOOP; END $$;
INSERT INTO leads (campaign, outcome) VALUES (1, 'sale');
SET session_replication_role = replica;
INSERT INTO leads (campaign, outcome) VALUES (1, 'sale');
SELECT differences();
END
# what a replica's session does to partitions is followed, with rows of before that wait to be counted
is(psql($db, <<'END'), join("\n", ('0') x 5), 'partitions in a session that is a replica');
SET session_replication_role = replica;
INSERT INTO calls (client, campaign, outcome, talk) SELECT i % 4, i % 4, 'sale', 3 FROM generate_series(1, 20) i;
ALTER TABLE calls DETACH PARTITION calls_0;
SELECT differences();
ALTER TABLE calls ATTACH PARTITION calls_0 FOR VALUES IN (0, 1);
SELECT differences();
BEGIN;
UPDATE calls SET talk = 5 WHERE campaign = 1;
ALTER TABLE calls DETACH PARTITION calls_0;
COMMIT;
SELECT differences();
BEGIN;
ALTER TABLE calls ATTACH PARTITION calls_0 FOR VALUES IN (0, 1);
UPDATE calls SET talk = 7 WHERE campaign = 1;
SAVEPOINT one;
ALTER TABLE calls DETACH PARTITION calls_0;
UPDATE calls_0 SET talk = 9;
ALTER TABLE calls ATTACH PARTITION calls_0 FOR VALUES IN (0, 1);
ROLLBACK TO one;
COMMIT;
SELECT differences();
CREATE TABLE calls_8 PARTITION OF calls FOR VALUES IN (8);
INSERT INTO calls (client, campaign, outcome, talk) VALUES (1, 8, 'sale', 3);
DROP TABLE calls_8;
SELECT differences();
END
# a writer that sees an old snapshot truncates all the same
is(psql($db, <<'END'), "t\n0\n0", 'TRUNCATE of more than a snapshot sees');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) > 0 FROM leads;
\! psql -X -q -c "INSERT INTO leads (campaign, outcome) VALUES (77, 'sale')" $KPI_DB
TRUNCATE leads;
COMMIT;
SELECT differences();
SELECT count(*) FROM by_product;
END

# 5. dumps
psql($db, "INSERT INTO leads (campaign, outcome, product, amount) SELECT i % 5, 'sale', 'p' || i % 2, i FROM generate_series(1, 100) i; DELETE FROM leads WHERE campaign = 4");
my $copy = "${db}_copy";
system('createdb', $copy) == 0 or BAIL_OUT('cannot create a database');
is(system("pg_dump -d $db -f $dir/dump.sql"), 0, 'pg_dump');
my $restored = `psql -X -q -v ON_ERROR_STOP=1 -d $copy -f $dir/dump.sql 2>&1 >/dev/null`;
is($restored, '', 'psql restores it without a word');
is(psql($copy, 'SELECT differences(), misread(), bool_and(live), count(*), sum(cells) > 0 FROM kpi_rollups'), '0|0|t|6|t', 'restored roll-ups are what their sources say');
is(psql($copy, "SELECT pg_get_viewdef('by_minute_source')"), psql($db, "SELECT pg_get_viewdef('by_minute_source')"), 'with their settings');
is(psql($copy, <<'END'), "0\n0", 'and live');
INSERT INTO leads (campaign, outcome, product, amount) SELECT i % 7, 'refused', 'p' || i % 2, i FROM generate_series(1, 10) i;
UPDATE leads SET campaign = 3 WHERE campaign = 2;
DELETE FROM calls WHERE id % 2 = 0;
CREATE TABLE calls_9 PARTITION OF calls FOR VALUES IN (9);
INSERT INTO calls (campaign, outcome) VALUES (9, 'sale');
SELECT differences();
DROP TABLE calls_2;
TRUNCATE calls_0;
SELECT kpi_rollup_compact('by_minute') * 0 + differences();
END
like(psql($copy, 'DROP TABLE leads'), qr/view by_product_source depends on table leads/, 'what depends on what is known again');
like(psql($copy, 'SET client_min_messages = error; DROP EXTENSION kpi CASCADE; SELECT relname FROM pg_class WHERE relname LIKE \'by\_%\''), qr/\A\z/,
	'DROP EXTENSION leaves nothing of them');
is(psql($copy, "INSERT INTO leads (campaign) VALUES (1); SELECT count(*) > 1 FROM leads"), 't', 'and the sources take rows');
# by many sessions at once
system('dropdb', $copy);
system('createdb', $copy) == 0 or BAIL_OUT('cannot create a database');
is(system("pg_dump -Fc -d $db -f $dir/dump"), 0, 'pg_dump in its own form');
is(`pg_restore -j 4 -d $copy $dir/dump 2>&1`, '', 'pg_restore by four sessions');
is(psql($copy, 'SELECT differences(), bool_and(live) FROM kpi_rollups'), '0|t', 'what it restores is live, and right');
is(psql($copy, "SELECT count(*) FROM pg_event_trigger WHERE evtname LIKE 'kpi%' AND evtenabled = 'A'"), '4', 'and follows its partitions');
# of one roll-up, without its source: a table as it was, which nothing follows
system('dropdb', $copy);
system('createdb', $copy) == 0 or BAIL_OUT('cannot create a database');
psql($copy, 'CREATE EXTENSION kpi');
is(system("pg_dump -d $db -t by_product -t by_product_cells -f $dir/one.sql"), 0, 'pg_dump of one roll-up');
is(`psql -X -q -v ON_ERROR_STOP=1 -d $copy -f $dir/one.sql 2>&1 >/dev/null`, '', 'it is restored');
my $all = 'SELECT campaign, product, card FROM by_product ORDER BY 1, 2';
is(psql($copy, $all), psql($db, $all), 'and reads the same');

# of the source alone: its triggers find no roll-up
system('dropdb', $copy);
system('createdb', $copy) == 0 or BAIL_OUT('cannot create a database');
psql($copy, 'CREATE EXTENSION kpi');
is(system("pg_dump -d $db -t leads -f $dir/source.sql"), 0, 'pg_dump of a source');
is(`psql -X -q -v ON_ERROR_STOP=1 -d $copy -f $dir/source.sql 2>&1 >/dev/null`, '', 'it is restored');
is(psql($copy, <<'END'), "0", 'takes rows, and may have a roll-up again');
INSERT INTO leads (campaign, outcome) VALUES (1, 'sale');
DO $$ BEGIN PERFORM kpi_rollup_create('anew', 'leads', '{campaign}', 'scorecard_leads(outcome)'); END $$;
DELETE FROM leads WHERE campaign = 3;
INSERT INTO leads (campaign, outcome) VALUES (2, 'sale');
SELECT count(*) FROM kpi_rollup_check('anew');
END

# Read while many rows are pending that the server had not seen when it analyzed
# the cells: each is looked up by an index, and none compared with all others.
is(psql($db, <<'END'), "cells: looked up, joined\nleads: looked up, joined", 'what is pending is looked up, whatever the server knows of it');
SET client_min_messages = error;
SET kpi.enable_rollup_compaction = off;
CREATE TABLE wide (list int, lead int, outcome outcome, segment text DEFAULT repeat('segment', 20));
INSERT INTO wide SELECT i, i, 'refused' FROM generate_series(1, 30000) i;
CREATE TEMP TABLE made AS SELECT kpi_rollup_create('wide_cells_of', 'wide', '{list,segment}', 'scorecard_calls(outcome)') AS one,
	kpi_rollup_create('wide_leads_of', 'wide', '{list,segment}', 'scorecard_journeys(outcome, lead)') AS other;
VACUUM ANALYZE wide_cells_of_cells, wide_leads_of_cells, wide_leads_of_leads;
INSERT INTO wide SELECT i, i, 'sale' FROM generate_series(1, 300) i;
-- the leads whose rows are settled: their cells have pending rows
INSERT INTO wide_leads_of_leads (id, n, added, removed, k1, k2) SELECT -id - 1, 0, added, added, k1, k2 FROM wide_leads_of_leads WHERE k1 > 29700;
CREATE FUNCTION looks(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || query INTO plan;
	RETURN CASE WHEN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::int + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::int < 15000
		THEN 'looked up, ' ELSE plan::text END ||
		CASE WHEN (SELECT coalesce(max(n[1]::int), 0) FROM regexp_matches(plan::text, '"Rows Removed by Join Filter": (\d+)', 'g') n) < 10000
		THEN 'joined' ELSE plan::text END;
END $$;
SELECT 'cells: ' || looks('SELECT contact_rate(card) FROM wide_cells_of');
SELECT 'leads: ' || looks('SELECT contact_rate(card) FROM wide_leads_of');
DROP FUNCTION looks;
DROP TABLE wide CASCADE;
END

system('dropdb', $copy);
system('dropdb', $db);
done_testing();
