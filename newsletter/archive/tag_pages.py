"""The tag pages: one page for each tag, with its entries."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from newsletter.archive.issue_pages import IssuePages
from newsletter.archive.page_view import PageView, Tag
from newsletter.archive.records import IssueRecord, TaggedEntries
from newsletter.archive.tags import EntriesByIssue, entries_by_tag
from newsletter.text.digests import values_hex


class TagPage(NamedTuple):
    """A tag page to render, in this or in another process. `key` is its cache key."""

    path: str
    key: str
    tag: Tag
    entries: EntriesByIssue


def tag_pages(records: Sequence[IssueRecord], entries: Mapping[str, TaggedEntries], base: str) -> list[TagPage]:
    """Return the page of each tag.

    Args:
        records: The issues, newest first.
        entries: The tagged entries of each issue by its slug.
        base: The digest of everything that all pages depend on.
    """
    return [
        TagPage(page_path(tag), values_hex(base, tag, groups), tag, groups)
        for tag, groups in entries_by_tag(records, entries)
    ]


def page_path(tag: Tag) -> str:
    """Return the path of the page of a tag."""
    return f"{tag.path}index.html"


def tag_page(pages: IssuePages, page: TagPage) -> bytes:
    """Render the page of a tag.

    Raises:
        TemplateError: The template fails.
    """
    site, tag = pages.pages.site, page.tag
    head = PageView(tag.name, "", tag.path, site.language, site.direction, pages.labels.web)
    return pages.pages.tag(head, tag, page.entries).encode()
