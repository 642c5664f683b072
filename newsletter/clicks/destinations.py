"""Finds where the links to the entries of an issue lead, from the issue's file, without the database."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from pydantic_core import PydanticCustomError

from newsletter.clicks.entry_links import urls_by_name
from newsletter.errors import NewsletterError
from newsletter.fields.address import web_address
from newsletter.files import require_inside
from newsletter.issue.draft_document import DraftDocument, read_draft
from newsletter.issue.issue_list import IssueHead, list_issues
from newsletter.issue.model import Status
from newsletter.issue.slugs import slug_error

# The issues that are kept; the one that was used the longest ago is dropped.
_MOST = 200
# The seconds for which the list of aliases is used, so that requests for unknown issues cost no work.
_ALIASES_AGE = 5.0
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class IssueLinks:
    """Where the links of an issue lead.

    Attributes:
        slug: The slug of the issue.
        published: Whether it is published, so that the archive has it.
        canonical_url: Its own main address on the web, or "".
        urls: The URLs of its entries by the names that their links have or had. All of them are http or https.
    """

    slug: str
    published: bool
    canonical_url: str
    urls: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Read:
    path: Path
    stamp: _Stamp
    links: IssueLinks


class Destinations:
    """The links of a publication's issues, read again when a file changes.

    A file that cannot be read, such as one that is being edited, keeps the links that it had.

    Args:
        folder: The folder of the issues.
        timer: Returns seconds and never goes back.
    """

    def __init__(self, folder: Path, timer: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._timer = folder, timer
        self._read: OrderedDict[str, _Read] = OrderedDict()
        self._heads: dict[str, IssueHead] = {}
        self._slugs: dict[str, str] = {}
        self._listed_at = -_ALIASES_AGE
        self._lock = Lock()

    def unchanged(self, name: str) -> IssueLinks | None:
        """Return the links of an issue that was read already, or None if it must be read. It only looks at the file.

        Args:
            name: The slug or an alias of the issue.
        """
        found = self._read.get(name)
        if found is None or found.stamp != _stamp(found.path):
            return None
        if found.links.slug != name and _stamp(self._folder / f"{name}.yaml"):
            return None  # Another issue now has this slug.
        return found.links

    def is_unknown(self, name: str) -> bool:
        """Return whether no issue has this name, without reading any file. False if a file must be read to know it."""
        if slug_error(name):
            return True
        fresh = self._timer() - self._listed_at < _ALIASES_AGE
        return fresh and name not in self._slugs and _stamp(self._folder / f"{name}.yaml") is None

    def read(self, name: str) -> IssueLinks | None:
        """Return the links of an issue. Returns None if no issue has this slug or alias."""
        if slug_error(name):
            return None
        with self._lock:
            path = self._folder / f"{name}.yaml"
            stamp = _stamp(path)
            if stamp is None and (slug := self._slug_of(name)):
                path = self._folder / f"{slug}.yaml"
                stamp = _stamp(path)
            before = self._read.pop(name, None)
            if stamp is None:
                return None
            if before is None or (before.path, before.stamp) != (path, stamp):
                # While the file cannot be read, its links lead to the page of the issue.
                known = before.links if before and before.path == path else IssueLinks(path.stem, True, "", {})
                before = _Read(path, stamp, self._links(path) or known)
            self._read[name] = before
            if len(self._read) > _MOST:
                self._read.popitem(last=False)
            return before.links

    def _links(self, path: Path) -> IssueLinks | None:
        with suppress(NewsletterError):
            require_inside(path, self._folder.parent)
            return _links_of(read_draft(path))
        return None

    def _slug_of(self, alias: str) -> str:
        """Return the slug of the issue that has an alias, or ""."""
        if self._timer() - self._listed_at >= _ALIASES_AGE:
            with suppress(NewsletterError):
                listed = list_issues(self._folder, self._heads).issues
                self._heads = {issue.digest: issue.head for issue in listed}
                self._slugs = {alias: issue.slug for issue in listed for alias in issue.head.aliases}
                self._slugs |= {issue.slug: issue.slug for issue in listed}
            self._listed_at = self._timer()
        return self._slugs.get(alias, "")


def _links_of(document: DraftDocument) -> IssueLinks:
    draft = document.draft
    entries = ((entry.id.strip(), _web_address(entry.url)) for _, _, entry in draft.entries())
    urls = urls_by_name((id, url) for id, url in entries if url)
    return IssueLinks(document.slug, draft.status.strip() == Status.PUBLISHED, _web_address(draft.canonical_url), urls)


def _web_address(text: str) -> str:
    try:
        return web_address(text) if text else ""
    except PydanticCustomError:
        return ""


def _stamp(path: Path) -> _Stamp | None:
    """Return what changes with a file, or None if it does not exist."""
    try:
        stat = os.stat(path)  # noqa: PTH116 (half the time of `Path.stat`, and done for each request)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
