"""Every format with its renderer."""

from collections.abc import Mapping

from newsletter.render.email import render_email
from newsletter.render.format import Format
from newsletter.render.issue_view import IssueView
from newsletter.render.medium import render_markdown, render_medium_json, render_story
from newsletter.render.templates import Templates
from newsletter.render.text_part import render_text


def render_format(format: Format, issue: IssueView, templates: Templates, done: Mapping[Format, str]) -> str:
    """An issue in one format; `done` holds the formats of it that are rendered already.

    Raises:
        TemplateError, LayoutError: a template fails.
    """
    match format:
        case Format.EMAIL:
            return render_email(issue, templates)
        case Format.TEXT:
            return render_text(issue, templates)
        case Format.MEDIUM:
            return render_markdown(issue, templates)
        case Format.STORY:
            return render_story(issue, templates)
        case Format.MEDIUM_JSON:
            return render_medium_json(issue, done.get(Format.MEDIUM) or render_markdown(issue, templates))
