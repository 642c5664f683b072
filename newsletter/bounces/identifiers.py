"""Extract what may identify the subscriber of a bounce: return paths, unsubscribe links and Message-IDs."""

import re
from collections.abc import Iterable

from newsletter.bounces.report_fields import Fields

# Fields in which servers write the recipient of the bounce, which is the envelope sender with its token.
DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to")
_MAILBOX = re.compile(r"[^\s<>,;:\"()]{1,320}@[^\s<>,;:\"()]{1,255}")
_LEAVE = re.compile(r"/unsubscribe/([A-Za-z0-9.-]{8,200})")
# The subject that the `mailto` of List-Unsubscribe asks for; see `mail.message`.
_REQUEST = re.compile(r"\bunsubscribe[ _]+([A-Za-z0-9.-]{8,200})", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}@[^<>\s]{1,255}>")
# Values of one field, and matches, that are considered.
_MOST = 20


def mailboxes(fields: Fields, names: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses in some fields, each once."""
    return _found(_MAILBOX, fields, names)


def unsubscribe_tokens(fields: Fields) -> tuple[str, ...]:
    """Return the tokens of the List-Unsubscribe links (RFC 2369) in a returned header."""
    return _found(_LEAVE, fields, ("list-unsubscribe",))


def unsubscribe_request(fields: Fields) -> tuple[str, ...]:
    """Return the token of a request to unsubscribe by mail (RFC 2369, §3.2)."""
    return _found(_REQUEST, fields, ("subject",))


def message_ids(fields: Fields) -> tuple[str, ...]:
    """Return the Message-IDs in a returned header."""
    return _found(_MESSAGE_ID, fields, ("message-id",))


def _found(pattern: re.Pattern[str], fields: Fields, names: Iterable[str]) -> tuple[str, ...]:
    values = (value for name in names for value in fields.get(name, [])[:_MOST])
    found = dict.fromkeys(text for value in values for text in pattern.findall(value)[:_MOST])
    return tuple(found)[:_MOST]
