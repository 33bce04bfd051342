#!/usr/bin/perl
# Holds what each driver makes of kpi's results against the table in
# doc/clients.md: the type that it announces, the type that it hands over, and
# the value, which must be the server's. script/test-clients runs it.

use strict;
use warnings;

use Test::More;

my ($source, $dir) = @ENV{qw(KPI_SOURCE KPI_CLIENTS)};
my ($host, $port, $password) = @ENV{qw(PGHOST PGPORT PGPASSWORD)};
my $query = "$source/test/clients/query.sql";
my $libpq = "host=$host port=$port user=postgres dbname=postgres password=$password";
my $python = '/usr/bin/python3';

my %clients = (
	psqlODBC => [ "$dir/client_odbc",
		"Driver={PostgreSQL Unicode};Servername=$host;Port=$port;Database=postgres;Username=postgres;Password=$password", $query ],
	JDBC => [ 'java', '-cp', "$dir:/usr/share/java/postgresql.jar", 'ClientJdbc',
		"jdbc:postgresql://$host:$port/postgres?user=postgres&password=$password", $query ],
	'psycopg 2' => [ $python, "$source/test/clients/client_psycopg.py", 2, $libpq, $query ],
	'psycopg 3' => [ $python, "$source/test/clients/client_psycopg.py", 3, $libpq, $query ],
	'node pg' => [ 'env', "NODE_PATH=$dir/node_modules", 'node', "$source/test/clients/client_node.js",
		"postgresql://postgres:$password\@$host:$port/postgres", $query ],
	RPostgreSQL => [ 'Rscript', "$source/test/clients/client_r.R", $host, $port, $query ],
);

# The page's table: a row for each column of the query, a column for each driver
my (@names, @drivers, %said);
open my $page, '<', "$source/doc/clients.md" or die "doc/clients.md: $!";
while (<$page>)
{
	next unless /^\| /;
	my @cells = map { s/^\s+|\s+$|`//gr } split /\|/;
	shift @cells;
	if ($cells[0] eq 'column')
	{
		@drivers = map { [ split / and / ] } @cells[ 2 .. $#cells ];
	}
	elsif (@drivers)
	{
		push @names, $cells[0];
		$said{ $cells[0] } = [ @cells[ 2 .. $#cells ] ];
	}
}
close $page;
ok(@names > 10 && @drivers >= 5, 'doc/clients.md has the table');

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
done_testing();
