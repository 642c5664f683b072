"""The files of the archive that do not belong to one issue: home page, lists, feeds, sitemap, aliases, style sheet."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from newsletter.archive.alias_pages import alias_page, alias_paths
from newsletter.archive.feeds import ATOM, JSON, MAX_ITEMS, Feed
from newsletter.archive.issue_pages import CARD, SCRIPT, STYLE, IssuePages
from newsletter.archive.page_view import IssueRow, PageView, Tag
from newsletter.archive.records import IssueRecord
from newsletter.archive.sitemap import ROBOTS, SITEMAP, robots, sitemap
from newsletter.archive.social_card import card_key
from newsletter.archive.tags import most_used
from newsletter.text.digests import values_hex

# The number of tags on the home page and on the search page.
_TAGS = 30


@dataclass(frozen=True, slots=True)
class CollectionFile:
    """A file of the archive. `key` is the digest of everything that it depends on; `make` returns its content."""

    path: str
    key: str
    make: Callable[[], bytes]


class CollectionPages:
    """The files that list issues, except the tag pages.

    Args:
        pages: Renders pages.
        records: The issues, newest first.
        tags: All tags.
        base: The digest of everything that all pages depend on.
    """

    def __init__(self, pages: IssuePages, records: Sequence[IssueRecord], tags: Sequence[Tag], base: str) -> None:
        self.pages = pages
        self.site = pages.pages.site
        self.words = pages.labels.web
        self.records = records
        self.rows = tuple(self._row(record) for record in records)
        self.base = base
        self.tags = tags

    def files(self) -> Iterator[CollectionFile]:
        """Yield every file, including those that are unchanged."""
        write, words = self.pages.pages, self.words
        newest = self.records[0] if self.records else None
        chosen = most_used(self.tags, _TAGS)
        newest_key = newest and (newest.digest, newest.images_digest)
        yield self._page("index.html", (self.rows, newest_key, chosen), lambda: self._home(chosen))
        yield self._page("tags/index.html", self.tags, lambda: write.tags(self._head(words.tags, "tags/"), self.tags))
        about = self._head(words.about, "about/")
        yield self._page("about/index.html", None, lambda: write.about(about, self.pages.labels))
        yield self._page("404.html", None, lambda: write.missing(self._head(words.missing, "404.html", hidden=True)))
        yield self._page(STYLE, None, write.style)
        if self.site.search:
            yield self._page(SCRIPT, None, write.script)
            search = self._head(words.search, "search/")
            yield self._page("search/index.html", chosen, lambda: write.search(search, chosen))
        yield from self._feeds_and_sitemap()
        yield from self._alias_pages()
        if self.site.card:
            publication = self.pages.publication
            tagline = publication.tagline or ""
            key = card_key(publication.name, publication.name, tagline, publication.colours.light)
            yield CollectionFile(CARD, key, lambda: self.pages.card(publication.name, tagline))

    def _feeds_and_sitemap(self) -> Iterator[CollectionFile]:
        public = [record for record in self.records if not record.row.draft]
        feed = Feed(self.site, public[:MAX_ITEMS])
        shown = [(issue.row, issue.url, issue.summary, issue.card, issue.content, issue.tags) for issue in feed.issues]
        rows = [record.row for record in public]
        yield CollectionFile(ATOM, values_hex(self.base, shown), feed.atom)
        yield CollectionFile(JSON, values_hex(self.base, shown), feed.json)
        yield CollectionFile(
            SITEMAP, values_hex(self.base, rows, self.tags), lambda: sitemap(self.site.place, rows, self.tags)
        )
        yield CollectionFile(ROBOTS, values_hex(self.base), lambda: robots(self.site.place))

    def _alias_pages(self) -> Iterator[CollectionFile]:
        for record in self.records:
            for path in alias_paths(record):
                key = values_hex(self.base, record.row, record.url)
                yield CollectionFile(path, key, partial(alias_page, self.site.place, record))

    def _row(self, record: IssueRecord) -> IssueRow:
        if not record.thumbnail:
            return record.row
        return record.row._replace(thumbnail=self.pages.pictures.base_url + record.thumbnail)

    def _page(self, path: str, shown: object, make: Callable[[], str]) -> CollectionFile:
        return CollectionFile(path, values_hex(self.base, shown), lambda: make().encode())

    def _head(self, title: str, path: str, description: str = "", *, hidden: bool = False) -> PageView:
        site = self.site
        return PageView(title, description, path, site.language, site.direction, self.words, hidden=hidden)

    def _home(self, tags: Sequence[Tag]) -> str:
        latest = None
        if self.records:
            document = self.pages.files.read(
                self.pages.workspace.issues_folder / self.records[0].file, self.pages.publication.section_keys
            )
            latest = self.pages.view(document, self.pages.renderer.pictures_of(document))
        head = self._head(self.site.publication, "", self.site.tagline)
        return self.pages.pages.home(head, latest, self.rows, tags)
