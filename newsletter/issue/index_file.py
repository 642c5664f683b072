"""The file of the link index. Reading it needs no library."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from newsletter.documents.sealed_file import read_sealed, write_sealed
from newsletter.documents.validation_digest import validation_digest
from newsletter.errors import AccessError
from newsletter.publication.section import SectionKey
from newsletter.text.canonical_url import KEY_VERSION

_MARK = f"newsletter-index 7 {KEY_VERSION}"


# The key of an entry's URL (`link_key`), its section, and the line of its URL, from 1.
IndexedEntry = tuple[str, SectionKey, int]
# The digest of a highlight's words, its section, its line, and the keys of the URLs that it links to.
IndexedHighlight = tuple[str, SectionKey, int, Sequence[str]]


class IndexedLinks(NamedTuple):
    """The entries and highlights of an issue."""

    entries: Sequence[IndexedEntry]
    highlights: Sequence[IndexedHighlight]


class IndexedIssue(NamedTuple):
    """The indexed data of an issue.

    `text` is its entries and highlights as JSON without line breaks. A command needs those of a few issues only, and
    finds these by searching the texts of all.
    """

    text: str

    def links(self) -> IndexedLinks:
        """Return the entries and highlights."""
        return IndexedLinks(*json.loads(self.text))


def encode_links(links: IndexedLinks) -> str:
    """Return the `text` of an indexed issue."""
    return json.dumps(links, separators=(",", ":"))


def load_index(file: Path) -> dict[str, IndexedIssue]:
    """Read the cached index, by the digests of the issues' files. Returns {} if it is missing, damaged or outdated."""
    body = read_sealed(file, _mark())
    if body is None:
        return {}
    digests, *texts = body.decode().split("\n")
    return dict(zip(digests.split(), map(IndexedIssue, texts), strict=True))


def save_index(file: Path, indexed: Mapping[str, IndexedIssue]) -> None:
    """Write the index. A folder that cannot be written to is not an error: the next run reads the issues again."""
    with contextlib.suppress(AccessError):
        lines = [" ".join(indexed), *(found.text for found in indexed.values())]
        write_sealed(file, _mark(), "\n".join(lines).encode())


def _mark() -> str:
    return f"{_MARK} {validation_digest()}"
