"""The keys that sign links: a new one is made, old ones are looked at, and dropped when nothing needs them."""

import time
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, Key, drop_key, keys_of, make_key
from newsletter.errors import KeyInUseError, NotFoundError
from newsletter.ledger import campaigns

# So many days a link to leave must work after its message was sent: 30 by CAN-SPAM, 15 U.S.C. 7704(a)(3)(A)(ii), and
# 60 by Canada's Anti-Spam Legislation, s. 11(2).
KEEP_DAYS = 60
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key: its number, when it was made, and until when it may have signed; nothing where it still does.

    Times are seconds since 1970 (UTC).
    """

    id: int
    made_at: int
    until: int | None


def signing_keys(database: Database) -> list[SigningKey]:
    """All keys that verify links, the newest last: that one signs."""
    with database.read() as connection:
        return _all(connection)


def add_key(database: Database) -> SigningKey:
    """Make a key that signs from now on; those before it go on verifying."""
    with database.write() as connection:
        make_key(connection, TOKENS)
        return _all(connection)[-1]


def drop_signing_key(database: Database, id: int, *, recent: bool = False) -> None:
    """Drop a key: links and return paths that it has signed are good no more.

    Raises:
        NotFoundError: there is no such key.
        KeyInUseError: it signs, a campaign is not finished, or, unless `recent`, it has signed in the last 60 days.
    """
    with database.write() as connection:
        found = next((key for key in _all(connection) if key.id == id), None)
        if found is None:
            raise NotFoundError(f"there is no key #{id}", "`newsletter keys list` shows all.")
        if found.until is None:
            raise KeyInUseError(f"key #{id} signs the links of today", "Make its successor first: newsletter keys add.")
        for campaign in campaigns.newest_first(connection):
            if campaigns.unfinished(campaign):
                raise KeyInUseError(
                    f"campaign #{campaign.id} of {campaign.slug} is not finished, and its messages hang on the keys",
                    f"Go on: `newsletter send --resume`; or end it: `newsletter campaign cancel {campaign.slug}`.",
                )
        days = (int(time.time()) - found.until) // _DAY
        if days < KEEP_DAYS and not recent:
            ago = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
            raise KeyInUseError(
                f"key #{id} may have signed until {ago}, and links to leave must work for {KEEP_DAYS} days",
                "Wait; or, if somebody has got hold of it, drop it with --recent: docs/sending.md says what breaks.",
            )
        drop_key(connection, id)


def _all(connection: Connection) -> list[SigningKey]:
    keys = keys_of(connection, TOKENS)
    old = [SigningKey(key.id, key.made_at, _until(connection, after)) for key, after in pairwise(keys)]
    return old + [SigningKey(key.id, key.made_at, None) for key in keys[-1:]]


def _until(connection: Connection, after: Key) -> int:
    """Until when a key may have signed: a campaign that began before the next one was made ended with it."""
    return max(after.made_at, campaigns.last_end(connection, after.made_at) or 0)
