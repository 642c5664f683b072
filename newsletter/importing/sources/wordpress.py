"""WordPress: an export in WXR (WordPress eXtended RSS), with the posts of a site."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import PurePosixPath

from lxml import etree

from newsletter.errors import NewsletterError, NotFoundError
from newsletter.importing.dates import day_of
from newsletter.importing.export_files import Export
from newsletter.importing.html_page import parse_html, read_html
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.plain_text import title_text
from newsletter.importing.published_page import PublishedPage

_CAPTION = re.compile(r"\[caption[^\]]*\](?P<image>.*?(?:<img[^>]*>)(?:\s*</a>)?)(?P<words>.*?)\[/caption\]", re.DOTALL)
_EMBED = re.compile(r"\[embed[^\]]*\](?P<url>.*?)\[/embed\]", re.DOTALL)
_BLOCK = re.compile(
    r"\s*</?(?:p|div|h[1-6]|ul|ol|li|blockquote|figure|table|pre|hr|section|iframe|!--)\b", re.IGNORECASE
)
_LEFT_OUT = {"trash", "auto-draft", "inherit"}


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the posts of an export, oldest first.

    Raises:
        NotFoundError: The export has no posts.
        NewsletterError: The export is incomplete or not valid.
    """
    names = [n for n in export.names if PurePosixPath(n).suffix.lower() == ".xml" or len(export.names) == 1]
    found = False
    for name in names:
        for page in _pages(export, name):
            found = True
            yield page
    if not found:
        raise NotFoundError(
            f"{export.name} contains no posts from WordPress", "Give the XML file of WordPress's export."
        )


def _pages(export: Export, name: str) -> Iterator[PublishedPage]:
    shown, content = export.shown(name), export.read(name)
    # Entities and DTDs are not resolved, and the size of the file is limited.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    try:
        # With `recover`, a file without any element has no root.
        root: etree._Element | None = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _invalid(shown) from error
    channel = root.find("channel") if root is not None else None
    if channel is None:
        raise _invalid(shown)
    if b"</rss" not in content[-2000:].lower():
        message = f"{shown} is incomplete: its end is missing"
        raise NewsletterError(message, "Nothing was changed. Export the site again.")
    language = _value(channel, "language")
    posts = [item for item in channel.findall("item") if _value(item, "post_type") in ("post", "newsletter")]
    posts = [item for item in posts if _value(item, "status") not in _LEFT_OUT]
    for number, item in enumerate(sorted(posts, key=lambda item: _value(item, "post_date")), 1):
        where, link = f"post {number} of {name}", _value(item, "link")
        body = _html(_value(item, "encoded", "content"))
        yield PublishedPage(
            where,
            tuple(read_html(parse_html(body.encode("utf-8", "replace"), where, link), link)),
            title=title_text(_value(item, "title")),
            subtitle=title_text(_value(item, "encoded", "excerpt")),
            date=day_of(_value(item, "post_date")),
            url=link,
            language=language,
            published=_value(item, "status") in ("publish", "private"),
        )


def _value(item: etree._Element, name: str, namespace: str = "") -> str:
    """Return the text of a child by its name in any version of the format's namespaces."""
    for child in item:
        if isinstance(child.tag, str):
            tag = etree.QName(child)
            if tag.localname == name and (not namespace or f"/{namespace}/" in (tag.namespace or "")):
                return child.text or ""
    return ""


def _html(content: str) -> str:
    """Return the content of a post as HTML. The classic editor leaves out paragraphs, and writes shortcodes."""
    content = _CAPTION.sub(
        r"<figure>\g<image><figcaption>\g<words></figcaption></figure>", content.replace("\r\n", "\n")
    )
    content = _EMBED.sub(
        lambda found: f'\n\n<p><a href="{escape(found["url"])}">{escape(found["url"])}</a></p>\n\n', content
    )
    if "<!-- wp:" in content or re.search(r"<p[\s>]", content):
        return content
    parts = re.split(r"\n\s*\n", content)
    return "\n".join(
        part if _BLOCK.match(part) else f"<p>{part.strip().replace(chr(10), '<br>')}</p>" for part in parts
    )


def _invalid(shown: str) -> NewsletterError:
    return NewsletterError(
        f"{shown} is not a valid WordPress export", "Nothing was changed. Give the XML file of the export."
    )


SOURCE = IssueSource(
    pages=pages,
    files="FILE is the XML file of WordPress's export (Tools > Export), or a zip or folder of such files.",
    example="newsletter import wordpress site.WordPress.2024-05-05.xml",
)
