#!/usr/bin/perl
# A roll-up that answers for its table, among other sessions: random queries
# give the same with it and without under one snapshot, in every isolation
# level, while others write, merge, empty the table, and make roll-ups; and
# conflicts of serializable transactions are found as ever.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Test::More;
use Time::HiRes qw(time);

use Session;

my $db = "kpi_answer_$$";
system('createdb', $db) == 0 or BAIL_OUT('cannot create a database');

sub session
{
	return Session->new($db, 'SET client_min_messages = warning', "SET TimeZone = 'Europe/Paris'");
}

my $seed = $ENV{KPI_SEED} // int(rand 1e9);
srand $seed;

my $one = session();
my $two = session();
is($one->ask('CREATE EXTENSION kpi'), '', 'the extension');
is($one->ask(<<'END'), '', 'a table');
CREATE TABLE calls (id int PRIMARY KEY, campaign text, agent int, called_at timestamptz, outcome outcome, status text, lead int, reason text,
	talk interval, handle interval, amount numeric, filler text);
ALTER TABLE calls ALTER filler SET STORAGE PLAIN;
CREATE FUNCTION fill(first int, last int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO calls SELECT i, (ARRAY['solar', 'heat', 'fibre', NULL])[1 + (random() * 3)::int], random() * 9,
		timestamptz '2024-03-01' + random() * interval '60 days',
		(ARRAY['no_answer', 'busy', 'contact', 'refused', 'lost', 'sale', 'direct_sale', NULL])[1 + (random() * 7)::int]::outcome,
		(ARRAY['SALE', 'NI', 'B', 'A', 'none', NULL])[1 + (random() * 5)::int], nullif((random() * 400)::int, 0),
		(ARRAY['price', 'need', NULL])[1 + (random() * 2)::int], random() * interval '5 min', random() * interval '1 min',
		(random() * 1000)::numeric(8, 2) + CASE WHEN random() < 0.1 THEN 0.00001 ELSE 0 END, repeat('x', 2500)
	FROM generate_series(first, last) i ON CONFLICT DO NOTHING $$;
CREATE FUNCTION with_rollups(query text) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C") FROM (%s) q', query) INTO result;
	RETURN coalesce(result, 'nothing');
-- a code without an outcome
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN SQLSTATE;
END $$;
CREATE FUNCTION without_rollups(query text) RETURNS text STABLE LANGUAGE plpgsql SET kpi.enable_rollup_scan = off AS $$
BEGIN
	RETURN with_rollups(query);
END $$
END
$one->ask('SELECT fill(1, 3000)');
is($one->ask("SELECT kpi_rollup_create('by_day', 'calls', ARRAY['campaign', 'date_trunc(''day'', called_at) AS day'],
	'scorecard_calls(outcome) + scorecard_time(talk, handle, NULL) + scorecard_reasons(outcome, reason) + scorecard_money(amount, NULL, NULL, NULL)')"), 'by_day', 'a roll-up');
is($one->ask("SELECT kpi_rollup_create('by_agent', 'calls', '{agent,campaign}', 'scorecard_calls(outcome)')"), 'by_agent', 'another');
is($one->ask("SELECT kpi_rollup_create('by_code', 'calls', ARRAY['campaign', 'date_trunc(''month'', called_at) AS month'],
	'scorecard_calls(disposition(''vicidial'', status)) + scorecard_reasons(disposition(''vicidial'', status), reason) + scorecard_time(talk, NULL, NULL)')"), 'by_code', 'one of codes');
is($one->ask("SELECT kpi_rollup_create('by_lead', 'calls', '{campaign}', 'scorecard_calls(outcome) + scorecard_journeys(outcome, lead)')"), 'by_lead', 'one of leads');
$one->ask('ANALYZE calls, by_day_cells, by_agent_cells, by_code_cells, by_lead_cells, by_lead_leads');
my $bins = $one->ask('SHOW server_version_num') >= 140000;

my $names = 0;

# Queries of which most, but not all, are such as a roll-up holds.
sub some
{
	my ($most, @from) = @_;
	my @taken = grep { rand() < $most / @from } @from;
	return @taken ? @taken : $from[rand @from];
}

sub query
{
	return query_of_codes() if rand() < 0.3;
	return query_of_leads() if rand() < 0.25;
	my @keys = rand() < 0.8 ? some(1.5, 'campaign', "date_trunc('day', called_at)", "date_trunc('week', called_at)", "date_trunc('month', called_at)",
		'called_at::date', "to_char(called_at, 'YYYY-MM')", 'extract(isodow FROM called_at)', 'agent', 'agent % 3', "coalesce(campaign, '-')",
		"date_trunc('hour', called_at)", "CASE WHEN called_at < '2024-04-10' THEN campaign END", $bins ? "date_bin('2 days', called_at, '2024-03-01')" : ()) : ();
	my @aggregates = some(3, 'calls(outcome)', 'sales(outcome)', 'contact_rate(outcome)', 'conversion_rate(outcome)', 'count(*)', 'count(outcome)',
		'talk_time(talk)', 'average_handle_time(talk, handle)', 'refusal_reasons(outcome, reason)', 'revenue(amount)', 'average_sale(amount)',
		'scorecard_calls(outcome)', 'scorecard_time(talk, handle, NULL)', 'count(campaign)', "calls(outcome) FILTER (WHERE campaign = 'solar')",
		"count(*) FILTER (WHERE called_at >= '2024-04-01'::date)", "sales(outcome) FILTER (WHERE called_at < '2024-03-20' OR called_at >= '2024-04-20 01:00')", 'sum(amount)');
	my $day = sprintf "2024-%02d-%02d%s", 3 + rand 2, 1 + rand 30, rand() < 0.1 ? ' 12:00' : '';
	my @conditions = rand() < 0.6 ? some(1.2, "campaign = 'heat'", "campaign IN ('solar', 'fibre')", 'campaign IS NULL', "called_at >= '$day'",
		"called_at < '$day'", "called_at > '$day'", "called_at::date = '$day'", 'agent < 5', "extract(month FROM called_at) = 3", "outcome = 'sale'") : ();
	my $query = 'SELECT ' . join(', ', map { "$_ AS c" . ++$names } @keys, @aggregates) . ' FROM calls';
	$query .= ' WHERE ' . join(' AND ', @conditions) if @conditions;
	$query .= ' GROUP BY ' . join(', ', 1 .. @keys) if @keys;
	$query .= ' HAVING calls(outcome) > ' . int(rand 20) if @keys && rand() < 0.2;
	return $query;
}

# What codes stand for, where those that stand for nothing fail the query, or do not.
sub query_of_codes
{
	my $of = "disposition('vicidial', status" . (rand() < 0.8 ? ', false)' : ')');
	my @keys = rand() < 0.8 ? some(1.3, 'campaign', "date_trunc('month', called_at)", $of, 'status', "$of IS NULL", "extract(year FROM called_at)") : ();
	my @aggregates = some(3, "calls($of)", "contact_rate($of)", "count($of)", 'count(*)', 'talk_time(talk)', "refusal_reasons($of, reason)",
		"scorecard_calls($of)", "calls($of) FILTER (WHERE $of = 'sale')", "count(*) FILTER (WHERE $of IS DISTINCT FROM 'sale')", 'calls(outcome)');
	my @conditions = rand() < 0.5 ? some(1.2, "status <> 'none'", "$of <> 'busy'", "campaign = 'heat'", "called_at < '2024-04-01'", "status IS NOT NULL") : ();
	my $query = 'SELECT ' . join(', ', map { "$_ AS c" . ++$names } @keys, @aggregates) . ' FROM calls';
	$query .= ' WHERE ' . join(' AND ', @conditions) if @conditions;
	return $query . (@keys ? ' GROUP BY ' . join(', ', 1 .. @keys) : '');
}

# What leads come to, by the roll-up's key, or not.
sub query_of_leads
{
	my @keys = rand() < 0.8 ? some(1.2, 'campaign', 'campaign', 'campaign', 'upper(campaign)') : ();
	my @aggregates = some(2, 'lead_calls(outcome, lead)', 'lead_contact_rate(outcome, lead)', 'lead_conversion_rate(outcome, lead)', 'scorecard_journeys(outcome, lead)',
		'count(*)', 'calls(outcome)', "lead_sales(outcome, lead) FILTER (WHERE campaign = 'heat')", 'lead_sales(outcome, agent)');
	my @conditions = rand() < 0.4 || !@keys ? some(1, "campaign = 'heat'", "campaign > 'g'", 'campaign IS NULL') : ();
	my $query = 'SELECT ' . join(', ', map { "$_ AS c" . ++$names } @keys, @aggregates) . ' FROM calls';
	$query .= ' WHERE ' . join(' AND ', @conditions) if @conditions;
	$query .= ' GROUP BY ' . join(', ', 1 .. @keys) if @keys;
	$query .= ' HAVING lead_calls(outcome, lead) > ' . int(rand 100) if @keys && rand() < 0.2;
	return $query;
}

# Others write, in transactions of all kinds, of which some are taken back.
my @writers;
for my $writer (1 .. 2)
{
	my $pid = fork // die;
	if ($pid == 0)
	{
		my $session = session();
		srand $seed + $writer;
		my $until = time + 12;
		my $id = 100000 * $writer;
		while (time < $until)
		{
			$session->ask('BEGIN ISOLATION LEVEL ' . ('READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')[rand 4]);
			for (0 .. rand 3)
			{
				my $from = 1 + int rand 3000;
				my $what = int rand 24;
				$session->ask($what < 5 ? 'SELECT fill(' . ($id += 10) . ', ' . ($id + int rand 10) . ')' :
					$what < 9 ? "DELETE FROM calls WHERE id BETWEEN $from AND $from + " . int rand 5 :
					$what < 15 ? "UPDATE calls SET campaign = 'heat', called_at = called_at + interval '1 day' WHERE id BETWEEN $from AND $from + 20" :
					$what < 18 ? "UPDATE calls SET outcome = 'sale', amount = amount / 3 WHERE id BETWEEN $from AND $from + 9" :
					$what < 19 ? "SELECT kpi_rollup_compact('" . ('by_day', 'by_code', 'by_lead')[rand 3] . "')" :
					$what < 21 ? "UPDATE calls SET status = CASE status WHEN 'none' THEN 'NI' WHEN 'SALE' THEN 'none' ELSE 'SALE' END WHERE id BETWEEN $from AND $from + 9" :
					$what < 22 ? "UPDATE calls SET lead = lead % 300 + 1 WHERE id BETWEEN $from AND $from + 20" :
					$what < 23 ? "UPDATE calls SET status = 'NI' WHERE status = 'none'" : "SAVEPOINT s; DELETE FROM calls WHERE id < $from; ROLLBACK TO s");
			}
			$session->ask(rand() < 0.3 ? 'ROLLBACK' : 'COMMIT');
		}
		$session->end;
		exec 'true';
	}
	push @writers, $pid;
}

my $asked = 0;
my $answered = 0;
my @wrong;
my %used;
for my $level ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')
{
	my $until = time + 4;
	while (time < $until)
	{
		$one->ask("BEGIN ISOLATION LEVEL $level");
		for (1 .. 4)
		{
			my $query = query();
			(my $quoted = $query) =~ s/'/''/g;

			$asked++;
			if ($one->ask("EXPLAIN $query") =~ /Roll-up: (\w+)/)
			{
				$answered++;
				$used{$1}++;
			}
			my $same = $one->ask("SELECT a = b, a, b FROM (SELECT with_rollups('$quoted') AS a, without_rollups('$quoted') AS b OFFSET 0) x");
			# of serializable transactions, some fail
			push @wrong, "$level: $query\n$same" unless $same =~ /^t|could not serialize|transaction is aborted/;
			# what it writes itself
			if (rand() < 0.3)
			{
				my $id = 500000 + int rand 1000;
				$one->ask("SELECT fill($id, $id + 3)");
				$one->ask("UPDATE calls SET campaign = 'solar' WHERE id BETWEEN $id AND $id + 1");
			}
		}
		$one->ask(rand() < 0.5 ? 'COMMIT' : 'ROLLBACK');
	}
}
waitpid $_, 0 for @writers;
is(join("\n", @wrong), '', "random queries under writers (seed $seed)");
cmp_ok($answered, '>', $asked / 5, "of $asked queries, the roll-ups have answered $answered");
cmp_ok($answered, '<', $asked, 'and left others alone');
is(join(' ', sort keys %used), 'by_agent by_code by_day by_lead', 'each has answered');
is($two->ask("SELECT count(*) FROM kpi_rollup_check('$_')"), '0', "the roll-up $_ is right") for 'by_day', 'by_code', 'by_lead';

# Two transactions that each count, then write what the other has counted: one
# of them fails, whether the roll-up counts or the table.
my $query = "SELECT calls(outcome) FROM calls WHERE campaign = 'solar'";
my $id = 700000;
for my $setting ('on', 'off')
{
	for my $session ($one, $two)
	{
		$session->ask("SET kpi.enable_rollup_scan = $setting");
		$session->ask('BEGIN ISOLATION LEVEL SERIALIZABLE');
	}
	is($one->ask($query), $two->ask($query), "serializable, roll-ups $setting: both count the same");
	my $said = join ' ', map { $_->ask("INSERT INTO calls (id, campaign, outcome) VALUES (" . ++$id . ", 'solar', 'sale')") } $one, $two;
	$said .= join ' ', map { $_->ask('COMMIT') } $one, $two;
	like($said, qr/could not serialize access/, 'and only one may write what the other counted');
	$_->ask('SET kpi.enable_rollup_scan = on') for $one, $two;
}

# What is seen at once by old snapshots: TRUNCATE, and a roll-up that comes
my $by = 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT reason, calls(outcome) FROM calls GROUP BY reason';
$one->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
$one->ask('SELECT 1 FROM pg_class LIMIT 1');
$two->ask("SELECT kpi_rollup_create('by_reason', 'calls', '{reason}', 'scorecard_calls(outcome)')");
$two->ask('ANALYZE by_reason_cells');
like($one->ask($by), qr/Not Answered Because: the table or the roll-up has changed since the snapshot was taken/, 'a roll-up that is newer than the snapshot');
isnt($one->ask('SELECT reason, calls(outcome) FROM calls GROUP BY reason'), '', 'the table answers');
$one->ask('COMMIT');
like($one->ask($by), qr/Roll-up: by_reason\n(?!.*Not Answered)/s, 'the next one sees it');
$one->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
$one->ask('SELECT 1 FROM pg_class LIMIT 1');
$two->ask('TRUNCATE calls');
is($one->ask('SELECT calls(outcome), count(*) FROM calls'), '0|0', 'a table that was emptied is empty to an old snapshot, too');
$one->ask('COMMIT');

# What a snapshot has not seen yet does not hinder, and what it has does.
$two->ask('SELECT fill(1, 3000)');
$one->ask("SELECT kpi_rollup_drop('by_day')");
$one->ask("SELECT kpi_rollup_drop('$_')") for 'by_reason', 'by_code', 'by_lead';
$one->ask("SELECT kpi_rollup_create('by_ratio', 'calls', ARRAY['campaign', '100 / agent AS share'], 'scorecard_calls(outcome)')")
  if $one->ask('DELETE FROM calls WHERE agent = 0') eq '';
$one->ask("SELECT kpi_rollup_drop('by_agent')");
$one->ask('ANALYZE calls, by_ratio_cells');
my $campaigns = 'SELECT campaign, calls(outcome), count(*) FROM calls GROUP BY campaign ORDER BY 1';
like($one->ask("EXPLAIN (ANALYZE) $campaigns"), qr/Roll-up: by_ratio\n(?!.*Not Answered)/s, 'all is counted');
$one->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $before = $one->ask($campaigns);
$two->ask("INSERT INTO calls (id, campaign, agent, outcome) VALUES (-1, 'solar', 0, 'sale')");
is($one->ask($campaigns), $before, 'a row that cannot be counted, and a snapshot of before');
like($one->ask("EXPLAIN (ANALYZE) $campaigns"), qr/Roll-up: by_ratio\n(?!.*Not Answered)/s, 'is answered');
$one->ask('COMMIT');
my $after = $one->ask($campaigns);
isnt($after, $before, 'one of after sees it');
$one->ask('SET kpi.enable_rollup_scan = off');
is($one->ask($campaigns), $after, 'as the table has it');

$_->end for $one, $two;
system('dropdb', $db);
done_testing();
