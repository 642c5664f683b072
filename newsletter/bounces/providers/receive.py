"""Receive a request of a provider's webhook: verify it, and apply its events in one transaction."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, text

from newsletter.bounces.apply import apply_bounce
from newsletter.bounces.bounce import BounceEffect
from newsletter.bounces.providers.webhook import MAX_AGE, Outcome, Provider, WebhookEvent, WebhookRequest
from newsletter.database.tables import webhook, webhook_token

# What these report changes nothing, so their message is not searched.
_QUIET = (Outcome.DELAYED, Outcome.DELIVERED)


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A verified request: the provider's name, its events, and the token that makes it unique, or ""."""

    provider: str
    events: tuple[WebhookEvent, ...]
    token: str


def verify_request(provider: Provider, request: WebhookRequest) -> VerifiedRequest:
    """Verify a request and read its events. Does not use the database.

    Raises:
        ForgedRequestError: It does not prove that the provider sent it, or it is too old.
        MalformedRequestError: It is not in the provider's format.
        FetchError: A certificate of the provider cannot be requested.
    """
    provider.verify(request)
    return VerifiedRequest(provider.name, tuple(provider.read(request)), provider.token(request))


def apply_request(
    connection: Connection, keys: Sequence[bytes], request: VerifiedRequest, now: int
) -> Counter[BounceEffect]:
    """Apply the events of a verified request.

    Args:
        connection: A write transaction. The provider gets a successful response only after it is durable.
        keys: The keys that verify tokens.
        request: The request.
        now: Seconds since 1970 (UTC).

    Returns:
        The number of events with each effect. It is empty if the request was applied before.
    """
    _record_request(connection, request.provider, now)
    if request.token and not _take_token(connection, request, now):
        return Counter()
    effects: Counter[BounceEffect] = Counter()
    for event in request.events:
        if event.outcome in _QUIET:
            effects[BounceEffect.NOTHING] += 1
            continue
        effects[apply_bounce(connection, keys, event.parsed(request.provider), now).effect] += 1
    return effects


def last_requests(connection: Connection) -> dict[str, int]:
    """Return when each webhook last sent an accepted request, by provider, in seconds since 1970 (UTC)."""
    return {str(name): int(at) for name, at in connection.execute(select(webhook.c.provider, webhook.c.last_at))}


def _record_request(connection: Connection, provider: str, now: int) -> None:
    query = (
        "INSERT INTO webhook (provider, last_at) VALUES (:provider, :at)"
        " ON CONFLICT (provider) DO UPDATE SET last_at = :at"
    )
    connection.execute(text(query), {"provider": provider, "at": now})


def _take_token(connection: Connection, request: VerifiedRequest, now: int) -> bool:
    """Remember the token of a request. Returns whether it is new."""
    connection.execute(delete(webhook_token).where(webhook_token.c.expires_at < now))
    query = "INSERT INTO webhook_token (digest, expires_at) VALUES (:digest, :expires) ON CONFLICT DO NOTHING"
    digest = hashlib.sha256(f"{request.provider} {request.token}".encode()).digest()
    # A request may be up to MAX_AGE old, and its clock ahead of this one.
    values = {"digest": digest, "expires": now + 2 * MAX_AGE}
    return connection.execute(text(query), values).rowcount == 1
