"""The options and the report of a build."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.errors import NewsletterError

# Called with the number of issues rendered, and of all that are to be rendered.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The options of a build: include drafts; leave out issues that have errors."""

    drafts: bool = False
    keep_going: bool = False


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The result of a build.

    Args:
        issues: how many issues the archive has.
        published: whether the archive was changed; False where an issue has errors.
        written, removed: how many files.
        faults: the errors of issues that were left out, or that stopped the build.
        left: files that are no longer part of the archive, and stay because they were changed by hand.
    """

    issues: int
    published: bool = True
    written: int = 0
    removed: int = 0
    faults: tuple[NewsletterError, ...] = ()
    left: tuple[str, ...] = ()
