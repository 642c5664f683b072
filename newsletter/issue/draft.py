"""Drafts: an issue and its entries as far as they are known, before they are complete.

Capture and the importers make them, the files' writer takes them, and the checker reads them
from a file that does not validate yet. What is not known is empty.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from newsletter.publication.section import Section


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry as far as it is known, in the fields of `Entry`.

    `remarks` are lines for the author alone; they stand above the entry as YAML comments.
    """

    url: str = ""
    title: str = ""
    source_title: str = ""
    image: str = ""
    image_alt: str = ""
    image_credit: str = ""
    id: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    pick: bool = False
    origin: str = ""
    comment: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def blank(self) -> bool:
        """Whether nothing is known of it."""
        return not any((self.url, self.title, self.source_title, self.image, self.id, self.comment.strip()))


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """An issue as far as it is known, in the fields of `Issue`; the date as it is typed.

    `remarks` stand at the head of the file as YAML comments, `section_remarks` under the last
    entry of their section, and `closing_remarks` at the foot of the file.
    """

    title: str = ""
    date: str = ""
    number: str = ""
    status: str = ""
    language: str = ""
    subject: str = ""
    subtitle: str = ""
    preheader: str = ""
    canonical_url: str = ""
    highlights: Mapping[Section, tuple[str, ...]] = field(default_factory=dict)
    sections: Mapping[Section, tuple[EntryDraft, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    section_remarks: Mapping[Section, tuple[str, ...]] = field(default_factory=dict)
    closing_remarks: tuple[str, ...] = ()

    def entries(self) -> Iterator[tuple[Section, int, EntryDraft]]:
        """Every entry with its section and its place there, counted from 0."""
        for section in Section:
            for index, entry in enumerate(self.sections.get(section, ())):
                yield section, index, entry

    def points(self) -> Iterator[tuple[Section, int, str]]:
        """Every highlight with its section and its place there, counted from 0."""
        for section in Section:
            for index, text in enumerate(self.highlights.get(section, ())):
                yield section, index, text
