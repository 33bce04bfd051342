#!/usr/bin/perl
# Logical replication of a table without a key: the rows to change are found by
# all of their columns, so that every type needs an operator class. And of the
# sources and the cells of live roll-ups. The server is a throw-away one; one
# database of it subscribes to another.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Test::More;

use Extension;
use Server;

# what is asked of a table is computed from it, to be compared with its roll-ups
$ENV{PGOPTIONS} .= ' -c kpi.enable_rollup_scan=off';
start($source);
psql('postgres', $_) for 'ALTER SYSTEM SET wal_level = logical', q{ALTER SYSTEM SET logical_decoding_work_mem = '64kB'},
	'ALTER SYSTEM SET max_prepared_transactions = 10', q{ALTER SYSTEM SET wal_retrieve_retry_interval = '100ms'};
my $version = psql('postgres', "SELECT current_setting('server_version_num')::integer / 10000");
# stopped and started, not restarted, which would pass by what the server runs under
common("bin=\$(\"\$pg_config\" --bindir); server_user=\$(stat -c %U $tree); as_server $tree\$bin/pg_ctl -D $tree/data -w -s stop && as_server $tree\$bin/pg_ctl -D $tree/data -l $tree/log -w -s start");

my ($from, $to) = (database('publisher'), database('subscriber'));
my $table = 'CREATE EXTENSION kpi; CREATE TABLE kept (o outcome, l line_type, r ratio, m mix, d delays, c scorecard)';
psql($_, $table) for $from, $to;
psql($from, <<'END');
ALTER TABLE kept REPLICA IDENTITY FULL;
CREATE PUBLICATION kept FOR TABLE kept;
END
psql($from, q{SELECT pg_create_logical_replication_slot('kpi_kept', 'pgoutput')});
psql($to, "CREATE SUBSCRIPTION kept CONNECTION 'host=$tree dbname=$from user=postgres' PUBLICATION kept WITH (create_slot = false, slot_name = kpi_kept, copy_data = false)");

psql($from, <<'END');
INSERT INTO kept SELECT o, 'mobile', ratio(i, 10), product_mix('sale', i::text), delays(interval '1 s' * i),
	scorecard_calls(o) + scorecard_money(i, i * 1.5, NULL, NULL) + scorecard_reasons('refused', 'reason ' || i)
FROM generate_series(1, 5) i, unnest('{sale,refused,busy}'::outcome[]) o GROUP BY o, i;
INSERT INTO kept DEFAULT VALUES;
UPDATE kept SET c = c + scorecard_calls_of.card, m = m + '[["more", 1]]' FROM (SELECT scorecard_calls('sale') AS card) scorecard_calls_of WHERE o = 'sale';
UPDATE kept SET r = ratio(9, 10) WHERE o IS NULL;
DELETE FROM kept WHERE o = 'busy';
END

# What the subscriber has in the end; it may take a moment.
my $rows = q{SELECT coalesce(string_agg(k::text, E'\n' ORDER BY k::text COLLATE "C"), '') FROM kept k};
my $expected = psql($from, $rows);
for (1 .. 300)
{
	last if psql($to, $rows) eq $expected;
	select undef, undef, undef, 0.1;
}
is(psql($from, 'SELECT count(*) FROM kept'), 11, 'rows of every type are changed');
is(psql($to, $rows), $expected, 'and a subscriber without a key has the same');

psql($to, 'DROP SUBSCRIPTION kept');

# 2. Roll-ups of tables that a subscription fills.
sub subscribe
{
	my ($name, $with) = @_;
	psql($from, "SELECT pg_create_logical_replication_slot('kpi_$name', 'pgoutput'" . ($version >= 14 && $with =~ /two_phase/ ? ', false, true' : '') . ')');
	psql($to, "CREATE SUBSCRIPTION $name CONNECTION 'host=$tree dbname=$from user=postgres' PUBLICATION $name WITH (create_slot = false, slot_name = kpi_$name, $with)");
}

# Waits until the subscriber has what the publisher has; whether it has.
sub caught_up
{
	my ($name, @tables) = @_;
	for (1 .. 600)
	{
		my $copying = psql($to, "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate NOT IN ('r', 's')");
		my $done = psql($from, "SELECT confirmed_flush_lsn >= '" . psql($from, 'SELECT pg_current_wal_lsn()') . "' FROM pg_replication_slots WHERE slot_name = 'kpi_$name'");
		return 1 if $copying eq '0' && $done eq 't'
			&& !grep { psql($from, "SELECT count(*) FROM $_") ne psql($to, "SELECT count(*) FROM $_") } @tables;
		select undef, undef, undef, 0.1;
	}
	return 0;
}

my $tables = <<'END';
CREATE TABLE calls (id integer PRIMARY KEY, campaign integer, outcome outcome, talk integer);
CREATE TABLE leads (id integer, campaign integer, outcome outcome, PRIMARY KEY (id, campaign)) PARTITION BY LIST (campaign);
CREATE TABLE leads_0 PARTITION OF leads FOR VALUES IN (0);
CREATE TABLE leads_rest PARTITION OF leads DEFAULT PARTITION BY RANGE (id);
CREATE TABLE leads_low PARTITION OF leads_rest FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE leads_high PARTITION OF leads_rest DEFAULT;
END
psql($_, $tables) for $from, $to;
my $fill = <<'END';
INSERT INTO calls SELECT i, i % 5, (ARRAY['sale', 'busy', 'refused'])[1 + i % 3]::outcome, i % 7 FROM generate_series(1, 300) i;
INSERT INTO leads SELECT i, i % 3, 'sale' FROM generate_series(1, 200) i;
END
psql($from, $fill);
# rows of its own, which no publisher knows of; one of each is rejected
psql($to, <<'END');
INSERT INTO calls VALUES (-1, 0, 'sale', 1), (-2, 1, 'busy', -1);
SELECT kpi_rollup_create('by_campaign', 'calls', '{campaign}', 'scorecard_calls(outcome) + scorecard_time(talk, NULL, NULL)');
SELECT kpi_rollup_create('all_calls', 'calls', '{}', 'scorecard_calls(outcome)', strict => true);
SELECT kpi_rollup_create('by_lead', 'leads', '{campaign}', 'scorecard_leads(outcome)');
CREATE FUNCTION differences() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM unnest('{by_campaign,all_calls,by_lead}'::regclass[]) r, kpi_rollup_check(r)
$$;
DELETE FROM calls WHERE id = -1;
END
psql($from, 'CREATE PUBLICATION calls FOR TABLE calls, leads' . ($version >= 13 ? ' WITH (publish_via_partition_root = true)' : ''));

# Each way of applying, from an empty subscriber.
my @ways = (['', 'a transaction at a time'], (map { ["streaming = $_", "streaming = $_"] } ($version >= 14 ? 'on' : ()), ($version >= 16 ? 'parallel' : ())),
	$version >= 15 ? ['two_phase = true', 'prepared transactions'] : ());
for (@ways)
{
	my ($with, $way) = @$_;
	subscribe('calls', join ', ', 'copy_data = true', $with || ());
	ok(caught_up('calls', 'leads'), "$way: the tables are copied");
	is(psql($to, 'SELECT differences(), (SELECT calls(card) FROM by_campaign WHERE campaign = 2), (SELECT count(*) FROM by_lead)'), '0|60|3', 'and the roll-ups have the rows');
	is(psql($to, "SELECT bool_and(live), max(rejected) FROM kpi_rollups"), 't|1', 'and are live');

	psql($from, <<'END');
INSERT INTO calls VALUES (1000, 9, 'sale', 3);
UPDATE calls SET campaign = 8 WHERE id = 1000;
UPDATE calls SET outcome = 'direct_sale' WHERE id % 10 = 0;
UPDATE calls SET talk = 100 WHERE id % 10 = 1;
DELETE FROM calls WHERE id % 10 = 2;
UPDATE leads SET campaign = campaign + 1 WHERE id % 4 = 0;
DELETE FROM leads WHERE id = 7;
BEGIN;
INSERT INTO calls SELECT i, i % 5, 'sale', 1 FROM generate_series(2001, 2020) i;
SAVEPOINT one;
INSERT INTO calls SELECT i, i % 5, 'busy', 1 FROM generate_series(3001, 3020) i;
SAVEPOINT two;
DELETE FROM calls WHERE id BETWEEN 2001 AND 2010;
RELEASE two;
ROLLBACK TO one;
INSERT INTO calls SELECT i, i % 5, 'refused', 1 FROM generate_series(4001, 4020) i;
COMMIT;
DO $$ BEGIN FOR i IN 5001 .. 5040 LOOP BEGIN INSERT INTO calls VALUES (i, 3, 'sale', 1); IF i % 2 = 0 THEN RAISE 'no'; END IF; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;
END
	# much more than is held in memory, with what is rejected among it
	psql($from, <<'END');
BEGIN;
INSERT INTO calls SELECT i, i % 50, 'sale', CASE WHEN i % 5000 = 0 THEN -1 ELSE 5 END FROM generate_series(10001, 30000) i;
SAVEPOINT one;
UPDATE calls SET campaign = 1 WHERE id > 25000;
ROLLBACK TO one;
UPDATE calls SET outcome = 'refused' WHERE id BETWEEN 15000 AND 16000;
COMMIT;
UPDATE calls SET talk = 1 WHERE id = 20000;
DELETE FROM calls WHERE id = 25000;
END
	if ($with =~ /two_phase/)
	{
		psql($from, $_) for "BEGIN; INSERT INTO calls VALUES (40000, 1, 'sale', 1); PREPARE TRANSACTION 'one'", "COMMIT PREPARED 'one'",
			"BEGIN; INSERT INTO calls VALUES (40001, 1, 'sale', 1); PREPARE TRANSACTION 'two'", "ROLLBACK PREPARED 'two'";
	}
	ok(caught_up('calls', 'leads'), "$way: it follows");
	is(psql($to, 'SELECT count(*) FROM calls WHERE id > 0'), psql($from, 'SELECT count(*) FROM calls'), 'the table');
	is(psql($to, 'SELECT differences()'), '0', 'and the roll-ups');
	is(psql($to, "SELECT bool_and(live), max(rejected) FROM kpi_rollups"), 't|3', 'with what they reject');
	is(psql($to, 'DELETE FROM calls WHERE id = 30000; INSERT INTO calls VALUES (30000, 1, \'sale\', 1); SELECT differences()'), '0', 'rows that are written here are counted once');
	psql($from, <<'END');
BEGIN;
INSERT INTO calls VALUES (50000, 1, 'sale', 1);
TRUNCATE calls;
INSERT INTO calls VALUES (50001, 1, 'sale', 1);
COMMIT;
TRUNCATE leads;
INSERT INTO leads VALUES (1, 1, 'busy');
END
	ok(caught_up('calls', 'calls', 'leads'), "$way: tables are truncated");
	is(psql($to, 'SELECT differences(), (SELECT calls(card) FROM all_calls), (SELECT count(*) FROM by_lead)'), '0|1|1', 'and the roll-ups with them');
	is(psql($to, "DO \$\$ BEGIN PERFORM kpi_rollup_compact(r) FROM unnest('{by_campaign,all_calls,by_lead}'::regclass[]) r; END \$\$; SELECT differences(), bool_and(live) FROM kpi_rollups"), '0|t', 'they are compacted');

	psql($to, 'DROP SUBSCRIPTION calls');
	psql($_, 'TRUNCATE calls, leads') for $from, $to;
	psql($from, $fill);
	psql($to, "INSERT INTO calls VALUES (-2, 1, 'busy', -1)");
}

# by partitions, the table here is divided otherwise; and a trigger that does not fire
psql($from, 'TRUNCATE leads; ALTER PUBLICATION calls SET (publish_via_partition_root = false)');
subscribe('calls', 'copy_data = false');
psql($from, "INSERT INTO leads SELECT i, i % 3, 'sale' FROM generate_series(1, 200) i; UPDATE leads SET campaign = 1 WHERE id < 50; DELETE FROM leads WHERE id > 190");
ok(caught_up('calls', 'leads'), 'published by partitions');
is(psql($to, 'SELECT differences(), (SELECT sales(card) FROM by_lead WHERE campaign = 1)'), '0|' . psql($from, 'SELECT count(*) FROM leads WHERE campaign = 1'), 'a roll-up follows');
psql($to, 'ALTER TABLE leads_0 ENABLE TRIGGER ALL');
is(psql($to, "SELECT live, problem FROM kpi_rollups WHERE name = 'by_lead'::regclass"), 'f|trigger kpi_rollup_truncate of table "leads_0" does not fire for the rows of a subscription',
	'it is not live with a trigger that does not fire for a subscription');
psql($to, "SELECT kpi_rollup_rebuild('by_lead')");
is(psql($to, "SELECT live FROM kpi_rollups WHERE name = 'by_lead'::regclass"), 't', 'which kpi_rollup_rebuild mends');
is(psql($to, 'SELECT differences()'), '0', 'with the right numbers');
psql($to, 'DROP SUBSCRIPTION calls');

# 3. Cells that are published: kept there, read here.
my $both = <<'END';
CREATE TABLE seen (campaign integer, outcome outcome);
SELECT kpi_rollup_create('by_seen', 'seen', '{campaign}', 'scorecard_calls(outcome)');
END
psql($_, $both) for $from, $to;
psql($from, 'CREATE PUBLICATION cells FOR TABLE by_seen_cells, seen; ALTER TABLE seen REPLICA IDENTITY FULL');
subscribe('cells', 'copy_data = false');
psql($from, "INSERT INTO seen SELECT i % 3, 'sale' FROM generate_series(1, 30) i; INSERT INTO seen VALUES (1, 'busy'); DELETE FROM seen WHERE campaign = 0");
ok(caught_up('cells', 'seen', 'by_seen_cells'), 'cells and their source are published');
is(psql($to, 'SELECT campaign, calls(card) FROM by_seen GROUP BY 1 ORDER BY 1'), "1|11\n2|10", 'each row is counted once');
is(psql($to, "SELECT live, problem FROM kpi_rollups WHERE name = 'by_seen'::regclass"), 'f|a subscription fills its cells, so that it is kept where they come from', 'it is not this server that keeps it');
for my $call ('SELECT kpi_rollup_compact(\'by_seen\')', 'SELECT kpi_rollup_rebuild(\'by_seen\')')
{
	is(psql($to, "DO \$\$ BEGIN $call; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END \$\$" =~ s/BEGIN SELECT/BEGIN PERFORM/r, 1),
		'WARNING:  roll-up "by_seen" is not live: a subscription fills its cells, so that it is kept where they come from', "$call is refused");
}
is(psql($to, "INSERT INTO seen VALUES (2, 'sale'); SELECT count(*) FROM by_seen_cells") , psql($from, 'SELECT count(*) FROM by_seen_cells'), 'a row that is written here leaves the cells alone');
psql($from, "SELECT kpi_rollup_compact('by_seen')");
ok(caught_up('cells', 'by_seen_cells'), 'compaction there is published');
is(psql($to, 'SELECT campaign, calls(card) FROM by_seen GROUP BY 1 ORDER BY 1'), "1|11\n2|10", 'and changes nothing here');
# the subscriber takes over
psql($to, 'DROP SUBSCRIPTION cells');
is(psql($to, "DELETE FROM seen WHERE ctid = (SELECT max(ctid) FROM seen); SELECT kpi_rollup_rebuild('by_seen')"), '', 'without the subscription');
is(psql($to, "SET kpi.enable_rollup_compaction = off; INSERT INTO seen SELECT i % 3, 'sale' FROM generate_series(1, 30) i; SELECT count(*) FROM kpi_rollup_check('by_seen')"), '0', 'it is kept here');
is(psql($to, "SELECT kpi_rollup_compact('by_seen') > 0"), 't', 'and compacted');
is(psql($to, "SELECT live FROM kpi_rollups WHERE name = 'by_seen'::regclass"), 't', 'and live');
done_testing();
