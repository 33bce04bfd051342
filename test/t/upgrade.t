#!/usr/bin/perl
# Upgrades: an extension that was made by any version that the server has, and
# updated to the current one, is the same as a new one.
#
# From the second release on, update/ has kpi--FIRST.sql, the install script of
# the first release as it was, and a kpi--OLD--NEW.sql for each release since;
# make installs them, and the chain is walked here. The comparison is shown to
# find what an update may forget, whether or not there is anything to update.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__);
use Test::More;

use Extension;

my $source = $ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..';

my $fresh = database('fresh');
psql($fresh, 'CREATE EXTENSION kpi');
my @new = definition($fresh);
my $default = psql($fresh, q{SELECT extversion FROM pg_extension WHERE extname = 'kpi'});

cmp_ok(scalar(@new), '>', psql($fresh, q{SELECT count(*) FROM pg_depend WHERE deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kpi')
	AND classid NOT IN ('pg_amop'::regclass, 'pg_amproc'::regclass)}), 'a definition has all the members');

# The files of update/ are what the server knows, and all of them lead here.
my %versions = ($default => 1);
for (map { s{.*/kpi--}{}r =~ s/\.sql$//r } glob "$source/update/kpi--*.sql")
{
	$versions{$_} = 1 for split /--/;
}
is(psql($fresh, q{SELECT string_agg(version, ' ' ORDER BY version COLLATE "C") FROM pg_available_extension_versions
	WHERE name = 'kpi'}), join(' ', sort grep { $_ eq $default || -e "$source/update/kpi--$_.sql" } keys %versions),
	'the server has the versions that update/ has, and the current one');
is(psql($fresh, qq{SELECT string_agg(DISTINCT source, ' ') FROM pg_extension_update_paths('kpi')
	WHERE target = '$default' AND path IS NULL}), '', 'an update leads from each version to the current one');
ok(!-e "$source/update/kpi--$default.sql", 'the current version\'s install script is the one that make writes');

# Each version that can be installed, updated.
for my $old (grep { $_ ne $default } split /\n/, psql($fresh, q{
	SELECT version FROM pg_available_extension_versions WHERE name = 'kpi'}))
{
	(my $name = $old) =~ tr/.-/__/;
	my $db = database("from_$name");
	psql($db, "CREATE EXTENSION kpi VERSION '$old'");
	psql($db, 'ALTER EXTENSION kpi UPDATE');
	is(differences(\@new, [ definition($db) ]), '', "$old, updated, is as new");
}

# An update to the version that is there changes nothing.
my $same = database('same');
psql($same, 'CREATE EXTENSION kpi');
psql($same, 'SET client_min_messages = warning; ALTER EXTENSION kpi UPDATE');
is(differences(\@new, [ definition($same) ]), '', 'an update to the same version changes nothing');

# What an update may forget, or do otherwise.
my %changes = (
	'a function\'s cost' => 'ALTER FUNCTION reached(outcome, text) COST 7',
	'a function\'s volatility' => 'ALTER FUNCTION label(outcome, text) STABLE',
	'an aggregate\'s comment' => q{COMMENT ON AGGREGATE closing_rate(outcome) IS 'another'},
	'a missing function' => 'ALTER EXTENSION kpi DROP FUNCTION label(outcome, text)',
	'a function too many' => q{CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1';
		ALTER EXTENSION kpi ADD FUNCTION more()},
	'an operator\'s estimator' => 'ALTER OPERATOR @> (outcome, outcome) SET (RESTRICT = NONE)',
	'an aggregate\'s state' => q{ALTER EXTENSION kpi DROP AGGREGATE calls(outcome); DROP AGGREGATE calls(outcome);
		CREATE AGGREGATE calls(outcome) (sfunc = int8inc_any, stype = bigint, initcond = '0');
		ALTER EXTENSION kpi ADD AGGREGATE calls(outcome)},
	'a type\'s storage' => 'ALTER TYPE mix SET (STORAGE = external)',
	'a function of an operator family' => 'ALTER OPERATOR FAMILY outcome_ops USING hash ADD FUNCTION 1 (text) hashtext(text)',
	'a view\'s definition' => q{DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW kpi_catalog AS '
		|| rtrim(pg_get_viewdef('kpi_catalog'), ';') || ' LIMIT 5'; END $$},
	'a privilege' => 'REVOKE EXECUTE ON FUNCTION reached(outcome, text) FROM PUBLIC',
	'a row of a table' => q{SET session_replication_role = replica;
		DELETE FROM kpi_disposition WHERE ctid = (SELECT min(ctid) FROM kpi_disposition)},
);
my $changed = database('changed');
psql($changed, 'CREATE EXTENSION kpi');
my @before = definition($changed);
for my $name (sort keys %changes)
{
	psql($changed, $changes{$name});
	my @after = definition($changed);
	isnt(differences(\@before, \@after), '', "the comparison sees $name");
	@before = @after;
}

done_testing();
