"""Extract the identifiers of a bounce's subscriber: return paths, unsubscribe tokens and Message-IDs."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from newsletter.bounces.report_fields import Fields

# Servers write the recipient of the bounce in these fields. It is the envelope sender, which contains the token.
DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to")
_MAILBOX = re.compile(r"[^\s<>,;:\"()]{1,320}@[^\s<>,;:\"()]{1,255}")
_LINK = re.compile(r"/unsubscribe/([A-Za-z0-9.-]{8,200})")
# The subject in the `mailto` of List-Unsubscribe; see `mail.message`.
_REQUEST = re.compile(r"\bunsubscribe[ _]+([A-Za-z0-9.-]{8,200})", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}@[^<>\s]{1,255}>")
# Limits: values of one field, and matches.
_LIMIT = 20


def find_addresses(fields: Fields, names: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses in these fields, without duplicates."""
    return _find_all(_MAILBOX, fields, names)


def find_unsubscribe_tokens(fields: Fields) -> tuple[str, ...]:
    """Return the tokens of the List-Unsubscribe links (RFC 2369) in a returned header."""
    return _find_all(_LINK, fields, ("list-unsubscribe",))


def find_request_tokens(fields: Fields) -> tuple[str, ...]:
    """Return the tokens in the subject of an unsubscribe request by mail (RFC 2369, §3.2).

    Some mail programs copy the subject of the `mailto` URL without decoding it.
    """
    return _find_all(_REQUEST, {"subject": [unquote(value) for value in fields.get("subject", [])]}, ("subject",))


def find_body_tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of unsubscribe links in the text of a returned message, also in quoted-printable."""
    return tuple(dict.fromkeys(_LINK.findall(text.replace("=\n", ""))[:_LIMIT]))


def find_message_ids(fields: Fields) -> tuple[str, ...]:
    """Return the Message-IDs in a returned header."""
    return _find_all(_MESSAGE_ID, fields, ("message-id",))


def _find_all(pattern: re.Pattern[str], fields: Fields, names: Iterable[str]) -> tuple[str, ...]:
    values = (value for name in names for value in fields.get(name, [])[:_LIMIT])
    found = dict.fromkeys(text for value in values for text in pattern.findall(value)[:_LIMIT])
    return tuple(found)[:_LIMIT]
