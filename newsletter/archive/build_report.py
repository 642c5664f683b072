"""The options and the report of a build."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from newsletter.errors import NewsletterError


class BuildStage(Enum):
    """A part of a build that takes time. The value describes it to the user."""

    IMAGES = "Encoding images"
    ISSUES = "Building"


Progress = Callable[[BuildStage, int, int], None]
"""Called with the stage, the number of its images or issues that are done, and their number."""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The options of a build.

    Args:
        drafts: Include drafts.
        keep_going: Leave out issues that have errors. Otherwise an error stops the build.
        as_published: The slug of an issue to build as if its status were `published`, or "". Its file is not changed.
            If its status is then set, the next build finds nothing to do.
        search_group: The number of issues that are indexed together for the search. What a search finds does not depend
            on it.
    """

    drafts: bool = False
    keep_going: bool = False
    as_published: str = ""
    search_group: int = 250


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build.

    Args:
        issues: The number of issues in the archive.
        published: False if errors of issues stopped the build. The archive is then unchanged.
        written: The number of files written.
        removed: The number of files removed.
        faults: The errors of issues, which were left out or stopped the build.
        drafts: The number of drafts that were left out.
        names: The slugs and aliases of all issues, including drafts.
        left: Files that are no longer part of the archive, but were edited by hand and therefore not removed.
    """

    issues: int
    published: bool = True
    written: int = 0
    removed: int = 0
    faults: tuple[NewsletterError, ...] = ()
    left: tuple[str, ...] = ()
    drafts: int = 0
    names: frozenset[str] = frozenset()
