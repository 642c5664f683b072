"""Stores keys: secrets that sign tokens or hash suppressed addresses. Each has one purpose."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from newsletter.database.tables import signing_key

# The purpose of the keys that sign the tokens in links and envelope senders.
TOKENS = "token"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. `made_at` is in seconds since 1970 (UTC)."""

    id: int
    made_at: int


def signing_keys(connection: Connection, purpose: str, clock: Callable[[], float] = time.time) -> list[bytes]:
    """Return the secrets of a purpose, newest last. The newest signs; all of them verify.

    The first key is created on demand, which needs a transaction that writes. `clock` returns seconds since 1970.
    """
    query = select(signing_key.c.secret).where(signing_key.c.purpose == purpose).order_by(signing_key.c.id)
    return list(connection.execute(query).scalars()) or [make_key(connection, purpose, clock)]


def make_key(connection: Connection, purpose: str, clock: Callable[[], float] = time.time) -> bytes:
    """Create a key, which signs for its purpose from now on. Returns its secret. `clock` returns seconds since 1970."""
    secret = secrets.token_bytes(_BYTES)
    values = {"purpose": purpose, "secret": secret, "created_at": int(clock())}
    connection.execute(insert(signing_key).values(values))
    return secret


def keys_of(connection: Connection, purpose: str) -> list[Key]:
    """List the keys of a purpose without their secrets, newest last."""
    query = select(signing_key.c.id, signing_key.c.created_at).where(signing_key.c.purpose == purpose)
    return [Key(*row) for row in connection.execute(query.order_by(signing_key.c.id))]


def drop_key(connection: Connection, id: int) -> None:
    """Delete a key. Tokens that it has signed become invalid."""
    connection.execute(delete(signing_key).where(signing_key.c.id == id))
