#!/usr/bin/perl
# What is stored goes along to another server: dumped and restored by an owner
# who is no superuser, and through pg_upgrade from every older major whose
# server and headers this machine has. Columns of every type, codes of one's
# own, cards and a live roll-up are as they were, and the roll-up lives on.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $source = abs_path($ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..');
my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
my $owner = "kpi_migrate_$$";
my ($from, $to) = ("${owner}_from", "${owner}_to");
my $dir = tempdir('/tmp/kpi-migrate.XXXXXX', CLEANUP => 1);
chmod 0755, $dir;

# What a command prints, messages and all; how it ended is in $?.
sub run
{
	my ($command) = @_;
	my $out = `{ $command; } 2>&1`;
	return $out;
}

sub ask
{
	my ($db, $sql) = @_;
	open my $psql, '-|', 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-c', $sql or die "psql: $!";
	my $out = join '', <$psql>;
	close $psql or die "$sql: failed";
	$out =~ s/\n+\z//;
	return $out;
}

# A script of the owner's.
open my $fh, '>', "$dir/fill.sql" or die;
print $fh <<"SQL";
SET SESSION AUTHORIZATION $owner;
CREATE EXTENSION kpi;
INSERT INTO kpi_disposition (source, code, outcome) VALUES ('mine', 'OUI', 'direct_sale'), ('mine', 'NON', 'refused'),
	('vicidial/SPRING', 'XFER', 'appointment');
CREATE TABLE calls (id int PRIMARY KEY, lead int, campaign text, called timestamptz, status text, outcome outcome, line line_type);
INSERT INTO calls SELECT n, n / 3, 'c' || n % 4, timestamptz '2026-03-02 09:00+01' + n * interval '7 min', s, disposition('mine', s),
	CASE WHEN n % 2 = 0 THEN 'mobile' ELSE 'fixed' END::line_type
FROM (SELECT n, CASE WHEN n % 5 = 0 THEN 'OUI' ELSE 'NON' END AS s FROM generate_series(1, 500) n) c;
CREATE INDEX ON calls (outcome);
CREATE TABLE cards AS SELECT campaign, scorecard_journeys(outcome, lead) + scorecard_calls(outcome)
	+ scorecard_time(60, 20, 3600) + scorecard_money(100.50, 7, 1, 30)
	+ scorecard_reasons(outcome, NULLIF(status, 'OUI')) + scorecard_products(outcome, status, 12.30)
	+ scorecard_lines(line) + scorecard_delays('speed_to_lead', called - timestamptz '2026-03-02 08:00+01') AS card
FROM calls GROUP BY campaign;
CREATE TABLE figures AS SELECT campaign, kpi(card, 'closing_rate') AS closing, kpi(card, 'sales_per_hour') AS pace,
	refusal_reasons(card) AS reasons, speed_to_lead(card) AS delays FROM cards GROUP BY campaign, card;
SELECT kpi_rollup_create('by_day', 'calls', ARRAY['campaign', '(called AT TIME ZONE ''Europe/Paris'')::date AS day'], 'scorecard_calls(outcome)');
SELECT kpi_rollup_create('by_lead', 'calls', '{lead}', 'scorecard_calls(outcome)');
SELECT kpi_rollup_alter('by_lead', card => 'scorecard_journeys(disposition(''vicidial/SPRING'', status), lead)');
INSERT INTO calls VALUES (501, 501, 'c1', '2026-03-03 09:00+01', 'OUI', 'direct_sale', 'voip');
SQL
close $fh;

# Everything that is stored, as text, and what it gives.
my $all = q{SELECT md5(string_agg(t, chr(10) ORDER BY t COLLATE "C")) FROM (
	SELECT c::text FROM calls c UNION ALL SELECT c::text FROM cards c UNION ALL SELECT f::text FROM figures f
	UNION ALL SELECT d::text FROM kpi_disposition d UNION ALL SELECT b::text FROM by_day b
	UNION ALL SELECT r::text FROM cards, kpi_report(card) r UNION ALL SELECT v::text FROM kpi_catalog v) s(t)};
my $live = q{SELECT bool_and(live), string_agg(problem, ' ') FROM kpi_rollups};

# A database that came from another is as that was, and goes on from there.
sub same
{
	my ($db, $before, $name) = @_;

	is(ask($db, $all), $before, "$name: all is as it was");
	is(ask($db, $live), 't|', "$name: the roll-up is live");
	is(ask($db, 'SELECT sum((SELECT count(*) FROM kpi_rollup_check(name))) FROM kpi_rollups'), '0', "$name: and right");
	is(ask($db, "SET SESSION AUTHORIZATION $owner; INSERT INTO calls VALUES (502, 502, 'new', '2026-03-04 09:00+01', 'NON', 'refused', NULL);
		SELECT disposition('vicidial/SPRING', 'XFER'), calls(card) FROM by_day WHERE campaign = 'new'"), 'appointment|1',
		"$name: it follows its source, and codes are found");
	return;
}

# By a dump

ask('postgres', "CREATE ROLE $owner LOGIN");
for my $db ($from, $to)
{
	ask('postgres', "CREATE DATABASE $db OWNER $owner");
}
is(run("psql -X -q -v ON_ERROR_STOP=1 -d $from -f $dir/fill.sql >/dev/null"), '', 'the owner, who is no superuser, fills a database');
my $before = ask($from, $all);
is(run("PGUSER=$owner pg_dump -d $from -Fc -f $dir/dump"), '', 'dumps it');
is(run("PGUSER=$owner pg_restore -d $to --exit-on-error $dir/dump"), '', 'and restores it');
same($to, $before, 'dumped and restored');

# By pg_upgrade: both servers are trees of their own

my $now = run("$pg_config --version") =~ /(\d+)/ ? $1 : die 'no version';
my @older = grep { $_ < $now && -f "/usr/include/postgresql/$_/server/postgres.h" }
	map { m{/(\d+)/bin/postgres\z} } glob '/usr/lib/postgresql/*/bin/postgres';
SKIP:
{
	skip 'the machine has one major with its headers', 1 unless @older;
	for my $old (@older)
	{
		my $from_config = "/usr/lib/postgresql/$old/bin/pg_config";
		my $work = "$dir/$old";
		my $script = <<'SH';
			set -eu
			. "$0"
			work=$1 from=$2 to=$3 new_build=$4 owner=$5
			PG_CONFIG=$from SHARED_BUFFERS=32MB
			find_postgres
			build_in "$work/build" with_llvm=no
			start_server "$work/from" "$work/build"
			psql -X -q -c "CREATE ROLE $owner LOGIN" -c "CREATE DATABASE $owner OWNER $owner"
			psql -X -q -v ON_ERROR_STOP=1 -d "$owner" -f "$work/../fill.sql" >/dev/null
			psql -X -q -A -t -d "$owner" -f "$work/all.sql" >"$work/before"
			old=$("$from" --bindir) new=$("$to" --bindir)
			as_server "$work/from$old/pg_ctl" -D "$work/from/data" -m fast -w -s stop
			PG_CONFIG=$to
			find_postgres
			start_server "$work/to" "$new_build"
			as_server "$work/to$new/pg_ctl" -D "$work/to/data" -m fast -w -s stop
			mkdir "$work/log"
			[ "$(id -u)" != 0 ] || chown "$server_user" "$work/log"
			as_server sh -c "cd '$work/log' && '$work/to$new/pg_upgrade' -U postgres -b '$work/from$old' -B '$work/to$new' -d '$work/from/data' -D '$work/to/data' || { cat '$work'/to/data/pg_upgrade_output.d/*/*.txt; false; }"
			as_server "$work/to$new/pg_ctl" -D "$work/to/data" -l "$work/to/log" -w -s start
SH
		mkdir $work;
		open my $query, '>', "$work/all.sql" or die;
		print $query "$all;\n";
		close $query;
		open my $commands, '-|', 'sh', '-c', "{ $script} 2>&1", "$source/script/common.sh", $work, $from_config,
			$pg_config, $source, $owner or die "sh: $!";
		my $said = join '', <$commands>;
		close $commands;
		my $status = $?;
		is($status, 0, "pg_upgrade from $old to $now") or diag($said), next;
		local $ENV{PGHOST} = "$work/to";
		local $ENV{PGUSER} = 'postgres';
		chomp(my $filled = run("cat $work/before"));
		same($owner, $filled, "from $old to $now");
		# which is why the README has a superuser update it then
		is(ask($owner, q{SELECT extowner::regrole FROM pg_extension WHERE extname = 'kpi'}), 'postgres',
			"from $old to $now: the extension is the superuser's");
	}
}

END
{
	my $status = $?;
	for my $tree (glob "$dir/*/from $dir/*/to")
	{
		next unless open my $pid, '<', "$tree/data/postmaster.pid";
		kill 'INT', <$pid> =~ /^(\d+)/;
		for (1 .. 40)
		{
			last unless -e "$tree/data/postmaster.pid";
			select undef, undef, undef, 0.25;
		}
	}
	system("dropdb --if-exists $_") for $from, $to;
	system('psql', '-X', '-q', '-d', 'postgres', '-c', "DROP ROLE IF EXISTS $owner");
	$? = $status;
}
done_testing();
