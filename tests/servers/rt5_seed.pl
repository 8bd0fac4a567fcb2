# Fills a fresh Request Tracker: one queue, its custom fields, a customer and an agent.
# Prints a REST token a line as NAME=TOKEN.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT;
RT::LoadConfig();
RT::Init();

my $root = RT->SystemUser;

sub done_or_die {
    my ( $ok, $message ) = @_;
    die 'seed: ' . ( $message // 'no reason given' ) . "\n" unless $ok;
    return $ok;
}

my $queue = RT::Queue->new($root);
done_or_die( $queue->Create( Name => 'support' ) );

my %choices = (
    'External-ID'  => [],
    'Severity'     => [qw(low normal high urgent critical)],
    'Close-Reason' => [],
    'Escalated'    => [qw(yes)],
    'Product'      => [],
);
for my $name ( sort keys %choices ) {
    my $field = RT::CustomField->new($root);
    my $type  = @{ $choices{$name} } ? 'SelectSingle' : 'FreeformSingle';
    done_or_die(
        $field->Create(
            Name       => $name,
            Type       => $type,
            LookupType => 'RT::Queue-RT::Ticket'
        )
    );
    done_or_die( $field->AddValue( Name => $_ ) ) for @{ $choices{$name} };
    done_or_die( $field->AddToObject($queue) );
}

my @may = qw(SeeQueue ShowTicket CreateTicket ReplyToTicket ModifyTicket Watch
    SeeCustomField ModifyCustomField);
my @agent_may = qw(ShowTicketComments CommentOnTicket OwnTicket TakeTicket);
my %rights    = (
    customer  => \@may,
    colleague => \@may,
    agent     => [ @may, @agent_may ],
    stranger  => [],
);
for my $name ( sort keys %rights ) {
    my $user = RT::User->new($root);
    done_or_die(
        $user->Create(
            Name         => $name,
            RealName     => ucfirst $name,
            EmailAddress => "$name\@support.test",
            Privileged   => 1
        )
    );
    for my $right ( @{ $rights{$name} } ) {
        done_or_die(
            $user->PrincipalObj->GrantRight( Right => $right, Object => $queue ) );
    }
    my ( $ok, $message, $token ) = RT::AuthToken->new($root)
        ->Create( Owner => $user->Id, Description => 'tests' );
    done_or_die( $ok, $message );
    print "$name=$token\n";
}
