"""A bounce: what a message that came back says became of one of ours, and what follows from that."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.database.states import BounceKind


class BounceForm(StrEnum):
    """What a message is, by its form alone."""

    DELIVERY_STATUS = "delivery status notification"
    UNSTRUCTURED = "bounce without a status"
    COMPLAINT = "complaint"
    FEEDBACK = "feedback that is no complaint"
    LEAVE = "request to leave"
    AUTO_REPLY = "automatic reply"
    CHALLENGE = "challenge"
    OTHER = "no bounce that is known"


class BounceEffect(StrEnum):
    """What was done about a message."""

    NOTHING = "nothing"
    NOTED = "noted"
    COUNTED = "counted"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    REPEATED = "read before"
    STRANGER = "nobody of ours"
    UNPROVEN = "unproven"


class Proof(StrEnum):
    """By what it is known whom a bounce is about; only the address can be made up by anybody."""

    RETURN_PATH = "return path"
    LEAVE_LINK = "unsubscribe link"
    MESSAGE_ID = "Message-ID"
    ADDRESS = "address alone"


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a bounce says of one recipient.

    `addresses` are as they stand there: where the message ended, and where it was sent to first.
    `action` and `status` are as RFC 3464, §2.3.3 and §2.3.4 has them, in small letters and
    without comments, and may be empty; `diagnostic` is what the server said, in one line.
    """

    addresses: tuple[str, ...]
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a message says, and what in it may show whom it is about; nothing of it is verified yet.

    `return_paths` are addresses that may hold a token, `leave_tokens` come from unsubscribe links,
    `message_ids` (angle brackets included) and `returned_to` from the header that was returned.
    `digest` is the SHA-256 of the message.
    """

    form: BounceForm
    digest: bytes
    recipients: tuple[RecipientReport, ...] = ()
    return_paths: tuple[str, ...] = ()
    leave_tokens: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    returned_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What was found out about a message, and what was done.

    `kind` is nothing where the message is no bounce, `address` where nobody is found; then
    `named` holds the addresses that the message names. `campaign_id` is nothing where it is not
    known, or for a test send.
    """

    form: BounceForm
    effect: BounceEffect
    kind: BounceKind | None = None
    address: str = ""
    named: tuple[str, ...] = ()
    campaign_id: int | None = None
    proof: Proof | None = None
    status: str = ""
    diagnostic: str = ""
