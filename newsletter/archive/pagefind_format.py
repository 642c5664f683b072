"""The files of a Pagefind index: gzip, a signature, and CBOR (RFC 8949). `pagefind_reader` reads the CBOR.

Pagefind does not document them. `VERSIONS` are those whose files these functions know, and whatever differs from what
they know is an error.
"""

import gzip
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

VERSIONS = ("1.5.",)
"""The first characters of the versions whose files are known."""
_SIGNATURE = b"pagefind_dcd"
NUMBER, NEGATIVE, TEXT, ARRAY = 0, 1, 3, 4
"""The types of CBOR that the files contain."""


class UnknownFormatError(Exception):
    """A file is not as this version of newsletter knows it."""


class Postings(NamedTuple):
    """The pages that contain a word.

    Args:
        size: The number of pages.
        first: The number of the first page. Pages are numbered from 0.
        last: The number of the last page.
        rest: The pages in CBOR, without what comes before the positions on the first page.
    """

    size: int
    first: int
    last: int
    rest: bytes


class IndexedWord(NamedTuple):
    """A word of an index.

    Args:
        text: The stem, in small letters without diacritics.
        pages: The pages that contain the word without diacritics.
        variants: The pages that contain a form with diacritics, by the form.
    """

    text: str
    pages: Postings
    variants: Sequence[tuple[str, Postings]]


def unpack(file: Path) -> bytes:
    """Read a file of an index.

    Raises:
        UnknownFormatError: It is damaged or unknown.
    """
    try:
        content = gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise UnknownFormatError(file.name) from error
    if not content.startswith(_SIGNATURE):
        raise UnknownFormatError(file.name)
    return content.removeprefix(_SIGNATURE)


def pack(content: bytes) -> bytes:
    """Return the bytes of a file of an index. Equal contents have equal bytes."""
    return gzip.compress(_SIGNATURE + content, 6, mtime=0)


def encode(value: str | int | Sequence[object]) -> bytes:
    """Encode texts, numbers and lists of them in CBOR."""
    match value:
        case str():
            text = value.encode()
            return encode_head(TEXT, len(text)) + text
        case int():
            return encode_head(NUMBER, value) if value >= 0 else encode_head(NEGATIVE, -1 - value)
    return encode_head(ARRAY, len(value)) + b"".join(map(encode, value))  # type: ignore[arg-type]


def encode_word(text: str, pages: Sequence[Postings], variants: Sequence[tuple[str, Sequence[Postings]]]) -> bytes:
    """Encode a word whose pages consist of several parts, numbered in one sequence."""
    parts = [b"\x83", encode(text), *_join(pages), encode_head(ARRAY, len(variants))]
    for form, some in variants:
        parts += [b"\x82", encode(form), *_join(some)]
    return b"".join(parts)


def encode_words(words: Sequence[bytes]) -> bytes:
    """Encode a file of words that are encoded."""
    return b"".join([b"\x81", encode_head(ARRAY, len(words)), *words])


def _join(parts: Sequence[Postings]) -> Iterable[bytes]:
    yield encode_head(ARRAY, sum(part.size for part in parts))
    last = 0
    for part in parts:
        if part.size:
            yield b"\x83"
            yield encode_head(NUMBER, part.first - last)
            yield part.rest
            last = part.last


def encode_head(major: int, value: int) -> bytes:
    """Encode the beginning of a value: its type, and the number or length."""
    if value < 24:
        return bytes([major << 5 | value])
    size = 1 if value < 0x100 else 2 if value < 0x10000 else 4
    return bytes([major << 5 | 23 + size.bit_length()]) + value.to_bytes(size, "big")
