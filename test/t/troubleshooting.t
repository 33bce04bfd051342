#!/usr/bin/perl
# Holds doc/troubleshooting.md against the sources: every
# error that a user can meet, and every hint, is on the page word for word,
# with … where the message has a value.
#
# What nobody meets who uses the extension is left out by its SQLSTATE: damaged
# storage, functions called by hand as what they are not, memory that ran out.

use strict;
use warnings;
use utf8;

use File::Basename qw(dirname);
use File::Find qw(find);
use File::Spec;
use Test::More;

my $source = File::Spec->rel2abs($ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..');
binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

my $left_out = qr/ERRCODE_(?:DATA_CORRUPTED|INTERNAL_ERROR|OUT_OF_MEMORY|E_R_I_E_\w+|INVALID_BINARY_REPRESENTATION)\b/;

sub slurp
{
	my ($file) = @_;
	open my $fh, '<:encoding(UTF-8)', $file or die "$file: $!";
	local $/;
	return scalar <$fh>;
}

# What stands between a parenthesis, at the start of the text, and its match.
sub within
{
	my ($text) = @_;
	my $depth = 0;

	while ($text =~ /\G(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|([()])|[^"'()]+)/gs)
	{
		next unless defined $1;
		$depth += $1 eq '(' ? 1 : -1;
		return substr($text, 1, pos($text) - 2) if $depth == 0;
	}
	die 'no matching parenthesis';
}

# The first argument of a call.
sub first_argument
{
	my ($arguments) = @_;
	my $depth = 0;

	while ($arguments =~ /\G(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'|([(){},\[\]])|[^"'(){},\[\]]+)/gs)
	{
		next unless defined $1;
		return substr($arguments, 0, pos($arguments) - 1) if $1 eq ',' && $depth == 0;
		$depth += $1 =~ /[({\[]/ ? 1 : -1 if $1 ne ',';
	}
	return $arguments;
}

# The texts in an expression: literals that stand beside each other are one,
# and so are the macros between them. A name with an index is an array of texts.
sub texts
{
	my ($expression, $file) = @_;
	my @texts = ('');

	if ($expression =~ /^\s*(\w+)\s*\[/ && $file =~ /\b$1\[\]\s*=\s*\{(.*?)\};/s)
	{
		$expression = $1 =~ s/\[\w+\]//gr;
	}
	while ($expression =~ /\G(?:"((?:[^"\\]|\\.)*)"|\b([A-Z]\w+)|\s+|(.))/gs)
	{
		if (defined $1)
		{
			$texts[-1] .= $1;
		}
		elsif (defined $2)
		{
			my $macro = $2;

			$texts[-1] .= $file =~ /^#define\s+$macro\s+"((?:[^"\\]|\\.)*)"/m ? $1 : 'd';
		}
		elsif (defined $3)
		{
			push @texts, '';
		}
	}
	for (@texts)
	{
		s/\\(["\\])/$1/g;
		s/%%/\x01/g;
		s/(?:0x)?%[-+.\d*]*(?:ll|l|z)?[a-zA-Z]/…/g;
		s/\x01/%/g;
	}
	return grep { /\w{2}/ } @texts;
}

my (%errors, %hints);

sub collect
{
	my ($path) = @_;
	my $file = slurp($path) =~ s{/\*.*?\*/}{}gsr;

	while ($file =~ /\b(?:ereport|errsave|ereturn)(?=\()/g)
	{
		my $report = within(substr($file, pos $file));

		next if $report =~ $left_out || $report =~ /^\s*(?:LOG|DEBUG\d)\b/;
		while ($report =~ /\b(errmsg|errhint|errmsg_plural|errhint_plural)(?=\()/g)
		{
			my $all = $1 =~ /^errmsg/ ? \%errors : \%hints;

			$all->{$_} = $path for texts(first_argument(within(substr($report, pos $report))), $file);
		}
	}
	return;
}

find({ no_chdir => 1, wanted => sub { collect($_) if /\.[ch]$/ && !/\.gen\./ } }, "$source/src", "$source/phone");
cmp_ok(scalar keys %errors, '>', 60, 'errors are found in the sources');
cmp_ok(scalar keys %hints, '>', 30, 'hints are found in the sources');

my $page = slurp("$source/doc/troubleshooting.md");

is(join("\n", map { "$_ ($errors{$_})" } grep { index($page, $_) < 0 } sort keys %errors), '',
	'doc/troubleshooting.md: has every error');
is(join("\n", map { "$_ ($hints{$_})" } grep { index($page, $_) < 0 } sort keys %hints), '',
	'doc/troubleshooting.md: has every hint');

# What is shown as kpi's is kpi's: a message that no source has any more is out
# of date.
my ($of_kpi) = $page =~ /^(.*?)^## PostgreSQL's own/ms;
my @shown = $of_kpi =~ /^(?:-| ) `([^`]+)`(?=\\?$|:)/mg;
my %known = (%errors, %hints);
cmp_ok(scalar @shown, '>', 150, 'doc/troubleshooting.md: messages are found');
is(join("\n", grep { !$known{$_} } @shown), '',
	'doc/troubleshooting.md: has no message that the sources have not');

done_testing();
