"""What search engines read: `sitemap.xml` (sitemaps.org 0.9) and `robots.txt` (RFC 9309)."""

from collections.abc import Iterable, Sequence
from html import escape

from newsletter.archive.page_view import ArchiveUrls, IssueRow, Tag

SITEMAP, ROBOTS = "sitemap.xml", "robots.txt"


def sitemap(place: ArchiveUrls, rows: Sequence[IssueRow], tags: Iterable[Tag]) -> bytes:
    """Every page that can be found: the home, the issues with their days, the tags and the page about it all."""
    newest = [rows[0].date] if rows else []
    pages = [("", *newest), *((row.path, row.date) for row in rows), ("about/",)]
    pages += [(tag.path,) for tag in tags]
    lines = [
        f"<url><loc>{escape(place.absolute(path))}</loc>{f'<lastmod>{day[0]}</lastmod>' if day else ''}</url>"
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


def robots(place: ArchiveUrls) -> bytes:
    """Everybody may read everything; where the map is."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {place.absolute(SITEMAP)}\n".encode()
