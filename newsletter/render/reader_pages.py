"""The live pages and the letters that they cause: words and a publication into templates, finished HTML out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from newsletter.publication.labels import Labels
from newsletter.publication.settings import Publication
from newsletter.render.issue_view import direction
from newsletter.render.merge_fields import restore_html, restore_text
from newsletter.render.templates import Templates
from newsletter.text.plain_text import WIDTH
from newsletter.text.wrapping import wrap


@dataclass(frozen=True, slots=True)
class Choice:
    """A language or a tag that a reader may choose: its value, its words, and whether it is chosen."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the page of preferences shows of a subscriber; the paths are those of further pages.

    Where it is not `fresh`, what is kept is not to be had from it: its link may have gone through many hands.
    """

    address: str
    active: bool
    languages: Sequence[Choice]
    tags: Sequence[Choice]
    export: str
    leave: str
    erase: str
    fresh: bool
    saved: bool = False


@dataclass(frozen=True)
class LivePages:
    """The pages of a publication below `base`, a path that ends with a slash; `labels` are those of each language."""

    publication: Publication
    templates: Templates
    labels: Mapping[str, Labels]
    base: str

    def subscribe(self, language: str, *, email: str = "", fault: str = "") -> str:
        """The form, with what was typed and what is wrong with it."""
        return self._page("subscribe", language, title=self.labels[language].subscribe, email=email, fault=fault)

    def question(self, language: str, title: str, note: str, button: str) -> str:
        """A page that asks, with one button, which posts to the page's own address."""
        return self._page("question", language, title=title, note=note, button=button)

    def notice(self, language: str, title: str, note: str, *, again: bool = False) -> str:
        """A page that says what has happened; with `again`, it leads to the form."""
        return self._page("notice", language, title=title, note=note, again=again)

    def preferences(self, language: str, shown: Preferences) -> str:
        """A subscriber's preferences."""
        return self._page("preferences", language, title=self.labels[language].pages.preferences, shown=shown)

    @cached_property
    def style(self) -> str:
        """The one style sheet.

        Raises:
            TemplateError: the template fails.
        """
        colours = self.publication.colours
        site = {"accent": colours.light, "accent_dark": colours.dark}
        return self.templates.fill("pages/style.css", {"site": site})

    @cached_property
    def _style_address(self) -> str:
        return f"{self.base}pages.css?v={sha256(self.style.encode()).hexdigest()[:8]}"

    def letter(self, language: str, subject: str, note: str, url: str, button: str, end: str) -> tuple[str, str]:
        """A letter's HTML and its text part; the one thing to do in it is to follow `url`.

        Raises:
            TemplateError: a template fails.
        """
        values = self._values(language) | {
            "subject": subject,
            "note": note,
            "url": url,
            "button": button,
            "end": end,
            "lines": lambda text: "\n".join(wrap(text, WIDTH)),
        }
        html, text = (self.templates.fill(f"pages/letter.{kind}", values) for kind in ("html", "txt"))
        return restore_html(html), restore_text(text)

    def _page(self, template: str, language: str, **values: Any) -> str:
        return restore_html(self.templates.fill(f"pages/{template}.html", self._values(language) | values))

    def _values(self, language: str) -> dict[str, Any]:
        labels = self.labels[language]
        return {
            "publication": self.publication.name,
            "tagline": self.publication.tagline or "",
            "postal_address": self.publication.postal_address.splitlines(),
            "accent": self.publication.colours.light,
            "home": self.publication.site_url,
            "base": self.base,
            "style": self._style_address,
            "language": language,
            "direction": direction(language),
            "labels": labels,
            "words": labels.pages,
        }
