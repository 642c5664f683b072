"""What a process has read of a publication. Workspaces that share a cache read only the files that changed.

It is in memory, for a process that lists the issues again and again, such as the dashboard. It trusts the times of a
file. `validated_cache` is on disk, for the next process, and trusts only the content of a file.
"""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from newsletter.issue.issue_list import ListedIssue

if TYPE_CHECKING:
    from newsletter.issue.index_file import IndexedIssue
    from newsletter.issue.known_heads import KnownHeads
    from newsletter.workspace.validated_cache import Validated

# In nanoseconds. A file that changed more recently can change again and keep its times: some file systems store times
# in steps of two seconds.
_TIME_STEP = 2_000_000_000
# The identity of a file's content: its times of modification and of change, its size, its device and its inode. A time
# of modification can be set to any value, a time of change cannot.
_Stamp = tuple[int, int, int, int, int]


class IssueCache:
    """The issues by the stamps of their files, and the caches of `.newsletter/`. Safe to use from several threads.

    Args:
        now: Returns the current time, in nanoseconds.

    Attributes:
        indexed: The indexed issues by the digests of their files, or None if the index was not read yet.
        validated: What earlier commands validated, or None if it was not read yet.
        heads: The heads of `validated` and those that this process read since, or None if it listed no issues yet.
    """

    def __init__(self, now: Callable[[], int] = time.time_ns) -> None:
        self._now = now
        self.indexed: dict[str, IndexedIssue] | None = None
        self.validated: Validated | None = None
        self.heads: KnownHeads | None = None
        self._listed: dict[str, tuple[_Stamp, ListedIssue]] = {}

    def listed(self, path: str, read: Callable[[str], ListedIssue]) -> ListedIssue:
        """Return the listed issue of a file.

        Args:
            path: The file.
            read: Reads the file, if it has changed since the last call or a moment before.

        Raises:
            NewsletterError: The file cannot be read.
        """
        now = self._now()
        try:
            stamp = _stamp(path)
        except OSError:
            return read(path)  # which reports the error
        known = self._listed.get(path)
        if known and known[0] == stamp:
            return known[1]
        listed = read(path)
        if max(stamp[:2]) < now - _TIME_STEP:
            self._listed[path] = stamp, listed
        return listed


def _stamp(path: str) -> _Stamp:
    stat = os.stat(path)  # noqa: PTH116 (a Path takes twice as long)
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_dev, stat.st_ino
