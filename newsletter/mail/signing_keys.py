"""Lists, adds and drops the keys that sign links."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, Key, drop_key, keys_of, make_key
from newsletter.errors import KeyInUseError, NotFoundError
from newsletter.ledger import campaigns

# Days for which an unsubscribe link must work after its message was sent: 30 by CAN-SPAM (15 U.S.C.
# 7704(a)(3)(A)(ii)), and 60 by Canada's Anti-Spam Legislation (s. 11(2)).
KEEP_DAYS = 60
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key without its secret.

    Attributes:
        id: The number of the key.
        made_at: When it was created, in seconds since 1970 (UTC).
        until: Until when it may have signed, in seconds since 1970 (UTC); None for the current signing key.
    """

    id: int
    made_at: int
    until: int | None


def signing_keys(database: Database) -> list[SigningKey]:
    """Return all keys, the newest last. All keys verify links; only the newest signs."""
    with database.read() as connection:
        return _all(connection)


def add_key(database: Database) -> SigningKey:
    """Add a key that signs from now on. Older keys still verify links."""
    with database.write() as connection:
        make_key(connection, TOKENS)
        return _all(connection)[-1]


def drop_signing_key(
    database: Database, id: int, *, recent: bool = False, clock: Callable[[], float] = time.time
) -> None:
    """Drop a key. Links and return paths that it signed become invalid.

    Args:
        database: The database with the keys.
        id: The number of the key.
        recent: Whether to drop it even if it may have signed within the last 60 days.
        clock: Returns seconds since 1970 (UTC).

    Raises:
        NotFoundError: The key does not exist.
        KeyInUseError: It is the current signing key, a campaign is not finished, or the key may have signed within the
            last 60 days.
    """
    with database.write() as connection:
        found = next((key for key in _all(connection) if key.id == id), None)
        if found is None:
            raise NotFoundError(f"key #{id} does not exist", "List the keys with `newsletter keys list`.")
        if found.until is None:
            raise KeyInUseError(
                f"key #{id} is the current signing key", "Add a new key first with `newsletter keys add`."
            )
        for campaign in campaigns.list_campaigns(connection):
            if campaign.unfinished:
                raise KeyInUseError(
                    f"campaign #{campaign.id} of {campaign.slug} is not finished, and it needs the signing keys",
                    f"Resume it with `newsletter send {campaign.slug} --resume`, or cancel it with"
                    f" `newsletter campaign cancel {campaign.slug}`.",
                )
        days = (int(clock()) - found.until) // _DAY
        if days < KEEP_DAYS and not recent:
            ago = "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"
            raise KeyInUseError(
                f"key #{id} may have signed links as recently as {ago},"
                f" and unsubscribe links must work for {KEEP_DAYS} days",
                "Wait, or add --recent if the key has leaked. docs/messages.md describes the consequences.",
            )
        drop_key(connection, id)


def _all(connection: Connection) -> list[SigningKey]:
    keys = keys_of(connection, TOKENS)
    old = [SigningKey(key.id, key.made_at, _until(connection, after)) for key, after in pairwise(keys)]
    return old + [SigningKey(key.id, key.made_at, None) for key in keys[-1:]]


def _until(connection: Connection, after: Key) -> int:
    """Return until when a key may have signed links. A campaign keeps using the key that was newest when it started."""
    return max(after.made_at, campaigns.find_last_finish(connection, after.made_at) or 0)
