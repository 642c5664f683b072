"""Finds where the links to the entries of an issue lead, from the issue's file, without the database."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from pydantic_core import PydanticCustomError

from newsletter.clicks.entry_links import urls_by_name
from newsletter.clicks.issue_names import IssueNames
from newsletter.errors import NewsletterError
from newsletter.fields.address import web_address
from newsletter.files import Stamp, require_inside, stamp
from newsletter.issue.draft_document import DraftDocument, read_draft
from newsletter.issue.head import Status
from newsletter.issue.slugs import slug_error

# The issues that are kept; the one that was used the longest ago is dropped.
_MOST = 200


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
    stamp: Stamp
    links: IssueLinks


class Destinations:
    """The links of a publication's issues, read again when a file changes.

    A file that cannot be read, such as one that is being edited, keeps the links and the aliases that it had.

    Args:
        folder: The folder of the issues.
        timer: Returns seconds and never goes back.
    """

    def __init__(self, folder: Path, timer: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._names = IssueNames(folder, timer)
        self._read: OrderedDict[str, _Read] = OrderedDict()
        self._lock = Lock()

    def unchanged(self, name: str) -> IssueLinks | None:
        """Return the links of an issue that was read already, or None if it must be read. It only looks at the file.

        Args:
            name: The slug or an alias of the issue.
        """
        found = self._read.get(name)
        if found is None or found.stamp != stamp(found.path):
            return None
        if found.links.slug != name and stamp(self._folder / f"{name}.yaml"):
            return None  # Another issue now has this slug.
        return found.links

    def is_unknown(self, name: str) -> bool:
        """Return whether no issue has this name, without reading any file. False if a file must be read to know it."""
        if slug_error(name):
            return True
        return self._names.is_unknown(name) and stamp(self._folder / f"{name}.yaml") is None

    def read(self, name: str) -> IssueLinks | None:
        """Return the links of an issue. Returns None if no issue has this slug or alias."""
        if slug_error(name):
            return None
        with self._lock:
            path = self._folder / f"{name}.yaml"
            now = stamp(path)
            if now is None and (slug := self._names.slug_of(name)):
                path = self._folder / f"{slug}.yaml"
                now = stamp(path)
            before = self._read.pop(name, None)
            if now is None:
                return None
            if before is None or (before.path, before.stamp) != (path, now):
                # While the file cannot be read, its links lead to the page of the issue.
                earlier = (one for one in (before, self._read.get(path.stem)) if one and one.path == path)
                known = next((one.links for one in earlier), IssueLinks(path.stem, True, "", {}))
                before = _Read(path, now, self._links(path) or known)
            self._read[name] = before
            if len(self._read) > _MOST:
                self._read.popitem(last=False)
            return before.links

    def _links(self, path: Path) -> IssueLinks | None:
        with suppress(NewsletterError):
            require_inside(path, self._folder.parent)
            return _links_of(read_draft(path))
        return None


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
