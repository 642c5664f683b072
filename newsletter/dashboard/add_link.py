"""Adds a link that the author pastes, as `newsletter add` does."""

from pathlib import Path
from typing import Literal

from newsletter.capture.collect import CollectedUrl, CollectOutcome, collect, known_urls
from newsletter.capture.fetch_entry import CaptureOptions
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import ExistsError, NewsletterError
from newsletter.fields.address import WebAddress
from newsletter.fields.base import Model
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.issue.declared_sections import require_declared
from newsletter.publication.section import SectionKey
from newsletter.workspace.editing import WorkspaceEditor


class AddLink(Model):
    """Adds a link as an entry at the end of a section; if `section` is None, the `capture.sections` setting decides.

    If `read` is false, the page is not read, and the entry has only the URL.
    """

    kind: Literal["add"]
    url: WebAddress
    section: SectionKey | None
    read: bool = True


class UnreadPageError(NewsletterError):
    """A page cannot be read, so its link was not added."""


def add_link(editor: WorkspaceEditor, path: Path, link: AddLink) -> CollectedUrl:
    """Add a link to an issue, as `newsletter add` does.

    Raises:
        UnreadPageError: The page cannot be read.
        NewsletterError: The section is not declared, an issue already has the link, or the file cannot be changed.
    """
    publication = editor.workspace.publication
    if link.section:
        require_declared(link.section, publication.section_keys)
    options = CaptureOptions(publication.section_keys, publication.capture.sections, publication.language, link.section)
    known, _ = known_urls(editor, path)
    fetcher = open_fetcher(editor.workspace) if link.read else None
    (collected,) = collect(editor, [InputLink(link.url)], path, options, fetcher, known=known)
    if collected.outcome is CollectOutcome.SKIPPED:
        raise ExistsError(
            f"the link is already used: {collected.reason}", "To add it again, run `newsletter add --again`."
        )
    if collected.outcome is CollectOutcome.FAILED:
        advice = "Try again, or add the link without its title and image."
        if collected.advice:
            # The dashboard has no option for private addresses.
            advice = "To read pages at private addresses, run `newsletter add --allow-private`."
        raise UnreadPageError(f"the page cannot be read, and nothing was added: {collected.reason}", advice)
    return collected
