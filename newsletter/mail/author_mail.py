"""Composes a plain mail to the author, such as a report that a scheduled issue was not sent."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from newsletter.mail.headers import format_mailbox, format_subject, header_text, sender_address, wire_address
from newsletter.mail.issue_mail import dkim_signature, settings_head
from newsletter.mail.message import message_id
from newsletter.mail.quoted_printable import encode_value
from newsletter.publication.settings import Publication
from newsletter.transports.base import Outgoing


def author_address(publication: Publication) -> str:
    """Return the address of mail to the author: `delivery.notify`, or else `reply_to`, or else the sender's."""
    return publication.delivery.notify or publication.reply_to or publication.sender.email


def compose_author_mail(
    publication: Publication,
    subject: str,
    text: str,
    date: datetime,
    key: bytes,
    environment: Mapping[str, str],
) -> Outgoing:
    """Compose a mail to the author. The same arguments give the same Message-ID.

    Args:
        publication: The settings.
        subject: The subject.
        text: The text; its lines end with line feeds.
        date: The date of the mail, with its time zone.
        key: The key of the Message-ID.
        environment: The environment variables that name the key for DKIM.

    Raises:
        CampaignError: An address is not valid.
        NotFoundError, AccessError: The key for DKIM is missing or cannot be read.
    """
    head = settings_head(publication, date)
    sender, recipient = sender_address(head.sender), wire_address(author_address(publication))
    identity = message_id(f"author {date.timestamp()} {subject} {text}", key, sender.rpartition("@")[2])
    fields = (
        f"Date: {format_datetime(date)}\r\n".encode(),
        b"From: %b\r\nTo: %b\r\n" % (format_mailbox(header_text(head.sender_name), sender), recipient.encode()),
        format_subject(subject),
        # RFC 3834, §5: no program should reply to it.
        f"Message-ID: {identity}\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n".encode(),
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        *(encode_value(line) + b"\r\n" for line in text.splitlines()),
    )
    content = b"".join(fields)
    if signature := dkim_signature(publication, environment):
        content = signature.prepare([content], []).sign(content, []) + content
    return Outgoing(sender_address(head.envelope_sender), recipient, content, identity)
