"""Fields of reports: `Name: value` lines in blocks (RFC 3464, §2.1; RFC 5965, §3), damaged ones too."""

import re
from collections.abc import Iterator

from newsletter.mail.headers import header_text

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(r"\n(?=[ \t]+\S)")
_COMMENT = re.compile(r"\s*\([^()]*\)")
# An address-type, a semicolon, and the address (RFC 3464, §2.3.2); some leave the type out, or add brackets.
_TYPED = re.compile(r"(?:[a-z0-9-]{1,40}\s*;)?\s*(.*)", re.IGNORECASE | re.DOTALL)
_LONGEST = 2000

Fields = dict[str, list[str]]


def blocks(text: str) -> Iterator[Fields]:
    """Yield the blocks of a report, each as its fields by their names in lower case. Other lines are left out."""
    for block in re.split(r"\n(?:[ \t]*\n)+", text):
        if fields := fields_of(block):
            yield fields


def fields_of(block: str) -> Fields:
    """Return the fields of one block, unfolded."""
    fields: Fields = {}
    for line in _FOLD.sub(" ", block).split("\n"):
        if found := _FIELD.match(line[:_LONGEST]):
            fields.setdefault(found[1].lower(), []).append(header_text(found[2]))
    return fields


def first(fields: Fields, name: str) -> str:
    """Return the first value of a field, or an empty string."""
    return fields.get(name, [""])[0]


def word(fields: Fields, name: str) -> str:
    """Return the first value of a field in lower case, without comments."""
    return _COMMENT.sub("", first(fields, name)).strip().lower()


def typed_address(value: str) -> str:
    """Return the address of a field such as `rfc822; ann@example.org`."""
    found = _TYPED.fullmatch(value)
    return found[1].strip().strip("<>").strip() if found else ""
