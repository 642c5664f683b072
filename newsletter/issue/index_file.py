"""The file of the link index. Reading it needs no library."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from newsletter.documents.validation_digest import validation_digest
from newsletter.errors import AccessError
from newsletter.files import write_whole
from newsletter.issue.head import HeadParts, IssueHead, head_from_parts, head_to_parts
from newsletter.publication.section import SectionKey
from newsletter.text.canonical_url import KEY_VERSION
from newsletter.text.digests import blake2b_hex

_MARK = f"newsletter-index 5 {KEY_VERSION}"


# The key of an entry's URL (`link_key`), its section, and the line of its URL, from 1.
IndexedEntry = tuple[str, SectionKey, int]
# The digest of a highlight's words, its section, its line, and the keys of the URLs that it links to.
IndexedHighlight = tuple[str, SectionKey, int, Sequence[str]]


class IndexedIssue(NamedTuple):
    """The indexed data of an issue."""

    head: IssueHead
    entries: Sequence[IndexedEntry]
    highlights: Sequence[IndexedHighlight]


def load_index(file: Path) -> dict[str, IndexedIssue]:
    """Read the cached index, by the digests of the issues' files. Returns {} if it is missing, damaged or outdated."""
    try:
        mark, _, body = file.read_bytes().partition(b"\n")
        if mark != _mark(body):
            return {}
        return {digest: _indexed(*parts) for digest, parts in json.loads(body).items()}
    except OSError:
        return {}


def save_index(file: Path, indexed: Mapping[str, IndexedIssue]) -> None:
    """Write the index. A folder that cannot be written to is not an error: the next run reads the issues again."""
    with contextlib.suppress(AccessError):
        body = json.dumps({digest: _parts(found) for digest, found in indexed.items()}, separators=(",", ":")).encode()
        write_whole(file, _mark(body) + b"\n" + body)


def _mark(body: bytes) -> bytes:
    return f"{_MARK} {validation_digest()} {blake2b_hex(body)}".encode()


def _parts(indexed: IndexedIssue) -> tuple[object, ...]:
    return head_to_parts(indexed.head), indexed.entries, indexed.highlights


def _indexed(head: HeadParts, entries: list[Any], highlights: list[Any]) -> IndexedIssue:
    return IndexedIssue(head_from_parts(head), entries, highlights)
