#!/usr/bin/perl
# A KPI is a row of the catalogue. In a copy of the sources, one row each adds a
# rate, a KPI over a new column of durations, one over money, a mix, delays, a
# line KPI and some more; nothing else is written. Each works over rows, in
# moving frames and over scorecards, in reports, in kpi_catalog and in the
# reference; the way to it from the version without is made by script/update,
# and leads to the same extension. What no row declares is an error with its
# line.
#
# The copy is built and runs on a throw-away server of its own. KPI_SOURCE is
# the folder of the project.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Test::More;

use Extension;
use Server;

my $copy = "$dir/copy";

sub read_file
{
	my ($file) = @_;
	open my $fh, '<', $file or die "$file: $!";
	local $/;
	return <$fh>;
}

sub write_file
{
	my ($file, $text) = @_;
	open my $fh, '>', $file or die "$file: $!";
	print $fh $text;
	close $fh or die "$file: $!";
}

# Runs a command; what it printed, and its status.
sub run
{
	my ($command) = @_;
	my $out = `$command 2>&1`;
	return ($out, $? >> 8);
}

sub make
{
	my ($arguments) = @_;
	my ($out, $status) = run("make -C $copy -s -j2 with_llvm=no PG_CONFIG=$pg_config $arguments");
	die "make $arguments:\n$out" if $status;
}

mkdir $copy or die;
system("cd $source && tar cf - --exclude=./.git --exclude='*.bc' . | tar xf - -C $copy --no-same-owner") == 0 or die;

my $catalogue = read_file("$copy/src/catalogue/catalogue.dat");
my $lines = () = $catalogue =~ /\n/g;

#
# What is no row, or no word of one
#
sub generate
{
	my ($rows, $output) = @_;
	write_file("$dir/catalogue.dat", $catalogue . $rows);
	my $out = `awk -v output=$output -f $copy/src/catalogue/catalogue.awk $dir/catalogue.dat 2>&1 >$dir/generated`;
	return ($out, $? >> 8);
}

my $outcome_kpi = 'kpi; x; sales; leads; outcome; sale; rows; fraction; higher; -; -; X; X';
my @wrong = (
	[ 'a kind of row that is none', 'kpis; x; y', 'not a row' ],
	[ 'too few fields', 'unit; x; x', 'not a row' ],
	[ 'a family that is none', $outcome_kpi =~ s/sales/sale/r, 'unknown family sale' ],
	[ 'a unit that is none', $outcome_kpi =~ s/fraction/percent/r, 'unknown unit percent' ],
	[ 'what it is of', $outcome_kpi =~ s/leads/customers/r, 'unknown word for what it is of: customers' ],
	[ 'a measure that is none', $outcome_kpi =~ s/; sale;/; sold;/r, 'unknown measure or quantity sold' ],
	[ 'a denominator that is none', $outcome_kpi =~ s/rows/leads_called/r, 'unknown measure or quantity leads_called' ],
	[ 'a better that is none', $outcome_kpi =~ s/higher/more/r, 'neither higher nor lower: more' ],
	[ 'a KPI twice', $outcome_kpi =~ s/ x;/ sales;/r, 'kpi sales is declared twice' ],
	[ 'a name that is none', $outcome_kpi =~ s/ x;/ X-rate;/r, 'not a name: X-rate' ],
	[ 'arguments that are none', $outcome_kpi =~ s/outcome/outcomes/r, 'unknown measure or quantity outcomes' ],
	[ 'an outcome KPI of lines', $outcome_kpi =~ s/leads/lines/r, 'a KPI is of calls or leads' ],
	[ 'an outcome KPI of amounts', $outcome_kpi =~ s/rows/revenue/r, 'the arguments do not have revenue' ],
	[ 'a fraction of nothing', $outcome_kpi =~ s/rows/-/r, 'a KPI is a count, or a fraction of two counts' ],
	[ 'an outcome KPI per hour', $outcome_kpi =~ s/fraction/per_hour/r, 'a KPI is a count, or a fraction of two counts' ],
	[ 'a sum of measures', $outcome_kpi =~ s/; sale;/; sale + held;/r, 'a KPI is one count' ],
	[ 'a column that is none', 'kpi; x; productivity; time; talk breaks; talk; breaks; fraction; -; -; -; X; X', 'unknown measure or quantity breaks' ],
	[ 'a column that is no argument', 'kpi; x; productivity; time; talk; talk; worked; fraction; -; -; -; X; X', 'the arguments do not have worked' ],
	[ 'a mean of durations that is no interval', 'kpi; x; productivity; time; talk; talk; talks; fraction; -; -; -; X; X', 'a KPI is divided by a sum of the same kind' ],
	[ 'an interval of amounts', 'kpi; x; return; money; revenue; revenue; priced; interval; -; -; -; X; X', 'a KPI is durations' ],
	[ 'an amount per duration that is not per hour', 'kpi; x; return; money; revenue worked; revenue; worked; amount; -; -; -; X; X', 'a KPI is amounts' ],
	[ 'money that is of time', 'kpi; x; return; time; revenue; revenue; -; amount; -; -; -; X; X', 'a KPI is of what it is made of: money' ],
	[ 'a count of amounts', 'kpi; x; return; money; revenue; revenue; -; count; -; -; -; X; X', 'a KPI is a number of rows' ],
	[ 'two durations beside a count', 'kpi; x; productivity; calls; n:attempted worked talk; attempted; worked; per_hour; -; -; -; X; X', 'a KPI is of one duration' ],
	[ 'a kind of column that is none', 'column; x; time; x; x', 'unknown kind of column time' ],
	[ 'a reading that is none', 'quantity; x; zero; talk; x; x', 'unknown reading zero' ],
	[ 'a quantity of no column', 'quantity; x; rows; breaks; x; x', 'unknown column breaks' ],
	[ 'a quantity that C does not count', 'quantity; x; positive; revenue; x; x', 'the rows above zero are counted of durations' ],
	[ 'a second constant', 'column; x; constant; x; x', 'a second constant column' ],
	[ 'a section of what is none', 'section; x; wait breaks', 'unknown column or section of a mix breaks' ],
	[ 'a section of two kinds', 'section; x; wait reasons', 'a section is of durations, of amounts, or of mixes' ],
	[ 'a column in two sections', 'section; x; talk', 'talk is in two sections' ],
	[ 'a column with the name of a section', 'column; calls; duration; x; x', 'section calls is declared twice' ],
	[ 'a mix of no measure', 'mix; x; sales; leads; sold; outcome item; items; -; X; X; x; x', 'unknown measure sold' ],
	[ 'a mix of amounts alone', 'mix; x; sales; leads; sale; item; items; -; X; X; x; x', 'arguments of a mix are outcome' ],
	[ 'two mixes in one section', 'mix; x; sales; leads; sale; outcome item; reasons; -; X; X; x; x', 'section of a scorecard reasons is declared twice' ],
);
for (@wrong)
{
	my ($what, $row, $why) = @$_;
	my ($out, $status) = generate("# a comment\n$row\n", 'c');
	ok($status == 1 && $out =~ m{\A\Q$dir\E/catalogue\.dat:@{[ $lines + 2 ]}: \Q$why\E.*: \Q$row\E\n\z}, "$what is an error with its line")
	  or diag("exit $status: $out");
}
is((generate('', 'c'))[1], 0, 'the catalogue as it is has none');

#
# A release without the rows, and what somebody has stored with it
#
make('all');
my ($version) = read_file("$copy/kpi.control") =~ /^default_version = '(.*)'$/m;
start($copy);

my $cards = q{SELECT 1 AS g, scorecard_leads(o) + scorecard_reasons(o, 'price') + scorecard_products(o, 'x', 2) AS card FROM (VALUES ('lost'::outcome), ('sale'), ('appointment')) v(o)
	UNION ALL SELECT 2, scorecard_lines('mobile') + scorecard_lines('voip') + scorecard_time('1 h'::interval, '1 min', '7 h') + scorecard_wait('5 min'::interval) + scorecard_money(100, 30, 1, 50.5)};
my $updated = database('updated');
psql($updated, "CREATE EXTENSION kpi; CREATE TABLE cards_of_before AS $cards");

#
# The rows
#
my $rows = <<'END';

kpi; lost_rate; net_sales; leads; outcome; lost; appointment; fraction; lower; -; -; Lost appointment rate; Taux de rendez-vous perdus
kpi; lost_appointments; net_sales; leads; outcome; lost; -; count; lower; -; -; Lost appointments; Rendez-vous perdus
column; training; duration; training; formation
kpi; training_share; productivity; time; training worked; training; worked; fraction; -; -; -; Training share of worked time; Part de formation
kpi; cost_share; return; money; cost revenue; cost; revenue; fraction; lower; 0.3; 0.2; Cost share of revenue; Part des coûts
mix; lost_reasons; net_sales; leads; lost; outcome reason; lost_reasons; -; Reasons of lost appointments; Motifs des rendez-vous perdus; the reasons of lost appointments; les motifs des rendez-vous perdus
kpi; known_line_rate; targeting; lines; line_type; known_line; lines; fraction; higher; -; -; Known line rate; Taux de lignes connues
kpi; mobile_lines; targeting; lines; line_type; mobile; -; count; higher; -; -; Mobile lines; Lignes mobiles
kpi; refusals_per_hour; productivity; calls; n:refused worked; refused; worked; per_hour; lower; -; -; Refusals per hour; Refus par heure
delays; callback_delay; reach; leads; callbacks; asked called; delays; lower; Callback delay; Délai de rappel; how long after it was asked for a callback came, as delays; délais entre la demande de rappel et le rappel
END
my @kpis = $rows =~ /^(?:kpi|mix); (\w+);/mg;
my $next = "$version.1";
write_file("$copy/src/catalogue/catalogue.dat", $catalogue . $rows);
write_file("$copy/kpi.control", read_file("$copy/kpi.control") =~ s/^default_version = .*$/default_version = '$next'/mr);
rename "$copy/kpi--$version.sql", "$dir/kpi--$version.sql" or die;
make("update FROM=$dir/kpi--$version.sql");
make('all');
make("install DESTDIR=$tree");

my $update = read_file("$copy/update/kpi--$version--$next.sql");
is(join("\n", grep { !/ (?:AGGREGATE|FUNCTION|VIEW) / } $update =~ /^(?:CREATE|ALTER|DROP|GRANT|INSERT|COMMENT ON)\b.*$/mg), '', 'the update makes functions and a view, and nothing else');
is(join(' ', sort { $a cmp $b } $update =~ /^CREATE AGGREGATE (\w+)\(outcome\)/mg), 'lost_appointments lost_rate', 'of the new KPIs alone');
is(join(' ', $update =~ /^CREATE OR REPLACE .*$/mg), 'CREATE OR REPLACE VIEW kpi_catalog AS', 'and replaces the catalogue');

my $fresh = database('fresh');
psql($fresh, 'CREATE EXTENSION kpi');
psql($updated, 'ALTER EXTENSION kpi UPDATE');
is(psql($updated, q{SELECT extversion FROM pg_extension WHERE extname = 'kpi'}), $next, 'the extension is of the new version');
is(differences([ definition($fresh) ], [ grep { !/cards_of_before/ } definition($updated) ]), '', 'and the same as a new one');
is(psql($updated, qq{SELECT count(*) FROM cards_of_before stored JOIN ($cards) again USING (g) WHERE stored.card = again.card
	AND stored.card::text = again.card::text}), 2, 'scorecards from before are those of now');
is(psql($updated, q{SELECT lost_rate(card), lost_appointments(card), known_line_rate(card), mobile_lines(card), cost_share(card), training_share(card), lost_reasons(card) FROM cards_of_before}),
	'0.3333333333333333|1|0.5|1|0.3||', 'and have the new KPIs, but for what they were made without');

# what an update cannot do is left to people
for my $gone ('CREATE TYPE mix;', 'CREATE AGGREGATE conversion_rate(outcome)')
{
	write_file("$dir/kpi--9.sql", read_file("$copy/kpi--$next.sql") =~ s/^\Q$gone\E(?:[^;]*;)?\n//mr);
	my ($out, $status) = run("$copy/script/update $copy/kpi--$next.sql $dir/kpi--9.sql");
	ok($status == 1 && index($out, 'script/update: by hand: ' . $gone =~ s/^CREATE (?=AGGREGATE)//r) == 0, "no script without $gone") or diag($out);
}

#
# Each of them at work
#
sub same
{
	my ($sql, $expected, $what) = @_;
	is(psql($fresh, $sql), $expected, $what);
}

psql($fresh, <<'END');
CREATE TABLE facts (n int, lead int, o outcome, reason text, line line_type, training interval, worked interval, revenue numeric, cost numeric);
INSERT INTO facts VALUES
	(1, 1, 'appointment', 'a', 'mobile', '1 h', '8 h', 100, 10),
	(2, 1, 'lost', 'price', 'fixed', NULL, '8 h', 50, 20),
	(3, 2, 'sale', 'b', 'voip', '3 h', '4 h', NULL, 15),
	(4, 3, 'lost', ' delay ', 'mobile', '0', NULL, 150, NULL),
	(5, 4, 'refused', 'c', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE cells AS
SELECT n, scorecard_leads(o) + scorecard_calls(o) + scorecard_lost_reasons(o, reason) + scorecard_lines(line)
	+ scorecard_training(training) + scorecard_time(NULL, NULL, worked) + scorecard_money(revenue, cost, NULL, NULL) AS card
FROM facts GROUP BY n;
END

# of four appointments two are lost; 4 h of 20 h; 45 of 300; three of four lines
my %total = (lost_rate => 0.5, lost_appointments => 2, training_share => 0.2, cost_share => 0.15, lost_reasons => '[["delay", 1], ["price", 1]]',
	known_line_rate => 0.75, mobile_lines => 2, refusals_per_hour => 0.15);
my %arguments = (lost_rate => 'o', lost_appointments => 'o', training_share => 'training, worked', cost_share => 'cost, revenue', lost_reasons => 'o, reason',
	known_line_rate => 'line', mobile_lines => 'line', refusals_per_hour => 'refused, worked');
my $facts = q{(SELECT *, reached(o, 'refused')::int AS refused FROM facts) f};
# in a frame of a row and the one before
my %moving = (lost_rate => '0 0.5 0.5 0.5 1', lost_appointments => '0 1 1 1 1', training_share => '0.125 0.0625 0.25 0.75 -', cost_share => '0.1 0.2 0.7 0.1 -',
	lost_reasons => '- [["price",1]] [["price",1]] [["delay",1]] [["delay",1]]', known_line_rate => '1 1 0.5 0.5 1', mobile_lines => '1 1 0 1 1',
	refusals_per_hour => '0 0.0625 0.08333333333333333 0.25 -');
# where a sum has a part in no row of the frame, the KPI of cards is as that of rows
for my $kpi (@kpis)
{
	my $frame = "WINDOW w AS (ORDER BY n ROWS 1 PRECEDING)";
	same("SELECT $kpi($arguments{$kpi}) FROM $facts", $total{$kpi}, "$kpi over rows");
	same("SELECT string_agg(coalesce(replace(v::text, ' ', ''), '-'), ' ' ORDER BY n) FROM (SELECT n, $kpi($arguments{$kpi}) OVER w AS v FROM $facts $frame) s", $moving{$kpi},
		"$kpi over rows, moving");
	same("SELECT $kpi(card) FROM cells", $total{$kpi}, "$kpi over cards");
	same("SELECT $kpi(card) FROM (SELECT n % 2, rollup(card)::text::scorecard AS card FROM cells GROUP BY 1) c", $total{$kpi}, "$kpi over cards rolled up, through text");
	same("SELECT string_agg(coalesce(replace(v::text, ' ', ''), '-'), ' ' ORDER BY n) FROM (SELECT n, $kpi(card) OVER w AS v FROM cells $frame) s", $moving{$kpi}, "$kpi over cards, moving");
	same("SELECT $kpi(card) FROM (SELECT a + b - a AS card FROM (SELECT rollup(card) AS a FROM cells) a, (SELECT rollup(card) AS b FROM cells WHERE n < 4) b) c",
		psql($fresh, "SELECT $kpi(card) FROM cells WHERE n < 4"), "$kpi over cards, taken away");
	same("SELECT count(*) FROM kpi_catalog WHERE name = '$kpi' AND in_scorecards", 1, "$kpi in kpi_catalog");
	next if $kpi eq 'lost_reasons';
	same("SELECT abs(value - $total{$kpi}) < 0.0001 FROM (SELECT rollup(card) AS card FROM cells) c, kpi_report(card) WHERE kpi = '$kpi'", 't', "$kpi in kpi_report");
	same("SELECT abs(kpi(rollup(card), '$kpi')::float8 - $total{$kpi}) < 1e-12 FROM cells", 't', "$kpi by kpi()");
	same("SELECT count(*) FROM (SELECT rollup(card) AS card FROM cells) c, kpi_compare(card, card) WHERE kpi = '$kpi'", 1, "$kpi in kpi_compare");
	same(qq{SELECT count(*) FROM (SELECT rollup(card) AS card FROM cells) c, kpi_targets(card, '{"$kpi": 1}') WHERE value IS NOT NULL}, 1, "$kpi in kpi_targets");
}
# delays of 10, 20 and 40 seconds
my $times = q{(SELECT n, timestamp '2026-03-02 09:00' AS asked, timestamp '2026-03-02 09:00' + n * interval '10 s' AS called FROM unnest('{1,2,4,NULL}'::int[]) n) t};
my $seconds = q{(SELECT n, scorecard_delays('callbacks', called - asked) AS card FROM } . $times . q{ GROUP BY n) c};
same("SELECT median(callback_delay(asked, called)), within(callback_delay(asked, called), '20 s') FROM $times", '00:00:20|2/3', 'callback_delay over rows');
same("SELECT string_agg(median(v)::text, ' ' ORDER BY n) FROM (SELECT n, callback_delay(asked, called) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS v FROM $times) s",
	'00:00:10 00:00:20 00:00:40', 'callback_delay over rows, moving');
same("SELECT median(callback_delay(card)) FROM $seconds", '00:00:20', 'callback_delay over cards');
same("SELECT string_agg(median(v)::text, ' ' ORDER BY n) FROM (SELECT n, callback_delay(card) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS v FROM $seconds) s",
	'00:00:10 00:00:20 00:00:40', 'callback_delay over cards, moving');

# of the three leads with an appointment
same('SELECT lead_lost_rate(o, lead), lead_lost_appointments(o, lead) FROM facts', '0.6666666666666666|2', 'over leads');
same('SELECT lead_lost_rate(card), call_lost_rate(card), call_lost_appointments(card) FROM cells', '0.5|0.5|2', 'of the other unit');
same('SELECT training_share(60, 600), training_share(1.5, 6.0), cost_share(1::float8, 4)', '0.1|0.25|0.25', 'over numbers');
same(q{SELECT label FROM (SELECT rollup(card) AS card FROM cells) c, kpi_report(card, 'fr') WHERE kpi = 'cost_share'}, 'Part des coûts', 'in French');
same(q{SELECT definition_en, definition_fr, numerator, denominator, unit, better, average, best FROM kpi_catalog WHERE name = 'cost_share'},
	"cost / revenue|coûts / chiffre d'affaires|cost|revenue|fraction|lower|0.3|0.2", 'as it is defined');

my ($reference, $status) = run("psql -X -v ON_ERROR_STOP=1 -d $fresh -f $copy/script/reference.sql");
is($status, 0, 'the reference can be written');
for my $kpi (@kpis)
{
	like($reference, qr/^### $kpi\n\n\w.*\n\n```\n$kpi\(/m, "$kpi in the reference");
}
like($reference, qr/^\| `scorecard_training\(training duration\)/m, 'and the new section');

# the rules that hold for every object
SKIP:
{
	skip 'pgTAP is not there', 1 unless psql($fresh, q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pgtap'});
	psql($fresh, 'CREATE EXTENSION pgtap');
	my ($lint) = run("psql -X -q -A -t -d $fresh -f $copy/test/lint.sql");
	ok($lint =~ /^ok /m && $lint !~ /^(?:not ok|psql:.*ERROR)/m, 'the rules of test/lint.sql hold') or diag($lint);
}

done_testing();
