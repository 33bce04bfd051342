#!/usr/bin/perl
# examples/shards and doc/shards.md: one table of calls on four servers.
#
# What EXPLAIN says proves where a KPI is computed; every KPI gives, to the last
# bit, what a single server with all the rows gives; and the page's queries
# print what it shows.
#
# KPI_ROOT is the folder of the server under test, and has its programs. That
# server is the coordinator, and the single server too; the shards are databases
# of three throw-away ones, of which the last has two. KPI_SOURCE is the folder of the project.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $source = $ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..';
my $root = $ENV{KPI_ROOT} or plan skip_all => 'KPI_ROOT names no server';
my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
chomp(my $bin = $root . `$pg_config --bindir`);

my %campaign = (1 => 'Solar roofs', 2 => 'Heat pumps', 3 => 'Health cover', 4 => 'Business fibre');
my @shards = sort keys %campaign;
my @servers = (1, 2, 3);
my @tables = qw(calls leads agent_days ledger);
# the coordinator's database has the name of the shards'
my ($coordinator, $single, $demo, $second) = map { "kpi_shards_${_}_$$" } qw(campaigns single demo second);

my $major;
# the names of all the aggregates of the extension
my %aggregates;

# Folders of the shards; a socket's path must be short. The user is the one
# that runs the server under test.
my $dir = tempdir('/tmp/kpi-shards.XXXXXX');
my $uid = (stat $root)[4];
my $gid = (getpwuid $uid)[3];
chown $uid, $gid, $dir;

sub as_server
{
	my ($command) = @_;
	my $user = $> == 0 ? "setpriv --reuid=$uid --regid=$gid --clear-groups" : '';
	my $out = `cd / && $user env HOME=/ $command 2>&1 </dev/null`;
	die "$command:\n$out" if $?;
}

$SIG{INT} = $SIG{TERM} = sub { exit 1 };
END
{
	my $status = $?;
	if ($dir)
	{
		for (grep { -f "$dir/$_/data/postmaster.pid" } @servers)
		{
			eval { as_server("$bin/pg_ctl -D $dir/$_/data -m immediate -s -w stop"); 1 } or warn $@;
		}
		remove_tree($dir);
	}
	$? = $status;
}

# Runs a script of SQL; gives what psql printed, and dies of an error.
sub psql
{
	my ($db, $script, @options) = @_;
	my $file = "$dir/script.sql";
	open my $fh, '>', $file or die "$file: $!";
	print $fh $script;
	close $fh;
	my $out = `psql -X -q -v ON_ERROR_STOP=1 @options -d $db -f $file 2>&1`;
	die $out if $?;
	return $out;
}

# Runs queries in one session; gives the rows of each, in an order of their own.
sub results
{
	my ($db, @queries) = @_;
	my $out = psql($db, join('', map { "\\echo \@\@\n$_;\n" } @queries), '-A', '-t');
	my (undef, @results) = split /^\@\@\n/m, $out;
	return map { join "\n", sort split /\n/ } @results;
}

sub plans
{
	my (@queries) = @_;
	my $out = psql($coordinator, join('', map { "\\echo \@\@\nEXPLAIN (VERBOSE, COSTS OFF) $_;\n" } @queries), '-A', '-t');
	my (undef, @plans) = split /^\@\@\n/m, $out;
	return @plans;
}

# How many rows each query has had from the shards.
sub rows_shipped
{
	my (@queries) = @_;
	my $out = psql($coordinator, join('', map { "\\echo \@\@\nEXPLAIN (ANALYZE, FORMAT JSON) $_;\n" } @queries), '-A', '-t');
	my (undef, @plans) = split /^\@\@\n/m, $out;
	return map {
		my $rows = 0;
		my @nodes = decode_json($_)->[0]{Plan};
		while (my $node = shift @nodes)
		{
			push @nodes, @{ $node->{Plans} // [] };
			$rows += $node->{'Actual Rows'} * $node->{'Actual Loops'} if $node->{'Node Type'} eq 'Foreign Scan';
		}
		$rows;
	} @plans;
}

sub run_file
{
	my ($db, $file, @options) = @_;
	my $out = `psql -X -q -v ON_ERROR_STOP=1 -o /dev/null @options -d $db -f $source/examples/$file 2>&1`;
	is($out, '', join ' ', "examples/$file runs", @options);
}

# Both servers give the same for each query. A query is a text, or two: the
# single server's and the coordinator's.
sub all_same
{
	my (@queries) = map { ref ? $_ : [ $_, $_ ] } @_;
	my @expected = results($single, map { $_->[0] } @queries);
	my @got = results($coordinator, map { $_->[1] } @queries);
	for my $i (0 .. $#queries)
	{
		is($got[$i], $expected[$i], 'the same as on the single server: ' . short($queries[$i][1]));
		cmp_ok(length $got[$i], '>', 10, '... which is something');
	}
}

# The shards do all the work of each query: the KPIs that it names are in what
# they are asked for, they work at once, and nothing is left to aggregate.
sub all_remote
{
	my (@queries) = @_;
	my @plans = plans(@queries);
	for my $i (0 .. $#queries)
	{
		my ($query, $plan) = ($queries[$i], $plans[$i]);
		my @asked = $plan =~ /Remote SQL: (.*)/g;
		my @kpis = grep { $aggregates{$_} } $query =~ /(\w+)\(/g;
		my @left = grep { my $kpi = $_; grep { !/\bpublic\.$kpi\(/ } @asked } @kpis;
		my $scan = $major < 14 ? 'Foreign Scan' : 'Async Foreign Scan';
		my $scans = () = $plan =~ /-> +$scan$/mg;

		ok(@asked == 4 && @kpis && !@left && $scans == 4 && $plan !~ /^ *(-> +)?[\w ]*Aggregate$/m, 'the shards compute ' . short($query))
		  or diag("left: @left\n$plan");
	}
}

sub short
{
	my ($query) = @_;
	return length $query <= 150 ? $query : substr($query, 0, 70) . ' ... ' . substr($query, -70);
}

# The shards start while the single server is filled.
as_server("$bin/initdb -D $dir/data -A trust -U postgres --no-locale -E UTF8 -N");
for (@servers)
{
	as_server("mkdir $dir/$_");
	as_server("cp -r $dir/data $dir/$_/data");
	as_server("$bin/pg_ctl -D $dir/$_/data -l $dir/$_/log -s -W start -o '-c listen_addresses= -c port=5432 "
		  . "-c unix_socket_directories=$dir/$_ -c fsync=off -c shared_buffers=16MB -c max_connections=20 -c autovacuum=off'");
}
for ($coordinator, $single, $demo)
{
	system("createdb $_") == 0 or BAIL_OUT('cannot create a database');
}
psql($demo, 'CREATE EXTENSION kpi;');
run_file($demo, "$_.sql") for qw(demo/schema demo/generate demo/views shards/demo);
run_file($single, 'shards/shard.sql');
psql($demo, join '', map { "\\copy (SELECT * FROM shards.$_) TO '$dir/$_'\n" } @tables);
psql($single, join '', map({ "\\copy $_ FROM '$dir/$_'\n" } @tables), 'ANALYZE;');

for my $server (@servers)
{
	my $ready;
	for (1 .. 240)
	{
		last if $ready = system("pg_isready -q -h $dir/$server") == 0;
		select undef, undef, undef, 0.25;
	}
	$ready or BAIL_OUT("server $server did not start");
}
my %place = map { $_ => [ $_, $coordinator ] } @servers;
$place{4} = [ 3, $second ];
for my $shard (@shards)
{
	my ($server, $db) = @{ $place{$shard} };
	system("createdb -h $dir/$server $db") == 0 or BAIL_OUT('cannot create a database');
	run_file($db, 'shards/shard.sql', "-h $dir/$server");
	psql($single, join '', map { "\\copy (SELECT * FROM $_ WHERE campaign = '$campaign{$shard}') TO '$dir/$_'\n" } @tables);
	psql($db, join('', map({ "\\copy $_ FROM '$dir/$_'\n" } @tables), 'ANALYZE;'), "-h $dir/$server");
}
run_file($coordinator, 'shards/coordinator.sql', map({ "-v shard_$_=host=$dir/$_" } @servers), "-v shard_4='host=$dir/3 port=5432 dbname=$second'");

$major = (results($single, "SELECT current_setting('server_version_num')::int / 10000"))[0];
my @counts = map { "SELECT count(*) FROM $_" } @tables, 'cards';
my ($calls, $cells) = (results($single, @counts))[0, 4];
is(join(' ', results($coordinator, @counts)), join(' ', results($single, @counts)), 'the shards have all the rows');
cmp_ok($calls, '>', 20 * $cells, 'calls are many, cells are few');

# How each aggregate of the extension is called on the tables of the example.
my %on;
for (split /\n/, (results($single, <<'END'))[0])
SELECT p.proname, pg_get_function_arguments(p.oid)
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'kpi'
WHERE a.aggtransfn <> 'kpi_internal.kpi_ratio_refuse'::regproc
END
{
	my ($name, $signature) = split /\|/;
	# postgres_fdw ships no function of constants that have a collation
	next if $name =~ /^(lead_)?rate$/;
	my $table = $signature =~ /\bscorecard\b/ ? 'cards'
	  : $signature =~ /\b(line_type|item|product)\b/ ? 'leads'
	  : $signature =~ /\b(worked|talk|wait|pause|delay|tstzrange)\b/ ? 'agent_days'
	  : $signature =~ /\b(cost|amount|ratio|delays)\b/ ? 'ledger'
	  : 'calls';
	my %column = (
		'outcome' => 'outcome', 'has text' => "'refused'", 'of text' => "'argued'", 'lead anyelement' => 'lead_id',
		'reason text' => 'reason', 'product text' => 'product', 'item text' => 'product', 'line_type' => 'line',
		'weight numeric' => 'amount', 'name text' => 'agent', 'delay interval' => 'talk',
		'tstzrange' => 'shift', 'scorecard' => 'card', 'ratio' => 'ratio_per(customers, 1)', 'mix' => q('[["a", 1]]'::mix), 'delays' => q(delays(interval '1 min')),
		'talk interval' => 'talk', 'handle interval' => 'handle', 'wait interval' => 'handle', 'pause interval' => 'handle', 'worked interval' => 'worked', 'fte interval' => "'151:40'::interval");
	# amounts and counts, of any kind of number
	my %amount = (revenue => 'revenue', margin => 'revenue', cost => 'cost', customers => 'customers',
		n => $table eq 'agent_days' ? 'calls' : 'customers', sales => 'calls',
		amount => $table eq 'leads' ? 'amount' : $table eq 'agent_days' ? 'calls' : $name eq 'cost' ? 'cost' : 'revenue');
	for my $type ('integer', 'bigint', 'double precision', 'numeric')
	{
		$column{"$_ $type"} = "($amount{$_})::$type" for keys %amount;
	}
	# times of which no time zone is asked, since that is shipped no more than a collation is
	for my $time ('created', 'first_called', 'sold')
	{
		$column{"$time timestamp without time zone"} = 'day::timestamp' . ($time eq 'created' ? '' : ' + talk');
		$column{"$time timestamp with time zone"} = 'called_at';
	}
	# numbers that stand for seconds
	for my $type ('integer', 'bigint', 'double precision', 'numeric')
	{
		@column{ map { "$_ $type" } qw(talk handle wait pause worked fte) } = map { "($_)::$type" } 'calls', 'calls / 2', 'calls', 'calls / 3', 'calls * 9', '546000';
	}
	push @{ $on{$table} }, { name => $name, signature => $signature, call => "$name(" . join(', ', map { $column{$_} // "?$_" } split /, /, $signature) . ')' };
	$aggregates{$name} = 1;
}
my @all = map { @$_ } values %on;
cmp_ok(scalar @all, '>', 150, 'there is much to test');
is(join('; ', map { $_->{call} } grep { $_->{call} =~ /\?/ } @all), '', 'every aggregate has something to be called on');
is(join(' ', grep { !$aggregates{$_} } split /\n/, (results($single, 'SELECT name FROM kpi_catalog'))[0]), '', 'every KPI of kpi_catalog is among them');

# Grouped by what the table is partitioned by, and by more
my @by_key = (
	'SELECT campaign, day, contact_rate(outcome) FROM calls GROUP BY 1, 2 HAVING calls(outcome) > 500',
	"SELECT campaign, slot, contact_rate(outcome) FILTER (WHERE segment <> 'Offices' AND outcome @> 'answered') FROM calls WHERE reason IS NULL GROUP BY 1, 2",
	'SELECT campaign, contact_rate(DISTINCT outcome), lead_contact_rate(outcome, lead_id ORDER BY called_at) FROM calls GROUP BY 1',
	'SELECT campaign, round(contact_rate(outcome)::numeric, 3) FROM calls GROUP BY 1');
my @of_cards;
for my $table (sort keys %on)
{
	my $kpis = join ', ', map { $_->{call} } @{ $on{$table} };
	push @{ $table eq 'cards' ? \@of_cards : \@by_key }, map { "SELECT $_, $kpis FROM $table GROUP BY $_" } 'campaign', 'campaign, agent';
}
all_remote(@by_key);
# cells of roll-ups are few: PostgreSQL may have them sent, or not
all_same(@by_key, @of_cards);

# Grouped by something else: the shards compute scorecards by campaign and that,
# and every KPI over scorecards is what it is over the rows.
my (@cells, @from_cells);
for (
	[ 'calls', 'segment', 'scorecard_calls(outcome)', qr/^outcome$/ ],
	[ 'calls', 'agent', 'scorecard_reasons(outcome, reason)', qr/^outcome, reason text$/ ],
	[ 'calls', 'segment', 'scorecard_journeys(outcome, lead_id)', qr/^outcome, lead anyelement$/ ],
	[ 'leads', 'segment', 'scorecard_leads(outcome)', qr/^outcome$/ ],
	[ 'leads', 'segment', 'scorecard_lines(line)', qr/^line_type$/ ],
	[ 'leads', 'agent', 'scorecard_products(outcome, product, amount)', qr/^outcome, product text(, amount numeric)?$/ ],
	[ 'agent_days', 'day', 'scorecard_time(talk, handle, worked)', qr/^(talk|handle|worked) interval(, (handle|worked) interval)*$/ ],
	[ 'ledger', 'day', 'scorecard_money(revenue, cost, customers, revenue)', qr/^(amount|revenue|cost|margin) numeric(, (cost|customers) numeric)?$/ ])
{
	my ($table, $by, $card, $signature) = @$_;
	my %over_rows = map { $_->{name} => $_->{call} } grep { $_->{signature} =~ $signature } @all;
	# KPIs over outcomes are asked of the section that there is
	my $unit = $card =~ /scorecard_calls/ ? 'call_' : $card =~ /scorecard_(leads|journeys)/ ? 'lead_' : '';
	my %asked;
	for my $name (map { $_->{name} } @{ $on{cards} })
	{
		my $kpi = $unit ne '' && $name =~ /^$unit(.*)/ ? $1 : $unit eq '' ? $name : next;
		my $row = $over_rows{$kpi} // $over_rows{"lead_$kpi"} // next;
		$asked{$name} = $row;
	}
	my @over_cards = sort keys %asked;
	my $over_rows = join ', ', map { $asked{$_} } @over_cards;
	my $over_cards = join ', ', map { "$_(card)" } @over_cards;
	cmp_ok(scalar @over_cards, '>', 0, "$card answers");
	my $cells = "SELECT campaign, $by, $card AS card FROM $table GROUP BY campaign, $by";

	push @cells, $cells;
	push @from_cells, [ "SELECT $by, $over_rows FROM $table GROUP BY $by", "SELECT $by, $over_cards FROM ($cells) cells GROUP BY $by" ],
	  [ "SELECT $over_rows FROM $table", "SELECT $over_cards FROM ($cells) cells" ];
}
# kpi_cards asks in those two steps
my $condition = q(agent < 'D' AND segment IS NOT NULL);
my $card = 'scorecard_calls(outcome) + scorecard_reasons(outcome, reason)';
my $by_cards = "SELECT * FROM kpi_cards('calls', '{segment,day}', '$card', \$\$$condition\$\$) AS (segment text, day date, card scorecard)";
push @from_cells, [ "SELECT segment, day, $card FROM calls WHERE $condition GROUP BY 1, 2", $by_cards ];
my $by_day = 'SELECT campaign, day, scorecard_calls(outcome) AS card FROM calls GROUP BY campaign, day';
push @cells, $by_day;
push @from_cells, "SELECT campaign, calls(card), contact_rate(card) FROM ($by_day) cells GROUP BY ROLLUP (campaign)",
  "SELECT campaign, day, contact_rate(card) OVER (PARTITION BY campaign ORDER BY day ROWS 4 PRECEDING) FROM ($by_day) cells";
# a lead's calls taken together first
push @from_cells, [ 'SELECT segment, lead_conversion_rate(outcome, lead_id) FROM calls GROUP BY segment',
	'SELECT segment, conversion_rate(journey) FROM (SELECT lead_id, segment, journey(outcome) AS journey FROM calls GROUP BY lead_id, segment) leads GROUP BY segment' ];
all_remote(@cells);
all_same(@from_cells);
# what the function sends is not in its caller's plan, but in the log of what it ran
like(psql($coordinator, "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; "
		. "SET auto_explain.log_verbose = on; SET client_min_messages = log; $by_cards;"),
	qr/Remote SQL: SELECT campaign, segment, day, .*scorecard_calls\(outcome\).* GROUP BY 1, 2, 3/, 'kpi_cards has the shards compute the scorecards');

# The same from the roll-up next to each shard's tables
my $kpis = join ', ', map { $_->{call} } @{ $on{cards} };
my @from_cards = ("SELECT agent, $kpis FROM cards GROUP BY agent", "SELECT day, $kpis FROM cards GROUP BY day", "SELECT $kpis FROM cards");
all_same(@from_cards);
is(join(' ', rows_shipped(@from_cards)), "$cells $cells $cells", 'cells travel, not calls');
for (plans(@from_cards))
{
	is(scalar(() = /Remote SQL: SELECT (?:agent, |day, )?card FROM public\.cards(?: ORDER BY .*)?$/mg), 4, 'each shard is asked for its scorecards');
}

# What the page says of rows that travel
my @travelling = (
	'SELECT segment, contact_rate(outcome) FROM calls GROUP BY segment',
	'SELECT campaign, contact_rate(outcome) FROM calls GROUP BY ROLLUP (campaign)',
	'SELECT campaign, called_at::date, contact_rate(outcome) FROM calls GROUP BY 1, 2',
	"SELECT campaign, call_slot(called_at, 'Europe/Paris'), contact_rate(outcome) FROM calls GROUP BY 1, 2",
	"SELECT campaign, contact_rate(outcome) FILTER (WHERE reached(outcome, 'answered')) FROM calls GROUP BY 1",
	"SELECT campaign, date_trunc('month', day::timestamp), contact_rate(outcome) FROM calls GROUP BY 1, 2",
	'SELECT campaign, extract(hour FROM slot), contact_rate(outcome) FROM calls GROUP BY 1, 2',
	'SELECT campaign, contact_rate(outcome) FROM calls WHERE called_at < now() GROUP BY 1',
	'SELECT campaign, contact_rate(outcome) FROM calls WHERE day < current_date GROUP BY 1');
is(join(' ', rows_shipped(@travelling)), join(' ', ($calls) x @travelling), 'rows travel where the page says so');
my $one = "FROM calls WHERE campaign = 'Solar roofs'";
is(join(' ', rows_shipped("SELECT contact_rate(outcome) $one", "SELECT contact_rate(outcome) $one GROUP BY campaign")),
	join(' ', results($single, "SELECT count(*) $one"), 1), 'one campaign takes GROUP BY campaign, too');

# The page's own queries, in one session. In what it shows of a plan, ... stands
# for anything; PostgreSQL 13 has no scans at once.
open my $fh, '<', "$source/doc/shards.md" or die "doc/shards.md: $!";
my $page = do { local $/; <$fh> };
close $fh;
my @blocks;
push @blocks, { sql => $1, expected => $2 } while $page =~ /^```pgsql\n(.*?)^```\n(?:\n?```text\n(.*?)^```$)?/msg;
cmp_ok(scalar @blocks, '>', 3, 'doc/shards.md has queries');
my (undef, @printed) = split /^\@\@\n/m, psql($coordinator, join('', "\\pset footer off\n", map { "\\echo \@\@\n$_->{sql}" } @blocks));
for my $i (0 .. $#blocks)
{
	my ($query, $expected, $printed) = ((split /\n/, $blocks[$i]{sql})[0], $blocks[$i]{expected} // '', $printed[$i]);
	s/[ \t]+$//mg, s/\n+\z// for $expected, $printed;
	$expected =~ s/\bAsync // if $major < 14;
	my $pattern = join '.*', map { quotemeta } split /\.\.\./, $expected, -1;
	like($printed, qr/^$pattern$/s, "doc/shards.md prints what it shows: $query");
}

system("dropdb $_") for $coordinator, $single, $demo;
system('dropuser reporting');
done_testing();
