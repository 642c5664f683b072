"""Revue: issues in JSON from its API, with title, HTML, time of sending and URL."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from newsletter.errors import NotFoundError
from newsletter.importing.dates import day_of
from newsletter.importing.export_files import Export
from newsletter.importing.html_page import parse_html, read_html
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.json_files import read_json, text_of
from newsletter.importing.published_page import PublishedPage

BASE = "https://www.getrevue.co/"


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the issues of an export: those in its JSON files, and each HTML file as an issue.

    Raises:
        NotFoundError: the export has no issues.
        NewsletterError: a file cannot be read.
    """
    found = False
    for name in export.names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix == ".json" or (suffix == "" and len(export.names) == 1):
            for issue in _issues(export, name):
                found = True
                yield issue
        elif suffix in (".html", ".htm"):
            found = True
            content = export.read(name)
            yield PublishedPage(
                name,
                tuple(read_html(parse_html(content, export.shown(name)), BASE)),
                beside=export.beside(name),
            )
    if not found:
        raise NotFoundError(
            f"{export.name} contains no issues from Revue", "Give the issues as JSON or HTML, or a zip of them."
        )


def _issues(export: Export, name: str) -> Iterator[PublishedPage]:
    data = read_json(export, name)
    if isinstance(data, dict):
        data = data.get("posts") or data.get("issues") or [data]
    for number, issue in enumerate(data if isinstance(data, list) else []):
        if not isinstance(issue, dict) or not isinstance(issue.get("html"), str):
            continue
        where = f"issue {number + 1} of {name}"
        description = text_of(issue, "description")
        yield PublishedPage(
            where,
            tuple(read_html(parse_html(issue["html"].encode(), where), BASE)),
            title=text_of(issue, "title"),
            date=day_of(text_of(issue, "sent_at")),
            url=text_of(issue, "url"),
            remarks=(f"Its description: {description}",) if description else (),
            published=bool(text_of(issue, "sent_at")),
        )


SOURCE = IssueSource(
    pages=pages,
    files=(
        "FILE is JSON from Revue's API (`title`, `html`, `sent_at`, `url`), the HTML of an issue, or a zip or folder "
        "of these."
    ),
    example="newsletter import revue issues.json",
)
