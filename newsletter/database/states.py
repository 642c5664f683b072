"""The states that the database holds, as enums; its tables accept no other values."""

from enum import StrEnum


class BounceKind(StrEnum):
    """What a bounce says, from the mildest to the gravest.

    `notice`: nothing has failed (yet). `refused`: a failure that is about the message or about
    who sends it, and says nothing of the reader. `soft`: it may go well next time. `hard`: the
    mailbox is not there. `complaint`: the reader has called it spam.
    """

    NOTICE = "notice"
    REFUSED = "refused"
    SOFT = "soft"
    HARD = "hard"
    COMPLAINT = "complaint"

    @property
    def gravity(self) -> int:
        """A number that is greater the graver it is."""
        return list(BounceKind).index(self)


class CampaignState(StrEnum):
    """How far a campaign is; one that is `sending` without a process was killed, and is resumed."""

    SENDING = "sending"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """What is known of one recipient's message.

    `attempting` is durable before DATA is sent; `uncertain` is what a kill or a lost connection
    left of it: nobody can tell whether the server took the message.
    """

    PENDING = "pending"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class SubscriberState(StrEnum):
    """Whether somebody is written to: only an active subscriber is."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class EventKind(StrEnum):
    """What happened to a subscriber; an import that says they have left, bounced or complained has `lowered` them."""

    ADDED = "added"
    IMPORTED = "imported"
    LOWERED = "lowered"
    TAGGED = "tagged"
    ASKED = "asked"
    REQUESTED = "requested"
    WRITTEN = "written"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class SuppressionReason(StrEnum):
    """Why an address is never mailed again."""

    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard bounce"
    SOFT_BOUNCES = "soft bounces"
    COMPLAINT = "complaint"
    ERASED = "erased"
    AUTHOR = "author"


class MailKind(StrEnum):
    """A kind of transactional mail. The values also stand in the log, in a subscriber's history and in Feedback-ID."""

    CONFIRMATION = "confirm"
    ALREADY_SUBSCRIBED = "known"
    WELCOME = "welcome"
    DATA_LINK = "own"


class MailState(StrEnum):
    """The state of a transactional mail. Only one that is `waiting` is sent, at the first attempt or again.

    `failed`: a server refused it permanently. `uncertain`: the connection failed after the message was sent and before
    the server answered. `cancelled`: it expired, was replaced by a newer request, or is no longer needed.
    """

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
