"""Lists the issues of a folder by date. Only their heads are read, not their entries."""

import os
import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from newsletter.documents.source import Source, decode
from newsletter.errors import AccessError, NewsletterError, NotFoundError
from newsletter.files import display, leads_out, read_bytes, require_inside
from newsletter.issue.head import IssueHead, Status
from newsletter.issue.known_heads import KnownHeads
from newsletter.issue.slugs import slug_error, slug_from_path
from newsletter.text.digests import blake2b_hex


class ListedIssue(NamedTuple):
    """An issue of the list. `digest` is a hash of its file's content."""

    slug: str
    path: Path
    head: IssueHead
    digest: str = ""


# Returns the listed issue of a file. Calls the given function if it must be read.
ReadChanged = Callable[[str, Callable[[str], ListedIssue]], ListedIssue]


@dataclass(frozen=True)
class IssueList:
    """The issues of a publication, oldest first, and the errors of files that cannot be read."""

    folder: Path
    issues: tuple[ListedIssue, ...]
    errors: tuple[NewsletterError, ...]

    def newest(self) -> ListedIssue:
        """Return the issue with the latest date.

        Raises:
            NotFoundError: the folder has no issues.
            NewsletterError: a file cannot be read, and may be the newest issue.
        """
        if self.errors:
            raise self.errors[0]
        if not self.issues:
            raise NotFoundError(f"{display(self.folder)}/ has no issues", "Create one with `newsletter new-issue`.")
        return self.issues[-1]

    def find(self, name: str) -> Path:
        """Return the path of an issue's file.

        Args:
            name: the issue's slug, alias, number or path. A path is returned even if the file does not exist.

        Raises:
            NotFoundError: no issue matches, or several do.
            AccessError: the path is in the publication, and symbolic links lead out of it.
            NewsletterError: a file cannot be read, and may have the number.
        """
        if Path(name).name == "newsletter.yaml":
            raise NotFoundError(
                "newsletter.yaml contains the settings and is not an issue", "Give the slug of an issue, such as 029."
            )
        if "/" in name or name.endswith((".yaml", ".yml")):
            return self._checked(Path(name))
        path = self.folder / f"{name}.yaml"
        if not slug_error(name) and path.is_file():
            return path
        for listed in self.issues:
            if name in listed.head.aliases:
                return listed.path
        number = int(name) if re.fullmatch(r"[0-9]{1,9}", name) else None
        numbered = [listed for listed in self.issues if number is not None and listed.head.number == number]
        if len(numbered) > 1:
            raise NotFoundError(
                f"{len(numbered)} issues have the number {name}: {', '.join(listed.slug for listed in numbered)}",
                "Give the slug instead of the number.",
            )
        if numbered:
            return numbered[0].path
        if self.errors and number is not None:
            # The number may belong to a file that cannot be read.
            raise self.errors[0]
        import difflib

        near = difflib.get_close_matches(name, [listed.slug for listed in self.issues], n=1)
        advice = f"Did you mean {near[0]}?" if near else "Run `newsletter list` to see all issues."
        raise NotFoundError(f"the issue `{name}` does not exist in {display(self.folder)}/", advice)

    def names(self) -> frozenset[str]:
        """Return the slugs and aliases of all issues. Of a file that cannot be read, only the slug is known.

        Raises:
            AccessError: see `issue_files`.
        """
        slugs = [path.stem for path in issue_files(self.folder)]
        return frozenset(slugs).union(*(listed.head.aliases for listed in self.issues))

    def past(self, day: date, count: int) -> list[ListedIssue]:
        """Return up to `count` published issues before a day, newest first."""
        end = bisect_left(self._published, day, key=lambda listed: listed.head.date)
        return self._published[max(0, end - count) : end][::-1]

    def _checked(self, path: Path) -> Path:
        # The author may give a path outside the publication. A link in it may come from somebody else.
        root = self.folder.parent
        within = Path(os.path.normpath(path.absolute())).parent
        if leads_out(path, root) and any(not leads_out(folder, root) for folder in (within, *within.parents)):
            require_inside(path, root)
        return path

    @cached_property
    def _published(self) -> list[ListedIssue]:
        return [listed for listed in self.issues if listed.head.status is Status.PUBLISHED]


def list_issues(folder: Path, heads: KnownHeads | None = None, read_changed: ReadChanged | None = None) -> IssueList:
    """Read the heads of all issues of a folder.

    Args:
        folder: the folder.
        heads: known heads, which are not validated again.
        read_changed: returns the issue of a file, which it reads only if it changed. The default reads every file.

    Raises:
        AccessError: see `issue_files`.
    """

    def read(file: str) -> ListedIssue:
        path = Path(file)
        slug, content = slug_from_path(path), read_bytes(path)
        digest = blake2b_hex(content)
        return ListedIssue(slug, path, known.read(digest, partial(_source, path, content)), digest)

    known = heads or KnownHeads()
    issues: list[ListedIssue] = []
    errors: list[NewsletterError] = []
    parent = os.path.join(folder, "")  # noqa: PTH118 (ten thousand paths take longer than the rest)
    for name in _issue_names(folder):
        file = parent + name
        try:
            issues.append(read_changed(file, read) if read_changed else read(file))
        except NewsletterError as error:
            errors.append(error)
    issues.sort(key=lambda listed: (listed.head.date, listed.head.number or 0, listed.slug))
    return IssueList(folder, tuple(issues), tuple(errors))


def _source(path: Path, content: bytes) -> Source:
    return Source(display(path), decode(content, display(path)))


def issue_files(folder: Path) -> list[Path]:
    """Return the YAML files of the issues' folder, sorted. Returns an empty list if the folder does not exist.

    Raises:
        AccessError: the folder cannot be read, or symbolic links lead it or a file out of the publication.
    """
    return [folder / name for name in _issue_names(folder)]


def _issue_names(folder: Path) -> list[str]:
    root = folder.parent
    try:
        if folder.is_symlink():
            require_inside(folder, root)
        with os.scandir(folder) as entries:
            # Editors create hidden files next to an open file, such as `.#029.yaml`.
            found = sorted(
                (entry.name, entry.is_symlink())
                for entry in entries
                if entry.name.endswith((".yaml", ".yml")) and entry.name[0] != "."
            )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AccessError(f"{display(folder)} cannot be read: {error.strerror}", "Check its permissions.") from error
    for name, linked in found:
        if linked:
            require_inside(folder / name, root)
    return [name for name, _ in found]
