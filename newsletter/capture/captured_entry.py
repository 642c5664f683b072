"""A captured entry, which is not written yet, and the options for it. An entry without its page needs no library."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.capture.clean_text import clean_line
from newsletter.capture.inputs.link import InputLink
from newsletter.capture.section_rules import choose_section
from newsletter.issue.draft import EntryDraft
from newsletter.publication.section import SectionKey, SectionKeys
from newsletter.text.canonical_url import link_key, remove_tracking
from newsletter.text.wrapping import wrap

if TYPE_CHECKING:
    from newsletter.capture.page_image import PageImage

# The width of remarks, in terminal cells.
REMARK_WIDTH = 94


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """How pages are captured.

    Args:
        declared: the sections that the publication declares.
        rules: the sections of domains, from the settings.
        language: the language of the newsletter.
        section: the section of all entries. If it is None, `choose_section` is used.
        images: whether to fetch images.
    """

    declared: SectionKeys
    rules: Mapping[str, SectionKey]
    language: str
    section: SectionKey | None = None
    images: bool = True


@dataclass(frozen=True, slots=True)
class CapturedEntry:
    """A draft entry and its section.

    Args:
        link: the link that was captured.
        entry: the draft entry.
        section: the section of the entry.
        keys: the keys (`link_key`) of all URLs of the page: as given, canonical, and after redirects.
        picture: the image, which is not written yet, or None.
    """

    link: InputLink
    entry: EntryDraft
    section: SectionKey
    keys: frozenset[str]
    picture: "PageImage | None" = None


def entry_without_page(link: InputLink, options: CaptureOptions) -> CapturedEntry:
    """Create the entry of a URL without reading its page."""
    section = options.section or choose_section(link.url, options.declared, options.rules)
    entry = EntryDraft(url=remove_tracking(link.url), title=clean_line(link.title), remarks=note_remarks(link))
    return CapturedEntry(link, entry, section, frozenset({link_key(link.url)}))


def note_remarks(link: InputLink) -> tuple[str, ...]:
    """Return the note of a bookmark as remarks."""
    return tuple(wrap(f"Your note: {link.note}", REMARK_WIDTH)) if link.note else ()
