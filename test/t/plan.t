#!/usr/bin/perl
# The scan that keeps the states itself, among other sessions: what each
# isolation level sees, conflicts of serializable transactions, writers that do
# not stop, the table's statistics; and that the library comes by itself.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Test::More;
use Time::HiRes qw(sleep time);

use Session;

my $db = "kpi_plan_$$";
system('createdb', $db) == 0 or BAIL_OUT('cannot create a database');

my $one = Session->new($db);
my $two = Session->new($db);
$one->ask('SET client_min_messages = warning');
is($one->ask('CREATE EXTENSION kpi'), '', 'the extension');
$one->ask("CREATE TABLE calls AS SELECT 'sale'::outcome AS o, i % 10 AS agent, i AS id FROM generate_series(1, 20000) i");
$one->ask('VACUUM ANALYZE calls');
$one->ask("CREATE TABLE times AS SELECT i AS talk, i % 3 AS agent, i * 1.5 AS amount FROM generate_series(1, 1000) i");

# The library is loaded while the first query that names an aggregate is planned.
for my $query ('SELECT calls(o) FROM calls', 'SELECT agent, contact_rate(o) FROM calls GROUP BY 1', 'SELECT talk_time(talk) FROM times',
	'SELECT lead_conversion_rate(o, id) FROM calls', 'SELECT agent, revenue(amount) FROM times GROUP BY 1', 'SELECT mix(agent::text) FROM times',
	'SELECT scorecard_calls(o) FROM calls', 'SELECT max(o) FROM calls')
{
	my $fresh = Session->new($db);
	like($fresh->ask("EXPLAIN $query"), qr/KpiScan/, "a session's first query: $query");
	unlike($fresh->ask($query), qr/ERROR/, 'it runs');
	like($fresh->ask("EXPLAIN $query"), qr/KpiScan/, 'and once it has run');
	$fresh->end;
}
my $preloaded = Session->new($db);
$preloaded->ask("ALTER DATABASE $db SET session_preload_libraries = 'kpi'");
$preloaded->end;
$preloaded = Session->new($db);
like($preloaded->ask('EXPLAIN SELECT calls(o) FROM calls'), qr/KpiScan/, 'with session_preload_libraries');
is($preloaded->ask('SHOW kpi.enable_scan'), 'on', 'which knows the setting at once');
$preloaded->end;

# Both ways give the same in one transaction.
sub both
{
	my ($session, $query) = @_;
	$session->ask('SET kpi.enable_scan = on');
	like($session->ask("EXPLAIN $query"), qr/KpiScan/, 'it is the scan');
	my $on = $session->ask($query);
	$session->ask('SET kpi.enable_scan = off');
	my $off = $session->ask($query);
	$session->ask('SET kpi.enable_scan = on');
	return $on eq $off ? $on : "on: $on, off: $off";
}

my $query = 'SELECT calls(o), sales(o) FROM calls';

# What others have not committed, and what they take back.
$two->ask('BEGIN');
$two->ask("INSERT INTO calls SELECT 'busy', 1, -1 FROM generate_series(1, 500)");
$two->ask('DELETE FROM calls WHERE id BETWEEN 1 AND 100');
is(both($one, $query), '20000|20000', 'what is not committed is not seen');
is(both($two, $query), '20400|19900', 'but by who wrote it');
$two->ask('ROLLBACK');
is(both($one, $query), '20000|20000', 'nor is what was taken back');

# Isolation levels: a snapshot for each statement, or for all.
for my $level ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')
{
	my $before = $one->ask('SELECT count(*) FROM calls');
	$one->ask("BEGIN ISOLATION LEVEL $level");
	is(both($one, $query), "$before|20000", "$level: before");
	$two->ask("INSERT INTO calls SELECT 'busy', 1, -1 FROM generate_series(1, 50)");
	my $after = $level eq 'READ COMMITTED' ? $before + 50 : $before;
	is(both($one, $query), "$after|20000", "$level: after another's commit");
	$one->ask('COMMIT');
}

# Two transactions that each count, then write what the other has counted:
# one of them fails, whether the scan counts or the executor.
for my $scan ('on', 'off')
{
	for my $session ($one, $two)
	{
		$session->ask("SET kpi.enable_scan = $scan");
		$session->ask('BEGIN ISOLATION LEVEL SERIALIZABLE');
	}
	my @counts = map { $_->ask('SELECT calls(o) FROM calls') } $one, $two;
	is($counts[0], $counts[1], "serializable, scan $scan: both count the same");
	my $said = join ' ', map { $_->ask("INSERT INTO calls VALUES ('busy', 2, -2)") } $one, $two;
	$said .= join ' ', map { $_->ask('COMMIT') } $one, $two;
	like($said, qr/could not serialize access/, 'and only one may write what the other counted');
	$_->ask('SET kpi.enable_scan = on') for $one, $two;
}

# A cursor keeps its page while others write and vacuum.
$one->ask('BEGIN');
$one->ask('DECLARE c CURSOR FOR SELECT agent, sales(o) FROM calls GROUP BY 1 ORDER BY 1');
is($one->ask('FETCH 1 FROM c'), '0|2000', 'a cursor');
$two->ask('DELETE FROM calls WHERE agent = 5 AND id > 0');
$two->ask('VACUUM calls');
is($one->ask('MOVE 4 IN c') . $one->ask('FETCH 1 FROM c'), '5|2000', 'goes on as it began');
$one->ask('COMMIT');

# Writers move rows between agents all the while, so that each snapshot has as
# many sales as any.
my $total = $one->ask('SELECT sales(o) FROM calls');
my $pid = fork // die;
if ($pid == 0)
{
	my $writer = Session->new($db);
	my $until = time + 4;
	while (time < $until)
	{
		$writer->ask('UPDATE calls SET agent = (agent + 1) % 10 WHERE id % 97 = ' . int(rand 97));
	}
	$writer->end;
	exec 'true';
}
my ($right, $wrong) = (0, '');
my $end = time + 4;
while (time < $end)
{
	my $sum = $one->ask('SELECT sum(s) FROM (SELECT agent, sales(o) AS s FROM calls GROUP BY agent) q');
	$sum eq $total ? $right++ : ($wrong ||= $sum);
}
waitpid $pid, 0;
is($wrong, '', 'under writers every snapshot has all sales');
cmp_ok($right, '>', 3, "and there were some ($right)");

# A transaction's snapshot is one for both ways, whatever happens meanwhile.
$one->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $seen = $one->ask('SELECT agent, calls(o) FROM calls GROUP BY 1 ORDER BY 1');
$two->ask('UPDATE calls SET agent = 1');
is(both($one, 'SELECT agent, calls(o) FROM calls GROUP BY 1 ORDER BY 1'), $seen, 'both ways see the snapshot of then');
$one->ask('COMMIT');

# Statistics count its scans and rows.
sub counted
{
	my $value = '';
	for (1 .. 50)
	{
		my $now = $two->ask('SELECT seq_scan, seq_tup_read FROM pg_stat_user_tables WHERE relname = \'counted\'');
		return $now if $now ne $_[0];
		sleep 0.2;
	}
	return 'nothing is counted';
}
$two->ask('CREATE TABLE counted AS SELECT o FROM calls LIMIT 12345');
my $before = counted('');
my ($scans, $rows) = split /\|/, $before;
my $counter = Session->new($db);
is($counter->ask('SELECT calls(o) FROM counted'), 12345, 'rows');
$counter->end;
is(counted($before), ($scans + 1) . '|' . ($rows + 12345), 'are counted in the statistics');

$_->end for $one, $two;
system('dropdb', $db);
done_testing();
