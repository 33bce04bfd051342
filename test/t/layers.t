#!/usr/bin/perl
# The layers of src, as CONTRIBUTING.md has them from above to below: a layer
# uses itself and those below it, by what its files include and by what its
# objects take from others. Within a layer no two files need each other, by
# whatever way round.

use strict;
use warnings;

use File::Basename qw(dirname);
use Test::More;

my $source = $ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..';

sub slurp
{
	my ($file) = @_;
	open my $fh, '<', $file or die "$file: $!";
	local $/;
	return <$fh>;
}

my ($drawn) = slurp("$source/CONTRIBUTING.md") =~ /^```text\n(.*?)^```$/ms;
my @layers = reverse $drawn =~ /^ ?(\w+) {2,}\S/mg;
my %floor = map { $layers[$_] => $_ } 0 .. $#layers;
is(join(' ', sort @layers), join(' ', sort map { s{.*/}{}r } grep { -d } glob "$source/src/*"), 'CONTRIBUTING.md has every folder of src as a layer');

# What a file takes from others: file => { other => names }.
my %included;
for my $file (glob "$source/src/*/*.[ch]")
{
	my $name = $file =~ s{^\Q$source\E/src/}{}r;
	$included{$name} = { map { $_ => [$_] } slurp($file) =~ /^#include "((?:@{[ join '|', @layers ]})\/\S+)"/mg };
}
cmp_ok(scalar(map { keys %$_ } values %included), '>', 200, 'files include others');

my (%defined, %undefined, %taken);
for my $object (glob "$source/src/*/*.o")
{
	my $name = $object =~ s{^\Q$source\E/src/}{}r =~ s/o\z/c/r;
	# what is left of a file that is no more
	next unless -e "$source/src/$name";
	for (`nm -g $object`)
	{
		my ($kind, $symbol) = /(\w) (\S+)$/ or next;
		if ($kind eq 'U') { push @{ $undefined{$name} }, $symbol }
		else { $defined{$symbol} = $name }
	}
}
for my $name (keys %undefined)
{
	for my $symbol (@{ $undefined{$name} })
	{
		my $other = $defined{$symbol} // next;
		push @{ $taken{$name}{$other} }, $symbol unless $other eq $name;
	}
}
is(join(' ', sort grep { /\.c\z/ && !$undefined{$_} } keys %included), '', 'every file of C has its object');
cmp_ok(scalar(map { keys %$_ } values %taken), '>', 200, 'objects take from others');

# The arrows that point upward, each with what it is of.
sub upward
{
	my ($arrows) = @_;
	my @up;
	for my $name (sort keys %$arrows)
	{
		for my $other (sort keys %{ $arrows->{$name} })
		{
			push @up, "$name -> $other: @{ $arrows->{$name}{$other} }"
			  if $floor{ (split m{/}, $other)[0] } > $floor{ (split m{/}, $name)[0] };
		}
	}
	return join "\n", @up;
}
is(upward(\%included), '', 'no file includes one of a layer above');
is(upward(\%taken), '', 'no object takes from one of a layer above');

# The files that are in a circle: what takes from nothing that is left goes, until none does.
sub circles
{
	my ($arrows) = @_;
	my %left = map { $_ => 1 } keys %$arrows, map { keys %$_ } values %$arrows;
	while (my @lowest = grep { my $name = $_; !grep { $left{$_} } keys %{ $arrows->{$name} // {} } } keys %left)
	{
		delete @left{@lowest};
	}
	# and what nothing that is left takes from
	while (my @highest = grep { my $name = $_; !grep { $arrows->{$_}{$name} } keys %left } keys %left)
	{
		delete @left{@highest};
	}
	return join "\n", map {
		my $name = $_;
		map { "$name -> $_: @{ $arrows->{$name}{$_} }" } sort grep { $left{$_} } keys %{ $arrows->{$name} }
	} sort keys %left;
}
is(circles(\%included), '', 'no files include each other');
is(circles(\%taken), '', 'no objects need each other');

# The order that the files of roll-ups are said to have.
my ($said) = slurp("$source/src/rollup/rollup.h") =~ /Each file is above those before it: ([^.]+\.c.*?)\.\n/s;
my @order = $said =~ /\b(rollup\w*\.c)\b/g;
my %place = map { ("rollup/$order[$_]" => $_) } 0 .. $#order;
is(join(' ', sort keys %place), join(' ', sort grep { m{^rollup/.*\.c\z} } keys %included), 'rollup.h has every file of its folder in its order');
is(join(' ', map { my $name = $_; map { "$name->$_" } grep { $place{$_} > $place{$name} } grep { defined $place{$_} } sort keys %{ $taken{$name} } } sort keys %place),
	'', 'which they keep to');

# What breaks the rules is found.
is(upward({ 'base/words.c' => { 'type/mix.h' => ['m'] }, 'type/mix.c' => { 'base/words.h' => ['w'] } }), 'base/words.c -> type/mix.h: m', 'an arrow upward is found');
is(circles({ a => { b => [1] }, b => { c => [2] }, c => { d => [3], b => [4] }, d => {}, e => { a => [5] } }), "b -> c: 2\nc -> b: 4", 'and a circle');

done_testing();
