"""The stages of an email on their own: the layout, the page and the settings that newsletter hands its libraries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import mjml
from premailer import Premailer

from newsletter.render import inline_css
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.render.templates import Templates


@dataclass
class Recorded:
    """The filled layout of one email and its page, with the settings that the libraries were given."""

    layout: str = ""
    page: str = ""
    layout_settings: dict[str, Any] = field(default_factory=dict)
    inlining_settings: dict[str, Any] = field(default_factory=dict)

    def lay_out(self) -> str:
        """mjml-python's own work."""
        page: str = mjml.mjml2html(self.layout, **self.layout_settings)
        return page

    def inline(self) -> str:
        """Premailer's own work: the same page as text, the same settings, finished text out."""
        page: str = Premailer(self.page, **self.inlining_settings).transform()
        return page


def recorded(renderer: Renderer, name: str) -> Recorded:
    """One email rendered while its libraries are listened to."""
    record = Recorded()
    lay_out, inline, prepare = mjml.mjml2html, inline_css.inline_css, Premailer.__init__
    fill = Templates.fill

    def listen_to_filling(self: Templates, template: str, values: Mapping[str, Any]) -> str:
        text = fill(self, template, values)
        if template.endswith(".mjml"):
            record.layout = text
        return text

    def listen_to_mjml(layout: str, **settings: Any) -> str:
        record.layout_settings = settings
        page: str = lay_out(layout, **settings)
        return page

    def listen_to_inlining(page: str, css: str) -> str:
        # Our inliner marks the layout's style sheets in the tree; text must say it itself.
        record.page = page.replace("<style", f'<style {Premailer.attribute_name}="ignore"')
        return inline(page, css)

    def listen_to_premailer(self: Premailer, *arguments: Any, **settings: Any) -> None:
        record.inlining_settings = settings
        prepare(self, *arguments, **settings)

    with (
        patch.object(Templates, "fill", listen_to_filling),
        patch.object(mjml, "mjml2html", listen_to_mjml),
        patch.object(inline_css, "inline_css", listen_to_inlining),
        patch.object(Premailer, "__init__", listen_to_premailer),
    ):
        renderer.render(renderer.workspace.issue(name), (Format.EMAIL,))
    return record
