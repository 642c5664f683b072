"""The files for search engines: `sitemap.xml` (sitemaps.org 0.9) and `robots.txt` (RFC 9309)."""

from collections.abc import Iterable, Sequence
from html import escape

from newsletter.archive.page_view import ArchiveUrls, IssueRow, Tag

SITEMAP, ROBOTS = "sitemap.xml", "robots.txt"


def sitemap(urls: ArchiveUrls, rows: Sequence[IssueRow], tags: Iterable[Tag]) -> bytes:
    """Return the sitemap: the home page, the issues with their dates, the page about the newsletter, and the tags."""
    newest = [rows[0].date] if rows else []
    pages = [("", *newest), *((row.path, row.date) for row in rows), ("about/",)]
    pages += [(tag.path,) for tag in tags]
    lines = [
        f"<url><loc>{escape(urls.absolute(path))}</loc>{f'<lastmod>{day[0]}</lastmod>' if day else ''}</url>"
        for path, *day in pages
    ]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            "</urlset>\n",
        ]
    ).encode()


def robots(urls: ArchiveUrls) -> bytes:
    """Return `robots.txt`: it allows everything, and names the sitemap."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {urls.absolute(SITEMAP)}\n".encode()
