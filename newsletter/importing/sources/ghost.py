"""Ghost: an export in JSON, with the posts as HTML, Lexical or Mobiledoc."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from newsletter.errors import NotFoundError
from newsletter.importing.dates import day_of
from newsletter.importing.export_files import Export
from newsletter.importing.ghost_documents import lexical_to_html, mobiledoc_to_html
from newsletter.importing.html_page import parse_html, read_html
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.json_files import read_json, text_of
from newsletter.importing.published_page import PublishedPage

# The site's URL in exports.
_SITE = "__GHOST_URL__/"


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the posts of an export, oldest first.

    Raises:
        NotFoundError: The export has no posts.
        DocumentError, NewsletterError: A file cannot be read.
    """
    found = False
    for name in export.names:
        if PurePosixPath(name).suffix.lower() == ".json" or len(export.names) == 1:
            for number, post in enumerate(sorted(_posts(read_json(export, name)), key=_published_at), 1):
                found = True
                yield _page(export, name, post, number)
    if not found:
        raise NotFoundError(
            f"{export.name} contains no posts from Ghost", "Give the JSON file of Ghost's export, or a zip with it."
        )


def _posts(data: Any) -> list[dict[str, Any]]:
    """Return the posts of an export, or of the API. Static pages are left out."""
    databases = data.get("db") if isinstance(data, dict) else None
    for database in databases if isinstance(databases, list) else [data]:
        inner = database.get("data", database) if isinstance(database, dict) else None
        posts = inner.get("posts") if isinstance(inner, dict) else None
        if isinstance(posts, list):
            return [p for p in posts if isinstance(p, dict) and p.get("type", "post") == "post" and not p.get("page")]
    return []


def _published_at(post: dict[str, Any]) -> str:
    return text_of(post, "published_at") or text_of(post, "created_at")


def _page(export: Export, name: str, post: dict[str, Any], number: int) -> PublishedPage:
    where = f"post {number} of {name}"
    text = (
        text_of(post, "html")
        or lexical_to_html(text_of(post, "lexical"), where)
        or mobiledoc_to_html(text_of(post, "mobiledoc"), where)
    ).replace(_SITE, "/")
    picture = text_of(post, "feature_image").replace(_SITE, "/")
    return PublishedPage(
        where,
        tuple(read_html(parse_html(text.encode("utf-8", "replace"), where))),
        title=text_of(post, "title"),
        subtitle=text_of(post, "custom_excerpt"),
        date=day_of(text_of(post, "published_at")),
        url=text_of(post, "canonical_url") or text_of(post, "url"),
        language=text_of(post, "locale"),
        published=text_of(post, "status") in ("published", "sent", ""),
        remarks=(f"Its feature image: {picture}",) if picture else (),
        beside=lambda path: export.beside(name)(path.lstrip("/")),
    )


SOURCE = IssueSource(
    pages=pages,
    files="FILE is the JSON file of Ghost's export, or a zip or folder with it and its content/images/.",
    example="newsletter import ghost ghost-export.json",
)
