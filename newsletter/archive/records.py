"""What a build keeps of each issue for the next one: what other pages show of it, and what its own page depends on.

Its tagged entries are kept apart: they are the bulk, and only the pages of tags need them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from newsletter.archive.page_view import EntryLink, IssueRow
from newsletter.text.digests import values_hex


class TaggedEntry(NamedTuple):
    """An entry with tags."""

    entry: EntryLink
    tags: tuple[str, ...]


TaggedEntries = tuple[TaggedEntry, ...]


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """An issue of the archive.

    Args:
        key: the cache key of its page, without its images.
        seen: the digest of its images.
        images: the image files that it shows.
        assets: the files made of them.
        card: the cache key of its social card, or "".
        content: its content in feeds, or "" where no feed has it.
        entries_key: the digest of its tagged entries.
    """

    slug: str
    file: str
    digest: str
    key: str
    number: int | None
    row: IssueRow
    title: str
    language: str
    summary: str
    url: str
    tags: tuple[str, ...]
    entries_key: str
    images: tuple[str, ...]
    assets: tuple[str, ...]
    card: str
    content: str
    seen: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files of the archive that belong to the issue."""
        own = [f"{self.slug}/index.html", *([self.card_path] if self.card else [])]
        return (*own, *(f"assets/{name}" for name in self.assets))

    @property
    def card_path(self) -> str:
        """The path of its social card, if it has one."""
        return f"{self.slug}/card.png"

    def as_json(self) -> list[Any]:
        """Return the record for JSON; `record_of` reads it."""
        return [getattr(self, name) for name in _NAMES]


def record_of(saved: list[Any]) -> IssueRecord:
    """Read a record that `as_json` wrote."""
    values = dict(zip(_NAMES, saved, strict=True))
    values["row"] = IssueRow(*values["row"])
    values.update((name, tuple(values[name])) for name in ("tags", "images", "assets"))
    return IssueRecord(**values)


def entries_of(saved: list[Any]) -> TaggedEntries:
    """Read tagged entries from JSON."""
    return tuple([TaggedEntry(EntryLink(*entry), tuple(tags)) for entry, tags in saved])


def entries_digest(records: Iterable[IssueRecord]) -> str:
    """Return the digest of all that the pages of tags show of issues."""
    return values_hex([(record.row, record.entries_key) for record in records])


_NAMES = tuple(field.name for field in fields(IssueRecord))
# Records of another version have other fields, and are not read.
SHAPE = values_hex(_NAMES, IssueRow._fields, TaggedEntry._fields, EntryLink._fields)
