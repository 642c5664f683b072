"""The states that the database holds, as enums; its tables accept no other values."""

from enum import StrEnum


class BounceKind(StrEnum):
    """The kind of a bounce, from the mildest to the worst.

    `notice`: nothing has failed yet. `refused`: the failure is about the message or the sender, not the recipient.
    `soft`: the next message may be delivered. `hard`: the mailbox does not exist. `complaint`: the recipient marked the
    message as spam.
    """

    NOTICE = "notice"
    REFUSED = "refused"
    SOFT = "soft"
    HARD = "hard"
    COMPLAINT = "complaint"

    @property
    def gravity(self) -> int:
        """A number that is greater for worse kinds."""
        return list(BounceKind).index(self)


class CampaignState(StrEnum):
    """The state of a campaign; `ledger.campaign.Transition` has the changes between them."""

    SENDING = "sending"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """The state of one recipient's message.

    `attempting` is durable before DATA is sent. `uncertain` is what a kill or a lost connection leaves of it: the
    server may or may not have accepted the message.
    """

    PENDING = "pending"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class SubscriberState(StrEnum):
    """The state of a subscriber; only active ones are sent issues."""

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
