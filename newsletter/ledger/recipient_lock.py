"""The lock of the recipients of issues: who gets an issue is decided in one transaction at a time.

Without it, a campaign and a welcome mail that begin at the same time would not see each other's deliveries. SQLite
needs no lock: a transaction that writes is the only one.
"""

from sqlalchemy import Connection, text

# The key among PostgreSQL's advisory locks.
_KEY = 0x6E657772


def lock_recipients(connection: Connection) -> None:
    """Wait for the lock, and keep it until the transaction ends. Call this before any row is locked."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _KEY})


def try_lock_recipients(connection: Connection) -> bool:
    """Take the lock as `lock_recipients` does, if it is free. Returns whether it was."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _KEY}).scalar())
