"""The tag pages: one page for each tag, with its entries."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from newsletter.archive.issue_pages import IssuePages
from newsletter.archive.page_view import IssueRow, PageView, Tag
from newsletter.archive.tags import EntriesByIssue, FoundTag, entries_of_tags
from newsletter.text.digests import values_hex

# The pages of so many entries are rendered together. Their entries take about 10 MB.
_BATCH = 20_000


class TagPage(NamedTuple):
    """A tag page to render, in this or in another process."""

    tag: Tag
    entries: EntriesByIssue

    @property
    def path(self) -> str:
        """The path of the page's file."""
        return page_path(self.tag)


def page_path(tag: Tag) -> str:
    """Return the path of the page of a tag."""
    return f"{tag.path}index.html"


def page_key(found: FoundTag, base: str) -> str:
    """Return the cache key of the page of a tag, given the digest of everything that all pages depend on."""
    return values_hex(base, found.tag, found.digest.hexdigest())


def tag_batches(
    tags: Sequence[FoundTag], rows: Mapping[str, IssueRow], entries: Mapping[str, str]
) -> Iterator[list[TagPage]]:
    """Yield the pages of tags, a limited number of entries at a time. Yields an empty batch if there are no tags.

    Args:
        tags: The tags.
        rows: The issues by their slugs, newest first.
        entries: The tagged entries of each issue by its slug, as JSON.
    """
    batch: list[FoundTag] = []
    size = 0
    for found in tags:
        if batch and size + found.count > _BATCH:
            yield _fill(batch, rows, entries)
            batch, size = [], 0
        batch.append(found)
        size += found.count
    yield _fill(batch, rows, entries)


def _fill(tags: Sequence[FoundTag], rows: Mapping[str, IssueRow], entries: Mapping[str, str]) -> list[TagPage]:
    filled = zip(tags, entries_of_tags(tags, rows, entries), strict=True)
    return [TagPage(found.tag, groups) for found, groups in filled]


def tag_page(pages: IssuePages, page: TagPage) -> bytes:
    """Render the page of a tag.

    Raises:
        TemplateError: The template fails.
    """
    site, tag = pages.pages.site, page.tag
    head = PageView(tag.name, "", tag.path, site.language, site.direction, pages.labels.web)
    return pages.pages.tag(head, tag, page.entries).encode()
