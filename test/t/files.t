#!/usr/bin/perl
# Files as tools export them: test/files/cases says what is in their reports, or
# which error there is instead. They share one database, one after the other.

use strict;
use warnings;

use File::Temp qw(tempdir);
use JSON::PP ();
use Test::More;
use Text::ParseWords qw(shellwords);

my $source = $ENV{KPI_SOURCE} or BAIL_OUT('KPI_SOURCE names no sources');
my $dir = tempdir(CLEANUP => 1);
$ENV{T} = $dir;
$ENV{PGCLIENTENCODING} = 'UTF8';
chdir "$source/test/files" or BAIL_OUT('no files');

my $db = "kpi_files_$$";
system(qq(createdb $db && psql -X -q -d $db -c 'create extension kpi')) == 0 or BAIL_OUT('cannot create a database');
my $maintenance = $ENV{PGDATABASE};
$ENV{PGDATABASE} = $db;

# Takes away what a report has made.
sub clean
{
	system('psql', '-X', '-q', '-c', 'set client_min_messages = warning', '-c', 'drop table if exists file, left_out, total, cards_by, cards_of, kpi_options, kpi_rows cascade',
		'-c', 'drop schema if exists reading cascade', '-c', 'delete from kpi_disposition where not stock', '-c', "alter database $db reset datestyle") == 0
		or BAIL_OUT('cannot clean up');
}

sub slurp
{
	my ($file) = @_;
	open my $fh, '<', $file or return '';
	local $/;
	return <$fh> // '';
}

# Runs the report; its words go to two files.
sub report
{
	my @command = @_;
	my $pid = fork // die;
	if (!$pid)
	{
		open STDOUT, '>', "$dir/out" or die;
		open STDERR, '>', "$dir/err" or die;
		exec 'perl', "$source/script/file-report", @command or die;
	}
	waitpid $pid, 0;
	return $? >> 8;
}

sub cells
{
	my ($line) = @_;
	my @cells;
	push @cells, defined $1 ? $1 =~ s/""/"/gr : $2 while $line =~ /\G(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/g;
	return @cells;
}

# The report as CSV: numbers by part and KPI; the whole's part is ''.
sub figures
{
	# what is quoted may hold line ends
	my ($head, @lines) = slurp("$dir/out") =~ /\G((?:"(?:[^"]|"")*"|[^"\n])+)\n/g;
	my @names = cells($head // '');
	my %found;
	for (@lines)
	{
		my %row;
		@row{@names} = cells($_);
		my $part = $row{by} || $row{period} || '';
		$found{$part}{ $row{kpi} } = \%row;
	}
	return \%found;
}

sub same
{
	my ($row, $expected) = @_;
	return 0 unless $row;
	my ($n, $d) = split m{ / }, $expected;
	return defined $d ? abs($row->{numerator} - $n) < 1e-6 && abs($row->{denominator} - $d) < 1e-6 : abs($row->{value} - $n) < 1e-6;
}

my @cases = map { [ grep { !/^#/ } split /\n/ ] } split /\n\n+/, slurp('cases');
@cases = grep { @$_ } @cases;
cmp_ok(scalar @cases, '>=', 60, 'there are sixty files at least');

for my $case (@cases)
{
	my ($title, @lines) = @$case;
	my (@files, @options, @error);
	system("rm -rf $dir/*");
	for (@lines)
	{
		if (/^make (.*)/) { system($1) == 0 or fail("$title: $_"); }
		elsif (/^file (.*)/) { @files = map { s/\$T/$dir/r } split ' ', $1; }
		elsif (/^with (.*)/) { @options = shellwords($1); }
		elsif (/^! (.*)/) { @error = $1; }
	}
	clean();
	my $status = report(@files, @options, '--csv');
	if (@error)
	{
		is($status, 1, "$title: fails");
		my @said = grep { !/: \d+ rows of / } split /\n/, slurp("$dir/err");
		is(scalar @said, 1, "$title: says so in one line") or diag(@said);
		like($said[0] // '', qr/$error[0]/, "$title: says what");
	}
	else
	{
		is($status, 0, "$title: is read") or diag(slurp("$dir/err"));
	}
	my $figures = @error ? {} : figures();
	my %text;
	for (@lines)
	{
		if (/^= (\w+) (.*)/)
		{
			my $row = $figures->{''}{$1};
			ok(same($row, $2), "$title: $_") or diag($row ? join(' ', map { "$_=$row->{$_}" } qw(value numerator denominator)) : 'is not there');
		}
		elsif (/^by (?:"([^"]*)"|(\S+)) (\w+) (.*)/)
		{
			my $row = $figures->{ $1 // $2 }{$3};
			ok(same($row, $4), "$title: $_") or diag($row ? join(' ', map { "$_=$row->{$_}" } qw(value numerator denominator)) : 'is not there: ' . join(', ', keys %$figures));
		}
		elsif (/^- (\w+)/) { ok(!$figures->{''}{$1}, "$title: $_"); }
		elsif (/^left (\d+) (.*)/)
		{
			my $why = `psql -X -A -t -c 'select why from left_out where at_line = $1'`;
			like($why, qr/^\Q$2\E/, "$title: $_");
		}
		elsif (/^\? (.*) = (.*)/)
		{
			my ($query, $expected) = ($1, $2);
			open my $fh, '>', "$dir/query" or die;
			print $fh $query;
			close $fh;
			chomp(my $answer = `psql -X -A -t -f $dir/query`);
			is($answer, $expected, "$title: $_");
		}
		elsif (/^has (.*)/) { $text{$1} = 1; }
	}
	if (%text)
	{
		clean();
		is(report(@files, @options), 0, "$title: as text") or diag(slurp("$dir/err"));
		my $out = slurp("$dir/out");
		like($out, qr/$_/, "$title: has $_") for sort keys %text;
		my ($wide) = grep { utf8::decode(my $line = $_); length $line > 100 } map { s/\s+\z//r } split /\n/, $out;
		is($wide, undef, "$title: fits 100 columns");
	}
}
# the report for other programs
chdir "$source/test/files";
my @report = ('vicidial.csv', '--dispositions', 'vicidial', '--code', 'status', '--talk', 'length_in_sec', '--by', 'full_name', '--period', 'day', '--target', 'sales=1');
clean();
is(report(@report, '--json'), 0, 'JSON') or diag(slurp("$dir/err"));
my $json = eval { JSON::PP->new->utf8->decode(slurp("$dir/out")) } // {};
is($json->{rows}, 6, 'JSON: rows');
is((grep { $_->{kpi} eq 'contact_rate' && $_->{of} eq 'rows' } @{ $json->{kpis} // [] })[0]{numerator}, 3, 'JSON: a KPI');
is(scalar @{ $json->{by} // [] }, 4, 'JSON: groups');
is(scalar @{ $json->{periods} // [] }, 2, 'JSON: periods');
is($json->{targets}[0]{verdict}, 'not clear yet', 'JSON: targets');
clean();
is(report(@report, '--html', '--language', 'fr'), 0, 'HTML') or diag(slurp("$dir/err"));
like(slurp("$dir/out"), qr{^<!DOCTYPE html>.*<h2>VOTRE FICHIER</h2>.*<td[^>]*>Ann Able</td>.*</html>\n\z}s, 'HTML: a page');
clean();
is(report(@report, '--csv'), 0, 'CSV of targets');
is(figures()->{''}{sales}{verdict}, 'not clear yet', 'CSV: a verdict');

# what the README shows
for my $page ('README.md', 'README.fr.md')
{
	my ($command, $shown) = slurp("$source/$page") =~ /^script\/demo (test\/files\/.*?)^```\n+```text\n(.*?)^```/ms;
	clean();
	chdir $source;
	is(report(grep { $_ ne "\n" } shellwords($command =~ s/\\\n//gr)), 0, "$page: the file is read") or diag(slurp("$dir/err"));
	my %there = map { s/\s+\z//r => 1 } split /\n/, slurp("$dir/out");
	my @not = grep { !$there{$_} && $_ ne '...' } split /\n/, $shown;
	is_deeply(\@not, [], "$page: the report is as shown");
}

$ENV{PGDATABASE} = $maintenance;
system('dropdb', $db);
done_testing;
