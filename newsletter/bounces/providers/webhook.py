"""What the webhooks of all providers share: a request, its events, and the functions of a provider."""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.bounces.bounce import BounceForm, ParsedBounce, RecipientReport
from newsletter.errors import NewsletterError

# Seconds after which a request is too old. Providers repeat a request for a day until it is accepted.
MAX_AGE = 26 * 3600
# Seconds that the clock of a provider may be ahead.
MAX_AHEAD = 300


class ForgedRequestError(NewsletterError):
    """A request does not prove that the provider sent it, or it is too old."""


class MalformedRequestError(NewsletterError):
    """A request is not in the provider's format."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request to a webhook. Nothing in it has been verified.

    Attributes:
        headers: The header fields, with names in lower case.
        body: The body, exactly as it was sent.
        secret: The secret of the webhook, or the topic for Amazon SES.
        now: Seconds since 1970 (UTC).
        fetch: Requests a public URL and returns its body. It raises FetchError.
    """

    headers: Mapping[str, str]
    body: bytes
    secret: str
    now: int
    fetch: Callable[[str], bytes]


class Outcome(StrEnum):
    """What an event reports about a message.

    `delayed` and `delivered` change nothing. A `bounced` message was refused for good; whether its recipient exists is
    in the status and the reply.
    """

    BOUNCED = "bounced"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


_FORMS = {Outcome.COMPLAINED: BounceForm.COMPLAINT, Outcome.UNSUBSCRIBED: BounceForm.UNSUBSCRIBE}
_ACTIONS = {Outcome.BOUNCED: "failed", Outcome.DELAYED: "delayed", Outcome.DELIVERED: "delivered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """What a provider reports about one message to one recipient.

    Attributes:
        id: The provider's id of the event, the same each time the event is sent.
        at: When it happened, in seconds since 1970 (UTC); None if the provider does not say.
        message_ids: Message-IDs of the message, with angle brackets.
        provider_ids: The provider's ids of the message. Its mail server may have returned them when it accepted it.
        tokens: Tokens of the message's unsubscribe links.
        status: An enhanced status code (RFC 3463); may be empty.
        reply: The reply of the recipient's server; may be empty.
    """

    outcome: Outcome
    recipient: str
    id: str
    at: int | None = None
    message_ids: tuple[str, ...] = ()
    provider_ids: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    status: str = ""
    reply: str = ""

    def parsed(self, provider: str) -> ParsedBounce:
        """Return the event in the form that the rules for bounces expect."""
        report = RecipientReport((self.recipient,), _ACTIONS.get(self.outcome, ""), self.status, self.reply)
        return ParsedBounce(
            form=_FORMS.get(self.outcome, BounceForm.DELIVERY_STATUS),
            digest=hashlib.sha256(f"webhook {provider} {self.id} {self.recipient}".encode()).digest(),
            recipients=(report,),
            unsubscribe_tokens=self.tokens,
            message_ids=self.message_ids,
            provider=provider,
            provider_ids=self.provider_ids,
            happened_at=self.at,
        )


def no_token(_: WebhookRequest) -> str:
    """Return "": the requests of most providers may arrive twice, because each event is applied once."""
    return ""


@dataclass(frozen=True, slots=True)
class Provider:
    """How the webhook of a provider works.

    Attributes:
        name: The name in newsletter.yaml and in the path.
        verify: Raises ForgedRequestError if a request does not prove that the provider sent it.
        read: Returns the events of a verified request. It raises MalformedRequestError, and leaves out what it does not
            know.
        token: Returns a token that makes a request unique, if its signature does not cover the events; else "".
        secret_in_path: Whether the secret is a part of the path, because the provider proves nothing.
    """

    name: str
    verify: Callable[[WebhookRequest], None]
    read: Callable[[WebhookRequest], list[WebhookEvent]]
    token: Callable[[WebhookRequest], str] = field(default=no_token)
    secret_in_path: bool = False


def require_equal(given: str | bytes, expected: str | bytes) -> None:
    """Compare two secrets or signatures in constant time.

    Raises:
        ForgedRequestError: They differ, or the expected one is empty.
    """
    first, second = (text.encode() if isinstance(text, str) else text for text in (given, expected))
    if not second or not hmac.compare_digest(first, second):
        raise ForgedRequestError("the request is not signed with the secret of the webhook")


def require_recent(at: float, now: int, max_age: int = MAX_AGE) -> None:
    """Reject a time that is too long ago, or in the future.

    Raises:
        ForgedRequestError: It is.
    """
    if not now - max_age <= at <= now + MAX_AHEAD:
        raise ForgedRequestError("the request is too old, or the clock is wrong")


def require_password(request: WebhookRequest) -> None:
    """Check the password of basic authentication (RFC 7617); the user's name may be anything.

    Raises:
        ForgedRequestError: The password is not the secret of the webhook.
    """
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        decoded = b64decode(credentials, validate=True) if scheme.lower() == "basic" else b""
    except (Base64Error, ValueError) as error:
        raise ForgedRequestError("the credentials are not valid") from error
    require_equal(decoded.partition(b":")[2], request.secret)
