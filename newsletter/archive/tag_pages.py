"""The pages of tags: looked at only where some issue tells them something else than before."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from newsletter.archive.content_digest import digest
from newsletter.archive.issue_pages import IssuePages
from newsletter.archive.page_view import PageView, Tag
from newsletter.archive.records import Record, Stories
from newsletter.archive.tags import Groups, tagged_stories


class TagPage(NamedTuple):
    """A tag's page, to be made here or in another process; `key` is the digest of what it depends on."""

    path: str
    key: str
    tag: Tag
    stories: Groups


def tag_pages(records: Sequence[Record], stories: Mapping[str, Stories], base: str) -> list[TagPage]:
    """Every tag's page, given the issues, newest first, and their stories by the slugs."""
    return [
        TagPage(page_path(tag), digest(base, tag, groups), tag, groups)
        for tag, groups in tagged_stories(records, stories)
    ]


def page_path(tag: Tag) -> str:
    """Where a tag's page is."""
    return f"{tag.path}index.html"


def tag_page(pages: IssuePages, page: TagPage) -> bytes:
    """A tag's page.

    Raises:
        TemplateError: its template fails.
    """
    site, tag = pages.pages.site, page.tag
    head = PageView(tag.name, "", tag.path, site.language, site.direction, pages.labels.web)
    return pages.pages.tag(head, tag, page.stories).encode()
