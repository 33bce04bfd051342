#!/usr/bin/perl
# Holds what each driver makes of kpi's results against the table in types.md:
# the type that it announces, the type that it hands over, and the value, which
# must be the server's. Then what each driver sends: outcomes as texts, in the
# parameters of the statements in bind.tsv, whose fields are a name, what the
# statement says (its first value, or the SQLSTATE of its error, or done), the
# statement, and its parameters: \N is NULL, {a,b} an array of texts.
# script/test-clients runs it.

use strict;
use warnings;

use Test::More;

my ($source, $dir) = @ENV{qw(KPI_SOURCE KPI_CLIENTS)};
my ($host, $port, $password) = @ENV{qw(PGHOST PGPORT PGPASSWORD)};
my $query = "$source/test/clients/query.sql";
my $libpq = "host=$host port=$port user=postgres dbname=postgres password=$password";
my $python = '/usr/bin/python3';

my $odbc = "Driver={PostgreSQL Unicode};Servername=$host;Port=$port;Database=postgres;Username=postgres;Password=$password";
my $jdbc = "jdbc:postgresql://$host:$port/postgres?user=postgres&password=$password";
my $uri = "postgresql://postgres:$password\@$host:$port/postgres";
my @java = ('java', '-cp', "$dir:/usr/share/java/postgresql.jar", 'ClientJdbc');
my @psycopg = ($python, "$source/test/clients/client_psycopg.py");
my @node = ('env', "NODE_PATH=$dir/node_modules", 'node', "$source/test/clients/client_node.js");

my %clients = (
	psqlODBC => [ "$dir/client_odbc", $odbc, $query ],
	JDBC => [ @java, $jdbc, $query ],
	'psycopg 2' => [ @psycopg, 2, $libpq, $query ],
	'psycopg 3' => [ @psycopg, 3, $libpq, $query ],
	'node pg' => [ @node, $uri, $query ],
	RPostgreSQL => [ 'Rscript', "$source/test/clients/client_r.R", $host, $port, $query ],
);

# The ways in which drivers send parameters: in the statement's text, or beside
# it in the extended protocol, prepared at once, later or never, as text or
# binary, with a type of text, varchar or none
my $bind = "$source/test/clients/bind.tsv";
my %senders = (
	'psqlODBC, prepared' => [ "$dir/client_odbc", "$odbc;UseServerSidePrepare=1", $bind ],
	'psqlODBC, in the text' => [ "$dir/client_odbc", "$odbc;UseServerSidePrepare=0", $bind ],
	'JDBC' => [ @java, $jdbc, $bind ],
	'JDBC, prepared at once' => [ @java, "$jdbc&prepareThreshold=-1", $bind ],
	'JDBC, never prepared' => [ @java, "$jdbc&prepareThreshold=0", $bind ],
	'JDBC, without types' => [ @java, "$jdbc&stringtype=unspecified", $bind ],
	'JDBC, simple protocol' => [ @java, "$jdbc&preferQueryMode=simple", $bind ],
	'psycopg 2' => [ @psycopg, 2, $libpq, $bind, 'client' ],
	'psycopg 3' => [ @psycopg, 3, $libpq, $bind, 'text' ],
	'psycopg 3, binary' => [ @psycopg, 3, $libpq, $bind, 'binary' ],
	'psycopg 3, in the text' => [ @psycopg, 3, $libpq, $bind, 'client' ],
	'node pg' => [ @node, $uri, $bind ],
	'node pg, named' => [ @node, $uri, $bind, 'named' ],
);

# The table: a row for each column of the query, a column for each driver
my (@names, @drivers, %said);
open my $page, '<', "$source/test/clients/types.md" or die "test/clients/types.md: $!";
while (<$page>)
{
	last if @names && !/^\|/;
	next unless /^\| /;
	my @cells = map { s/^\s+|\s+$|`//gr } split /\|/;
	shift @cells;
	if ($cells[0] eq 'column')
	{
		@drivers = map { [ split / and / ] } @cells[ 2 .. $#cells ];
	}
	elsif (@drivers)
	{
		# a row may be of several columns, in whose types … is the column's name
		for my $name (split /, /, $cells[0])
		{
			push @names, $name;
			$said{$name} = [ map { s/…/$name/r } @cells[ 2 .. $#cells ] ];
		}
	}
}
close $page;
ok(@names > 10 && @drivers >= 5, 'test/clients/types.md has the table');

# What the server says, column by column
my %values = map { split /\t/, $_, 2 } grep { /\t/ } map { chomp; s/\|/\t/r }
  `psql -X -A -t -x -P null=NULL -f $query`;

# The same number, or the same text whatever the spaces
sub same
{
	my ($value, $expected) = @_;
	return 1 if $value eq $expected;
	my $number = qr/^-?\d+(\.\d+)?$/;
	return abs($value - $expected) < 1e-12 if $value =~ $number && $expected =~ $number;
	return $value =~ s/[\s'"]//gr eq $expected =~ s/[\s'"]//gr;
}

for my $i (0 .. $#drivers)
{
	for my $client (@{ $drivers[$i] })
	{
		my $command = $clients{$client} or BAIL_OUT("no driver $client");
		open my $pipe, '-|', @$command or BAIL_OUT("$command->[0]: $!");
		my %got = map { chomp; my @f = split /\t/; ($f[0] => \@f) } <$pipe>;
		ok(close $pipe, "$client runs") or next;
		for my $name (@names)
		{
			my (undef, $announced, $handed, $value) = @{ $got{$name} // [] };
			is(join(', ', $announced // '', $handed // ''), $said{$name}[$i], "$client: the types of $name");
			# intervals and documents have forms of the driver's own
			next if $name =~ /^(duration|mix_json)$/;
			ok(same($value // '', $values{$name}), "$client: the value of $name")
			  or diag('got ', $value // 'nothing', ', the server says ', $values{$name});
		}
	}
}

open my $statements, '<', $bind or die "$bind: $!";
my @expected = map { chomp; [ split /\t/ ] } <$statements>;
close $statements;
for my $sender (sort keys %senders)
{
	open my $pipe, '-|', @{ $senders{$sender} } or BAIL_OUT("$sender: $!");
	my %got = map { chomp; split /\t/, $_, 2 } <$pipe>;
	ok(close $pipe, "$sender runs") or next;
	for my $row (@expected)
	{
		my ($name, $said, undef, @parameters) = @$row;
		next if $sender =~ /ODBC/ && grep { /^\{/ } @parameters;
		is($got{$name}, $said, "$sender: $name");
	}
}
done_testing();
