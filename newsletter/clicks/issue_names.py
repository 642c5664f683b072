"""Finds the issue that a slug or an alias names, without reading all issues for each request."""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from newsletter.errors import NewsletterError
from newsletter.files import Stamp, stamp
from newsletter.issue.issue_list import list_issues
from newsletter.workspace.issue_cache import IssueCache

# The seconds for which the list is used while no file is created, renamed or deleted, so that requests for unknown
# issues cost no work.
_MOST_AGE = 5.0


class IssueNames:
    """The slugs and aliases of a folder's issues.

    An issue whose file cannot be read, such as one that is being edited, keeps the aliases that it had.

    Args:
        folder: The folder of the issues.
        timer: Returns seconds and never goes back.
    """

    def __init__(self, folder: Path, timer: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._timer = folder, timer
        self._cache = IssueCache()
        self._slugs: dict[str, str] = {}
        self._listed_at = -_MOST_AGE
        self._stamp: Stamp | None = None

    def is_unknown(self, name: str) -> bool:
        """Return whether no issue has this slug or alias. False if files must be read to know it."""
        return name not in self._slugs and self._is_current()

    def slug_of(self, name: str) -> str:
        """Return the slug of the issue that has a slug or an alias, or ""."""
        if not self._is_current():
            # Taken first: what changes while the files are read is read again.
            self._stamp = stamp(self._folder)
            with suppress(NewsletterError):
                listed = list_issues(self._folder, read_changed=self._cache.listed).issues
                self._slugs = self._names_of_unreadable({issue.slug for issue in listed})
                self._slugs |= {alias: issue.slug for issue in listed for alias in issue.head.aliases}
                self._slugs |= {issue.slug: issue.slug for issue in listed}
            self._listed_at = self._timer()
        return self._slugs.get(name, "")

    def _is_current(self) -> bool:
        """Return whether the list can be used. A file that is created, renamed or deleted changes the folder."""
        return self._timer() - self._listed_at < _MOST_AGE and stamp(self._folder) == self._stamp

    def _names_of_unreadable(self, readable: Collection[str]) -> dict[str, str]:
        """Return the known names of issues whose files exist and cannot be read now."""
        lost = {*self._slugs.values()}.difference(readable)
        kept = {slug for slug in lost if stamp(self._folder / f"{slug}.yaml")}
        return {name: slug for name, slug in self._slugs.items() if slug in kept}
