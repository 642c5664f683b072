"""Suppressions: addresses that are never mailed again, stored as keyed hashes (HMAC-SHA-256)."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, text

from newsletter.database.signing_keys import signing_keys
from newsletter.database.states import SuppressionReason
from newsletter.database.tables import suppression

PURPOSE = "suppression"


@dataclass(frozen=True, slots=True)
class Suppression:
    """The reason of a suppression, and when it began, in seconds since 1970 (UTC)."""

    reason: SuppressionReason
    since: int


def suppress(connection: Connection, compared: str, reason: SuppressionReason, now: int) -> None:
    """Suppress an address. An existing suppression keeps its reason."""
    if find_suppression(connection, compared) is None:
        suppress_all(connection, [compared], reason, now)


def suppress_all(connection: Connection, addresses: Iterable[str], reason: SuppressionReason, now: int) -> None:
    """Suppress addresses that are not suppressed yet."""
    addresses = list(addresses)
    if not addresses:
        return
    key = signing_keys(connection, PURPOSE)[-1]
    rows = [{"digest": _keyed_digest(key, address), "reason": reason.value, "since": now} for address in addresses]
    query = "INSERT INTO suppression (digest, reason, since) VALUES (:digest, :reason, :since) ON CONFLICT DO NOTHING"
    connection.execute(text(query), rows)


def find_suppression(connection: Connection, compared: str) -> Suppression | None:
    """Return the suppression of a compared address, or None."""
    return find_suppressions(connection, [compared]).get(compared)


def find_suppressions(connection: Connection, addresses: Iterable[str]) -> dict[str, Suppression]:
    """Return the suppressions of compared addresses, by address. Intended for some thousand addresses at most."""
    if connection.execute(select(suppression.c.reason).limit(1)).first() is None:
        return {}
    keys = signing_keys(connection, PURPOSE)
    by_digest = {_keyed_digest(key, address): address for address in addresses for key in keys}
    query = select(suppression).where(suppression.c.digest.in_(by_digest))
    return {
        by_digest[row.digest]: Suppression(SuppressionReason(row.reason), row.since)
        for row in connection.execute(query)
    }


def count_suppressions(connection: Connection) -> dict[SuppressionReason, int]:
    """Count the suppressed addresses by reason. Reasons without addresses are left out."""
    query = select(suppression.c.reason, func.count()).group_by(suppression.c.reason)
    counts: dict[str, int] = {reason: count for reason, count in connection.execute(query)}  # noqa: C416 (rows are not pairs)
    return {reason: counts[reason.value] for reason in SuppressionReason if reason.value in counts}


def lift_suppression(connection: Connection, compared: str) -> None:
    """End the suppression of an address."""
    digests = [_keyed_digest(key, compared) for key in signing_keys(connection, PURPOSE)]
    connection.execute(delete(suppression).where(suppression.c.digest.in_(digests)))


def _keyed_digest(key: bytes, compared: str) -> bytes:
    return hmac.digest(key, compared.encode(), "sha256")
