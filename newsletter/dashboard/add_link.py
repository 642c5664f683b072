"""Adds a link that the author pastes, as `newsletter add` does."""

from pathlib import Path
from typing import Literal

from newsletter.capture.captured_entry import CaptureOptions
from newsletter.capture.collect import CollectedUrl, CollectOutcome, collect, known_urls
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import NewsletterError
from newsletter.fields.address import WebAddress
from newsletter.fields.base import Model
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.issue.declared_sections import require_declared
from newsletter.publication.section import SectionKey
from newsletter.workspace.editing import WorkspaceEditor


class AddLink(Model):
    """Adds a link as an entry at the end of a section; if `section` is None, the `capture.sections` setting decides.

    If `read` is false, the page is not read, and the entry has only the URL. If `again`, a link that an issue or the
    inbox already has is added too.
    """

    kind: Literal["add"]
    url: WebAddress
    section: SectionKey | None
    read: bool = True
    again: bool = False


class UsedLinkError(NewsletterError):
    """An issue or the inbox has the link already, so it was not added."""


class UnreadPageError(NewsletterError):
    """A page cannot be read, so its link was not added."""


def add_link(editor: WorkspaceEditor, path: Path, link: AddLink) -> CollectedUrl:
    """Add a link to an issue, as `newsletter add` does.

    Raises:
        UnreadPageError: The page cannot be read.
        UsedLinkError: An issue or the inbox already has the link.
        NewsletterError: The section is not declared, or the file cannot be changed.
    """
    publication = editor.workspace.publication
    if link.section:
        require_declared(link.section, publication.section_keys)
    options = CaptureOptions(publication.section_keys, publication.capture.sections, publication.language, link.section)
    known = None if link.again else known_urls(editor, path)[0]
    fetcher = open_fetcher(editor.workspace) if link.read else None
    (collected,) = collect(editor, [InputLink(link.url)], path, options, fetcher, known=known)
    if collected.outcome is CollectOutcome.SKIPPED:
        raise UsedLinkError(f"the link is already used: {collected.reason}", "Nothing was added.")
    if collected.outcome is CollectOutcome.FAILED:
        advice = "Try again, or add the link without its title and image."
        if collected.advice:
            # The dashboard has no option for private addresses.
            advice = "To read pages at private addresses, run `newsletter add --allow-private`."
        raise UnreadPageError(f"the page cannot be read, and nothing was added: {collected.reason}", advice)
    return collected
