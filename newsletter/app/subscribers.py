"""What an author does with single subscribers: add them, tag them, erase them."""

import time
from collections.abc import Collection

from newsletter.content.email_address import Address
from newsletter.errors import ExistsError, NotFoundError
from newsletter.models.subscriber import EventKind, Subscriber, SubscriberState
from newsletter.store.database import Database
from newsletter.store.events import record
from newsletter.store.subscribers import (
    add_subscriber,
    add_tags,
    find_subscriber,
    renew_consent,
)
from newsletter.store.suppressions import find_suppression, lift


def add(
    database: Database,
    address: Address,
    *,
    consent: str,
    name: str = "",
    language: str = "",
    tags: Collection[str] = (),
    again: bool = False,
) -> None:
    """Add an active subscriber; with `again`, somebody who had left or was suppressed comes back.

    Raises:
        ExistsError: they are on the list already, or are not to be written to.
        DatabaseError: the database fails.
    """
    now = int(time.time())
    with database.write() as connection:
        found = find_subscriber(connection, address.compared)
        suppression = find_suppression(connection, address.compared)
        if found and found.state is SubscriberState.ACTIVE and not suppression:
            advice = f"See them: newsletter subscribers show {address.typed}."
            raise ExistsError(f"{address.typed} is on the list already", advice)
        if not again and (found or suppression):
            state = f"suppressed ({suppression.reason})" if suppression else f"{found.state}" if found else ""
            advice = "Nothing was changed. If they themselves asked to get the newsletter, say so with --again."
            raise ExistsError(f"{address.typed} is {state}", advice)
        lift(connection, address.compared)
        if found:
            renew_consent(connection, found.id, consent, now)
            add_tags(connection, found.id, tags)
            id = found.id
        else:
            new = Subscriber(
                id=0,
                address=address.typed,
                compared=address.compared,
                name=name,
                language=language,
                tags=tuple(tags),
                state=SubscriberState.ACTIVE,
                consent_source=consent,
                consent_at=now,
                created_at=now,
            )
            id = add_subscriber(connection, new)
        record(connection, id, EventKind.ADDED, now, consent)


def found_subscriber(database: Database, address: Address) -> Subscriber:
    """The subscriber of an address.

    Raises:
        NotFoundError: there is none.
        DatabaseError: the database fails.
    """
    with database.read() as connection:
        found = find_subscriber(connection, address.compared)
    if found is None:
        raise NotFoundError(f"{address.typed} is not on the list", "Look for it: newsletter subscribers list.")
    return found
