#!/usr/bin/perl
# Every command says what it does when it is asked for --help, and does nothing
# else.

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Spec;
use Test::More;

my $source = File::Spec->rel2abs($ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..');
my @commands = grep { -f && -x && !/file-report$/ } glob("$source/script/*"), glob("$source/bench/*"), "$source/.ci/run";

cmp_ok(scalar @commands, '>', 8, 'there are commands');
for my $command (@commands)
{
	(my $name = $command) =~ s/^\Q$source\E\///;
	open my $fh, '<', $command or die "$command: $!";
	my @head = <$fh>;
	my @comment;

	for (@head[1 .. $#head])
	{
		last unless /^# ?(.*)/;
		push @comment, $1;
	}
	for my $option ('--help', '-h')
	{
		my $printed = `timeout 20 "$command" $option 2>&1`;

		is($? >> 8, 0, "$name $option: succeeds");
		is($printed, join('', map { "$_\n" } @comment), "$name $option: prints the comment at its head");
	}
	cmp_ok(scalar @comment, '>', 1, "$name: has something to say");
}
done_testing();
