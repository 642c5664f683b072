"""The edits that the author can make in the browser. Each changes the YAML file and can be undone."""

import csv
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from newsletter.dashboard.add_link import AddLink
from newsletter.documents.source import Source
from newsletter.errors import NewsletterError
from newsletter.fields.base import Model
from newsletter.issue.add_entries import add_entries
from newsletter.issue.declared_sections import require_declared
from newsletter.issue.draft import EntryDraft
from newsletter.issue.edit_field import with_field, with_issue_field, with_tags
from newsletter.issue.edit_highlights import with_highlight
from newsletter.issue.entry_ids import with_missing_ids
from newsletter.issue.move_entry import (
    Spot,
    count_entries,
    delete_entry,
    entry_lines,
    insert_entry,
    move_entry,
    without_remarks,
)
from newsletter.publication.section import SectionKey, SectionKeys


class EntryPosition(Model):
    """The position of an entry in an issue."""

    section: SectionKey
    index: int = Field(ge=0)

    @property
    def spot(self) -> Spot:
        """The position as a `Spot` of the issue package."""
        return Spot(self.section, self.index)


class MoveEntry(Model):
    """Moves an entry to another position."""

    kind: Literal["move"]
    entry: EntryPosition
    to: EntryPosition

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text.

        Raises:
            NewsletterError: The new section is not declared.
        """
        if self.to.section != self.entry.section:
            require_declared(self.to.section, declared)
        return move_entry(source, self.entry.spot, self.to.spot, declared)


EntryField = Literal[
    "title",
    "url",
    "comment",
    "image",
    "image_alt",
    "image_credit",
    "source_title",
    "via",
    "sponsored",
    "tags",
    "id",
    "language",
]
IssueField = Literal["title", "subtitle", "date", "number", "subject", "preheader", "intro", "outro"]
# Fields of several lines. In all others, line breaks become spaces.
_BLOCKS = ("comment", "intro", "outro")
ENTRY_FIELDS: tuple[EntryField, ...] = get_args(EntryField)
ISSUE_FIELDS: tuple[IssueField, ...] = get_args(IssueField)


class WriteFields(Model):
    """Changes fields of an entry. If `section` is another one, the entry moves to its end. Tags have commas between."""

    kind: Literal["write"]
    entry: EntryPosition
    fields: dict[EntryField, str]
    section: SectionKey | None = None

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text."""
        source = with_missing_ids(source, [self.fields.get("comment", "")])
        for name, value in self.fields.items():
            spot = self.entry.spot
            if name == "tags":
                text = with_tags(source, spot, split_tags(value))
            else:
                text = with_field(source, spot, name, _typed(name, value))
            source = Source(source.name, text)
        if self.section and self.section != self.entry.section:
            to = Spot(require_declared(self.section, declared), count_entries(source, self.section))
            return move_entry(source, self.entry.spot, to, declared)
        return source.text


class CreateEntry(Model):
    """Adds an entry with some fields to the end of a section."""

    kind: Literal["create"]
    section: SectionKey
    fields: dict[EntryField, str]

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text.

        Raises:
            NewsletterError: All fields are empty.
        """
        texts: dict[str, Any] = {name: _typed(name, value) for name, value in self.fields.items()}
        if not any(texts.values()):
            raise NewsletterError("the entry is empty", "Fill in its title or its URL.")
        tags = split_tags(texts.pop("tags", ""))
        source = with_missing_ids(source, [texts.get("comment", "")])
        return add_entries(
            source, [(require_declared(self.section, declared), EntryDraft(tags=tags, **texts))], declared
        )


class DeleteEntry(Model):
    """Deletes an entry."""

    kind: Literal["delete"]
    entry: EntryPosition

    def change(self, source: Source, _: SectionKeys) -> str:
        """Return the changed text."""
        return delete_entry(source, self.entry.spot)[0]


class DuplicateEntry(Model):
    """Adds a copy of an entry below it. The copy has no id, since ids are unique."""

    kind: Literal["duplicate"]
    entry: EntryPosition

    def change(self, source: Source, declared: SectionKeys) -> str:
        """Return the changed text."""
        spot = self.entry.spot
        below = Spot(spot.section, spot.index + 1)
        text = insert_entry(source, below, without_remarks(entry_lines(source, spot)), declared)
        return with_field(Source(source.name, text), below, "id", "")


class WriteIssueFields(Model):
    """Changes fields of the issue."""

    kind: Literal["write-issue"]
    fields: dict[IssueField, str]

    def change(self, source: Source, _: SectionKeys) -> str:
        """Return the changed text."""
        source = with_missing_ids(source, [self.fields.get("intro", ""), self.fields.get("outro", "")])
        for name, value in self.fields.items():
            source = Source(source.name, with_issue_field(source, name, _typed(name, value)))
        return source.text


class WriteHighlight(Model):
    """Changes a highlight of a section. An index after the last adds one, and an empty text deletes it."""

    kind: Literal["write-highlight"]
    section: SectionKey
    index: int = Field(ge=0)
    text: str

    def change(self, source: Source, _: SectionKeys) -> str:
        """Return the changed text."""
        source = with_missing_ids(source, [self.text])
        return with_highlight(source, self.section, self.index, _lines(self.text))


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags in a text with commas between them. A tag in double quotes may contain a comma."""
    rows = list(csv.reader([_one_line(text)], skipinitialspace=True))
    return tuple(tag.strip() for row in rows for tag in row if tag.strip())


def join_tags(tags: tuple[str, ...]) -> str:
    """Return tags as one text. `split_tags` returns them again."""
    quoted = ('"' + tag.replace('"', '""') + '"' if "," in tag or '"' in tag else tag for tag in tags)
    return ", ".join(quoted)


def typed_value(name: str, value: str) -> str | tuple[str, ...]:
    """Return the value of a field as the file gets it, from the text that the author typed."""
    return split_tags(value) if name == "tags" else _typed(name, value)


def _typed(name: str, value: str) -> str:
    return _lines(value) if name in _BLOCKS else _one_line(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


class ReplaceText(Model):
    """Replaces the text of the file: after a conflict, the author chose their version over the one on disk."""

    kind: Literal["replace"]
    text: str

    def change(self, _: Source, __: SectionKeys) -> str:
        """Return the new text."""
        return self.text


Change = (
    MoveEntry
    | WriteFields
    | CreateEntry
    | DeleteEntry
    | DuplicateEntry
    | WriteIssueFields
    | WriteHighlight
    | ReplaceText
)
"""An edit that is a function of the text that the page showed."""


class UndoEdit(Model):
    """Undoes the last edit."""

    kind: Literal["undo"]


class EditRequest(Model):
    """An edit, with the version of the file that the page showed."""

    version: str
    edit: Annotated[AddLink | Change | UndoEdit, Field(discriminator="kind")]
