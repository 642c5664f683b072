"""Renders the pages of the web archive: fills templates with views."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html import escape
from typing import Any

from markupsafe import Markup

from newsletter.archive.page_view import ArchiveUrls, EntryLink, IssueRow, PageView, SiteView, Tag, by_year
from newsletter.publication.labels import Labels
from newsletter.render.merge_fields import restore_html
from newsletter.render.template_code import direct
from newsletter.render.templates import Templates
from newsletter.render.views import IssueView
from newsletter.text.anchors import tag_slug
from newsletter.text.markdown_html import blocks_to_html, image_tag
from newsletter.text.tree import Blocks, Image

_dump_json = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class WebPages:
    """Renders the pages of one archive.

    Args:
        site: The values that all pages show.
        templates: The templates of the publication.
        copies: The URLs and widths in pixels of the copies of an image by the image's URL, the widest first.
    """

    site: SiteView
    templates: Templates
    copies: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Compile the templates of an issue's page. An error in a template is raised later, when it is filled."""
        self.templates.prepare("web/issue.html", "web/page.html", "web/parts.html")

    def issue(
        self, page: PageView, issue: IssueView, row: IssueRow, earlier: IssueRow | None, later: IssueRow | None
    ) -> str:
        """Render the page of an issue between its neighbours.

        Raises:
            TemplateError: The template fails.
        """
        return self._fill("web/issue.html", page, issue=issue, row=row, earlier=earlier, later=later)

    def home(self, page: PageView, latest: IssueView | None, rows: tuple[IssueRow, ...], tags: Sequence[Tag]) -> str:
        """Render the home page: the beginning of the latest issue, and all issues by year, newest first."""
        return self._fill("web/home.html", page, latest=latest, rows=rows, years=by_year(rows), tags=tags)

    def tag(self, page: PageView, tag: Tag, entries: Sequence[tuple[IssueRow, Sequence[EntryLink]]]) -> str:
        """Render the page of a tag: its entries by issue, newest first."""
        return self._fill("web/tag.html", page, tag=tag, stories=entries)

    def tags(self, page: PageView, tags: Sequence[Tag]) -> str:
        """Render the page that lists all tags."""
        return self._fill("web/tags.html", page, tags=tags)

    def about(self, page: PageView, labels: Labels) -> str:
        """Render the page about the newsletter."""
        return self._fill("web/about.html", page, labels=labels)

    def search(self, page: PageView, tags: Sequence[Tag]) -> str:
        """Render the search page. It shows tags until something is searched."""
        return self._fill("web/search.html", page, tags=tags)

    def missing(self, page: PageView) -> str:
        """Render the 404 page."""
        return self._fill("web/missing.html", page)

    def content(self, issue: IssueView) -> str:
        """Render the content of an issue for feeds. It does not need the style sheet of the archive."""
        return self._fill("web/feed.html", None, issue=issue)

    def style(self) -> str:
        """Render the style sheet.

        Raises:
            TemplateError: The template fails.
        """
        return self.templates.fill("web/style.css", {"site": self.site})

    def script(self) -> str:
        """Render the script of the search page.

        Raises:
            TemplateError: The template fails.
        """
        return self.templates.fill("web/search.js", {})

    def _fill(self, template: str, page: PageView | None, **values: Any) -> str:
        known = {"site": self.site, "page": page, "words": page and page.labels, "script": "site/search.js"}
        return restore_html(self.templates.fill(template, known | self._functions | values))

    @cached_property
    def _functions(self) -> dict[str, Callable[..., str]]:
        """The functions that every template can call."""
        place = self.site.place
        return {
            "link": direct(lambda path: place.link(path)),
            "absolute": direct(lambda path: place.absolute(path)),
            "tag_link": direct(lambda tag: _link_to_tag(place, tag)),
            "html": direct(lambda blocks: self._render_blocks(blocks)),
            "picture": direct(lambda image: Markup(self._render_image(image))),
            "json": direct(_json_for_script),
        }

    def _render_blocks(self, blocks: Blocks) -> Markup:
        return blocks_to_html(blocks, self._render_image)

    def _render_image(self, image: Image) -> str:
        tag = image_tag(image).replace(" />", ' loading="lazy" decoding="async">')
        copies = self.copies.get(image.source)
        if not copies:
            return tag
        kind = f'type="image/{copies[0][0][-4:]}"'
        if len(copies) == 1:
            return f'<picture><source srcset="{escape(copies[0][0])}" {kind}>{tag}</picture>'
        widths = ", ".join(f"{escape(url)} {width}w" for url, width in copies)
        # The share of a phone's width that the built-in style sheet leaves to images.
        sizes = f"min({image.width}px, 86vw)"
        return f'<picture><source srcset="{widths}" sizes="{sizes}" {kind}>{tag}</picture>'


# Each tag is linked from many pages.
@lru_cache(4096)
def _link_to_tag(place: ArchiveUrls, tag: str) -> str:
    return place.link(f"tags/{tag_slug(tag)}/")


def _json_for_script(value: object) -> Markup:
    """Return a value as JSON for a `script` element. It cannot end the element, and contains no merge field."""
    text = _dump_json(value)
    for character in "<>&{":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
