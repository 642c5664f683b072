"""The record of an issue, which a build saves for the next build.

It contains the values that other pages show of the issue, and the digests that its own page depends on. Tagged entries
are saved separately, because they are large and only the tag pages need them. A build keeps them as JSON, which takes a
fifth of the memory.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from newsletter.archive.page_view import EntryLink, IssueRow
from newsletter.text.digests import values_hex


class TaggedEntry(NamedTuple):
    """An entry with tags."""

    entry: EntryLink
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """An issue of the archive.

    Args:
        slug: The slug.
        file: The name of the issue's file.
        digest: The digest of the file.
        key: The cache key of the issue's page, without its images.
        number: The number, or None.
        row: The issue in the lists of other pages.
        title: The title.
        language: The language.
        summary: The summary in feeds, or "".
        url: The canonical URL.
        aliases: The earlier slugs, which redirect to the issue.
        tags: The tags of the entries.
        entries_key: The digest of the tagged entries.
        images: The paths of the image files.
        assets: The names of the assets made from them.
        thumbnail: The name of the asset that lists of issues show, or "".
        card: The cache key of the social card, or "" if there is none.
        content: The content in feeds, or "" if the feeds do not contain the issue.
        images_digest: The digest of the image files, or "" if there are none.
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
    aliases: tuple[str, ...]
    tags: tuple[str, ...]
    entries_key: str
    images: tuple[str, ...]
    assets: tuple[str, ...]
    thumbnail: str
    card: str
    content: str
    images_digest: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files of the archive that belong to the issue."""
        own = [f"{self.slug}/index.html", *([self.card_path] if self.card else [])]
        return (*own, *(f"assets/{name}" for name in self.assets))

    @property
    def card_path(self) -> str:
        """The path of the social card, if there is one."""
        return f"{self.slug}/card.png"

    def as_json(self) -> list[Any]:
        """Return the record as a JSON value, which `record_of` reads."""
        return [getattr(self, name) for name in _NAMES]


def record_of(saved: list[Any]) -> IssueRecord:
    """Read a record that `as_json` wrote."""
    values = dict(zip(_NAMES, saved, strict=True))
    values["row"] = IssueRow(*values["row"])
    values.update((name, tuple(values[name])) for name in ("aliases", "tags", "images", "assets"))
    return IssueRecord(**values)


def encode_entries(entries: Iterable[TaggedEntry]) -> str:
    """Return tagged entries as JSON without line breaks: a list of links, each with the list of its tags."""
    return json.dumps(list(entries), ensure_ascii=False, separators=(",", ":"))


def entries_digest(records: Iterable[IssueRecord]) -> str:
    """Return the digest of everything that the tag pages show of issues."""
    return values_hex([(record.row, record.entries_key) for record in records])


_NAMES = tuple(field.name for field in fields(IssueRecord))
# The records of another version can have other fields, and are then not read.
SHAPE = values_hex(_NAMES, IssueRow._fields, TaggedEntry._fields, EntryLink._fields)
