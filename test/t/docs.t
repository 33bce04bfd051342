#!/usr/bin/perl
# Runs every SQL block of README.md, phone/README.md and doc/*.md on the demo
# campaign, and holds the output block that follows one, if any, against what
# psql prints.
#
# A block opens with ```sql and is followed, after at most one empty line, by
# ```text with the expected output. A line <!-- data: examples/NAME --> says
# that the blocks below it, up to the next such line, run on that example.

use strict;
use warnings;

use Encode qw(decode encode);
use File::Basename qw(basename dirname);
use File::Spec;
use File::Temp qw(tempdir);
use Test::More;

my $source = File::Spec->rel2abs($ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..');
# where a reader of the pages is
chdir $source or die "$source: $!";
my $dir = tempdir(CLEANUP => 1);

# Runs psql on a script; gives its exit status and all that it printed.
sub psql
{
	my ($db, @args) = @_;
	my $out = `psql -X -q -v ON_ERROR_STOP=1 -d $db @args 2>&1`;
	return ($? >> 8, $out);
}

sub slurp
{
	my ($file) = @_;
	open my $fh, '<', $file or die "$file: $!";
	local $/;
	return scalar <$fh>;
}

# The SQL blocks of a page, each with its line, its data and its expected
# output.
sub blocks
{
	my ($file) = @_;
	my @blocks;
	my ($kind, $text, $line, $gap, $data) = ('', '', 0, 0, 'demo');

	for (split /\n/, slurp($file), -1)
	{
		$line++;
		if ($kind eq '' && m{^<!-- data: examples/(\w+) -->$})
		{
			$data = $1;
		}
		elsif ($kind eq '' && /^```(\w*)/)
		{
			$kind = $1 || 'plain';
			$text = '';
			push @blocks, { line => $line, data => $data } if $kind eq 'sql';
		}
		elsif ($kind ne '' && /^```\s*$/)
		{
			$blocks[-1]{sql} = $text if $kind eq 'sql';
			$blocks[-1]{expected} = $text
			  if $kind eq 'text' && @blocks && $gap <= 1;
			$gap = $kind eq 'sql' ? 0 : 99;
			$kind = '';
		}
		elsif ($kind ne '')
		{
			$text .= "$_\n";
		}
		else
		{
			$gap += /\S/ ? 99 : 1;
		}
	}
	return @blocks;
}

# Two texts, of which the first line that differs is shown.
sub same_lines
{
	my ($got, $expected, $name) = @_;
	my @got = split /\n/, $got, -1;
	my @expected = split /\n/, $expected, -1;
	my $line = 0;

	$line++ while $line < @got && $line < @expected && $got[$line] eq $expected[$line];
	ok($line == @got && $line == @expected, $name)
	  or diag(sprintf "line %d is\n  %s\nand not\n  %s", $line + 1,
		map { $_ // '(the end)' } $got[$line], $expected[$line]);
	return;
}

# The blocks of code of a page, of any kind, each with its line; commands
# without their comments.
sub code
{
	my ($file) = @_;
	my $page = slurp($file);
	my @code;

	while ($page =~ /^(```(\w*)\n.*?^```)$/msg)
	{
		my ($text, $kind, $line) = ($1, $2, 1 + substr($page, 0, $-[0]) =~ tr/\n//);

		$text =~ s/\s+#.*$//mg if $kind eq 'sh';
		push @code, { text => $text, line => $line };
	}
	return @code;
}

# A page without its blocks of code, and its headings.
sub prose
{
	my ($file) = @_;
	return decode('UTF-8', slurp($file)) =~ s/^```.*?^```$//msgr;
}

sub headings
{
	my ($file) = @_;
	return prose($file) =~ /^(#+ .*)$/mg;
}

# Trailing blanks are not part of a page.
sub trimmed
{
	my ($text) = @_;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n+\z//;
	return $text;
}

# The database of an example, which is loaded when it is first asked for.
my %databases;

sub database
{
	my ($name) = @_;

	return $databases{$name} //= do
	{
		my $db = "kpi_docs_${name}_$$";
		system("createdb", $db) == 0 or BAIL_OUT('cannot create a database');
		my ($status, $out) = psql($db, '-c "create extension kpi_phone cascade"',
			map { "-f $source/examples/$name/$_.sql" } qw(schema generate views));
		is($status, 0, "examples/$name is loaded") or diag($out);
		$db;
	};
}

# The demo's lists say which of their numbers are mobile: kpi_phone finds the
# same, but for the numbers that are cut short.
open my $lines, '>', "$dir/lines.sql" or die;
print $lines <<'SQL';
SELECT count(*), count(*) FILTER (WHERE line_type(phone, 'FR') = line::line_type) AS same,
	mobile_rate(line_type(phone, 'FR')) = mobile_rate(line::line_type) AS same_share
FROM lead_list WHERE line IS NOT NULL AND length(phone) = 10;
SELECT count(*), invalid_line_rate(line_type(phone, 'FR')) FROM lead_list WHERE length(phone) < 10;
SQL
close $lines;
my ($status, $out) = psql(database('demo'), "-A -t -f $dir/lines.sql");
is($out, "19503|19503|t\n100|1\n", 'the demo has the share of mobiles that it says');

# The lists of KPIs in a README, one under the heading of each unit: the
# catalogue's, in its order.
sub listed
{
	my ($file) = @_;
	my ($unit, @listed) = ('');

	for (split /\n/, prose($file))
	{
		$unit = $1 if /^#+ (.*)/;
		push @listed, "$unit $_" if /^- (?:\*[^*]+\*, )?`\w+` ?:/;
	}
	return encode('UTF-8', join("\n", @listed) . "\n");
}

sub catalogued
{
	my ($db, $headings, $line) = @_;
	open my $query, '>', "$dir/catalog.sql" or die;
	print $query "SELECT format('%s %s', heading, $line)
FROM (SELECT *, row_number() OVER () AS n FROM kpi_catalog) k
	JOIN (VALUES $headings) units (place, what, heading) ON what = k.of ORDER BY place, n;\n";
	close $query;
	return (psql($db, "-A -t -f $dir/catalog.sql"))[1];
}

same_lines(listed("$source/README.md"), catalogued(database('demo'),
	"(1, 'calls', 'Of calls'), (2, 'leads', 'Of leads'), (3, 'lines', 'Of telephone lines'), (4, 'time', 'Of time'), (5, 'money', 'Of money')",
	"format('- `%s`: %s', name, definition_en)"), 'README.md: lists the KPIs of kpi_catalog');

# The reference is what its command makes of the extension, and lacks nothing
# that a user may call.
my $plain = "kpi_reference_$$";
system("createdb", $plain) == 0 or BAIL_OUT('cannot create a database');
psql($plain, '-c "create extension kpi"');
($status, $out) = psql($plain, "-f $source/script/reference.sql");
my $reference = slurp("$source/doc/reference.md");
same_lines($out, $reference, 'doc/reference.md: is what script/reference makes');

open my $query, '>', "$dir/public.sql" or die;
print $query <<'SQL';
SELECT DISTINCT proname FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass
WHERE d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'kpi')
	AND obj_description(p.oid, 'pg_proc') !~ '^(internal:|I/O|implementation of)'
UNION SELECT name FROM kpi_catalog;
SQL
close $query;
($status, $out) = psql($plain, "-A -t -f $dir/public.sql");
is($status, 0, 'the public functions are listed') or diag($out);
my @public = split /\n/, $out;
cmp_ok(scalar @public, '>', 100, 'there are public functions');
my %described = map { $_ => 1 } $reference =~ /^[|` ]*(\w+)\(/mg;
# the twins over leads and over calls are said once, for all
my %twin = map { ("lead_$_" => 1, "call_$_" => 1) } $reference =~ /^### (\w+)\n\n.*\n\n```\n\w+\(outcome\)/mg;
is(join(' ', grep { !$described{$_} && !$twin{$_} } @public), '',
	'doc/reference.md: every public function is in it');

# What a page links to is there, down to the heading, and the index lacks no page.
sub anchors
{
	my ($file) = @_;
	my %anchors;

	for (headings($file))
	{
		my $anchor = lc(s/^#+ //r);

		# as GitHub makes them
		$anchor =~ s/[^\w\- ]//g;
		$anchor =~ s/ /-/g;
		$anchors{$anchor} = 1;
	}
	return \%anchors;
}

my @pages = ("$source/README.md", "$source/phone/README.md", sort glob "$source/doc/*.md");
for my $page (@pages, "$source/README.fr.md", "$source/CONTRIBUTING.md", "$source/src/card/stored-form.md", glob "$source/doc/fr/*.md")
{
	my @broken;

	for my $link (prose($page) =~ /\]\(([^)\s]+)\)/g)
	{
		next if $link =~ /^https?:/;
		my ($file, $anchor) = split /#/, $link;
		my $target = $file ne '' ? dirname($page) . "/$file" : $page;

		push @broken, $link
		  if !-e $target || defined $anchor && !anchors($target)->{$anchor};
	}
	(my $name = $page) =~ s/^\Q$source\E\///;
	is(join(' ', @broken), '', "$name: links lead somewhere");
}
my $index = slurp("$source/doc/README.md");
is(join(' ', grep { $_ ne 'README.md' && $index !~ /\]\(\Q$_\E\)/ } map { basename($_) } glob "$source/doc/*.md"),
	'', 'doc/README.md: has every page');

# A page in French is the English one: the same sections, commands, queries and
# outputs, one after the other. The comments of commands are translated.
for my $page ("$source/README.fr.md", sort glob "$source/doc/fr/*.md")
{
	(my $name = $page) =~ s/^\Q$source\E\///;
	(my $original = $name) =~ s/^doc\/fr\/|(?<=README)\.fr//g;
	$original = "doc/$original" if $name =~ /^doc/;
	next if $original eq 'doc/README.md';

	my @english = code("$source/$original");
	my @french = code($page);
	my $same = 0;
	$same++ while $same < @english && $same < @french
	  && $english[$same]{text} eq $french[$same]{text};
	ok($same == @english && $same == @french, "$name: has the blocks of $original")
	  or diag(join "\n", 'the first that differs:',
		map { $_->[1] ? "$_->[0], line $_->[1]{line}:\n$_->[1]{text}" : "$_->[0]: none" }
		  [ $original, $english[$same] ], [ $name, $french[$same] ]);
	is(join(' ', map { length s/ .*//r } headings($page)),
		join(' ', map { length s/ .*//r } headings("$source/$original")),
		"$name: has the sections of $original");
}
for my $page ('README.md', 'README.fr.md')
{
	cmp_ok(scalar(my @lines = split /\n/, slurp("$source/$page")), '<=', 300, "$page: is short");
}
same_lines(listed("$source/README.fr.md"), catalogued($plain,
	"(1, 'calls', 'Des appels'), (2, 'leads', 'Des leads'), (3, 'lines', 'Des lignes téléphoniques'), (4, 'time', 'Du temps'), (5, 'money', 'De l''argent')",
	"format('- *%s*, `%s` : %s', label_fr, name, definition_fr)"), 'README.fr.md: lists the KPIs of kpi_catalog');
system("dropdb", $plain);

for my $page (@pages)
{
	my @blocks = blocks($page);
	my $script = "$dir/page.sql";
	(my $name = $page) =~ s/^\Q$source\E\///;

	while (@blocks)
	{
		my $data = $blocks[0]{data};
		my @part;

		push @part, shift @blocks while @blocks && $blocks[0]{data} eq $data;

		# one session for a part, so that a block may build on another
		open my $fh, '>', $script or die "$script: $!";
		print $fh "\\pset footer off\n";
		for my $i (0 .. $#part)
		{
			print $fh "\\echo \@\@$i\n$part[$i]{sql}\n";
		}
		close $fh;

		($status, $out) = psql(database($data), "-f $script");
		is($status, 0, "$name:$part[0]{line}: every query on examples/$data runs")
		  or diag($out);

		my %printed = $out =~ /^\@\@(\d+)\n(.*?)(?=^\@\@\d+\n|\z)/msg;
		for my $i (0 .. $#part)
		{
			next unless defined $part[$i]{expected};
			is(trimmed($printed{$i} // ''), trimmed($part[$i]{expected}),
				"$name:$part[$i]{line}: prints what the page shows");
		}
	}
}

system("dropdb", $_) for values %databases;
done_testing();
