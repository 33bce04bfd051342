# A session of psql that stays open, for tests in which several take turns.

package Session;

use strict;
use warnings;

use IO::Handle;
use IPC::Open2;

# The statements are what it begins with.
sub new
{
	my ($class, $db, @statements) = @_;
	my $pid = open2(my $out, my $in, "exec psql -X -q -A -t -d $db 2>&1");
	$in->autoflush(1);
	my $self = bless { pid => $pid, out => $out, in => $in }, $class;
	$self->ask($_) for @statements;
	return $self;
}

# What the session says to a statement.
sub ask
{
	my ($self, $sql) = @_;
	my $result = '';
	print { $self->{in} } "$sql;\n\\echo \@done\n";
	while (defined(my $line = readline $self->{out}))
	{
		last if $line eq "\@done\n";
		$result .= $line;
	}
	chomp $result;
	return $result;
}

sub end
{
	my ($self) = @_;
	close $self->{in};
	waitpid $self->{pid}, 0;
}

1;
