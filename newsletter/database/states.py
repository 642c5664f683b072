"""Enums of the states in the database. Constraints of the tables allow no other values."""

from enum import StrEnum


class BounceKind(StrEnum):
    """The kind of a message at the bounce address, least serious first.

    `unknown`: not understood. `notice`: nothing has failed yet. `automatic`: an automatic reply. `unsubscribe`: a
    request to unsubscribe. `policy`: the server rejected the message because of its sender, its content or a rule, and
    not because of the recipient. `soft`: the next message may be delivered. `hard`: the mailbox does not exist.
    `complaint`: the recipient marked the message as spam.
    """

    UNKNOWN = "unknown"
    NOTICE = "notice"
    AUTOMATIC = "automatic"
    UNSUBSCRIBE = "unsubscribe"
    POLICY = "policy"
    SOFT = "soft"
    HARD = "hard"
    COMPLAINT = "complaint"

    @property
    def gravity(self) -> int:
        """A number that is higher for more serious kinds."""
        return list(BounceKind).index(self)


class CampaignState(StrEnum):
    """The state of a campaign. `ledger.campaign.Transition` defines the transitions."""

    SENDING = "sending"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """The state of a delivery.

    `attempting` is committed before DATA is sent. After a kill or a lost connection it becomes `uncertain`: the server
    may or may not have accepted the message.
    """

    PENDING = "pending"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class SubscriberState(StrEnum):
    """The state of a subscriber. Only active subscribers are sent issues."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class EventKind(StrEnum):
    """What happened to a subscriber.

    `lowered`: an import set them to unsubscribed, bounced or complained. `asked`: they requested a subscription.
    `requested`: they requested a link to their data. `written`: transactional mail was sent.
    """

    ADDED = "added"
    IMPORTED = "imported"
    LOWERED = "lowered"
    TAGGED = "tagged"
    ASKED = "asked"
    REQUESTED = "requested"
    UNSUBSCRIBE_LINK_REQUESTED = "unsubscribe link requested"
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
    """A kind of transactional mail. The values appear in logs, in histories and in Feedback-ID headers."""

    CONFIRMATION = "confirm"
    ALREADY_SUBSCRIBED = "known"
    WELCOME = "welcome"
    DATA_LINK = "own"
    UNSUBSCRIBE_LINK = "unsubscribe"


class MailState(StrEnum):
    """The state of a transactional mail. Only `waiting` mail is sent, for the first time or as a retry.

    `failed`: a server refused it permanently. `uncertain`: the connection failed after the message was sent and before
    the server answered. `cancelled`: it expired, was replaced by a newer request, or is no longer needed.
    """

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


class ScheduleState(StrEnum):
    """The state of a schedule.

    `waiting`: it starts its campaign at its time. `started`: it has a campaign. `paused`: it was not sent and needs the
    author. `cancelled` is final.
    """

    WAITING = "waiting"
    STARTED = "started"
    PAUSED = "paused"
    CANCELLED = "cancelled"
