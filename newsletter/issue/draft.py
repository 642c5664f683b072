"""Drafts: issues and entries that may be incomplete. Unknown values are empty.

`newsletter add` and the importers create drafts, `draft_yaml` writes them, and the checks read them from files
that are not valid yet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from newsletter.publication.section import SectionKey


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry that may be incomplete, with the fields of `Entry`.

    Args:
        sponsored: `true`, or the sponsor's name.
        remarks: notes for the author, written above the entry as YAML comments.
    """

    url: str = ""
    title: str = ""
    source_title: str = ""
    via: str = ""
    sponsored: str = ""
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
        """Whether the entry is empty."""
        return not any((self.url, self.title, self.source_title, self.image, self.id, self.comment.strip()))


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """An issue that may be incomplete, with the fields of `Issue`. Values are text, as the author typed them.

    Args:
        remarks: YAML comments at the top of the file.
        section_remarks: YAML comments below the last entry of a section.
        closing_remarks: YAML comments at the end of the file.
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
    aliases: tuple[str, ...] = ()
    digest: bool = False
    intro: str = ""
    highlights: Mapping[SectionKey, tuple[str, ...]] = field(default_factory=dict)
    sections: Mapping[SectionKey, tuple[EntryDraft, ...]] = field(default_factory=dict)
    outro: str = ""
    remarks: tuple[str, ...] = ()
    section_remarks: Mapping[SectionKey, tuple[str, ...]] = field(default_factory=dict)
    closing_remarks: tuple[str, ...] = ()

    @property
    def sponsored(self) -> int:
        """The number of sponsored entries."""
        return sum(1 for _, _, entry in self.entries() if entry.sponsored)

    def entries(self) -> Iterator[tuple[SectionKey, int, EntryDraft]]:
        """Yield every entry with its section and its index there, from 0."""
        for section, entries in self.sections.items():
            for index, entry in enumerate(entries):
                yield section, index, entry

    def points(self) -> Iterator[tuple[SectionKey, int, str]]:
        """Yield every highlight with its section and its index there, from 0."""
        for section, texts in self.highlights.items():
            for index, text in enumerate(texts):
                yield section, index, text
