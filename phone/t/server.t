#!/usr/bin/perl
# What needs a server of one's own: databases in other encodings than UTF-8,
# and processes that run out of memory inside libphonenumber.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);

# Runs a script in psql, and gives all that it prints.
sub psql
{
	my ($db, $script) = @_;
	open my $fh, '>:raw', "$dir/script.sql" or die;
	print $fh $script;
	close $fh;
	return scalar `psql -X -q -A -t -d $db -f $dir/script.sql 2>&1`;
}

sub create_database
{
	my ($name, @options) = @_;
	system('createdb', '-T', 'template0', @options, $name) == 0
	  or BAIL_OUT("cannot create database $name");
	is(psql($name, "SET client_min_messages = warning;\nCREATE EXTENSION kpi_phone CASCADE;\n"), '',
		"$name: kpi_phone is created");
}

# Encodings

# a no-break space, and an accent where none is expected, in ISO 8859-1
my $numbers = <<"END";
SELECT line_type(phone, 'FR'), e164(phone, 'FR')
FROM (VALUES ('01\xa099\xa000\xa012\xa034'), ('T\xe9l. 01 99 00 12 34'), ('01 99 00 12 34 \xe9\xe9\xe9')) v(phone);
END

my $latin = "kpi_phone_latin1_$$";
create_database($latin, '-E', 'LATIN1', '--locale=C');
is(psql($latin, "SET client_encoding = latin1;\n$numbers"),
	"fixed|+33199001234\nfixed|+33199001234\ninvalid|\n",
	'ISO 8859-1: separators and letters are what they are');

# nobody knows what the bytes mean; those of UTF-8 do, others are rubbish
my $ascii = "kpi_phone_ascii_$$";
create_database($ascii, '-E', 'SQL_ASCII', '--locale=C');
is(psql($ascii, "SET client_encoding = sql_ascii;\n$numbers"),
	"invalid|\ninvalid|\ninvalid|\n", 'SQL_ASCII: bytes that are not UTF-8 are rubbish');
is(psql($ascii, "SET client_encoding = sql_ascii;\nSELECT e164('01\xc2\xa099\xc2\xa000\xc2\xa012\xc2\xa034', 'FR');\n"),
	"+33199001234\n", 'SQL_ASCII: bytes that are UTF-8 are read');

# Memory.  In a process that may grow by so much only, a number is read, or
# there is an error; and once it may grow again, everything is right, as
# nothing half-made was kept.

my $answer = "mobile|mobile|special|mobile|fixed_or_mobile|mobile";
my $query = <<'END';
SELECT concat_ws('|', line_type('06 12 34 56 78', 'FR'), line_type('07400 123456', 'GB'), line_type('0860 12 345 67 89', 'CH'),
	line_type('+81 90-1234-5678 ', 'GB'), line_type('(201) 555-0123', 'US'), line_type('011 15-2345-6789', 'AR'));
END
my $refused = 0;
my $answered = 0;
my $died = 0;
my $wrong = '';

for my $kilobytes (map { $_ * 1024 } 0 .. 4, 6, 8, 12, 15 .. 20, 24, 28, 40)
{
	# A program that the server starts may limit its processes, whoever runs
	# this test; another process starts it, as this one may have no memory to.
	my $out = psql($latin, <<"END");
LOAD 'kpi_phone';
SELECT pg_backend_pid() AS pid \\gset
\\setenv PID :pid
COPY (SELECT) TO PROGRAM 'cat >/dev/null; size=\$(sed -n "s/^VmSize:[^0-9]*\\([0-9]*\\).*/\\1/p" /proc/\$PPID/status) && prlimit --pid \$PPID --as=\$(((size + $kilobytes) * 1024)):';
$query$query
\\! psql -X -q -d $latin -c "COPY (SELECT) TO PROGRAM 'cat >/dev/null; prlimit --pid \$PID --as=unlimited:'"
$query
END
	my @lines = grep { !/^(DETAIL|LINE |HINT|CONTEXT| *\^)/ } split /\n/, $out;
	if ($out =~ /server closed the connection|connection to server was lost/)
	{
		$died++;
	}
	elsif (@lines != 3 || $lines[2] ne $answer
		|| grep { $_ ne $answer && !/ERROR:  out of memory$/ } @lines[0, 1])
	{
		$wrong .= "with $kilobytes kB: $out";
	}
	else
	{
		$refused++ if $lines[0] ne $answer;
		$answered++ if $lines[0] eq $answer;
	}
}
is($died, 0, 'no process dies of a lack of memory');
is($wrong, '', 'there is an answer, or an error, and afterwards an answer');
cmp_ok($refused, '>', 0, 'some processes had too little memory');
cmp_ok($answered, '>', 0, 'some processes had enough');

system('dropdb', $_) for $latin, $ascii;
done_testing();
