"""The types of bounce handling: a parsed message, and the result of applying it."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.database.states import BounceKind


class BounceForm(StrEnum):
    """The format of a message."""

    DELIVERY_STATUS = "delivery status notification"
    UNSTRUCTURED = "bounce without a status"
    COMPLAINT = "complaint"
    FEEDBACK = "feedback that is no complaint"
    UNSUBSCRIBE = "request to leave"
    AUTO_REPLY = "automatic reply"
    CHALLENGE = "challenge"
    OTHER = "no bounce that is known"


class BounceEffect(StrEnum):
    """What was done about a message.

    `noted`: recorded with the subscriber. `counted`: one more campaign with a soft bounce. `repeated`: the same message
    was applied before. `unknown`: no subscriber is found. `unproven`: a complaint that anybody could have written.
    """

    NOTHING = "nothing"
    NOTED = "noted"
    COUNTED = "counted"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    REPEATED = "read before"
    UNKNOWN = "nobody of ours"
    UNPROVEN = "unproven"


class Evidence(StrEnum):
    """What shows which subscriber a bounce is about. Anybody can make up a bounce that has only the address."""

    RETURN_PATH = "return path"
    UNSUBSCRIBE_LINK = "unsubscribe link"
    MESSAGE_ID = "Message-ID"
    ADDRESS = "address alone"


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a bounce reports of one recipient.

    Attributes:
        addresses: The addresses as the bounce has them: the final and the original recipient.
        action: RFC 3464, §2.3.3, in lower case and without comments; may be empty.
        status: RFC 3464, §2.3.4, likewise.
        diagnostic: The reply of the server, in one line.
    """

    addresses: tuple[str, ...]
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class ParsedBounce:
    """What a message contains. Nothing in it is verified yet.

    Attributes:
        digest: The SHA-256 of the message.
        recipients: The recipients that it reports on.
        return_paths: Addresses that may hold a token; see `mail.verp`.
        unsubscribe_tokens: Tokens of unsubscribe links, or of a request to unsubscribe by mail.
        message_ids: Message-IDs of the returned header, with angle brackets.
        returned_to: Addresses in the `To` of the returned header.
    """

    form: BounceForm
    digest: bytes
    recipients: tuple[RecipientReport, ...] = ()
    return_paths: tuple[str, ...] = ()
    unsubscribe_tokens: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    returned_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BounceResult:
    """What was found in a message, and what was done about it.

    Attributes:
        kind: None where the message is not a bounce.
        address: The subscriber's address; empty where none is found.
        named: Addresses in the message, where no subscriber is found.
        campaign_id: None where the campaign is not known, and for a test send.
        evidence: None where no subscriber is found.
    """

    form: BounceForm
    effect: BounceEffect
    kind: BounceKind | None = None
    address: str = ""
    named: tuple[str, ...] = ()
    campaign_id: int | None = None
    evidence: Evidence | None = None
    status: str = ""
    diagnostic: str = ""
