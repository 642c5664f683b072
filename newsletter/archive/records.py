"""What is kept of an issue between builds: all that other pages say of it, and what its own depend on.

Its stories are kept apart: they are the bulk, and only tags' pages need them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from newsletter.archive.content_digest import digest
from newsletter.archive.page_view import Row, TaggedEntry


class Story(NamedTuple):
    """An entry with tags."""

    entry: TaggedEntry
    tags: tuple[str, ...]


Stories = tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """An issue of the archive.

    `key` is the digest of all that its page depends on but the images, and `seen` that of these;
    `images` are the files that it shows, and `assets` those made of them; `card` is the key of its
    card, `content` what feeds carry of it, where they do, and `told` the digest of its stories.
    """

    slug: str
    file: str
    digest: str
    key: str
    number: int | None
    row: Row
    title: str
    language: str
    summary: str
    url: str
    tags: tuple[str, ...]
    told: str
    images: tuple[str, ...]
    assets: tuple[str, ...]
    card: str
    content: str
    seen: str = ""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files of the archive that belong to it."""
        own = [f"{self.slug}/index.html", *([self.card_path] if self.card else [])]
        return (*own, *(f"assets/{name}" for name in self.assets))

    @property
    def card_path(self) -> str:
        """Where its card is, if it has one."""
        return f"{self.slug}/card.png"

    def as_json(self) -> list[Any]:
        """The record as JSON can write it; `record_of` reads it."""
        return [getattr(self, name) for name in _NAMES]


def record_of(saved: list[Any]) -> Record:
    """A record from what `as_json` wrote."""
    values = dict(zip(_NAMES, saved, strict=True))
    values["row"] = Row(*values["row"])
    values.update((name, tuple(values[name])) for name in ("tags", "images", "assets"))
    return Record(**values)


def stories_of(saved: list[Any]) -> Stories:
    """Stories from what JSON made of them."""
    return tuple([Story(TaggedEntry(*entry), tuple(tags)) for entry, tags in saved])


def told_by(records: Iterable[Record]) -> str:
    """A digest of all that issues tell to the tags' pages."""
    return digest([(record.row, record.told) for record in records])


_NAMES = tuple(field.name for field in fields(Record))
# What another version of newsletter kept has other fields, and is not read.
SHAPE = digest(_NAMES, Row._fields, Story._fields, TaggedEntry._fields)
