"""Reads the words and pages of a Pagefind index from CBOR (RFC 8949)."""

import re
from collections.abc import Sequence

from newsletter.archive.pagefind_format import (
    ARRAY,
    NEGATIVE,
    NUMBER,
    TEXT,
    IndexedWord,
    Postings,
    UnknownFormatError,
    encode,
    encode_head,
)

_INTEGER = rb"(?:[\x00-\x17\x20-\x37]|[\x18\x38].|[\x19\x39]..|[\x1a\x3a].{4})"
_SHORT_ARRAY = b"(?:" + b"|".join(b"%b%b{%d}" % (re.escape(bytes([0x80 + n])), _INTEGER, n) for n in range(24)) + b")"
# A page as nearly all are: the distance from the page before, positions in the text, and positions in metadata.
_PAGE = re.compile(rb"\x83([\x00-\x17]|\x18.|\x19..|\x1a.{4})" + _SHORT_ARRAY * 2, re.DOTALL)
_INTEGERS: dict[int, re.Pattern[bytes]] = {}


class IndexReader:
    """Reads CBOR from the beginning to the end.

    Args:
        data: The content of a file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def array(self) -> int:
        """Read the beginning of a list. Returns its length."""
        return self._head(ARRAY)

    def number(self) -> int:
        """Read a number of 0 or more."""
        return self._head(NUMBER)

    def text(self) -> str:
        """Read a text."""
        size = self._head(TEXT)
        self._at += size
        try:
            return self._data[self._at - size : self._at].decode()
        except UnicodeDecodeError as error:
            raise UnknownFormatError("text") from error

    def expect_array(self, length: int) -> None:
        """Read the beginning of a list of known length."""
        if self.array() != length:
            raise UnknownFormatError("list")

    def texts(self) -> list[str]:
        """Read a list of texts."""
        return [self.text() for _ in range(self.array())]

    def word(self) -> IndexedWord:
        """Read a word with its pages."""
        self.expect_array(3)
        text, pages, variants = self.text(), self._pages(), []
        for _ in range(self.array()):
            self.expect_array(2)
            variants.append((self.text(), self._pages()))
        return IndexedWord(text, pages, variants)

    def end(self) -> None:
        """Expect that nothing follows."""
        if self._at != len(self._data):
            raise UnknownFormatError("rest")

    def _pages(self) -> Postings:
        count = self.array()
        if not count:
            return Postings(0, 0, 0, b"")
        page = first = start = 0
        for number in range(count):
            found = _PAGE.match(self._data, self._at)
            if found:
                distance = found[1]
                page += distance[0] if len(distance) == 1 else int.from_bytes(distance[1:], "big")
                self._at, positions = found.end(), found.end(1)
            else:
                self.expect_array(3)
                page += self.number()
                positions = self._at
                self.skip_integers()
                self.skip_integers()
            if not number:
                first, start = page, positions
        return Postings(count, first, page, self._data[start : self._at])

    def skip_integers(self) -> bytes:
        """Skip a list of integers. Returns it in CBOR."""
        start, count = self._at, self.array()
        if count not in _INTEGERS:
            _INTEGERS[count] = re.compile(b"%b{%d}" % (_INTEGER, count), re.DOTALL)
        found = _INTEGERS[count].match(self._data, self._at)
        if not found:
            raise UnknownFormatError("positions")
        self._at = found.end()
        return self._data[start : self._at]

    def integers(self) -> list[int]:
        """Read a list of integers."""
        return [self._integer() for _ in range(self.array())]

    def _integer(self) -> int:
        negative = self._data[self._at : self._at + 1] >= b"\x20"
        return -1 - self._head(NEGATIVE) if negative else self._head(NUMBER)

    def _head(self, major: int) -> int:
        try:
            first = self._data[self._at]
        except IndexError:
            raise UnknownFormatError("end") from None
        self._at += 1
        value = first & 31
        if first >> 5 != major or value > 26:
            raise UnknownFormatError("type")
        if value < 24:
            return value
        size = 1 << value - 24
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at], "big")


def renumber_fields(pages: Postings, numbers: Sequence[int]) -> Postings:
    """Give the fields of metadata other numbers.

    Args:
        pages: Postings with positions in metadata.
        numbers: The new number of each field, in ascending order.
    """
    if not pages.size:
        return pages
    reader, parts = IndexReader(b"\x83" + encode_head(NUMBER, pages.first) + pages.rest), []
    for _ in range(pages.size):
        reader.expect_array(3)
        distance, positions, values = encode_head(NUMBER, reader.number()), reader.skip_integers(), reader.integers()
        # A negative number begins the positions in a field.
        changed = [value if value >= 0 else -1 - numbers[-1 - value] for value in values]
        parts += [b"\x83", distance, positions, encode_head(ARRAY, len(changed)), *map(encode, changed)]
    return pages._replace(rest=b"".join(parts[2:]))
