# A throw-away server of a test's own, made as script/demo makes one.

package Server;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);

our @EXPORT = qw($source $pg_config $dir $tree common start);

our $source = abs_path($ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..');
our $pg_config = $ENV{PG_CONFIG} // 'pg_config';

# A folder for the test, and the server's in it; a socket's path must be short.
our $dir = tempdir('/tmp/kpi-server.XXXXXX');
chmod 0755, $dir;
our $tree = "$dir/pg";

# Runs shell commands with the functions of script/common.sh.
sub common
{
	my ($commands) = @_;
	local $ENV{PG_CONFIG} = $pg_config;
	local $ENV{SHARED_BUFFERS} = '32MB';
	my $out = `sh -c '. "\$0"; find_postgres || die "no server"; $commands' $source/script/common.sh 2>&1`;
	die "$commands:\n$out" if $?;
	return $out;
}

# Starts the server with the extension as it is built in a folder.
sub start
{
	my ($build) = @_;
	common("start_server $tree $build");
	$ENV{PGHOST} = $tree;
	$ENV{PGUSER} = 'postgres';
	delete @ENV{qw(PGPORT PGHOSTADDR PGPASSWORD PGSERVICE PGSSLMODE PGDATABASE)};
}

$SIG{INT} = $SIG{TERM} = sub { exit 1 };
END
{
	my $status = $?;
	common("drop_server $tree");
	remove_tree($dir);
	$? = $status;
}

1;
