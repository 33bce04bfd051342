# What makes an extension in a database, and what differs between two; for the
# tests of updates.

package Extension;

use strict;
use warnings;

use Exporter qw(import);
use Test::More;

our @EXPORT = qw(psql database definition differences);

my @databases;
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

# What a command prints; its messages too, if they are asked for.
sub psql
{
	my ($db, $sql, $and_messages) = @_;
	my @command = ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-c', $sql);
	@command = ('sh', '-c', 'exec "$@" 2>&1', 'sh', @command) if $and_messages;
	open my $psql, '-|', @command or die "psql: $!";
	my $out = join '', <$psql>;
	close $psql or die "$sql: failed";
	$out =~ s/\n+\z//;
	return $out;
}

# Makes a database that goes at the end, with createdb's options.
sub database
{
	my ($name, @options) = @_;
	my $db = "kpi_extension_$$" . "_$name";
	system('createdb', @options, $db) == 0 or BAIL_OUT('cannot create a database');
	push @databases, $db;
	return $db;
}

END
{
	my $status = $?;
	# a test's own server is gone by now
	@databases = () if ($ENV{PGHOST} // '') =~ m{^/} && !-e $ENV{PGHOST};
	system('dropdb', $_) for @databases;
	$? = $status;
}

# All that makes the extension in a database, one entry an object: the members'
# definitions as pg_dump writes them for pg_upgrade, with their comments and
# privileges, and the rows that they hold. OIDs are no part of it, nor is the
# order of what has the same name.
sub definition
{
	my ($db) = @_;
	my $dump = `pg_dump --binary-upgrade --schema-only --dbname=$db`;
	$? == 0 or die 'pg_dump failed';

	$dump =~ s/^\\(?:un)?restrict .*$//mg;
	$dump =~ s/^SET default_\w+ = .*;$//mg;
	$dump =~ s/^SELECT pg_catalog\.binary_upgrade_set_\w+\(.*?\);$//mg;
	$dump =~ s/^UPDATE pg_catalog\.pg_class\nSET relfrozenxid.*?;$//msg;
	$dump =~ s/(?<=binary_upgrade_create_empty_extension)(\(.*?)'\{[\d,]+\}'/$1/g;
	my @objects = map { s/^--.*\n?//mgr =~ s/\n{2,}/\n/gr } split /^--\n(?=-- Name: )/m, $dump;

	for my $table (split /\n/, psql($db, q{
		SELECT c.oid::regclass FROM pg_class c JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
		WHERE d.deptype = 'e' AND c.relkind = 'r'}))
	{
		push @objects, map { "$table: $_\n" } split /\n/, psql($db, "SELECT t FROM $table t");
	}
	return sort @objects;
}

# What one has and the other has not.
sub differences
{
	my ($new, $updated) = @_;
	my %count;
	$count{$_}++ for @$new;
	$count{$_}-- for @$updated;
	return join '', map { ($count{$_} > 0 ? 'only new: ' : 'only updated: ') . $_ } grep { $count{$_} } sort keys %count;
}

1;
