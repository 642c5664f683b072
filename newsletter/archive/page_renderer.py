"""The web archive's pages: views into templates, finished HTML out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from markupsafe import Markup

from newsletter.archive.page_view import EntryLink, IssueRow, PageView, SiteView, Tag, by_year
from newsletter.publication.labels import Labels
from newsletter.render.issue_view import IssueView
from newsletter.render.merge_fields import restore_html
from newsletter.render.templates import Templates
from newsletter.text.anchors import tag_slug
from newsletter.text.markdown_html import blocks_to_html, image_tag
from newsletter.text.tree import Blocks, Image

_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class WebPages:
    """The pages of one archive; `lighter` has, for an image's address, that of its copy in a lighter format."""

    site: SiteView
    templates: Templates
    lighter: Mapping[str, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Compile what an issue's page is made with; what cannot be compiled fails when it is filled."""
        self.templates.prepare("web/issue.html", "web/page.html", "web/parts.html")

    def issue(
        self, page: PageView, issue: IssueView, row: IssueRow, earlier: IssueRow | None, later: IssueRow | None
    ) -> str:
        """An issue's page.

        Raises:
            TemplateError: the template fails.
        """
        return self._fill("web/issue.html", page, issue=issue, row=row, earlier=earlier, later=later)

    def home(self, page: PageView, latest: IssueView | None, rows: tuple[IssueRow, ...], tags: Sequence[Tag]) -> str:
        """The archive's home: the latest issue's opening, and all issues by year, newest first."""
        return self._fill("web/home.html", page, latest=latest, rows=rows, years=by_year(rows), tags=tags)

    def tag(self, page: PageView, tag: Tag, entries: Sequence[tuple[IssueRow, Sequence[EntryLink]]]) -> str:
        """The entries of a tag, issue by issue, newest first."""
        return self._fill("web/tag.html", page, tag=tag, stories=entries)

    def tags(self, page: PageView, tags: Sequence[Tag]) -> str:
        """All tags."""
        return self._fill("web/tags.html", page, tags=tags)

    def about(self, page: PageView, labels: Labels) -> str:
        """The page about the newsletter."""
        return self._fill("web/about.html", page, labels=labels)

    def search(self, page: PageView) -> str:
        """The search over all entries."""
        return self._fill("web/search.html", page)

    def missing(self, page: PageView) -> str:
        """What a host shows where there is no page."""
        return self._fill("web/missing.html", page)

    def content(self, issue: IssueView) -> str:
        """An issue's content alone, as feeds carry it: with nothing that only this site's style sheet could show."""
        return self._fill("web/feed.html", None, issue=issue)

    def style(self) -> str:
        """The one style sheet.

        Raises:
            TemplateError: the template fails.
        """
        return self.templates.fill("web/style.css", {"site": self.site})

    def script(self) -> str:
        """The search's script.

        Raises:
            TemplateError: the template fails.
        """
        return self.templates.fill("web/search.js", {})

    def _fill(self, template: str, page: PageView | None, **values: Any) -> str:
        place = self.site.place
        known = {
            "site": self.site,
            "page": page,
            "words": page and page.labels,
            "link": place.link,
            "absolute": place.absolute,
            "tag_link": lambda tag: place.link(f"tags/{tag_slug(tag)}/"),
            "html": self._html,
            "picture": lambda image: Markup(self._picture(image)),
            "json": _json,
            "script": "site/search.js",
        }
        return restore_html(self.templates.fill(template, known | values))

    def _html(self, blocks: Blocks) -> Markup:
        return blocks_to_html(blocks, self._picture)

    def _picture(self, image: Image) -> str:
        tag = image_tag(image).replace(" />", ' loading="lazy" decoding="async">')
        lighter = self.lighter.get(image.source)
        if not lighter:
            return tag
        return f'<picture><source srcset="{escape(lighter)}" type="image/{lighter[-4:]}">{tag}</picture>'


def _json(value: object) -> Markup:
    """A value as JSON that may stand in a `script`: none of its characters can end it, or be taken for a field."""
    text = _encode(value)
    for character in "<>&{":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
