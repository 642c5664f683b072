"""Composes messages. A message is encoded once; for each recipient, only the merge fields are filled in.

It is multipart/alternative (RFC 2046, §5.1.4), with the text part first. Both parts are quoted-printable UTF-8 with
CRLF line ends.
"""

import base64
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from enum import Enum
from functools import cached_property
from html import escape
from urllib.parse import quote

from newsletter.mail.byte_template import ByteTemplate
from newsletter.mail.dkim import PreparedSignature, Signature
from newsletter.mail.headers import (
    format_mailbox,
    format_subject,
    header_text,
    sender_address,
    wire_address,
    wire_url,
)
from newsletter.mail.quoted_printable import encode_around, encode_value
from newsletter.mail.tokens import Purpose, sign
from newsletter.mail.verp import require_room, verp_sender
from newsletter.render.merge_fields import MergeField
from newsletter.render.views import PastIssue
from newsletter.text.digests import sha256_hex
from newsletter.transports.base import Outgoing


@dataclass(frozen=True, slots=True)
class Recipient:
    """The recipient of a message. In a test send, all ids are 0.

    Attributes:
        mail_id: The id of a transactional mail in its queue; 0 for an issue that is sent by a campaign.
    """

    delivery_id: int
    campaign_id: int
    subscriber_id: int
    address: str
    name: str
    language: str
    mail_id: int = 0


@dataclass(frozen=True, slots=True)
class MessageHead:
    """The header of a message, the same for all recipients.

    Attributes:
        date: The start of the campaign, with its time zone, so that a retry has the same bytes.
        pages_url: The base of the unsubscribe and preferences pages; ends with a slash.
        slug: The slug of the issue, or the kind of a transactional mail; used in Feedback-ID.
        verp: Whether each recipient's envelope sender contains a token.
        unsubscribe_mailbox: The address for unsubscribing by mail; "" is the envelope sender. Without `pages_url`, it
            is the only way to unsubscribe.
        tracing: Header fields that contain the Message-ID: what is before it, and what is after it. See
            `provider_fields`.
    """

    sender_name: str
    sender: str
    reply_to: str
    subject: str
    date: datetime
    language: str
    list_name: str
    list_id: str
    archive_url: str
    pages_url: str
    view_url: str
    slug: str
    envelope_sender: str
    verp: bool = False
    unsubscribe_mailbox: str = ""
    tracing: tuple[tuple[bytes, bytes], ...] = ()

    def unsubscribe_url(self, token: str) -> str:
        """Return the unsubscribe link of the recipient with a token."""
        if self.pages_url:
            return f"{self.pages_url}unsubscribe/{token}"
        return f"{self.mailto}{token}"

    @property
    def mailto(self) -> str:
        """The mail address for unsubscribing as a URL (RFC 6068), up to the token in its subject."""
        address = self.unsubscribe_mailbox or self.envelope_sender
        return f"mailto:{quote(address, safe='@+')}?subject=unsubscribe%20"


class _Place(Enum):
    """A slot in the header, for a value that differs between recipients or campaigns."""

    DATE = "date"
    TO = "to"
    MESSAGE_ID = "message-id"
    TOKEN = "token"  # noqa: S105 (a name)

    # For each message, members are looked up several times. `Enum` has a hash function in Python, which is slower.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class _Merged:
    """The slot of a merge field in one of the two parts."""

    field: MergeField
    html: bool

    def written(self, text: str) -> bytes:
        """Encode a value of this field."""
        return encode_value(escape(text) if self.html else text)


_Slot = _Place | _Merged
_FIELD = re.compile("({})".format("|".join(re.escape(merge.text) for merge in MergeField)))


@dataclass(frozen=True)
class PreparedMessage:
    """A composed message without a recipient.

    Attributes:
        pieces: Its bytes and slots.
        past_issues: The past issues that it lists.
        content: The digest of the message with placeholders for past issues; "" if it has no such list.
    """

    head: MessageHead
    keys: tuple[bytes, ...] = field(repr=False)
    pieces: tuple[bytes | _Slot, ...] = field(repr=False)
    signature: Signature | None = field(default=None, repr=False)
    past_issues: tuple[PastIssue, ...] = field(default=(), repr=False)
    content: str = ""

    @property
    def digest(self) -> str:
        """The digest by which the author's content is recognised. Publishing another issue does not change it."""
        return self.content or self.whole_digest

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests by which this content may be stored. The second is that of versions before database 0014."""
        return (self.digest, self.whole_digest)

    @cached_property
    def whole_digest(self) -> str:
        """SHA-256 of the message before merge fields, in hexadecimal digits.

        The date and other values that differ between recipients and campaigns are also slots, so a test send and the
        campaign after it have the same digest.
        """
        # Campaigns store the digest, which contains the names of the slots. Renaming a slot would make campaigns that
        # have started impossible to resume.
        return sha256_hex(b"\0".join(p if isinstance(p, bytes) else repr(p).encode() for p in self.pieces))

    def message_id(self, recipient: Recipient) -> str:
        """Return the Message-ID with its angle brackets. It is the same for each attempt of a campaign or a mail."""
        about = f"{recipient.campaign_id} {recipient.subscriber_id} {recipient.address} {self.head.date.timestamp()}"
        if recipient.mail_id:
            about += f" mail {recipient.mail_id}"
        return message_id(about, self.keys[0], self.head.sender.rpartition("@")[2])

    def to(self, recipient: Recipient) -> Outgoing:
        """Return the finished message for one recipient.

        Raises:
            CampaignError: The address is not valid, or a key for DKIM cannot sign.
        """
        address = wire_address(recipient.address)
        identity = self.message_id(recipient)
        values = self._values(recipient, address, identity)
        content = self._template.fill(values)
        if self._signature:
            content = self._signature.sign(content, values) + content
        sender = self.head.envelope_sender
        if self.head.verp:
            sender = verp_sender(sender, self.keys, recipient.subscriber_id, recipient.address, recipient.campaign_id)
        return Outgoing(sender, address, content, identity, dotted=False)

    @cached_property
    def _template(self) -> ByteTemplate[_Slot]:
        date = format_datetime(self.head.date).encode("ascii")
        return ByteTemplate([date if piece is _Place.DATE else piece for piece in self.pieces])

    @cached_property
    def _signature(self) -> PreparedSignature[_Slot] | None:
        return self.signature.prepare(self.pieces, self._template.slots) if self.signature else None

    def _values(self, recipient: Recipient, address: str, identity: str) -> list[bytes]:
        token, preferences = (
            sign(self.keys, purpose, recipient.subscriber_id, recipient.address, recipient.campaign_id)
            for purpose in (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)
        )
        name = header_text(recipient.name)
        texts = {
            MergeField.UNSUBSCRIBE_URL: self.head.unsubscribe_url(token),
            MergeField.PREFERENCES_URL: f"{self.head.pages_url}preferences/{preferences}",
            MergeField.SUBSCRIBER_NAME: name,
            MergeField.SUBSCRIBER_EMAIL: recipient.address,
        }
        values = {
            _Place.TO: format_mailbox(name, address),
            _Place.MESSAGE_ID: identity.encode("ascii"),
            _Place.TOKEN: token.encode("ascii"),
        }
        return [
            slot.written(texts[slot.field]) if isinstance(slot, _Merged) else values[slot]
            for slot in self._template.slots
        ]


def message_id(about: str, key: bytes, domain: str) -> str:
    """Return a Message-ID (RFC 5322, §3.6.4).

    Args:
        about: A text that identifies the message; the Message-ID is its keyed hash.
        key: The key of the hash.
        domain: The domain of the sender.
    """
    mac = hmac.digest(key, b"message-id " + about.encode(), "sha256")[:15]
    return f"<{base64.b32encode(mac).decode('ascii').lower()}@{domain}>"


def compose(
    html: str, text: str, head: MessageHead, keys: Sequence[bytes], signature: Signature | None = None
) -> PreparedMessage:
    """Compose a message from its two parts.

    Args:
        html: The HTML part, with merge fields.
        text: The text part, with merge fields.
        head: The header.
        keys: The keys that sign the tokens, oldest first.
        signature: Signs each message (DKIM); None leaves it unsigned.

    Raises:
        CampaignError: An address in the header is not valid, or is too long for VERP.
    """
    head = replace(
        head,
        sender=sender_address(head.sender),
        reply_to=sender_address(head.reply_to) if head.reply_to else "",
        envelope_sender=sender_address(head.envelope_sender),
        archive_url=wire_url(head.archive_url),
        pages_url=wire_url(head.pages_url) if head.pages_url else "",
        unsubscribe_mailbox=sender_address(head.unsubscribe_mailbox) if head.unsubscribe_mailbox else "",
    )
    if head.verp:
        require_room(head.envelope_sender)
    plain = tuple(_body(text, head.view_url, html=False))
    marked = tuple(_body(html, head.view_url, html=True))
    # Quoted-printable never contains `=_`, so no part can contain the boundary (RFC 2045, §6.7).
    boundary = b"=_" + sha256_hex(repr((plain, marked)), 24).encode()
    pieces = (
        *_header(head),
        b'Content-Type: multipart/alternative; boundary="%b"\r\n' % boundary,
        *_part(boundary, b"plain", plain),
        *_part(boundary, b"html", marked),
        b"\r\n--%b--\r\n" % boundary,
    )
    return PreparedMessage(head, tuple(keys), pieces, signature)


def _header(head: MessageHead) -> Iterator[bytes | _Slot]:
    """Yield the header fields without Content-Type (RFC 5322, RFC 2369, RFC 2919, RFC 8058)."""
    yield from (b"Date: ", _Place.DATE, b"\r\nFrom: %b" % format_mailbox(header_text(head.sender_name), head.sender))
    if head.reply_to:
        yield b"\r\nReply-To: " + head.reply_to.encode()
    yield from (b"\r\nTo: ", _Place.TO, b"\r\n" + format_subject(head.subject))
    yield from (b"Message-ID: ", _Place.MESSAGE_ID, b"\r\n")
    for before, after in head.tracing:
        yield from (before, _Place.MESSAGE_ID, after + b"\r\n")
    yield b"List-Id: %b\r\n" % format_mailbox(header_text(head.list_name), head.list_id)
    # The digest of a running campaign depends on how this is cut into pieces.
    if head.pages_url:
        yield from (f"List-Unsubscribe: <{head.pages_url}unsubscribe/".encode(), _Place.TOKEN)
        yield from (f">,\r\n <{head.mailto}".encode(), _Place.TOKEN, b">\r\n")
        yield b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    else:
        yield from (f"List-Unsubscribe: <{head.mailto}".encode(), _Place.TOKEN, b">\r\n")
    yield f"List-Archive: <{head.archive_url}>\r\nList-Post: NO\r\n".encode()
    yield f"Feedback-ID: {head.slug}:issue:{_sender_id(head.list_id)}\r\n".encode()
    yield f"Content-Language: {head.language}\r\nMIME-Version: 1.0\r\n".encode()


def _sender_id(list_id: str) -> str:
    """Return the sender part of Feedback-ID, with 5 to 15 characters as Gmail requires."""
    return re.sub(r"[^a-z0-9]", "", list_id.lower())[:15].ljust(5, "0")


def _part(boundary: bytes, kind: bytes, body: tuple[bytes | _Slot, ...]) -> Iterator[bytes | _Slot]:
    yield b"\r\n--%b\r\nContent-Type: text/%b; charset=utf-8\r\n" % (boundary, kind)
    yield b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    yield from body


def _body(text: str, view_url: str, *, html: bool) -> Iterator[bytes | _Slot]:
    """Encode a part, with slots for its merge fields.

    The URL of the issue is the same for all recipients, so it is not a slot.
    """
    texts, fields = [""], list[MergeField]()
    for piece in _FIELD.split(text):
        if not _FIELD.fullmatch(piece):
            texts[-1] += piece
        elif piece == MergeField.VIEW_URL.text:
            texts[-1] += escape(view_url) if html else view_url
        else:
            fields.append(MergeField(piece.strip("{}")))
            texts.append("")
    fixed = encode_around(texts)
    yield fixed[0]
    for field_, after in zip(fields, fixed[1:], strict=True):
        yield from (_Merged(field_, html), after)
