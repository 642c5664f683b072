"""Renders the Medium story: Markdown, rich text to paste into Medium's editor, and a request to Medium's API."""

import json
import re

from markupsafe import Markup

from newsletter.render.format import Finished, Format
from newsletter.render.merge_fields import replace_braces, restore_html, restore_text
from newsletter.render.templates import Templates
from newsletter.render.views import EntryView, IssueView
from newsletter.text.lookalikes import mark_lookalikes, mark_passage, mark_source_title
from newsletter.text.markdown_html import blocks_to_html, image_tag
from newsletter.text.medium_markdown import (
    bare_url,
    blocks_to_markdown,
    destination,
    flatten,
    image_to_markdown,
)
from newsletter.text.tree import Blocks, Image


def render_markdown(issue: IssueView, templates: Templates, _finished: Finished) -> str:
    """Render the story in the Markdown that Medium supports.

    Raises:
        TemplateError: The template fails.
    """
    values = {
        "issue": issue,
        "markdown": lambda blocks: Markup(blocks_to_markdown(flatten(blocks))),
        "passage": lambda blocks: Markup(blocks_to_markdown(mark_passage(flatten(blocks)))),
        "comment": lambda entry: Markup(blocks_to_markdown(_comment(entry, issue))),
        "source": lambda entry: _source(entry, issue),
        "picture": lambda image: Markup(image_to_markdown(image.source, image.alt)),
        "destination": lambda url: Markup(destination(url)),
        "card": lambda url: Markup(bare_url(url)),
    }
    filled = templates.fill("medium.md", values)
    return restore_text(re.sub(r"\n{3,}", "\n\n", filled).strip("\n") + "\n")


def render_story(issue: IssueView, templates: Templates, _finished: Finished) -> str:
    """Render the story as rich text. It uses only elements that Medium's editor keeps when they are pasted.

    Raises:
        TemplateError: The template fails.
    """
    values = {
        "issue": issue,
        "html": lambda blocks: blocks_to_html(flatten(blocks), _figure),
        "passage": lambda blocks: blocks_to_html(mark_passage(flatten(blocks)), _figure),
        "comment": lambda entry: blocks_to_html(_comment(entry, issue), _figure),
        "source": lambda entry: _source(entry, issue),
        "picture": lambda image: Markup(image_tag(image)),
    }
    return restore_html(templates.fill("medium.html", values))


def render_medium_json(issue: IssueView, templates: Templates, finished: Finished) -> str:
    """Render the request to Medium's API (Medium/medium-api-docs, "Posts"). The story is always a draft.

    Raises:
        TemplateError: The template of the Markdown fails.
    """
    markdown = finished.get(Format.MEDIUM) or render_markdown(issue, templates, finished)
    story = {
        "title": restore_text(replace_braces(issue.title)),
        "contentFormat": "markdown",
        "content": markdown,
        "canonicalUrl": issue.canonical_url,
        "tags": [restore_text(replace_braces(tag)) for tag in issue.medium_tags],
        "publishStatus": "draft",
    }
    return json.dumps(story, ensure_ascii=False, indent=2) + "\n"


def _comment(entry: EntryView, issue: IssueView) -> Blocks:
    """Return the comment of an entry. Its paragraphs cannot be mistaken for the lines around it."""
    return mark_lookalikes(
        flatten(entry.comment), figure=entry.figure is not None, credit=issue.labels.image_credit, url=entry.url
    )


def _source(entry: EntryView, issue: IssueView) -> str:
    return mark_source_title(entry.source_title, issue.labels.image_credit)


def _figure(image: Image) -> str:
    return f"<figure>{image_tag(image)}</figure>"
