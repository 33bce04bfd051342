#!/usr/bin/perl
# Logical replication of a table without a key: the rows to change are found by
# all of their columns, so that every type needs an operator class. The server
# is a throw-away one; one database of it subscribes to another.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Test::More;

use Extension;
use Server;

start($source);
psql('postgres', q{ALTER SYSTEM SET wal_level = logical});
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
done_testing();
