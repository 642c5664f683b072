"""A folder of Markdown files with front matter, as of Hugo, Jekyll or Eleventy."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from newsletter.errors import NotFoundError
from newsletter.importing.dates import date_of, day_of
from newsletter.importing.export_files import Export
from newsletter.importing.front_matter import split_front_matter
from newsletter.importing.issue_source import IssueSource
from newsletter.importing.markdown_page import decode_markdown, read_markdown
from newsletter.importing.published_page import PublishedPage
from newsletter.importing.site_templates import without_template_tags

_SUFFIXES = {".md", ".markdown", ".mdx", ".mdown"}
# Pages that list others, and files about the folder itself.
_OTHER_PAGES = {"_index", "readme", "changelog", "contributing", "license"}
_DATED = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})[-_ ]?")
# Fields that are imported, or that have no meaning outside of the site.
_KNOWN = frozenset(
    """
    title subject date publishdate pubdate published_at draft published status url canonical canonical_url canonicalurl
    permalink subtitle description summary excerpt lang language layout slug type id weight comments toc lastmod
    """.split()  # noqa: SIM905 (names read better as words)
)


def pages(export: Export) -> Iterator[PublishedPage]:
    """Yield the files in the order of their names.

    Raises:
        NotFoundError: The folder has no Markdown files.
        DocumentError, NewsletterError: Front matter cannot be parsed.
    """
    names = [name for name in export.names if _is_post(name) or len(export.names) == 1]
    if not names:
        raise NotFoundError(f"{export.name} contains no Markdown", "Give a Markdown file, or a folder or zip of them.")
    for name in names:
        text = decode_markdown(export.read(name), export.shown(name)).replace("\r\n", "\n")
        front = split_front_matter(text, export.shown(name))
        head = {key.lower(): value for key, value in front.values.items()}
        url = _first(head, "canonical_url", "canonicalurl", "canonical", "url", "permalink")
        yield PublishedPage(
            name,
            tuple(read_markdown(without_template_tags(front.body), line=front.line)),
            title=_first(head, "title", "subject"),
            subtitle=_first(head, "subtitle", "description", "summary", "excerpt"),
            date=_date(head, name),
            url=url if re.match(r"https?://", url) else "",
            language=_first(head, "lang", "language"),
            published=not _is_draft(head, name),
            remarks=tuple(
                f"From its front matter, {key}: {value}" for key, value in head.items() if key not in _KNOWN and value
            ),
            beside=_files(export, name),
        )


def _is_post(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        path.suffix.lower() in _SUFFIXES and path.stem.lower() not in _OTHER_PAGES and "node_modules" not in path.parts
    )


def _first(head: Mapping[str, str], *keys: str) -> str:
    return next((head[key] for key in keys if head.get(key)), "")


def _date(head: Mapping[str, str], name: str) -> str:
    """Return the day in the front matter, or in the name of the file or of its folder."""
    text = _first(head, "date", "publishdate", "pubdate", "published_at")
    path = PurePosixPath(name)
    named = _DATED.match(path.name) or _DATED.match(path.parent.name)
    return day_of(text) or date_of(text) or (date_of(named["day"]) if named else "")


def _is_draft(head: Mapping[str, str], name: str) -> bool:
    return (
        head.get("draft") == "true"
        or head.get("published") == "false"
        or head.get("status", "").lower() == "draft"
        or "_drafts" in PurePosixPath(name).parts
    )


def _files(export: Export, name: str) -> Callable[[str], bytes | None]:
    """Return a function that reads files by their path on the site or relative to the file."""
    beside = export.beside(name)

    def find(path: str) -> bytes | None:
        if not path.startswith("/"):
            return beside(path)
        wanted = path.partition("?")[0].lstrip("/")
        found = sorted((n for n in export.names if n == wanted or n.endswith(f"/{wanted}")), key=len)
        return export.read(found[0]) if found else None

    return find


SOURCE = IssueSource(
    pages=pages,
    files=(
        "FILE is a Markdown file with front matter in YAML, TOML or JSON, or a folder or zip of such files, as of "
        "Hugo, Jekyll or Eleventy."
    ),
    example="newsletter import markdown content/issues/",
)
