"""Why a message was not delivered, and the kind of bounce that follows."""

from enum import StrEnum

from newsletter.database.states import BounceKind


class Cause(StrEnum):
    """Why a message was not delivered.

    `restricted`: a rule of the recipient or their organisation. `policy`: a refusal without a stated reason.
    `temporary`: greylisting and the like. `other`: unknown.
    """

    NO_MAILBOX = "no such mailbox"
    NO_DOMAIN = "no such domain"
    MOVED = "mailbox has moved"
    DISABLED = "mailbox disabled"
    FULL = "mailbox full"
    RECIPIENT_RATE = "recipient gets too much mail"
    TOO_LARGE = "message too large"
    EXPIRED = "delivery time expired"
    NETWORK = "network error"
    SYSTEM = "mail system error"
    TEMPORARY = "temporary"
    REPUTATION = "sender's reputation"
    AUTHENTICATION = "sender's authentication"
    CONTENT = "content"
    SENDER_RATE = "sender's rate"
    SENDER = "sender's address"
    RESTRICTED = "recipient's rules"
    POLICY = "policy"
    OTHER = "unknown"

    @property
    def kind(self) -> BounceKind:
        """The kind of a permanent failure with this cause."""
        if self in _HARD:
            return BounceKind.HARD
        return BounceKind.POLICY if self in _ABOUT_US or self is Cause.RESTRICTED else BounceKind.SOFT

    @property
    def about_us(self) -> bool:
        """Whether the cause is the sender or the message, so that other servers may refuse it, too."""
        return self in _ABOUT_US

    @property
    def counts(self) -> bool:
        """Whether soft bounces with this cause count: not if the trouble may be on the sender's side."""
        return self not in (Cause.SYSTEM, Cause.TOO_LARGE)


_HARD = frozenset({Cause.NO_MAILBOX, Cause.NO_DOMAIN, Cause.MOVED, Cause.DISABLED})
_ABOUT_US = frozenset(
    {
        *(Cause.REPUTATION, Cause.AUTHENTICATION, Cause.CONTENT),
        *(Cause.SENDER_RATE, Cause.SENDER, Cause.POLICY),
    }
)
