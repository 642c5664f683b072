"""The types of bounce handling: a parsed message, and the result of applying it."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.database.states import BounceKind


class BounceForm(StrEnum):
    """The format of a message.

    `feedback`: a feedback report (RFC 5965) that is not a complaint. `challenge`: a request to confirm that the sender
    is a person.
    """

    DELIVERY_STATUS = "delivery status notification"
    UNSTRUCTURED = "nonstandard bounce"
    COMPLAINT = "complaint"
    FEEDBACK = "feedback report"
    UNSUBSCRIBE = "unsubscribe request"
    AUTO_REPLY = "automatic reply"
    CHALLENGE = "challenge"
    OTHER = "unrecognised message"

    @property
    def kind(self) -> BounceKind:
        """The kind of a message of a form that reports on no delivery."""
        return _KINDS.get(self, BounceKind.UNKNOWN)


_KINDS = {
    BounceForm.COMPLAINT: BounceKind.COMPLAINT,
    BounceForm.FEEDBACK: BounceKind.NOTICE,
    BounceForm.UNSUBSCRIBE: BounceKind.UNSUBSCRIBE,
    BounceForm.AUTO_REPLY: BounceKind.AUTOMATIC,
    BounceForm.CHALLENGE: BounceKind.AUTOMATIC,
}


class BounceEffect(StrEnum):
    """What a message changed.

    `noted`: recorded in the subscriber's history. `counted`: one more campaign with a soft bounce. `repeated`: the same
    message was applied before. `unknown`: the subscriber was not found. `unsent`: a webhook reports on a subscriber who
    was sent no campaign. `unproven`: a complaint that may be forged.
    """

    NOTHING = "nothing"
    NOTED = "noted"
    COUNTED = "counted"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"
    REPEATED = "already processed"
    UNKNOWN = "not a subscriber"
    UNSENT = "sent no campaign"
    UNPROVEN = "unproven"


class Evidence(StrEnum):
    """The evidence for the subscriber of a bounce. A bounce with the address alone may be forged."""

    RETURN_PATH = "return path"
    UNSUBSCRIBE_LINK = "unsubscribe link"
    MESSAGE_ID = "Message-ID"
    PROVIDER_ID = "provider's message id"
    ADDRESS = "address alone"


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a bounce reports about one recipient.

    Attributes:
        addresses: The final and the original recipient, as written in the bounce. Empty if it names none.
        action: RFC 3464, §2.3.3, in lower case and without comments; may be empty.
        status: RFC 3464, §2.3.4, likewise.
        diagnostic: The server's reply, in one line.
    """

    addresses: tuple[str, ...]
    action: str
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True)
class ParsedBounce:
    """The content of a message. Nothing in it has been verified.

    Attributes:
        digest: The SHA-256 of the message.
        recipients: The reports, one for each recipient.
        return_paths: Addresses that may contain a token; see `mail.verp`.
        unsubscribe_tokens: Tokens of unsubscribe links, or of an unsubscribe request by mail.
        message_ids: Message-IDs of the returned header, with angle brackets.
        returned_to: Addresses in the `To` of the returned header.
        sender: The `From` of the message.
        subject: The `Subject` of the message.
        text: The beginning of the text of a message of the form `OTHER`.
        provider: The provider whose webhook reported it; empty for a message.
        provider_ids: The provider's ids of the message. Its mail server may have returned them when it accepted it.
        happened_at: When it happened, in seconds since 1970 (UTC); None if that is unknown.
    """

    form: BounceForm
    digest: bytes
    recipients: tuple[RecipientReport, ...] = ()
    return_paths: tuple[str, ...] = ()
    unsubscribe_tokens: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    returned_to: tuple[str, ...] = ()
    sender: str = ""
    subject: str = ""
    text: str = ""
    provider: str = ""
    provider_ids: tuple[str, ...] = ()
    happened_at: int | None = None


@dataclass(frozen=True, slots=True)
class BounceResult:
    """The result of applying a message.

    Attributes:
        address: The subscriber's address; empty if no subscriber was found.
        named: The first addresses in the message.
        campaign_id: None if the campaign is unknown, and for a test send.
        evidence: None if no subscriber was found.
        paused: Why the campaign was paused, in one sentence; empty if it was not.
    """

    form: BounceForm
    effect: BounceEffect
    kind: BounceKind = BounceKind.UNKNOWN
    address: str = ""
    named: tuple[str, ...] = ()
    campaign_id: int | None = None
    evidence: Evidence | None = None
    status: str = ""
    diagnostic: str = ""
    paused: str = ""
