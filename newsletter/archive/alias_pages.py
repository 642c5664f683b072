"""The pages of aliases: a page at each earlier slug of an issue that leads to the issue."""

from collections.abc import Iterator
from html import escape

from newsletter.archive.page_view import ArchiveUrls
from newsletter.archive.records import IssueRecord

_PAGE = """\
<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="0; url={link}">
<link rel="canonical" href="{canonical}">
</head>
<body>
<p><a href="{link}">{title}</a></p>
</body>
</html>
"""


def alias_paths(record: IssueRecord) -> Iterator[str]:
    """Yield the path of the page of each alias of an issue."""
    yield from (f"{alias}/index.html" for alias in record.aliases)


def alias_page(urls: ArchiveUrls, record: IssueRecord) -> bytes:
    """Return the page that redirects an alias to its issue.

    It redirects by `http-equiv="refresh"` (HTML, 4.2.5.3), because a host of static files cannot send redirects. It
    shows a link for browsers that do not follow it.
    """
    row = record.row
    values = {
        "language": row.language,
        "direction": row.direction,
        "title": row.headline,
        "link": urls.link(row.path),
        "canonical": record.url,
    }
    return _PAGE.format_map({name: escape(value) for name, value in values.items()}).encode()
