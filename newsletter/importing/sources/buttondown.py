"""Buttondown: emails in Markdown with YAML front matter."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from newsletter.errors import NotFoundError
from newsletter.importing.dates import day_of
from newsletter.importing.export_files import Export
from newsletter.importing.front_matter import split_front_matter
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.markdown_page import decode_markdown, read_markdown
from newsletter.importing.published_page import PublishedPage

# Fields of the front matter that are imported, or that have no meaning outside of Buttondown.
_KNOWN = {"subject", "title", "publish_date", "canonical_url", "absolute_url", "status", "id", "slug", "email_type"}


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the emails of an archive.

    Raises:
        NotFoundError: the archive has no emails.
        DocumentError: front matter cannot be parsed.
    """
    names = [name for name in export.names if PurePosixPath(name).suffix.lower() in (".md", ".markdown", "")]
    if not names:
        raise NotFoundError(
            f"{export.name} contains no emails", "Give a Markdown file with front matter, or a folder or zip of them."
        )
    for name in names:
        text = decode_markdown(export.read(name), export.shown(name)).replace("\r\n", "\n")
        front = split_front_matter(text, export.shown(name))
        head = front.values
        yield PublishedPage(
            name,
            tuple(read_markdown(front.body, line=front.line)),
            title=head.get("subject") or head.get("title") or "",
            date=day_of(head.get("publish_date") or ""),
            url=head.get("canonical_url") or head.get("absolute_url") or "",
            published=head.get("status") not in ("draft", "scheduled", "about_to_send"),
            remarks=tuple(
                f"From its front matter, {key}: {value}" for key, value in head.items() if key not in _KNOWN and value
            ),
            beside=export.beside(name),
        )


SOURCE = IssueSource(
    pages=pages,
    files="FILE is an email in Markdown with front matter, or a folder or zip of such files.",
    example="newsletter import buttondown emails/issue-29.md",
)
