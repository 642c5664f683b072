"""The keys that sign links: listing them, adding one, and dropping an old one when nothing needs it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, Key, drop_key, keys_of, make_key
from newsletter.errors import KeyInUseError, NotFoundError
from newsletter.ledger import campaigns

# Days for which an unsubscribe link must work after its message was sent: 30 by CAN-SPAM, 15 U.S.C.
# 7704(a)(3)(A)(ii), and 60 by Canada's Anti-Spam Legislation, s. 11(2).
KEEP_DAYS = 60
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key without its secret.

    Attributes:
        id: Its number.
        made_at: When it was made, in seconds since 1970 (UTC).
        until: Until when it may have signed, or None for the key that signs now.
    """

    id: int
    made_at: int
    until: int | None


def signing_keys(database: Database) -> list[SigningKey]:
    """Return all keys, the newest last. All of them verify links, and the newest signs."""
    with database.read() as connection:
        return _all(connection)


def add_key(database: Database) -> SigningKey:
    """Add a key that signs from now on; the keys before it still verify."""
    with database.write() as connection:
        make_key(connection, TOKENS)
        return _all(connection)[-1]


def drop_signing_key(
    database: Database, id: int, *, recent: bool = False, clock: Callable[[], float] = time.time
) -> None:
    """Drop a key. Links and return paths that it signed are no longer valid.

    Args:
        database: Where the keys are.
        id: The key's number.
        recent: Whether to drop it although it may have signed within the last 60 days.
        clock: Returns seconds since 1970 (UTC).

    Raises:
        NotFoundError: There is no such key.
        KeyInUseError: The key signs now, a campaign is not finished, or it may have signed within the last 60 days.
    """
    with database.write() as connection:
        found = next((key for key in _all(connection) if key.id == id), None)
        if found is None:
            raise NotFoundError(f"there is no key #{id}", "`newsletter keys list` shows all.")
        if found.until is None:
            raise KeyInUseError(f"key #{id} signs the links of today", "Make its successor first: newsletter keys add.")
        for campaign in campaigns.list_campaigns(connection):
            if campaign.unfinished:
                raise KeyInUseError(
                    f"campaign #{campaign.id} of {campaign.slug} is not finished, and its messages hang on the keys",
                    f"Go on: `newsletter send --resume`; or end it: `newsletter campaign cancel {campaign.slug}`.",
                )
        days = (int(clock()) - found.until) // _DAY
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
    """Until when a key may have signed: a campaign goes on with the key that it began with."""
    return max(after.made_at, campaigns.last_finished_at(connection, after.made_at) or 0)
