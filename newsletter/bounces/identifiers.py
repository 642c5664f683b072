"""What may show whom a bounce is about: return paths, unsubscribe links and Message-IDs, as they stand in it."""

import re
from collections.abc import Iterable

from newsletter.bounces.report_fields import Fields

# Where servers write whom they deliver a bounce to: our envelope sender, with its token.
DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to")
_MAILBOX = re.compile(r"[^\s<>,;:\"()]{1,320}@[^\s<>,;:\"()]{1,255}")
_LEAVE = re.compile(r"/unsubscribe/([A-Za-z0-9.-]{8,200})")
# What the address for leaving by mail puts into the subject; see `delivery.message`.
_REQUEST = re.compile(r"\bunsubscribe[ _]+([A-Za-z0-9.-]{8,200})", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}@[^<>\s]{1,255}>")
# Of what stands there many times the first are looked at.
_MOST = 20


def mailboxes(fields: Fields, names: Iterable[str]) -> tuple[str, ...]:
    """The addresses in some fields, each once."""
    return _found(_MAILBOX, fields, names)


def leave_tokens(fields: Fields) -> tuple[str, ...]:
    """The tokens of the unsubscribe links in the header of a message of ours (RFC 2369)."""
    return _found(_LEAVE, fields, ("list-unsubscribe",))


def requested_leave(fields: Fields) -> tuple[str, ...]:
    """The token of a message by which somebody leaves (RFC 2369, §3.2)."""
    return _found(_REQUEST, fields, ("subject",))


def message_ids(fields: Fields) -> tuple[str, ...]:
    """The Message-IDs in the header of a message of ours."""
    return _found(_MESSAGE_ID, fields, ("message-id",))


def _found(pattern: re.Pattern[str], fields: Fields, names: Iterable[str]) -> tuple[str, ...]:
    values = (value for name in names for value in fields.get(name, [])[:_MOST])
    found = dict.fromkeys(text for value in values for text in pattern.findall(value)[:_MOST])
    return tuple(found)[:_MOST]
