"""What a build of the archive is asked for, and what it did."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.errors import NewsletterError

# How many issues are made, and of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Choices:
    """How a site is built: with drafts, and without the issues that have faults."""

    drafts: bool = False
    keep_going: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did.

    `issues` are those of the site; `faults` are of the issues that were left out, or, where the
    site was not `published`, of those that were in the way; `left` are files that are no longer
    part of the site, and stay because somebody changed them.
    """

    issues: int
    published: bool = True
    written: int = 0
    removed: int = 0
    faults: tuple[NewsletterError, ...] = ()
    left: tuple[str, ...] = ()
