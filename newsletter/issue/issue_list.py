"""The list of issues: the heads of all issues, read without their entries, in the order of their dates."""

import re
from bisect import bisect_left
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from pydantic import ConfigDict, Field

from newsletter.documents.nodes import Mapping, Sequence
from newsletter.documents.paths import is_blank
from newsletter.documents.source import Source, decode, read_source
from newsletter.documents.validate import read_model
from newsletter.documents.yaml_tree import compose
from newsletter.errors import AccessError, DocumentError, NewsletterError, NotFoundError
from newsletter.fields.address import WebAddress
from newsletter.fields.base import Model
from newsletter.fields.text import Date, Language, Line
from newsletter.files import display, read_bytes
from newsletter.issue.model import Number, Status
from newsletter.issue.slugs import slug_error, slug_of
from newsletter.publication.section import Section
from newsletter.text.digests import blake2b_hex

_BODY = re.compile(r"^(?:highlights|sections)[ \t]*:.*(?:\n(?:[ \t\-#\r].*)?$)*", re.MULTILINE)


class IssueHead(Model):
    """What an issue says of itself before its entries."""

    model_config = ConfigDict(extra="ignore")

    title: Line = Field(description="The issue's title.")
    date: Date = Field(description="The day it is published: YYYY-MM-DD.")
    number: Number | None = None
    status: Status = Status.DRAFT
    language: Language | None = None
    canonical_url: WebAddress | None = None


@dataclass(frozen=True)
class ListedIssue:
    """An issue in the archive; `digest` is that of its file's content."""

    slug: str
    path: Path
    head: IssueHead
    digest: str = ""


@dataclass(frozen=True)
class IssueList:
    """The issues of a publication in the order of their dates, and the errors of those that cannot be read."""

    folder: Path
    issues: tuple[ListedIssue, ...]
    errors: tuple[NewsletterError, ...]

    def newest(self) -> ListedIssue:
        """The issue with the latest date.

        Raises:
            NotFoundError: there is none.
            NewsletterError: an issue cannot be read, and may be the newest.
        """
        if self.errors:
            raise self.errors[0]
        if not self.issues:
            raise NotFoundError(
                f"there is no issue in {display(self.folder)}/", "Begin one with `newsletter new-issue`."
            )
        return self.issues[-1]

    def find(self, name: str) -> Path:
        """The file of an issue, by its slug, its number or its path.

        Raises:
            NotFoundError: there is none, or there are several.
            NewsletterError: an issue cannot be read, and may have the number.
        """
        if Path(name).name == "newsletter.yaml":
            raise NotFoundError("newsletter.yaml is the publication, which every command reads", "Name an issue.")
        if "/" in name or name.endswith((".yaml", ".yml")):
            return Path(name)
        path = self.folder / f"{name}.yaml"
        if not slug_error(name) and path.is_file():
            return path
        number = int(name) if re.fullmatch(r"[0-9]{1,9}", name) else None
        numbered = [listed for listed in self.issues if number is not None and listed.head.number == number]
        if len(numbered) > 1:
            raise NotFoundError(
                f"{len(numbered)} issues have the number {name}: {', '.join(listed.slug for listed in numbered)}",
                "Name the slug.",
            )
        if numbered:
            return numbered[0].path
        if self.errors and number is not None:
            # The issue that is meant may be one whose number cannot be read.
            raise self.errors[0]
        import difflib

        near = difflib.get_close_matches(name, [listed.slug for listed in self.issues], n=1)
        advice = f"Did you mean {near[0]}?" if near else "See `newsletter list`."
        raise NotFoundError(f"there is no issue `{name}` in {display(self.folder)}/", advice)

    def past(self, day: date, count: int) -> list[ListedIssue]:
        """The published issues before a day, newest first."""
        end = bisect_left(self._published, day, key=lambda listed: listed.head.date)
        return self._published[max(0, end - count) : end][::-1]

    @cached_property
    def _published(self) -> list[ListedIssue]:
        return [listed for listed in self.issues if listed.head.status is Status.PUBLISHED]


def list_issues(folder: Path, heads: Map[str, IssueHead] | None = None) -> IssueList:
    """The heads of all issues of a folder; those in `heads`, by the digest of their file, are not read again.

    Raises:
        AccessError: the folder cannot be read.
    """
    known = heads or {}
    issues: list[ListedIssue] = []
    errors: list[NewsletterError] = []
    for path in issue_files(folder):
        try:
            slug, content = slug_of(path), read_bytes(path)
            digest = blake2b_hex(content)
            head = known.get(digest) or read_head(Source(display(path), decode(content, display(path))))
            issues.append(ListedIssue(slug, path, head, digest))
        except NewsletterError as error:
            errors.append(error)
    issues.sort(key=lambda listed: (listed.head.date, listed.head.number or 0, listed.slug))
    return IssueList(folder, tuple(issues), tuple(errors))


def issue_files(folder: Path) -> list[Path]:
    """The files of a folder that hold issues, or are meant to.

    Raises:
        AccessError: the folder cannot be read.
    """
    try:
        # What an editor leaves beside a file while it is open, such as `.#029.yaml`, is hidden.
        return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.name[0] != ".")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AccessError(f"{display(folder)} cannot be read: {error.strerror}", "Check its permissions.") from error


def read_head(source: Source) -> IssueHead:
    """The head of an issue, its entries left unread: a thousand of them are read in a second.

    Raises:
        DocumentError: the head has errors.
    """
    head = _BODY.sub(lambda body: "\n" * body[0].count("\n"), source.text)
    try:
        return read_model(Source(source.name, head), IssueHead)
    except DocumentError:
        # Cutting the body out may have cut a text: the whole file decides.
        return read_model(source, IssueHead)


def count_entries(path: Path) -> dict[str, int]:
    """How many entries each section of an issue has; what is blank all over is none.

    Raises:
        NewsletterError: the file cannot be read, or its YAML cannot.
    """
    root = compose(read_source(path))
    sections = root.values.get("sections") if isinstance(root, Mapping) else None
    found = sections.values if isinstance(sections, Mapping) else {}
    lists = {section.value: found.get(section.value) for section in Section}
    return {
        name: sum(not is_blank(item) for item in node.items) if isinstance(node, Sequence) else 0
        for name, node in lists.items()
    }
