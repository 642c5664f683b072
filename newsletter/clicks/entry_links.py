"""The links to the entries of an issue through the public pages: `PAGES/go/ISSUE/ENTRY`.

A link contains no URL, so it cannot be made to lead elsewhere, and it is the same for every reader. The name of an
entry is its id, or a digest of its URL if it has none. It does not depend on where the entry is or what its title is:
a link leads to the same story after any edit, or no longer to an entry.
"""

from newsletter.issue.model import Issue
from newsletter.text.digests import sha256_hex

PAGE = "go"
"""The name of the page, which is the first part of its path."""
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


def entry_names(issue: Issue) -> dict[str, tuple[str, ...]]:
    """Return the titles of the entries by the names that their links have or had.

    An entry that was given an id after the issue was sent has two names. Entries with the same URL share a name.
    """
    names: dict[str, tuple[str, ...]] = {}
    for _, _, entry in issue.entries():
        for name in (entry.id, url_name(entry.url)):
            if name:
                names[name] = (*names.get(name, ()), entry.title)
    return names
