#!/usr/bin/perl
# What aggregates take: memory that is flat in rows, and memory and time that
# grow with groups and no faster. The memory is the most that the backend's
# process has had, as the system says.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

plan skip_all => 'the system does not say what a process takes' unless -r '/proc/self/status';

my $dir = tempdir(CLEANUP => 1);
my $db = "kpi_memory_$$";
system('createdb', $db) == 0 or BAIL_OUT('cannot create a database');

# The values that one session's queries give, in order.
sub psql
{
	my ($script) = @_;
	my $file = "$dir/script.sql";
	open my $fh, '>', $file or die;
	print $fh $script;
	close $fh;
	return split /\n/, `psql -X -q -A -t -d $db -f $file 2>&1`;
}

is(join("\n", psql(<<'END')), '', 'there is something to add up');
CREATE EXTENSION kpi;
CREATE TABLE one AS SELECT ARRAY(SELECT
	scorecard_calls(o) + scorecard_leads(o) + scorecard_lines('mobile') + scorecard_time(interval '1 min' * i, NULL, interval '1 hour')
	+ scorecard_wait(interval '1 s' * i) + scorecard_pause(interval '2 s' * i) + scorecard_delays('speed_to_lead', interval '1 min' * i)
	+ scorecard_money(i * 1.01, i, NULL, NULL) + scorecard_reasons('refused', 'reason ' || i) + scorecard_products('sale', 'product ' || i, -i)
	FROM generate_series(1, 4) i, unnest('{busy,sale,refused,lost}'::outcome[]) o GROUP BY i) AS cards,
	'{busy,sale,refused,lost}'::outcome[] AS outcomes, ARRAY['price', 'no need', ' ', NULL] AS items, ARRAY[1, -1.5, 2.25, 1e30] AS amounts,
	ARRAY['[["a", 1]]', '[["b", 2.5], ["a", 1]]', '[[null, 1]]', '[["c", -1]]']::mix[] AS mixes, ARRAY['1/2', '3/4', '2.5/7', '602']::ratio[] AS ratios,
	ARRAY['{"seconds": [[1, 2]]}', '{"seconds": [[60.5, 1], [1e6, 3]]}', '{"negative": 2}', '{}']::delays[] AS delays,
	'{mobile,fixed,voip,invalid}'::line_type[] AS lines, '{1 s,2 min,3 h,4 days}'::interval[] AS spans,
	ARRAY['[2026-01-05 09:00, 2026-01-05 10:00)', '[2026-01-05 09:30, 2026-01-05 11:00)', '[2026-01-06 09:00, 2026-01-06 10:00)', 'empty']::tstzrange[] AS sessions;
END

# One for each transition function, whatever the types of its arguments, and some for what is theirs alone.
my @aggregates = (
	'journey(outcomes[i])', 'furthest(outcomes[i])', 'min(outcomes[i])', 'calls(outcomes[i])', "rate(outcomes[i], 'sale', 'contact')",
	'lead_conversion_rate(outcomes[i], i)', 'lead_conversion_rate(outcomes[i], items[i])', "lead_rate(outcomes[i], i, 'sale', 'contact')", 'scorecard_journeys(outcomes[i], i)',
	'rollup(ratios[i])', 'mobile_rate(lines[i])',
	'mix(items[i])', 'weighted_mix(items[i], amounts[i])', 'refusal_reasons(outcomes[i], items[i])', 'product_mix(outcomes[i], items[i])',
	'product_revenue_mix(outcomes[i], items[i], amounts[i])', 'rollup(mixes[i])',
	"speed_to_lead(timestamptz '2026-01-05', timestamptz '2026-01-05' + spans[i])", "sales_cycle(timestamp '2026-01-05', timestamp '2026-01-05' + spans[i])", 'rollup(delays[i])',
	'talk_time(spans[i])', 'talk_time(amounts[i])', 'worked_time(sessions[i])',
	'margin(amounts[i], 2)', 'revenue(amounts[i]::float8)', 'sales_per_hour(1.5, spans[i])',
	'rollup(cards[i])', 'closing_rate(cards[i])', 'refusal_reasons(cards[i])', 'speed_to_lead(cards[i])', 'sales_per_fte(cards[i], spans[i])',
	'scorecard_calls(outcomes[i])', 'scorecard_lines(lines[i])', 'scorecard_reasons(outcomes[i], items[i])', 'scorecard_products(outcomes[i], items[i], amounts[i])',
	"scorecard_delays('speed_to_lead', spans[i])", "scorecard_time(interval '1 s', NULL, interval '1 h')", 'scorecard_money(amounts[i], 1, NULL, NULL)');

# As the catalogs say: a view depends on the aggregates that it calls. What only
# raises takes nothing.
my $n = 0;
my @without = psql(join('', map { 'CREATE VIEW called_' . $n++ . " AS SELECT $_ AS v FROM one, (VALUES (1)) w(i);\n" } @aggregates) . <<'END');
SELECT DISTINCT t.proname FROM pg_aggregate a JOIN pg_proc t ON t.oid = aggtransfn
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = aggfnoid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid AND extname = 'kpi'
WHERE t.proname <> 'kpi_ratio_refuse' AND t.proname NOT IN (SELECT c.proname FROM pg_depend v JOIN pg_aggregate g ON g.aggfnoid = v.refobjid JOIN pg_proc c ON c.oid = g.aggtransfn
	WHERE v.classid = 'pg_rewrite'::regclass AND v.refclassid = 'pg_proc'::regclass);
END
is("@without", '', 'every transition function is among them');

# The kilobytes and the milliseconds that one aggregate takes, in a session of its own.
sub measure
{
	my ($aggregate, $rows, $groups) = @_;
	my @values = psql(<<"END");
SET work_mem = '1GB';
SET enable_sort = off;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SELECT count(v) FROM (SELECT n % 4 AS g, $aggregate AS v FROM (SELECT generate_series(1, 8) AS n) s, LATERAL (SELECT 1 + n % 4 AS i) t, one GROUP BY 1) q;
SELECT clock_timestamp() AS start, substring(pg_read_file('/proc/self/status', 0, 8192) FROM 'VmHWM:\\s*(\\d+)')::int AS before \\gset
SELECT count(v) FROM (SELECT n % $groups AS g, $aggregate AS v FROM (SELECT generate_series(1, $rows) AS n) s, LATERAL (SELECT 1 + n / $groups % 4 AS i) t, one GROUP BY 1) q;
SELECT substring(pg_read_file('/proc/self/status', 0, 8192) FROM 'VmHWM:\\s*(\\d+)')::int - :before, 1000 * extract(epoch FROM clock_timestamp() - :'start');
END
	my ($memory, $time) = split /\|/, $values[-1];
	return ($memory, $time) if defined $time && $memory =~ /^\d+$/;
	BAIL_OUT("$aggregate: @values");
}

my ($count) = measure('count(outcomes[i])', 200_000, 100_000);
for my $aggregate (@aggregates)
{
	my ($few) = measure($aggregate, 20_000, 10);
	my ($many) = measure($aggregate, 400_000, 10);
	cmp_ok($many - $few, '<', 1024, "$aggregate: memory is flat in rows ($few and $many kB)");

	my ($small, $short) = measure($aggregate, 20_000, 10_000);
	my ($large, $long) = measure($aggregate, 200_000, 100_000);
	cmp_ok($large, '<', 16 * ($small + 512), "$aggregate: memory grows with groups ($small and $large kB)");
	cmp_ok($large, '<', 16 * $count, "$aggregate: memory is not far from that of count ($large and $count kB)");
	# ten times the groups: a hundred where time is quadratic
	cmp_ok($long, '<', 30 * ($short + 20), sprintf("$aggregate: time grows with groups (%.0f and %.0f ms)", $short, $long));
}

system('dropdb', $db);
done_testing();
