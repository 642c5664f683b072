"""Substack: an export with `posts.csv`, and the HTML of each post in `posts/POST_ID.html`."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import PurePosixPath

from newsletter.documents.source import decode
from newsletter.errors import NewsletterError, NotFoundError
from newsletter.importing.dates import day_of
from newsletter.importing.export_files import Export
from newsletter.importing.html_page import parse_html, read_html
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.published_page import PublishedPage

BASE = "https://substack.com/"


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the posts of an export in the order of `posts.csv`. A single HTML file is a post without metadata.

    Raises:
        NotFoundError: the export has no `posts.csv` and no posts.
        NewsletterError: a post in `posts.csv` is missing or cannot be read.
    """
    posts = {PurePosixPath(name).stem: name for name in export.names if name.endswith(".html")}
    # Some exports have `77` as the post's id in `posts.csv`, others `77.slug`. The file is `77.slug.html` or `77.html`.
    numbered = {stem.partition(".")[0]: name for stem, name in posts.items()}
    listed = next((name for name in export.names if PurePosixPath(name).name == "posts.csv"), None)
    if listed is None:
        if not posts:
            raise NotFoundError(
                f"{export.name} contains no posts", "Give Substack's export: a zip with posts.csv and posts/."
            )
        yield from (_page(export, name, {}) for name in posts.values())
        return
    rows = list(csv.DictReader(StringIO(decode(export.read(listed), export.shown(listed)).replace("\0", ""))))
    if rows and "post_id" not in rows[0]:
        raise NewsletterError(
            f"the column `post_id` is missing in {export.shown(listed)}",
            "Give Substack's export exactly as you downloaded it.",
        )
    for row in rows:
        key = row["post_id"] or ""
        name = posts.get(key) or numbered.get(key.partition(".")[0])
        if name is not None:
            yield _page(export, name, row)
        elif row.get("is_published") == "true" and row.get("type") in ("newsletter", None):
            message = f"{export.name}: the HTML of the post {row['post_id']} in posts.csv is missing"
            advice = (
                "Nothing was changed. Download the export again, or unpack it, remove the row from posts.csv, and"
                " import the folder."
            )
            raise NewsletterError(message, advice)


def _page(export: Export, name: str, row: dict[str, str]) -> PublishedPage:
    return PublishedPage(
        name,
        tuple(read_html(parse_html(export.read(name), export.shown(name)), BASE)),
        title=row.get("title") or "",
        subtitle=row.get("subtitle") or "",
        date=day_of(row.get("post_date") or ""),
        published=row.get("is_published", "true") == "true",
        beside=export.beside(name),
    )


SOURCE = IssueSource(
    pages=pages,
    files="FILE is Substack's export as downloaded (a zip), the unpacked folder, or the HTML of one post.",
    example="newsletter import substack export.zip",
)
