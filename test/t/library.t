#!/usr/bin/perl
# What the library shows to the process that loads it: the functions that the
# server calls by name, each with the project's prefix. All else is hidden, so
# that no function of another library takes its place, nor the other way round.

use strict;
use warnings;

use File::Basename qw(dirname);
use Test::More;

my $source = $ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..';

my @seen = map { (split)[-1] } `nm -D --defined-only $source/kpi.so`;
cmp_ok(scalar(@seen), '>', 500, 'the library has functions');
is(join(' ', grep { !/^(?:kpi_|pg_finfo_kpi_|Pg_magic_func$|_PG_init$)/ } @seen), '', 'all that is seen of it has a name of its own');

# every function that SQL declares is there, and is declared
my ($version) = `cat $source/kpi.control` =~ /^default_version = '(.*)'$/m;
open my $fh, '<', "$source/kpi--$version.sql" or die "kpi--$version.sql: $!";
my $sql = do { local $/; <$fh> };
my %declared = map { $_ => 1 } $sql =~ /^\s*AS 'MODULE_PATHNAME', '(\w+)'/mg,
	$sql =~ /^CREATE FUNCTION (?:kpi_internal\.)?(\w+)\([^;]*?\n\s*AS 'MODULE_PATHNAME' /mg;
my %there = map { $_ => 1 } grep { /^kpi_/ } @seen;
is(join(' ', sort grep { !$there{$_} } keys %declared), '', 'every function that is declared is there');
is(join(' ', sort grep { !$declared{$_} } keys %there), '', 'and every one that is there is declared');

done_testing();
