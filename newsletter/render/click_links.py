"""Puts links that count clicks into the view of an email."""

from collections.abc import Mapping
from dataclasses import replace

from newsletter.clicks.entry_links import link_to_entry
from newsletter.issue.issue_file import IssueDocument
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.settings import Publication
from newsletter.render.views import HighlightsView, IssueView, SectionView
from newsletter.text import tree
from newsletter.text.tree import Blocks, Image, Inline, Link


def click_links(document: IssueDocument, publication: Publication, output: Output) -> dict[str, str]:
    """Return the URLs of an issue's entries by their links that count clicks. Only emails have such links.

    Returns:
        Nothing if `clicks` is off, or for another output.
    """
    pages_url = publication.delivery.pages_url
    if not (publication.clicks and pages_url and output is Output.EMAIL):
        return {}
    entries = (entry for _, _, entry in document.issue.entries())
    return {link_to_entry(pages_url, document.slug, entry.id, entry.url): entry.url for entry in entries}


def with_click_links(view: IssueView, links: Mapping[str, str]) -> IssueView:
    """Return a view in which every link to an entry counts clicks: of the entry, and of texts that link to its URL.

    Args:
        view: The view. Without links, it is returned as it is.
        links: The URLs of the entries by their links.
    """
    if not links:
        return view
    link_of = {url: link for link, url in links.items()}

    def change(child: Link | Image) -> Inline:
        return replace(child, url=link_of.get(child.url, child.url)) if isinstance(child, Link) else child

    def linked(blocks: Blocks) -> Blocks:
        return tree.rewrite(blocks, change)

    def section(found: SectionView) -> SectionView:
        entries = (
            entry._replace(url=link, tracked_url=link, comment=linked(entry.comment))
            for entry in found.entries
            for link in (link_of[entry.url],)
        )
        return found._replace(entries=tuple(entries))

    return view._replace(
        clicks=True,
        intro=linked(view.intro),
        highlights=tuple(HighlightsView(group.label, linked(group.points)) for group in view.highlights),
        sections=tuple(map(section, view.sections)),
        outro=linked(view.outro),
    )
