"""Counts the entries of issues, and caches the counts in `.newsletter/counts` for the commands that follow.

Counting parses the whole file. The counts are cached by the digest of the file, so that the next command parses only
the issues that have changed.
"""

import json
from collections.abc import Mapping as Map
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newsletter.documents.nodes import Mapping, Node, Scalar, Sequence
from newsletter.documents.paths import is_blank
from newsletter.documents.sealed_file import read_sealed, write_sealed
from newsletter.documents.source import Source, decode
from newsletter.documents.validation_digest import validation_digest
from newsletter.documents.yaml_tree import compose
from newsletter.errors import AccessError, NewsletterError
from newsletter.files import display, read_bytes, working_path
from newsletter.issue.head import Status
from newsletter.issue.issue_list import IssueList, ListedIssue
from newsletter.publication.section import SectionKeys
from newsletter.text.digests import blake2b_hex

_MARK = "newsletter-counts 1"


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """The number of entries in each section of an issue, and how many of all are sponsored."""

    sections: Map[str, int]
    sponsored: int

    @property
    def total(self) -> int:
        """The number of entries in all sections."""
        return sum(self.sections.values())

    def with_declared(self, declared: SectionKeys) -> "EntryCounts":
        """Return the counts of the declared sections, and then those of other ones."""
        counts = {name: self.sections.get(name, 0) for name in dict.fromkeys((*declared, *self.sections))}
        return EntryCounts(counts, self.sponsored)


def count_entries(path: Path) -> EntryCounts:
    """Count the entries in each section of an issue. Blank entries do not count.

    Raises:
        NewsletterError: the file cannot be read, or its YAML cannot be parsed.
    """
    return _count(path, read_bytes(path))


def drafts_without_entries(issues: IssueList) -> list[ListedIssue]:
    """Return the drafts that have no entries yet. A draft that cannot be read is left out."""
    found = []
    for listed in issues.issues:
        with suppress(NewsletterError):
            if listed.head.status is Status.DRAFT and not count_entries(listed.path).total:
                found.append(listed)
    return found


class CachedCounts:
    """The entry counts of the issues of a publication. Those of issues that did not change are cached."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._cached = self._load()
        self._used: dict[str, EntryCounts] = {}

    def count(self, listed: ListedIssue) -> EntryCounts:
        """Return the entry counts of an issue.

        Raises:
            NewsletterError: see `count_entries`.
        """
        digest, counts = listed.digest, self._cached.get(listed.digest)
        if counts is None:
            content = read_bytes(listed.path)
            # The file may have changed since it was listed.
            digest, counts = blake2b_hex(content), _count(listed.path, content)
        self._used[digest] = counts
        return counts

    def save(self) -> None:
        """Cache the counts that `count` has returned. Without the cache, the next command counts again."""
        if self._used.keys() != self._cached.keys():
            values = {digest: (counts.sections, counts.sponsored) for digest, counts in self._used.items()}
            with suppress(AccessError):
                body = json.dumps(values, separators=(",", ":")).encode()
                write_sealed(working_path(self._root, "counts"), _mark(), body)

    def _load(self) -> dict[str, EntryCounts]:
        body = None
        with suppress(AccessError):
            body = read_sealed(working_path(self._root, "counts"), _mark())
        return {digest: EntryCounts(*values) for digest, values in json.loads(body or b"{}").items()}


def _mark() -> str:
    return f"{_MARK} {validation_digest()}"


def _count(path: Path, content: bytes) -> EntryCounts:
    root = compose(Source(display(path), decode(content, display(path))))
    sections = root.values.get("sections") if isinstance(root, Mapping) else None
    lists = sections.values if isinstance(sections, Mapping) else {}
    entries = {
        name: [item for item in node.items if not is_blank(item)] if isinstance(node, Sequence) else []
        for name, node in lists.items()
    }
    return EntryCounts(
        {name: len(items) for name, items in entries.items()},
        sum(_is_sponsored(item) for items in entries.values() for item in items),
    )


def _is_sponsored(entry: Node) -> bool:
    value = entry.values.get("sponsored") if isinstance(entry, Mapping) else None
    return isinstance(value, Scalar) and not value.blank and value.value.strip() != "false"
