"""The links to the entries of an issue through the public pages: `PAGES/go/ISSUE/ENTRY`.

A link contains no URL, so it cannot be made to lead elsewhere, and it is the same for every reader. The name of an
entry is its id, or a digest of its URL if it has none. It does not depend on where the entry is or what its title is:
a link leads to the same story after any edit, or no longer to an entry.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from newsletter.issue.model import Issue
from newsletter.text.digests import sha256_hex, values_hex

PAGE = "go"
"""The name of the page, which is the first part of its path."""
CHECK = "_check-"
"""How a name begins with which the preflight asks the pages for their entries; see `check_name`."""
CHECK_ANSWER = "the same entries\n"
"""The answer of pages that have exactly these entries. Others answer with status 409."""
# The digits of a digest. Two URLs of one issue have the same with a probability of less than 1 in 10^8.
_DIGITS = 10


def link_to_entry(pages_url: str, slug: str, id: str | None, url: str) -> str:
    """Return the link to an entry.

    Args:
        pages_url: The address of the public pages, with a slash at its end.
        slug: The slug of the issue.
        id: The id of the entry, if it has one.
        url: The URL of the entry.
    """
    return f"{pages_url}{PAGE}/{slug}/{id or url_name(url)}"


def url_name(url: str) -> str:
    """Return the name of an entry without an id. No id contains an underscore."""
    return f"_{sha256_hex(url, _DIGITS)}"


def urls_by_name(entries: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """Return the URLs of entries by the names that their links have or had.

    Args:
        entries: The id, if it has one, and the URL of each entry.
    """
    return {name: url for id, url in entries for name in (id, url_name(url)) if name}


def check_name(urls: Mapping[str, str]) -> str:
    """Return the name with which the preflight asks the pages whether they have exactly these entries.

    It shows nothing of them, and no entry has such a name.

    Args:
        urls: The URLs of all entries of the issue; see `urls_by_name`.
    """
    return f"{CHECK}{values_hex(dict(sorted(urls.items())))[:16]}"


class NamedEntry(NamedTuple):
    """An entry of an issue: its place, which tells it from entries with the same title, and its title."""

    place: int
    title: str


def entry_names(issue: Issue) -> dict[str, tuple[NamedEntry, ...]]:
    """Return the entries by the names that their links have or had.

    An entry that was given an id after the issue was sent has two names. Entries with the same URL share a name.
    """
    names: dict[str, tuple[NamedEntry, ...]] = {}
    for place, (_, _, entry) in enumerate(issue.entries()):
        for name in (entry.id, url_name(entry.url)):
            if name:
                names[name] = (*names.get(name, ()), NamedEntry(place, entry.title))
    return names
