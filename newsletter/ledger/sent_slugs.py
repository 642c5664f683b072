"""Finds sent issues whose slug no longer exists. The links to the archive in their mail are broken.

It does not import the database library, because `newsletter build` uses it even if there is nothing to do.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.database.database import Database


@dataclass(frozen=True, slots=True)
class SentSlug:
    """A slug under which an issue was sent, and when it was first sent, in seconds since 1970 (UTC)."""

    slug: str
    sent_at: int


def slugs_without_issue(sent: Mapping[str, int], names: Collection[str]) -> list[SentSlug]:
    """Return the sent slugs that are neither the slug nor an alias of an issue, the first sent first.

    Args:
        sent: When each slug was first sent; see `received.first_sent`.
        names: The slugs and aliases of all issues, including drafts.
    """
    missing = [SentSlug(slug, at) for slug, at in sent.items() if slug not in names]
    return sorted(missing, key=lambda found: (found.sent_at, found.slug))


def find_slugs_without_issue(database: "Database", names: Collection[str]) -> list[SentSlug]:
    """Find the sent slugs that are neither the slug nor an alias of an issue; see `slugs_without_issue`.

    Raises:
        DatabaseError: The database fails.
    """
    from newsletter.ledger.received import first_sent

    with database.read() as connection:
        return slugs_without_issue(first_sent(connection), names)
