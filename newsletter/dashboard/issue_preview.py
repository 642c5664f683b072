"""The preview of an issue: its text, outline and rendered outputs. The page gets it as JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.archive.issue_pages import IssuePages
from newsletter.clicks.entry_links import link_to_entry
from newsletter.dashboard.edit_actions import ENTRY_FIELDS, join_tags
from newsletter.dashboard.framing import with_local_images, without_styles
from newsletter.dashboard.placeholders import MISSING_DATE
from newsletter.documents.paths import location_of
from newsletter.errors import DocumentError, NewsletterError, Problem
from newsletter.issue.draft import EntryDraft
from newsletter.issue.draft_document import DraftDocument
from newsletter.issue.entry_ids import propose_ids
from newsletter.issue.issue_file import IssueDocument
from newsletter.issue.move_entry import Spot
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.label_files import read_labels
from newsletter.publication.section import SectionKey
from newsletter.render.format import Format
from newsletter.render.issue_title import prose_line, subject_line
from newsletter.render.renderer import Renderer
from newsletter.render.section_labels import section_names, section_words
from newsletter.text.digests import sha256_hex
from newsletter.text.domains import host_of
from newsletter.text.links import add_parameters
from newsletter.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PreviewError:
    """Why an issue could not be rendered: problems with locations, or one message."""

    message: str
    advice: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedOutputs:
    """The rendered outputs of an issue, and what an inbox shows of it.

    Attributes:
        story: The Medium story without its style sheet, which Medium ignores. A browser that copies a story applies
            its style sheet, which the Content-Security-Policy of the dashboard forbids.
        date: The date in ISO 8601, or "" if it is missing.
        long_date: The date as the outputs show it. A missing one is that of `MISSING_DATE`.
    """

    email: str
    text: str
    markdown: str
    story: str
    page: str
    assets_url: str
    sender: str
    subject: str
    preheader: str
    date: str
    long_date: str


@dataclass(frozen=True, slots=True)
class EntryOutline:
    """An entry in the outline.

    Attributes:
        fields: The values of the fields that can be edited, by name.
        link_id: The id that a text links to. If the entry has none, it gets this one when a text links to it.
        links: The URLs that the entry may have in the email.
        line: The line of the entry in the file, from 1.
    """

    title: str
    url: str
    domain: str
    fields: dict[str, str]
    link_id: str
    line: int
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionOutline:
    """A section in the outline. It may have no entries."""

    section: SectionKey
    label: str
    entries: tuple[EntryOutline, ...]
    highlights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssuePreview:
    """An issue in the browser.

    Attributes:
        version: The version of `text`; see `version_of`.
        error: What must be fixed before the issue can be sent, or None.
        outputs: The outputs, with placeholders for what is missing. None if the file cannot be read, or a template
            fails.
        empty: Whether the issue has no entries.
        fields: The values of the issue's fields that can be edited, by name.
    """

    slug: str
    file: str
    version: str
    text: str
    outline: tuple[SectionOutline, ...]
    error: PreviewError | None
    outputs: RenderedOutputs | None
    empty: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def version_of(text: str) -> str:
    """Return the version of a text: 16 bytes of its SHA-256 (FIPS 180-4) in hexadecimal digits."""
    return sha256_hex(text, 32)


def preview_error(error: NewsletterError) -> PreviewError:
    """Convert an error for the page."""
    if isinstance(error, DocumentError):
        count = len(error.problems)
        return PreviewError("1 error" if count == 1 else f"{count} errors", "", error.problems)
    return PreviewError(error.message, error.advice)


def render_outputs(renderer: Renderer, document: IssueDocument) -> RenderedOutputs:
    """Render an issue and write its images.

    Raises:
        NewsletterError: The issue cannot be rendered.
    """
    rendered = renderer.render(document, (Format.EMAIL, Format.TEXT, Format.MEDIUM, Format.STORY)).texts
    renderer.images.write()
    issue, publication = document.issue, renderer.workspace.publication
    return RenderedOutputs(
        email=rendered[Format.EMAIL],
        text=rendered[Format.TEXT],
        markdown=rendered[Format.MEDIUM],
        story=without_styles(rendered[Format.STORY]),
        page=archive_page(renderer, document),
        assets_url=publication.assets_url,
        sender=publication.sender.name or publication.name,
        subject=subject_line(issue, publication),
        preheader=prose_line(issue.preheader or "", publication, issue.language or publication.language),
        date="" if issue.date == MISSING_DATE else issue.date.isoformat(),
        long_date=renderer.view(document, Output.EMAIL).date,
    )


def archive_page(renderer: Renderer, document: IssueDocument) -> str:
    """Render the archive page of an issue with an inline style sheet and local images.

    Its images must be written already.

    Raises:
        NewsletterError: The issue cannot be rendered.
    """
    pages = IssuePages(renderer.workspace, frozenset(renderer.images.known.values()))
    style = f"<style>{pages.pages.style()}</style></head>"
    page = re.sub(r"<link\b[^>]*>", "", pages.page(document)).replace("</head>", style, 1)
    return with_local_images(page, pages.pictures.base_url)


def outline_of(workspace: Workspace, draft: DraftDocument) -> tuple[SectionOutline, ...]:
    """Return all sections of a draft with their entries, except that of the scaffold, which is blank."""
    language = draft.draft.language or workspace.publication.language
    sections = dict.fromkeys((*workspace.publication.section_keys, *draft.draft.sections))
    try:
        labels = read_labels(workspace.template_folders, language)
        names = section_names(workspace.publication, labels, language, sections)
    except NewsletterError:
        names = {section: section_words(section) for section in sections}
    parameters = workspace.publication.campaign.of(Output.EMAIL, draft.slug)
    blank = all(entry.blank for _, _, entry in draft.draft.entries())
    proposed = {spot: name for name, spot in propose_ids(draft.draft).items()}

    def click_link(entry: EntryDraft) -> tuple[str, ...]:
        pages_url = workspace.publication.delivery.pages_url
        return (link_to_entry(pages_url, draft.slug, entry.id or None, entry.url),) if pages_url else ()

    def outlined(section: SectionKey, index: int, entry: EntryDraft) -> EntryOutline:
        location, _ = location_of(draft.root, ("sections", section, index))
        return EntryOutline(
            title=entry.title,
            url=entry.url,
            domain=host_of(entry.url) if "://" in entry.url else "",
            fields={**{name: getattr(entry, name) for name in ENTRY_FIELDS}, "tags": join_tags(entry.tags)},
            link_id=entry.id or proposed[Spot(section, index)],
            line=location.line + 1,
            links=(add_parameters(entry.url, parameters), entry.url, *click_link(entry)),
        )

    return tuple(
        SectionOutline(
            section,
            names[section],
            tuple(
                outlined(section, index, entry)
                for index, entry in enumerate(() if blank else draft.draft.sections.get(section, ()))
            ),
            draft.draft.highlights.get(section, ()),
        )
        for section in sections
    )
