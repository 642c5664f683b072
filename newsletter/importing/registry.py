"""The list of sources that issues are imported from.

To add a source, write `sources/NAME.py` with a constant `SOURCE`, an `IssueSource`, and add a line to `SOURCES`. This
line also adds the command `newsletter import NAME`. docs/extending.md has a complete example.
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
    "ghost": "Import posts from Ghost.",
    "wordpress": "Import posts from WordPress.",
    "markdown": "Import Markdown files with front matter.",
    "rss": "Import the entries of a feed.",
}
"""The sources by name, each with the summary of its command."""


def load_source(name: str) -> "IssueSource":
    """Return a source of `SOURCES`. Its module is imported only now, because it may need an additional library."""
    source: IssueSource = import_module(f"newsletter.importing.sources.{name}").SOURCE
    return source
