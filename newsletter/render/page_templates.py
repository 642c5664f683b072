"""Fills the templates in `pages/` with the values that all of them can use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from newsletter.publication.labels import Labels
from newsletter.publication.settings import Publication
from newsletter.render.language_format import direction
from newsletter.render.merge_fields import restore_html, restore_text
from newsletter.render.templates import Templates
from newsletter.text.digests import sha256_hex


@dataclass(frozen=True)
class PageTemplates:
    """Fills the templates of the public pages and of transactional mail.

    Attributes:
        publication: The settings.
        templates: The templates of the publication.
        labels: The labels by language.
        base: The path of the public pages; it ends with a slash.
    """

    publication: Publication
    templates: Templates
    labels: Mapping[str, Labels]
    base: str

    def fill(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        """Fill a template, such as `notice.html` or `letter.txt`.

        Args:
            name: The name of the template below `pages/`.
            language: The language of the labels.
            values: The values of this template.

        Raises:
            TemplateError: The template fails.
        """
        text = self.templates.fill(f"pages/{name}", {**self._shared(language), **values})
        return restore_text(text) if name.endswith(".txt") else restore_html(text)

    @cached_property
    def style(self) -> str:
        """The style sheet of the pages.

        Raises:
            TemplateError: The template fails.
        """
        colours = self.publication.colours
        site = {"accent": colours.light, "accent_dark": colours.dark}
        return self.templates.fill("pages/style.css", {"site": site})

    @cached_property
    def _style_url(self) -> str:
        return f"{self.base}pages.css?v={sha256_hex(self.style, 8)}"

    def _shared(self, language: str) -> dict[str, Any]:
        """Return the values that every template in `pages/` can use. docs/templates.md lists them."""
        labels = self.labels[language]
        return {
            "publication": self.publication.name,
            "tagline": self.publication.tagline or "",
            "postal_address": self.publication.postal_address.splitlines(),
            "accent": self.publication.colours.light,
            "home": self.publication.site_url,
            "base": self.base,
            "style": self._style_url,
            "language": language,
            "direction": direction(language),
            "labels": labels,
            "words": labels.pages,
        }
