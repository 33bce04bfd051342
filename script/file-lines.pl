# What files are, and their lines: which encoding, delimiter, title and header
# they have, and which lines are no rows. The one place that says so.
#
# file-report requires this, and shares with it what the options have given, and
# what is left out.

use strict;
use warnings;

our (%given, @expressions, @left_out);

sub base { my ($path) = @_; $path =~ s{/+\z}{}; $path =~ s{.*/}{}; return $path }

sub head_of
{
	my ($path) = @_;
	-f $path && -r _ or fail(base($path), ': cannot be read as a file');
	-s _ or fail(base($path), ': is empty');
	open(my $in, '<:raw', $path) or fail(base($path), ": cannot be read: $!");
	read($in, my $head, 512);
	return ($head, $in);
}

# What a file is, by what it has in it; its name may say anything.
sub kind
{
	my ($path) = @_;
	my ($head, $in) = head_of($path);
	my $name = base($path);

	return 'gzip' if $head =~ /^\x1f\x8b/;
	fail("$name: is not a gzip file, whatever its name") if $name =~ /\.gz\z/;
	fail("$name: is an old Excel workbook: save it as .xlsx or as CSV") if $head =~ /^\xd0\xcf\x11\xe0/;
	fail("$name: is a web page, whatever its name: save it as .xlsx or as CSV") if $head =~ /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml)/i;
	fail("$name: is JSON: export it as CSV") if $head =~ /^(?:\xef\xbb\xbf)?\s*[\[{]\s*[\[{"]/;
	fail("$name: is a PDF document: export it as CSV") if $head =~ /^%PDF/;
	return $head =~ /^(?:\xff\xfe|\xfe\xff)/ ? 'utf16' : 'plain' unless $head =~ /^PK\x03\x04/;
	fail("$name: is an OpenDocument file: save it as .xlsx or as CSV") if $head =~ /mimetypeapplication\/vnd\.oasis/;
	# the list of what an archive has is at its end
	seek($in, -s $path > 65536 ? -65536 : 0, -s $path > 65536 ? 2 : 0);
	read($in, my $list, 65536);
	return $list =~ m{xl/workbook} ? 'xlsx' : 'zip';
}

# Starts a program that writes to us; what it has to say adds nothing to ours.
sub output_of
{
	my (@command) = @_;
	open(my $errors, '>&', \*STDERR) or die;
	open(STDERR, '>', '/dev/null') or die;
	my $started = open(my $in, '-|:raw', @command);
	open(STDERR, '>&', $errors) or die;
	return $started ? $in : fail("demo: $command[0] cannot be run");
}

# Opens a part as a stream of lines.
sub opened
{
	my ($part) = @_;
	my ($path, $kind) = @$part{qw(path kind)};

	return output_of('gzip', '-dc', '--', $path) if $kind eq 'gzip';
	return output_of('iconv', '-f', 'UTF-16', '-t', 'UTF-8', $path) if $kind eq 'utf16';
	return output_of('xlsx2csv', '-d', ',', '-f', '%Y-%m-%d %H:%M:%S', '-t', '%H:%M:%S', $path) if $kind eq 'xlsx';
	if ($kind eq 'zip')
	{
		(my $pattern = $part->{member}) =~ s/([][*?\\])/\\$1/g;
		return output_of('unzip', '-p', '-P', '', $path, $pattern);
	}
	open(my $in, '<:raw', $path) or fail("$part->{name}: cannot be read: $!");
	return $in;
}

# Lines, as UTF-8 bytes. One that is not UTF-8 is taken for Windows-1252, of
# which Latin-1 is a part.

# the characters of Windows-1252 that are not those of Latin-1
my @high = map { chr } 0x80 .. 0xff;
@high[ 0x00, 0x02 .. 0x0c, 0x0e, 0x11 .. 0x1c, 0x1e, 0x1f ] = map { chr }
	0x20ac, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x17d,
	0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x17e, 0x178;
utf8::encode($_) for @high;

sub next_line
{
	my ($r) = @_;
	my $text = @{ $r->{ahead} } ? shift @{ $r->{ahead} } : readline $r->{in};
	return undef unless defined $text;
	$r->{line}++;
	$r->{bytes} += length $text;
	if ($text =~ tr/\x00-\x08\x0b\x0c\x0e-\x1f\x80-\xff//)
	{
		$text =~ s/^\xef\xbb\xbf// if $r->{line} == 1;
		fail("$r->{name}: line $r->{line}: binary data, not text") if $text =~ /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;
		my $copy = $text;
		if (!utf8::decode($copy) || $copy =~ /[\x{d800}-\x{dfff}]|[^\x{0}-\x{10ffff}]/)
		{
			$text =~ s/([\x80-\xff])/$high[ ord($1) - 0x80 ]/g;
			$r->{windows} = 1;
		}
	}
	return $text;
}

# The fields of a record, or why it is none.
sub fields
{
	my ($text, $delimiter) = @_;
	my @fields;

	for (;;)
	{
		if ($text =~ /\G[ ]*"/gc)
		{
			$text =~ /\G((?:[^"]++|"")*+)/gc;
			(my $field = $1) =~ s/""/"/g;
			return 'a quote that opens there is never closed' unless $text =~ /\G"/gc;
			return 'text after a closing quote' unless $text =~ /\G[ ]*(?=\Q$delimiter\E|\z)/gc;
			push @fields, $field;
		}
		else
		{
			$text =~ /\G[ ]*([^\Q$delimiter\E]*)/gc;
			(my $field = $1) =~ s/ +\z//;
			push @fields, $field;
		}
		return \@fields unless $text =~ /\G\Q$delimiter\E/gc;
	}
}

# The next record: its line, its text without a line end, and its fields where
# they had to be looked at. A quoted field may hold line ends.
sub next_record
{
	my ($r) = @_;
	my $d = $r->{delimiter};

	for (;;)
	{
		my $text = next_line($r);
		return unless defined $text;
		my $at = $r->{line};
		$text =~ s/\r?\n\z|\r\z//;
		next if $text !~ /[^\s\Q$d\E"]/;
		return ($at, $text)
			if index($text, '"') < 0 && index($text, "$d ") < 0 && index($text, " $d") < 0 && $text !~ /^ | \z/;
		# quoted fields, and others without quotes or spaces around them
		return ($at, $text) if $text =~ $r->{regular};
		my $fields = fields($text, $d);
		my @more;
		while (!ref $fields && $fields =~ /never closed/)
		{
			my $more = length($text) < 1_000_000 ? next_line($r) : undef;
			last unless defined $more;
			push @more, $more;
			$more =~ s/\r?\n\z|\r\z//;
			# to psql, and to COPY, such a line ends the data
			$text .= $more eq '\.' ? "\n\\. " : "\n$more";
			next unless $more =~ /"/;
			$fields = fields($text, $d);
		}
		if (!ref $fields && @more)
		{
			# nothing but its first line is lost
			unshift @{ $r->{ahead} }, @more;
			$r->{line} -= @more;
			$text =~ s/\n.*//s;
			$fields = 'a quote that opens there is never closed';
		}
		return ($at, $text, $fields);
	}
}

sub begun
{
	my ($part, %more) = @_;
	my $r = { name => $part->{name}, in => opened($part), ahead => [], line => 0, bytes => 0, %more };
	# the line ends of old Macintosh files
	local $/ = \65536;
	my $first = readline $r->{in};
	fail("$part->{name}: cannot be unpacked, or is empty") unless defined $first;
	$r->{end} = $first =~ /\r(?!\n|\z)/ && $first !~ /\n/ ? "\r" : "\n";
	$first .= do { local $/ = $r->{end}; readline($r->{in}) // '' };
	$r->{ahead} = [ $first =~ /([^$r->{end}]*$r->{end}|[^$r->{end}]+)/g ];
	return $r;
}

sub set_delimiter
{
	my ($r, $d) = @_;
	$r->{delimiter} = $d;
	my $field = qr/(?:[^"\Q$d\E\n ](?:[^"\Q$d\E\n]*[^"\Q$d\E\n ])?|"(?:[^"]++|"")*+")?/;
	$r->{regular} = qr/^$field(?:\Q$d\E$field)*+\z/;
}

# How a value looks that is no name: a number, a date, a duration, an amount.
my $value_like = qr/^(?:[-+(]?[\$€£]?\s*\d[\d\s.,:\/()'-]*(?:\s*(?:[ap]m|[a-z]{1,4}\.?|€|%|Z))?|true|false|\d{4}-\d\d-\d\d[T ].*)\z/i;

# Finds out what a part looks like: delimiter, title, header, names, width.
sub look
{
	my ($part) = @_;
	my $r = begun($part);
	local $/ = $r->{end};
	my @lines;

	for (1 .. 300)
	{
		my $line = next_line($r);
		last unless defined $line;
		push @lines, $line;
	}
	fail("$part->{name}: cannot be unpacked: it is damaged, or asks for a password")
		if @lines < 300 && $part->{kind} ne 'plain' && !close $r->{in};
	my $titles = $given{skip} || 0;
	my $delimiter = $given{delimiter};
	if ($lines[0] =~ /^sep=(.)\r?\n/i)
	{
		# a spreadsheet's own way to say it
		$delimiter = $1 if $delimiter eq '';
		$titles = 1 if $titles < 1;
	}
	splice @lines, 0, $titles;

	# The delimiter cuts the lines into as many fields each, the most that a
	# candidate does. Quoted text does not count, nor does it end with its line.
	my $bare = join '', @lines;
	$bare =~ s/"[^"]*"//g;
	my @bare = grep { /\S/ } split /\r?\n|\r/, $bare;
	@bare or fail("$part->{name}: is empty");
	if ($delimiter eq '')
	{
		my $best = 0;
		$delimiter = ',';
		for my $candidate (';', "\t", '|', ',')
		{
			my %widths;
			$widths{ () = /\Q$candidate\E/g }++ for @bare;
			my ($usual) = sort { $widths{$b} <=> $widths{$a} || $b <=> $a } grep { $_ } keys %widths;
			next unless $usual;
			# a comma between digits is a decimal one where something else cuts
			next if $candidate eq ',' && $best >= 16 && !grep { /(?<!\d),|,(?!\d)/ } @bare;
			# agreement first, then the number of fields
			my $score = int(20 * $widths{$usual} / @bare) + $usual / ($usual + 1);
			($best, $delimiter) = ($score, $candidate) if $score > $best;
		}
	}

	my $again = begun($part);
	set_delimiter($again, $delimiter);
	next_line($again) for 1 .. $titles;
	my (@records, %widths);
	while (@records < 200)
	{
		my ($at, $text, $fields) = next_record($again);
		last unless defined $at;
		$fields //= fields($text, $delimiter);
		push @records, [ $at, $text, ref $fields ? @$fields : $text ];
		$widths{ $#{ $records[-1] } - 1 }++;
	}
	@records or fail("$part->{name}: is empty");
	my ($width) = sort { $widths{$b} <=> $widths{$a} || $b <=> $a } keys %widths;
	# what stands above a table fills less of its width
	my $filled = sub { my (undef, undef, @fields) = @{ $_[0] }; return scalar grep { $_ ne '' } @fields };
	my @skipped;
	my ($most) = sort { $b <=> $a } map { $filled->($_) } @records;
	push @skipped, shift @records
		while @records > 1 && @skipped < 50 && $width > 1 && ($#{ $records[0] } - 1 < $width || ($width > 2 && 2 * $filled->($records[0]) <= $most));
	my ($at, undef, @first) = @{ $records[0] };
	# a header of more names than its rows have fields is its own width
	$width = @first if @first > $width;
	pop @first while @first > $width;

	my @below = @records[ 1 .. $#records ];
	my $header = $given{header};
	if ($header eq '')
	{
		my $used = join ' ', @given{@expressions}, @given{qw(counts count)};
		my ($words, $values, $again, $named, $repeats) = (0) x 5;
		for my $i (0 .. $#first)
		{
			my $cell = $first[$i];
			next if $cell eq '';
			my @column = grep { defined && $_ ne '' } map { $_->[ $i + 2 ] } @below;
			if ($cell =~ $value_like) { $values++; }
			elsif (@column && !grep { $_ !~ $value_like } @column) { $words++; }
			my %below;
			$below{$_}++ for @column;
			if ($below{$cell}) { $again++; }
			elsif (grep { $_ > 1 } values %below) { $repeats++; }
			(my $plain = $cell) =~ s/"/""/g;
			$named++ if $cell =~ /[^\W\d]/ && ($cell =~ /^[A-Za-z_]\w*\z/a ? $used =~ /(?<![\w'])\Q$cell\E(?![\w'])/i : $used =~ /"\Q$plain\E"/);
		}
		if ($named) { $header = 'yes'; }
		elsif ($used =~ /\bc\d+\b/) { $header = 'no'; }
		elsif ($words > $values) { $header = 'yes'; }
		elsif ($values || $again) { $header = 'no'; }
		elsif ($repeats) { $header = 'yes'; }
		# nothing tells: no expression has a name of it, all is words
		elsif (@below) { fail("$part->{name}: line $at may name the columns or be data: say --header or --no-header"); }
		else { $header = 'yes'; }
	}
	fail("$part->{name}: has a header and no rows") if $header eq 'yes' && !@below;
	fail("$part->{name}: has $width columns; PostgreSQL takes 1600 at the most") if $width > 1590;

	$part->{$_->[0]} = $_->[1]
		for ['delimiter', $delimiter], ['header', $header], ['width', $width], ['from', $header eq 'yes' ? $at : $at - 1],
		['names', names($header eq 'yes' ? \@first : [ ('') x $width ])], ['skipped', scalar @skipped], ['end', $r->{end}];
}

# Names as the file has them, but for those that SQL folds to lower case where
# nobody quotes them; unique, and no longer than PostgreSQL's.
sub names
{
	my ($cells) = @_;
	my @names;
	my %taken = map { $_ => 1 } qw(tableoid xmin cmin xmax cmax ctid at_line in_file);

	for my $i (0 .. $#$cells)
	{
		(my $name = $cells->[$i]) =~ s/^\s+|\s+$//g;
		$name =~ s/\s+/ /g;
		$name = lc $name if $name =~ /^[A-Za-z_]\w*\z/a;
		push @names, $name eq '' ? 'c' . ($i + 1) : $name;
	}
	my %given = map { $_ => 1 } @names;
	for my $name (@names)
	{
		my ($unique, $n) = ($name, 1);
		for (;;)
		{
			my $end = $n > 1 ? "_$n" : '';
			$unique = substr($name, 0, 63 - length $end);
			# never half a character
			$unique =~ s/[\xc0-\xff]?[\x80-\xbf]*\z//
				if length($unique) < length($name) && !utf8::decode(my $whole = $unique);
			$unique .= $end;
			last unless $taken{$unique} || ($n > 1 && $given{$unique});
			$n++;
		}
		$taken{ $name = $unique } = 1;
	}
	return \@names;
}

my $count_totals = qr/(?:grand |sub-?|sous-?)?totals?(?: g[eé]n[eé]ral| général| general)?|sum|somme|averages?|moyennes?|overall/i;
# what a line of totals begins with, past quotes, spaces and delimiters
my $begins_totals = 'grand|sub|sous|total|sum|somme|av|moy|over';

# Makes what passes on lines that need no more than a look: many at once where
# none of them is odd, else one after the other up to the first that is. Tells how
# many; the others are left ahead. Delimiter and width are put into its text, for
# speed.
sub simple
{
	my ($delimiter, $width) = @_;
	my $code = <<'END';
# how many lines a block has, if each is a row and none needs a closer look
my $lines_of = sub {
	my ($block) = @_;
	return 0 if substr($block, -1) ne "\n" || $block =~ tr/\x00-\x08\x0b-\x1f\xed\xf4-\xff//
		|| "\n$block" =~ /\n(?![0-9])(?:[^A-Za-z_"]|["DELIMITER ]*(?:TOTALS|\n))/i;
	if ($block =~ tr/\x80-\xff//)
	{
		my $copy = $block;
		return 0 unless utf8::decode($copy);
	}
	if (index($block, '"') >= 0)
	{
		$block =~ s/(?<![^DELIMITER\n])"(?:[^"\n]++|"")*+"(?![^DELIMITER\n])//g;
		return 0 if index($block, '"') >= 0;
	}
	return 0 if index($block, " DELIMITER") >= 0 || index($block, "DELIMITER ") >= 0 || index($block, " \n") >= 0;
	my $lines = $block =~ tr/\n//;
	# delimiters and line ends alone, as many in each line
	$block =~ tr/DELIMITER\n//cd;
	return $block eq ("DELIMITER" x MOST . "\n") x $lines ? $lines : 0;
};
sub {
	my ($r, $out) = @_;
	my ($ahead, $regular) = @$r{qw(ahead regular)};
	my ($rows, $line) = (0, $r->{line});
	unless (@$ahead)
	{
		read($r->{in}, my $block, 1 << 18) or return 0;
		$block .= readline($r->{in}) // '';
		my $text = $block =~ s/\r\n/\n/gr;
		if ($rows = $lines_of->($text))
		{
			# a line end is found sooner than a line's beginning
			chop $text;
			print $out ++$line, "DELIMITER";
			$text =~ s/\n/"\n" . ++$line . "DELIMITER"/ge;
			print $out $text, "\n";
			$r->{line} = $line;
			$r->{bytes} += length $block;
			return $rows;
		}
		@$ahead = $block =~ /([^$r->{end}]*$r->{end}|[^$r->{end}]+)/g;
	}
	while (@$ahead)
	{
		my $text = $ahead->[0];
		my $first = ord $text;
		# totals and empty lines begin otherwise than most lines do
		last if $first < 48 && $first != 34 || $first > 57 && $text =~ /^(?:[ "]*(?:[gsamot])|\W)/i && $text =~ /^[ "]*(?:TOTALS)|^\W/i
			|| $text =~ tr/\x00-\x08\x0b\x0c\x0e-\x1f\xed\xf4-\xff//
			|| index($text, " DELIMITER") >= 0 || index($text, "DELIMITER ") >= 0;
		if ($text =~ tr/\x80-\xff//)
		{
			my $copy = $text;
			last unless utf8::decode($copy);
		}
		my $bytes = length $text;
		chomp $text;
		chop $text if substr($text, -1) eq "\r";
		last if substr($text, -1) eq ' ';
		if (index($text, '"') < 0)
		{
			last if ($text =~ tr/DELIMITER//) != MOST;
		}
		else
		{
			last if $first == 34 && $text =~ /^["DELIMITER ]*(?:[gsamot]|\z)/i;
			# fields that are quoted whole; any other quote needs a closer look
			(my $bare = $text) =~ s/(?<![^DELIMITER])"[^"]*"(?![^DELIMITER])//g;
			if (index($bare, '"') >= 0)
			{
				last if $text !~ $regular;
				($bare = $text) =~ s/"[^"]*"//g;
			}
			last if ($bare =~ tr/DELIMITER//) != MOST;
		}
		shift @$ahead;
		$r->{bytes} += $bytes;
		$rows++;
		$line++;
		print $out "${line}DELIMITER$text\n" or last;
	}
	$r->{line} = $line;
	return $rows;
}
END
	my ($quoted, $most) = (quotemeta $delimiter, $width - 1);
	$code =~ s/DELIMITER/$quoted/g;
	$code =~ s/MOST/$most/g;
	$code =~ s/TOTALS/$begins_totals/g;
	return eval $code // die $@;
}

# Writes the rows of a part as COPY takes them, no more than a number of them.
sub write_rows
{
	my ($out, $part, $most) = @_;
	my $r = begun($part);
	local $/ = $part->{end};
	my ($d, $width, $header) = @$part{qw(delimiter width header)};
	set_delimiter($r, $d);
	my $count = eval "sub { \$_[0] =~ tr/\Q$d\E// }";
	my $simple = simple($d, $width);
	my $total = qr/^(?:"?"?\Q$d\E)*"? *$count_totals *:?"?(?:\Q$d\E|\z)/;
	my ($rows, $ragged, $within, $first, $since) = (0, 0, 0, undef, time);

	next_line($r) for 1 .. $part->{from};
	for (;;)
	{
		if (!defined $most)
		{
			my $more = $simple->($r, $out);
			$rows += $more;
			$r->{last_row} = $r->{line} if $more;
			$within = $ragged if $more;
			if (time >= $since + 5)
			{
				$since = time;
				printf STDERR "%s: %s rows, %d MB ...\n", $part->{name}, $rows =~ s/(?<=\d)(?=(?:\d{3})+\z)/,/gr, $r->{bytes} / 1e6;
			}
			next if $more && !@{ $r->{ahead} };
		}
		my ($at, $text, $fields) = next_record($r);
		last unless defined $at;
		my $wide = ref $fields ? @$fields : 0;
		if (!defined $fields)
		{
			if (index($text, '"') < 0) { $wide = 1 + $count->($text); }
			else
			{
				(my $bare = $text) =~ s/"[^"]*"//g;
				$wide = 1 + $count->($bare);
			}
		}
		# what is missing, or too much, at the end of a line is empty
		if ($wide > $width && (ref $fields || !defined $fields))
		{
			$fields //= fields($text, $d);
			pop @$fields while @$fields > $width && $fields->[-1] eq '';
			$wide = @$fields;
		}
		my $why = defined $fields && !ref $fields ? $fields
			: $text =~ $total ? 'a line of totals'
			: $wide != $width ? "$wide fields, where the " . ($header eq 'yes' ? 'header' : 'first row') . " has $width"
			: '';
		if ($why ne '')
		{
			push @left_out, [ $part->{name}, $at, $text, $why ] if !defined $most && @left_out < 1_000_000;
			$r->{left_out}++;
			$ragged++ unless $why =~ /totals/;
			$first //= "line $at: $why" unless $why =~ /totals/;
			next;
		}
		# a footer is no reason to doubt the table
		$within = $ragged;
		if (ref $fields)
		{
			s/"/""/g for @$fields;
			$text = join $d, map { $_ eq '' ? '' : qq("$_") } @$fields;
		}
		print $out $at, $d, $text, "\n" or last;
		$r->{last_row} = $at;
		last if ++$rows >= ($most // 1e15);
	}
	if (!defined $most)
	{
		my $ended = close $r->{in};
		fail("$part->{name}: cannot be unpacked: it is damaged, or asks for a password") if !$ended && $part->{kind} ne 'plain' && !$!;
	}
	fail("$part->{name}: ", $first // 'has no rows') if $within > $rows || !$rows;
	return ($rows, $r);
}

1;
