"""Parse the fields of reports: blocks of `Name: value` lines (RFC 3464, §2.1; RFC 5965, §3), even if damaged."""

import re
from binascii import Error as Base64Error
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header

from newsletter.mail.headers import header_text

_ENCODED = re.compile(r"=\?[^?\s]{1,40}\?[bqBQ]\?[^?\s]*\?=")

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(r"\n(?=[ \t]+\S)")
_COMMENT = re.compile(r"\s*\([^()]*\)")
# An address type, a semicolon, and the address (RFC 3464, §2.3.2). Some servers omit the type or add angle brackets.
_TYPED = re.compile(r"(?:[a-z0-9-]{1,40}\s*;)?\s*(.*)", re.IGNORECASE | re.DOTALL)
_MAX_LENGTH = 2000

Fields = dict[str, list[str]]


def split_blocks(text: str) -> Iterator[Fields]:
    """Yield the fields of each block of a report, by name in lower case. Other lines are left out."""
    for block in re.split(r"\n(?:[ \t]*\n)+", text):
        if fields := parse_fields(block):
            yield fields


def parse_fields(block: str) -> Fields:
    """Parse the fields of one block, by name in lower case, with folded lines joined."""
    fields: Fields = {}
    for line in _FOLD.sub(" ", block).split("\n"):
        if found := _FIELD.match(line[:_MAX_LENGTH]):
            fields.setdefault(found[1].lower(), []).append(header_text(found[2]))
    return fields


def decode_words(fields: Fields) -> Fields:
    """Decode the encoded words of a header (RFC 2047). Values that cannot be decoded stay as they are."""
    return {name: [_decode_words(value) for value in values] for name, values in fields.items()}


def _decode_words(value: str) -> str:
    if not _ENCODED.search(value):
        return value
    try:
        parts = [
            part if isinstance(part, str) else part.decode(charset or "latin-1", "replace")
            for part, charset in decode_header(value)
        ]
    except (HeaderParseError, Base64Error, LookupError, ValueError):
        return value
    return header_text("".join(parts))


def first_value(fields: Fields, name: str) -> str:
    """Return the first value of a field, or "" if there is none."""
    return fields.get(name, [""])[0]


def first_keyword(fields: Fields, name: str) -> str:
    """Return the first value of a field in lower case and without comments, or "" if there is none."""
    return _COMMENT.sub("", first_value(fields, name)).strip().lower()


def parse_typed_address(value: str) -> str:
    """Return the address in a value such as `rfc822; ann@example.org`."""
    found = _TYPED.fullmatch(value)
    return found[1].strip().strip("<>").strip() if found else ""
