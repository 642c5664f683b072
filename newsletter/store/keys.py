"""Keys: secrets that sign tokens and hash suppressed addresses, each for one purpose."""

import secrets
import time

from sqlalchemy import Connection, insert, select

from newsletter.store.tables import signing_key

_BYTES = 32


def signing_keys(connection: Connection, purpose: str) -> list[bytes]:
    """The keys of a purpose, the newest last: that one signs, and all of them verify.

    The first is made on demand, for which the transaction must be one that writes.
    """
    query = select(signing_key.c.secret).where(signing_key.c.purpose == purpose).order_by(signing_key.c.id)
    return list(connection.execute(query).scalars()) or [make_key(connection, purpose)]


def make_key(connection: Connection, purpose: str) -> bytes:
    """A new key of a purpose, which signs from now on."""
    secret = secrets.token_bytes(_BYTES)
    values = {"purpose": purpose, "secret": secret, "created_at": int(time.time())}
    connection.execute(insert(signing_key).values(values))
    return secret
