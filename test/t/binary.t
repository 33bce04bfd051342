#!/usr/bin/perl
# Damaged binary values: every byte flipped, every truncation, and bytes too
# many, for every type of the extension. Each must be read as another valid
# value or be refused with an error of its own kind, and the server must live.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

# Values of each type that use all parts of its binary form.
my %values = (
	outcome => [ 'new', 'refused+sale' ],
	kpi_tally => [ '{}', '{new:1,callback+refused:300,sale:2}' ],
	kpi_share => [ '0/0', '3/10' ],
	delays => [ '{}', '{"seconds": [[0, 3], [12.4, 300], [9223372036854.775807, 1]], "negative": 2}' ],
	line_type => [ 'mobile', 'invalid' ],
	kpi_line_tally => [ '{}', '{mobile:1,voip:300,invalid:2}' ],
	kpi_durations => [ '{}', '{36000000/5/4,0/0/0,7200000000/3/2}' ],
	kpi_ranges => [ '{}', '{-5~7,100~200}' ],
	kpi_money => [ '{}', '{0:3:12.50,0:1:NaN,1:2:123456789012345678901234567890123456789012.5}' ],
	mix => [ '[]', '[["no \\"need\\"", 12.5, 3], ["été", 3], ["zero", 0, 2], ["less", -1e30], [null, 1]]' ],
	scorecard => [ '{}', '{"version": 1, "calls": {"no_answer": 300, "refused+sale": 2}, "leads": {"sale": 1}, "lines": {"mobile": 5}, ' .
		'"time": {"talk": [12600.5, 2, 2], "handle": [1800, 1, 1], "worked": [37800, 3, 2], "wait": [30, 4, 4], "pause": [0, 1, 0]}, ' .
		'"money": {"revenue": [[1, -10], [1, 30.50]], "cost": [[1, "NaN"]], "customers": [[2, 12345678901234567890]], "margin": []}, ' .
		'"reasons": [["été", 1], [null, 1]], "products": [["a", 2]], "amounts": [["a", 30.5]], ' .
		'"delays": {"sales_cycle": {"seconds": [[0, 1], [864000, 2]]}, "speed_to_lead": {"seconds": [[12.4, 3]], "negative": 1}}}' ],
	ratio => [ '0/0', '8/47', '-16.3125/1e-20', '12 per 30.5', '602' ],
);

# What a damaged value may be refused with: bad binary data, an incomplete
# message, a number out of range, a limit, bytes that are no text.
my %refusals = map { $_ => 1 } qw(22P03 08P01 22003 54000 22021 22P02 22023);

my $dir = tempdir(CLEANUP => 1);
my $db = "kpi_binary_$$";
system('createdb', $db) == 0 or BAIL_OUT('cannot create a database');
system("psql", "-X", "-q", "-d", $db, "-c", "ALTER DATABASE $db SET search_path = public, kpi_internal") == 0 or BAIL_OUT("cannot set the search_path");

sub psql
{
	my ($script) = @_;
	my $file = "$dir/script.sql";
	open my $fh, '>', $file or die;
	print $fh "\\set VERBOSITY sqlstate\n$script";
	close $fh;
	return scalar `psql -X -q -A -t -d $db -f $file 2>&1`;
}

sub slurp
{
	my ($file) = @_;
	open my $fh, '<:raw', $file or die "$file: $!";
	local $/;
	return scalar <$fh>;
}

my $files = 0;

# A COPY file of one row with one field of these bytes.
sub copy_file
{
	my ($bytes) = @_;
	my $file = "$dir/" . ++$files;
	open my $fh, '>:raw', $file or die;
	print $fh "PGCOPY\n\xff\r\n\0", pack('NN', 0, 0), pack('nN', 1, length $bytes), $bytes, pack('n', 0xffff);
	close $fh;
	return $file;
}

is(psql("CREATE EXTENSION kpi;\n"), '', 'the extension is created');
is(psql(<<'END'), join('', map { "$_\n" } sort keys %values), 'every type of the extension is here');
SELECT typname FROM pg_type JOIN pg_depend ON classid = 'pg_type'::regclass AND objid = pg_type.oid AND deptype = 'e'
	JOIN pg_extension e ON e.oid = refobjid WHERE extname = 'kpi' AND typtype = 'b' AND typelem = 0 ORDER BY typname COLLATE "C";
END

# journeys are leads
is(psql("SELECT DISTINCT substr(proname, 11) FROM pg_proc WHERE prokind = 'a' AND proname LIKE 'scorecard\\_%' AND position('\"' || substr(proname, 11) || '\"' IN \$\$$values{scorecard}[1]\$\$) = 0;\n"),
	"journeys\n", 'every section of a scorecard is here');

for my $type (sort keys %values)
{
	psql("CREATE TABLE original (v $type); CREATE TABLE read (v $type);\n");
	for my $value (@{ $values{$type} })
	{
		psql("TRUNCATE original; INSERT INTO original VALUES (\$\$$value\$\$);\n\\copy original to '$dir/good' (format binary)\n");
		my $good = slurp("$dir/good");
		my $bytes = substr($good, 25, unpack('N', substr($good, 21, 4)));

		is(psql("TRUNCATE read;\n\\copy read from '" . copy_file($bytes) . "' (format binary)\n" .
			"SELECT r.v::text = o.v::text FROM read r, original o;\n"), "t\n",
			"$type $value: reads back the same");

		my @damaged;
		for my $i (0 .. length($bytes) - 1)
		{
			for my $mask (0x01, 0x80, 0xff)
			{
				my $copy = $bytes;
				substr($copy, $i, 1) = chr(ord(substr($copy, $i, 1)) ^ $mask);
				push @damaged, $copy;
			}
			push @damaged, substr($bytes, 0, $i);
		}
		push @damaged, $bytes . "\0", $bytes . $bytes;

		# a value that is accepted must be a sound one: it prints and reads back
		my $script = join '', map {
			"TRUNCATE read;\n\\copy read from '" . copy_file($_) . "' (format binary)\n"
			  . "SELECT 'unstable' FROM read WHERE v::text::$type\::text <> v::text;\n"
		} @damaged;
		my @odd;
		for (split /\n/, psql($script))
		{
			next if /(?:ERROR|FEHLER|ERREUR):  (\w{5})$/ && $refusals{$1};
			push @odd, $_ if /\S/;
		}
		is("@odd[0 .. ($#odd > 4 ? 4 : $#odd)]", '', "$type $value: " . @damaged . ' damaged forms are read or refused');
	}
	psql("DROP TABLE original, read;\n");
}
# Damaged bytes of what is stored, a value's and an aggregate's state's, are read
# as another value or refused, whoever reads them.
my $card = $values{scorecard}[1];
my $mix = $values{mix}[1];
my $odd = psql(<<"END");
SET client_min_messages = warning;
CREATE TYPE raw;
CREATE FUNCTION raw_in(cstring) RETURNS raw AS 'byteain' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION raw_out(raw) RETURNS cstring AS 'byteaout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE raw (INPUT = raw_in, OUTPUT = raw_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = extended);
CREATE CAST (raw AS scorecard) WITHOUT FUNCTION;
CREATE CAST (scorecard AS raw) WITHOUT FUNCTION;
CREATE CAST (raw AS mix) WITHOUT FUNCTION;
CREATE CAST (mix AS raw) WITHOUT FUNCTION;
CREATE AGGREGATE state_of(scorecard) (SFUNC = kpi_scorecard_combine, STYPE = scorecard);
CREATE AGGREGATE state_of(mix) (SFUNC = kpi_mix_combine, STYPE = mix);
CREATE TABLE good AS SELECT v, false AS of_mix FROM (VALUES (\$\$$card\$\$::scorecard::raw::text::bytea),
		((SELECT state_of(c) FROM (VALUES (\$\$$card\$\$::scorecard), ('{"calls": {"busy": 1}}')) w(c))::raw::text::bytea)) t(v)
	UNION ALL SELECT v, true FROM (VALUES (\$\$$mix\$\$::mix::raw::text::bytea), ((SELECT state_of(m) FROM (VALUES (\$\$$mix\$\$::mix), ('[["more", 1]]')) w(m))::raw::text::bytea)) t(v);
CREATE TABLE bad AS
	SELECT set_byte(v, i, get_byte(v, i) # mask) AS v, of_mix FROM good, generate_series(0, length(v) - 1) i, unnest('{1,128,255}'::int[]) mask
	UNION ALL SELECT substr(v, 1, i), of_mix FROM good, generate_series(0, length(v) - 1) i
	UNION ALL SELECT v || v, of_mix FROM good UNION ALL SELECT v || '\\x0000000000000000', of_mix FROM good;
CREATE TABLE damaged_card AS SELECT v::text::raw::scorecard AS v FROM bad WHERE NOT of_mix;
CREATE TABLE damaged_mix AS SELECT v::text::raw::mix AS v FROM bad WHERE of_mix;
CREATE FUNCTION attempt(value anyelement, query text) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
	EXECUTE query USING value;
	RETURN NULL;
EXCEPTION WHEN data_corrupted OR numeric_value_out_of_range OR invalid_text_representation OR invalid_parameter_value THEN
	RETURN NULL;
WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END \$\$;
SELECT DISTINCT attempt(v, query) FROM damaged_card, unnest(ARRAY['SELECT \$1::text', 'SELECT \$1 + \$1', 'SELECT \$1 - \$1',
	'SELECT \$1 = ''{}'', kpi_scorecard_hash(\$1)', 'SELECT rollup(c), closing_rate(c), roi(c), refusal_reasons(c) FROM (VALUES (\$1), (\$1)) v(c)',
	'SELECT rollup(c), calls(c) FROM (VALUES (\$\$$card\$\$::scorecard), (\$1), (\$1)) v(c)',
	'SELECT rollup(c) OVER (ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM (VALUES (\$\$$card\$\$::scorecard), (\$1), (\$1), (\$\$$card\$\$)) v(c)',
	'SELECT * FROM kpi_report(\$1)', 'SELECT kpi_scorecard_send(\$1)']) query WHERE attempt(v, query) IS NOT NULL;
SELECT DISTINCT attempt(v, query) FROM damaged_mix, unnest(ARRAY['SELECT \$1::text', 'SELECT \$1 + \$1', 'SELECT \$1 - \$1',
	'SELECT \$1 = ''[]'', kpi_mix_hash(\$1)', 'SELECT rollup(m) FROM (VALUES (\$1), (\$1)) v(m)', 'SELECT mix_items(\$1)', 'SELECT \$1::jsonb', 'SELECT kpi_mix_send(\$1)',
	'SELECT rollup(m) OVER (ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM (VALUES (\$\$$mix\$\$::mix), (\$1), (\$1), (\$\$$mix\$\$)) v(m)']) query WHERE attempt(v, query) IS NOT NULL;
SELECT (SELECT count(*) FROM damaged_card) + (SELECT count(*) FROM damaged_mix) = (SELECT sum(4 * length(v) + 2) FROM good);
END
is($odd, "t\n", 'damaged scorecards, mixes and states at rest are read or refused');

is(psql("SELECT 'alive';\n"), "alive\n", 'the server lives');

system('dropdb', $db);
done_testing();
