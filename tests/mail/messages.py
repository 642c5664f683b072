"""Sample headers and recipients, and functions that parse messages as a mail program does."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any, cast

from newsletter.mail.message import MessageHead, Recipient

KEYS = (b"k" * 32,)
HEAD = MessageHead(
    sender_name="The Weekly Lens",
    sender="lens@example.org",
    reply_to="",
    subject="The Weekly Lens — Issue 1",
    date=datetime(2024, 5, 5, 8, 30, tzinfo=UTC),
    language="en",
    list_name="The Weekly Lens",
    list_id="lens.example.org",
    archive_url="https://lens.example.org/",
    pages_url="https://lens.example.org/",
    view_url="https://lens.example.org/1/",
    slug="1",
    envelope_sender="bounces@example.org",
)
ADA = Recipient(delivery_id=7, campaign_id=3, subscriber_id=41, address="ada@example.com", name="Ada", language="en")


def head(**changes: Any) -> MessageHead:
    """Return the sample header with changed values."""
    return replace(HEAD, **changes)


def recipient(**changes: Any) -> Recipient:
    """Return the sample recipient with changed values."""
    return replace(ADA, **changes)


def parsed(content: bytes) -> EmailMessage:
    """Parse a message with the standard library."""
    return message_from_bytes(content, policy=default)


def parts(content: bytes) -> tuple[str, str]:
    """Return the text and the HTML of a message."""
    text, html = cast("list[EmailMessage]", parsed(content).get_payload())
    return text.get_content(), html.get_content()


def addressed(content: bytes, name: str) -> tuple[str, str]:
    """Return the display name and the address of a header.

    The parser of the newer policies keeps spaces between encoded words (Python issue 79728), against RFC 2047, §6.2.
    The older parser is correct.
    """
    phrase, address = parseaddr(message_from_bytes(content)[name])
    return str(make_header(decode_header(phrase))), address
