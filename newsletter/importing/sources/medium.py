"""Medium: a story in Markdown, a post of Medium's own export, and what `render medium` writes."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from newsletter.errors import NewsletterError, NotFoundError
from newsletter.importing.blocks import unwrapped_line
from newsletter.importing.dates import day_of
from newsletter.importing.export_files import Export
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.machine_translation import is_translated, without_origin, without_translation_marks
from newsletter.importing.markdown_page import decode_markdown, read_markdown
from newsletter.importing.published_page import PublishedPage
from newsletter.render.merge_fields import remove_word_joiners

BASE = "https://medium.com/"
_MARKDOWN, _HTML = {".md", ".markdown", ".txt"}, {".html", ".htm"}
# What belongs to another source, by its beginning.
_OTHERS = (
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:rss|feed|rdf:RDF)[\s>]", re.IGNORECASE), ("a feed", "rss")),
    (re.compile(rb"\s*(?:\[\s*)?\{\s*\"\w+\"\s*:"), ("JSON", "revue")),
    (re.compile(rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n\w+:"), ("Markdown with front matter", "buttondown")),
)


def pages(export: Export) -> Iterator[PublishedPage]:
    """The stories of an export.

    Raises:
        NotFoundError: there is none.
        NewsletterError: one of them cannot be read.
    """
    stories = _stories(export)
    if not stories:
        raise NotFoundError(
            f"{export.name} holds no story", "Name a Markdown or HTML file, or Medium's export with its posts/."
        )
    for name in stories:
        content = export.read(name)
        suffix = PurePosixPath(name).suffix.lower()
        if other := next((other for begin, other in _OTHERS if begin.match(content)), None):
            message = f"{export.shown(name)} is no story of Medium's, but {other[0]}"
            raise NewsletterError(message, f"Nothing was changed. See `newsletter import {other[1]}`.")
        if suffix in _HTML or (suffix not in _MARKDOWN and content.lstrip()[:1] == b"<"):
            yield _exported(export, name, content)
        else:
            yield _story(export, name, decode_markdown(content, export.shown(name)))


def _stories(export: Export) -> list[str]:
    if len(export.names) == 1:
        return list(export.names)
    names = [name for name in export.names if PurePosixPath(name).suffix.lower() in _MARKDOWN | _HTML]
    posts = [name for name in names if "posts" in PurePosixPath(name).parts[:-1]]
    # `render medium` writes a story twice, and `render all` other outputs beside it.
    rendered = [name for name in names if PurePosixPath(name).name == "medium.md"]
    return posts or rendered or names


def _story(export: Export, name: str, text: str) -> PublishedPage:
    """A story in Markdown; a machine's translation is cleaned of its marks."""
    text, url = without_origin(remove_word_joiners(text))
    pieces = read_markdown(text, BASE)
    if url or is_translated(text):
        pieces = without_translation_marks(pieces)
    return PublishedPage(name, tuple(pieces), url=url, beside=export.beside(name))


def _exported(export: Export, name: str, content: bytes) -> PublishedPage:
    """A post of Medium's export: an article of microformats (h-entry), whose body is the story."""
    from newsletter.importing.html_page import parse_html, read_html

    document = parse_html(content, export.shown(name))
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
        "FILE is a story as Markdown or HTML, Medium's export as it is downloaded (a zip), a folder of its "
        "posts, or - for standard input. What `newsletter render medium` writes comes back whole."
    ),
    example="newsletter import medium week-10.md --language zh",
)
