"""The stages of rendering an email: records the inputs of the libraries, so that their own time can be measured."""

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
class RecordedEmail:
    """The filled layout and the page of one email, with the settings that newsletter passes to the libraries."""

    layout: str = ""
    page: str = ""
    layout_settings: dict[str, Any] = field(default_factory=dict)
    inlining_settings: dict[str, Any] = field(default_factory=dict)

    def render_layout(self) -> str:
        """Run mjml-python alone."""
        page: str = mjml.mjml2html(self.layout, **self.layout_settings)
        return page

    def inline(self) -> str:
        """Run premailer alone, with the same page and settings."""
        page: str = Premailer(self.page, **self.inlining_settings).transform()
        return page


def record_email(renderer: Renderer, name: str) -> RecordedEmail:
    """Render one email, and record the inputs of the libraries."""
    record = RecordedEmail()
    render_layout, inline, prepare = mjml.mjml2html, inline_css.inline_css, Premailer.__init__
    fill = Templates.fill

    def record_layout(self: Templates, template: str, values: Mapping[str, Any]) -> str:
        text = fill(self, template, values)
        if template.endswith(".mjml"):
            record.layout = text
        return text

    def record_layout_settings(layout: str, **settings: Any) -> str:
        record.layout_settings = settings
        page: str = render_layout(layout, **settings)
        return page

    def record_page(page: str, css: str) -> str:
        # newsletter adds this attribute to the parsed page. The recorded text must contain it.
        record.page = page.replace("<style", f'<style {Premailer.attribute_name}="ignore"')
        return inline(page, css)

    def record_inlining_settings(self: Premailer, *arguments: Any, **settings: Any) -> None:
        record.inlining_settings = settings
        prepare(self, *arguments, **settings)

    with (
        patch.object(Templates, "fill", record_layout),
        patch.object(mjml, "mjml2html", record_layout_settings),
        patch.object(inline_css, "inline_css", record_page),
        patch.object(Premailer, "__init__", record_inlining_settings),
    ):
        renderer.render(renderer.workspace.issue(name), (Format.EMAIL,))
    return record
