#!/usr/bin/perl
# META.json is what PGXN takes: its fields and their types are those of the
# PGXN Meta Spec 1.0.0, and it agrees with the rest of the sources on the
# version, the licence and the files.

use strict;
use warnings;

use File::Basename qw(dirname);
use JSON::PP;
use Test::More;

my $source = $ENV{KPI_SOURCE} // dirname(__FILE__) . '/../..';

sub slurp
{
	my ($file) = @_;
	open my $fh, '<:raw', "$source/$file" or die "$file: $!";
	local $/;
	return scalar <$fh>;
}

# Types: each gives what is wrong with a value, or nothing.

sub string
{
	my ($value) = @_;
	return defined $value && !ref $value && length $value ? () : 'no string';
}

sub matching
{
	my ($pattern, $what) = @_;
	return sub { return string($_[0]) || $_[0] !~ $pattern ? "no $what" : () };
}

my $semver = qr/(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-?[A-Za-z][0-9A-Za-z-]*)?/;
my $term = matching(qr/\A[^\s\/\\[:cntrl:]]{2,}\z/, 'term');
my $tag = matching(qr/\A[^\/\\[:cntrl:]]{1,256}\z/, 'tag');
my $version = matching(qr/\A$semver\z/, 'semantic version');
my $range = matching(qr/\A(?:(?:(?:[<>]=?|==|!=) ?)?(?:$semver|0)(?:, ?(?!\z)|\z))+\z/, 'version range');
my $uri = matching(qr{\A[a-z][a-z0-9+.-]*://[^/\s]+\S*\z}i, 'URI');
my $address = matching(qr/\A[^\s@]+@[^\s@]+\z/, 'address');
my $extra = matching(qr/\Ax_/i, 'field of the specification, nor one that begins with x_');
my $license = matching(qr/\A(?:agpl_3|apache_1_1|apache_2_0|artistic_[12]|bsd|freebsd|gfdl_1_[23]|gpl_[123]|
	lgpl_2_1|lgpl_3_0|mit|mozilla_1_[01]|openssl|perl_5|postgresql|qpl_1_0|ssleay|sun|zlib|open_source|
	restricted|unrestricted|unknown)\z/x, 'licence of the list');

# What a type says of the parts of a value, each named.
sub parts
{
	my ($value, %types) = @_;
	return map { my $name = $_; map { "$name: $_" } $types{$name}->($value->{$name}) } sort keys %types;
}

# One or several of a type.
sub list
{
	my ($type) = @_;
	return sub {
		my ($value) = @_;
		return $type->($value) unless ref $value;
		return 'no list' unless ref $value eq 'ARRAY';
		return map { $type->($_) } @$value;
	};
}

# Any keys of a type, with values of a type.
sub map_of
{
	my ($key, $type) = @_;
	return sub {
		my ($value) = @_;
		return 'no map' unless ref $value eq 'HASH';
		return ((map { my $k = $_; map { "$k: $_" } $key->($k) } sort keys %$value),
			parts($value, map { $_ => $type } keys %$value));
	};
}

# These keys, of which those with a "!" have to be there, and the user's own.
sub record
{
	my (%types) = @_;
	my %required = map { /(.*)!/ ? ($1 => 1) : () } keys %types;
	%types = map { (my $key = $_) =~ s/!//; $key => $types{$_} } keys %types;
	return sub {
		my ($value) = @_;
		return 'no map' unless ref $value eq 'HASH';
		return ((map { "$_: is missing" } grep { !exists $value->{$_} } sort keys %required),
			(map { my $key = $_; map { "$key: $_" } $extra->($key) } grep { !$types{$_} } sort keys %$value),
			parts($value, map { $_ => $types{$_} } grep { $types{$_} } keys %$value));
	};
}

my $spec = record(
	'name!' => $term,
	'version!' => $version,
	'abstract!' => \&string,
	'maintainer!' => list(\&string),
	'license!' => sub { ref $_[0] eq 'HASH' ? map_of(\&string, $uri)->($_[0]) : list($license)->($_[0]) },
	'provides!' => map_of($term,
		record('file!' => \&string, 'version!' => $version, abstract => \&string, docfile => \&string)),
	'meta-spec!' => record('version!' => matching(qr/\A1\.0\.\d+\z/, 'version of this specification'), url => $uri),
	description => \&string,
	generated_by => \&string,
	tags => list($tag),
	no_index => record(file => list(\&string), directory => list(\&string)),
	prereqs => map_of(matching(qr/\A(?:configure|build|test|runtime|develop|x_.*)\z/i, 'phase'),
		map_of(matching(qr/\A(?:requires|recommends|suggests|conflicts|x_.*)\z/i, 'relationship'),
			map_of($term, $range))),
	release_status => matching(qr/\A(?:stable|testing|unstable)\z/, 'release status'),
	resources => record(
		homepage => $uri,
		bugtracker => record(web => $uri, mailto => $address),
		repository => record(url => $uri, web => $uri, type => matching(qr/\A[a-z]+\z/, 'lower case name'))),
);

sub problems
{
	return join "\n", $spec->(@_);
}

my $text = slurp('META.json');
my $meta = eval { JSON::PP->new->utf8->decode($text) };
ok($meta, 'META.json is JSON') or BAIL_OUT($@);
is(problems($meta), '', 'it has what the specification asks for, and nothing that it does not know');

# A copy with something wrong in it is found out.
my @damages = (
	(map { my $key = $_; [ "no $key" => sub { delete $_[0]{$key} }, qr/^\Q$key\E: is missing$/m ] }
		qw(name version abstract maintainer license provides meta-spec)),
	[ 'a short version' => sub { $_[0]{version} = '0.1' }, qr/^version: no semantic/ ],
	[ 'a version with a leading zero' => sub { $_[0]{version} = '0.01.0' }, qr/^version: no semantic/ ],
	[ 'a name with a blank' => sub { $_[0]{name} = 'k p i' }, qr/^name: no term/ ],
	[ 'an abstract that is a list' => sub { $_[0]{abstract} = ['a'] }, qr/^abstract: no string/ ],
	[ 'an unknown licence' => sub { $_[0]{license} = 'PostgreSQL' }, qr/^license: no licence/ ],
	[ 'a licence without its address' => sub { $_[0]{license} = { mine => 'mine' } }, qr/^license: mine: no URI/ ],
	[ 'an extension without its file' => sub { delete $_[0]{provides}{kpi}{file} }, qr/^provides: kpi: file: is missing/ ],
	[ 'an extension of a bad version' => sub { $_[0]{provides}{kpi}{version} = 1 }, qr/^provides: kpi: version: no sem/ ],
	[ 'a list of extensions' => sub { $_[0]{provides} = ['kpi'] }, qr/^provides: no map/ ],
	[ 'another specification' => sub { $_[0]{'meta-spec'}{version} = '2.0.0' }, qr/^meta-spec: version: no/ ],
	[ 'a field of no specification' => sub { $_[0]{keywords} = 'kpi' }, qr/^keywords: no field/ ],
	[ 'an unknown phase' => sub { $_[0]{prereqs}{install} = {} }, qr/^prereqs: install: no phase/ ],
	[ 'a bad version range' => sub { $_[0]{prereqs}{runtime}{requires}{PostgreSQL} = '>= 13' }, qr/PostgreSQL: no version range/ ],
	[ 'a tag with a slash' => sub { $_[0]{tags} = ['a/b'] }, qr/^tags: no tag/ ],
);
for (@damages)
{
	my ($name, $damage, $expected) = @$_;
	my $copy = JSON::PP->new->utf8->decode($text);
	$damage->($copy);
	like(problems($copy), $expected, "$name: is found out");
}

# The same version everywhere.
sub default_version
{
	return (slurp($_[0]) =~ /^default_version = '(.*)'$/m)[0];
}

my $default = default_version('kpi.control');
is($meta->{version}, $default, 'the version is the default_version of kpi.control');
is((slurp('CHANGELOG.md') =~ /^## ([^\s,]+)/m)[0], $default, 'CHANGELOG.md begins with that version');
is((slurp('debian/changelog') =~ /\Akpi \((.+)-\d+\) /)[0], $default, 'debian/changelog begins with that version');

# What it names is there, under the name that the server looks for.
for my $name (sort keys %{ $meta->{provides} })
{
	my $extension = $meta->{provides}{$name};
	for my $file (grep { defined } @$extension{qw(file docfile)})
	{
		ok(-f "$source/$file", "$name: $file is there");
	}
	is((split m{/}, $extension->{file})[-1], "$name.control", "$name: its file is its control file");
	is($extension->{version}, default_version($extension->{file}), "$name: has the version of its control file");
}
is(join(' ', sort map { $_->{file} } values %{ $meta->{provides} }),
	join(' ', sort map { s{^\Q$source\E/}{}r } glob "$source/*.control $source/*/*.control"),
	'it provides every extension that there is');
like(slurp('LICENSE'), qr/^PostgreSQL License$/m, 'LICENSE has the licence of META.json');
is($meta->{license}, 'postgresql', 'which is the PostgreSQL one');

done_testing();
