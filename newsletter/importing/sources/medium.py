"""Medium: stories in Markdown, posts in Medium's export, and the stories, emails and archive pages of newsletter."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from newsletter.errors import NewsletterError, NotFoundError
from newsletter.importing.blocks import unwrapped_line
from newsletter.importing.dates import day_of
from newsletter.importing.export_files import Export
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.machine_translation import (
    is_translated,
    restore_links,
    without_origin,
    without_translation_marks,
)
from newsletter.importing.markdown_page import decode_markdown, read_markdown
from newsletter.importing.published_page import PublishedPage
from newsletter.render.merge_fields import remove_word_joiners

BASE = "https://medium.com/"
_MARKDOWN, _HTML = {".md", ".markdown", ".txt"}, {".html", ".htm"}
# Files of other sources, by their first bytes.
_OTHERS = (
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE), ("a feed", "rss")),
    (re.compile(rb"\s*(?:\[\s*)?\{\s*\"\w+\"\s*:"), ("JSON", "revue")),
    (re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n\w+:"), ("Markdown with front matter", "buttondown")),
)


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the stories of an export.

    Raises:
        NotFoundError: the export has no stories.
        NewsletterError: a story cannot be read.
    """
    stories = _stories(export)
    if not stories:
        raise NotFoundError(
            f"{export.name} contains no stories", "Give a Markdown or HTML file, or Medium's export with its posts/."
        )
    for name in stories:
        content = export.read(name)
        suffix = PurePosixPath(name).suffix.lower()
        if other := next((other for begin, other in _OTHERS if begin.match(content)), None):
            message = f"{export.shown(name)}: expected a story from Medium, found {other[0]}"
            raise NewsletterError(message, f"Nothing was changed. Use `newsletter import {other[1]}`.")
        if suffix in _HTML or (suffix not in _MARKDOWN and content.lstrip()[:1] == b"<"):
            yield _exported(export, name, content)
        else:
            yield _story(export, name, decode_markdown(content, export.shown(name)))


def _stories(export: Export) -> list[str]:
    if len(export.names) == 1:
        return list(export.names)
    names = [name for name in export.names if PurePosixPath(name).suffix.lower() in _MARKDOWN | _HTML]
    posts = [name for name in names if "posts" in PurePosixPath(name).parts[:-1]]
    # `render medium` writes a story in two formats, and `render all` writes other outputs next to it.
    rendered = [name for name in names if PurePosixPath(name).name == "medium.md"]
    return posts or rendered or names


def _story(export: Export, name: str, text: str) -> PublishedPage:
    """Parse a story in Markdown. Errors of machine translation are removed."""
    text, url = without_origin(remove_word_joiners(text))
    translated = bool(url) or is_translated(text)
    pieces = read_markdown(restore_links(text) if translated else text, BASE)
    if translated:
        pieces = without_translation_marks(pieces)
    return PublishedPage(name, tuple(pieces), url=url, beside=export.beside(name))


def _exported(export: Export, name: str, content: bytes) -> PublishedPage:
    """Parse a post of Medium's export, an article with microformats (h-entry), or an own email or archive page."""
    from newsletter.importing.html_page import parse_html, read_html
    from newsletter.importing.own_page import read_own_page

    document = parse_html(content, export.shown(name))
    if own := read_own_page(document):
        return PublishedPage(
            name,
            tuple(read_html(own.body, BASE)),
            title=own.title,
            subtitle=own.subtitle,
            date=own.date,
            url=own.url,
            language=document.get("lang") or "",
            beside=export.beside(name),
        )
    body = next(iter(document.xpath("//*[@data-field='body']")), None)
    return PublishedPage(
        name,
        tuple(read_html(document if body is None else body, BASE)),
        title=unwrapped_line(" ".join(document.xpath("//h1[contains(@class, 'p-name')]//text()"))),
        date=day_of(next(iter(document.xpath("//time[contains(@class, 'dt-published')]/@datetime")), "")),
        url=next(iter(document.xpath("//a[contains(@class, 'p-canonical')]/@href")), ""),
        language=document.get("lang") or "",
        published=not PurePosixPath(name).name.startswith("draft_"),
        beside=export.beside(name),
    )


SOURCE = IssueSource(
    pages=pages,
    files=(
        "FILE is a story in Markdown or HTML, Medium's export as downloaded (a zip), a folder of its posts, or - for "
        "standard input. The output of `newsletter render medium`, emails and archive pages can be imported again."
    ),
    example="newsletter import medium week-10.md --language zh",
)
