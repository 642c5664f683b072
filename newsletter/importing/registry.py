"""The sources that issues are imported from.

To add a source, write `sources/NAME.py` with a constant `SOURCE`, an `IssueSource`, and add a line to `SOURCES`. The
command `newsletter import NAME` follows from the line. docs/extending.md has a complete example.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.importing.issue_source import IssueSource

SOURCES = {
    "medium": "Import stories from Medium.",
    "substack": "Import posts from Substack.",
    "buttondown": "Import emails from Buttondown.",
    "revue": "Import issues from Revue.",
    "rss": "Import the entries of a feed.",
}
"""Each source by its name, with the summary that its command shows."""


def load_source(name: str) -> "IssueSource":
    """Return a source of `SOURCES`. Its module is imported now: it may need a library that no other source needs."""
    source: IssueSource = import_module(f"newsletter.importing.sources.{name}").SOURCE
    return source
