"""The two hashes of a DKIM signature (RFC 6376, §3.7), with relaxed canonicalization of header and body (§3.4).

The bodies of a campaign differ only in the lines with merge fields. All other lines are canonicalized once, and the
hash of those before the first difference is copied for each message.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

Slot = TypeVar("Slot")

_BLANKS = re.compile(rb"[\t ]+")
_FIELD = re.compile(rb"([!-9;-~]+)[\t ]*:([^\r\n]*(?:\r\n[\t ][^\r\n]*)*)\r\n")
_LINE_END = b"\r\n"
_BODY_START = _LINE_END * 2


class BodyHash(Generic[Slot]):
    """The hash of a body with slots, for many messages that differ only in a few values.

    Args:
        pieces: The bytes and slots of the complete message, with CRLF line ends.
        slots: The slots in the order of the values that `digest` expects.
    """

    def __init__(self, pieces: Sequence[bytes | Slot], slots: Sequence[Slot]) -> None:
        self._regions = _canonical_regions(_split_body(_join_bytes(pieces)), slots)
        self._start = sha256()
        if self._regions and isinstance(first := self._regions[0], bytes):
            # Empty lines may be at the end of the body, where they do not count. They are left to `digest`.
            end = _text_end(first)
            end += len(_LINE_END) if end else 0
            self._start.update(first[:end])
            self._regions[0] = first[end:]

    def digest(self, values: Sequence[bytes]) -> bytes:
        """Return SHA-256 of the canonical body with a value in each slot."""
        rest = b"".join(region if isinstance(region, bytes) else region.fill(values) for region in self._regions)
        found = self._start.copy()
        if end := _text_end(rest):
            found.update(rest[:end] + _LINE_END)
        return found.digest()


def header_hash(header: bytes, names: Sequence[str]) -> "Hash":
    """Return SHA-256 of the canonical fields of a header, to be continued with the signature's own field.

    Args:
        header: The header; each field ends with CRLF.
        names: The signed fields in lower case. Of fields with the same name, the last comes first (RFC 6376, §5.4.2).
    """
    fields: dict[bytes, list[bytes]] = {}
    for name, value in _FIELD.findall(header):
        fields.setdefault(name.lower(), []).append(value)
    found = sha256()
    for name in map(str.encode, names):
        if values := fields.get(name):
            found.update(canonical_field(name, values.pop()) + _LINE_END)
    return found


def canonical_field(name: bytes, value: bytes) -> bytes:
    """Return a header field in its relaxed form without line end (RFC 6376, §3.4.2). The name is in lower case."""
    return b"%b:%b" % (name, _BLANKS.sub(b" ", value.replace(_LINE_END, b"")).strip(b" "))


class _SlotLines:
    """Lines with slots. They are canonicalized for each message."""

    def __init__(self, pieces: Sequence[bytes | int]) -> None:
        self._pieces = tuple(pieces)

    def fill(self, values: Sequence[bytes]) -> bytes:
        return _relax(b"".join(piece if isinstance(piece, bytes) else values[piece] for piece in self._pieces))


def _canonical_regions(body: Sequence[bytes | Slot], slots: Sequence[Slot]) -> list[bytes | _SlotLines]:
    """Divide a body into complete lines with and without slots. Those without are canonicalized."""
    regions: list[bytes | _SlotLines] = []
    open_lines: list[bytes | int] = []
    for piece in body:
        if not isinstance(piece, bytes):
            open_lines.append(slots.index(piece))
            continue
        start = 0
        if open_lines:
            start = piece.find(_LINE_END) + len(_LINE_END)
            if start < len(_LINE_END):
                open_lines.append(piece)
                continue
            regions.append(_SlotLines([*open_lines, piece[:start]]))
        end = piece.rfind(_LINE_END, start) + len(_LINE_END)
        if end >= start + len(_LINE_END):
            regions.append(_relax(piece[start:end]))
            start = end
        open_lines = [piece[start:]] if piece[start:] else []
    if open_lines:
        regions.append(_SlotLines(open_lines))
    return regions


def _relax(lines: bytes) -> bytes:
    """Reduce white space within lines to one space, and remove it at their ends (RFC 6376, §3.4.4)."""
    return _BLANKS.sub(b" ", lines).replace(b" " + _LINE_END, _LINE_END)


def _text_end(lines: bytes) -> int:
    """Return where the last line ends that is not empty; its line end does not count."""
    end = len(lines)
    while lines.endswith(_LINE_END, 0, end):
        end -= len(_LINE_END)
    return end


def _join_bytes(pieces: Sequence[bytes | Slot]) -> list[bytes | Slot]:
    """Join adjacent bytes, because a line end may be divided between them."""
    joined: list[bytes | Slot] = []
    for piece in pieces:
        if joined and isinstance(piece, bytes) and isinstance(last := joined[-1], bytes):
            joined[-1] = last + piece
        else:
            joined.append(piece)
    return joined


def _split_body(pieces: Sequence[bytes | Slot]) -> list[bytes | Slot]:
    """Return the pieces after the header, or [] if there is no body."""
    for index, piece in enumerate(pieces):
        if isinstance(piece, bytes) and _BODY_START in piece:
            return [piece.partition(_BODY_START)[2], *pieces[index + 1 :]]
    return []
