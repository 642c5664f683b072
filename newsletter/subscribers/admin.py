"""What an author does with single subscribers: add them, tag them, erase them."""

import time
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.states import EventKind, SubscriberState
from newsletter.errors import ExistsError, NotFoundError
from newsletter.subscribers.events import record
from newsletter.subscribers.queries import (
    add_subscriber,
    add_tags,
    among,
    change_tag,
    erase,
    find_subscriber,
    renew_consent,
)
from newsletter.subscribers.segments import Segment, segment_condition
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import find_suppression, lift
from newsletter.text.email_address import Address


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
            raise _listed(address)
        if not again and (found or suppression):
            state = f"suppressed ({suppression.reason})" if suppression else f"{found.state}" if found else ""
            advice = "Nothing was changed. If they themselves asked to get the newsletter, say so with --again."
            raise ExistsError(f"{address.typed} is {state}", advice)
        lift(connection, address.compared)
        if found:
            renew_consent(
                connection, replace(found, name=name or found.name, language=language or found.language), consent, now
            )
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
            added = add_subscriber(connection, new)
            if added is None:
                raise _listed(address)
            id = added
        record(connection, id, EventKind.ADDED, now, consent)


def remove(database: Database, addresses: Collection[Address]) -> None:
    """Erase subscribers, all or none of them.

    Raises:
        NotFoundError: one of them is not on the list; nothing has changed then.
        DatabaseError: the database fails.
    """
    with database.write() as connection:
        for found in _found(connection, addresses):
            erase(connection, found, int(time.time()))


def tag(database: Database, addresses: Collection[Address], tag: str, *, off: bool = False) -> int:
    """Give subscribers a tag, or take it from them, all or none of them; how many did not have it, or had it.

    Raises:
        NotFoundError: one of them is not on the list; nothing has changed then.
        DatabaseError: the database fails.
    """
    with database.write() as connection:
        ids = [found.id for found in _found(connection, addresses)]
        return change_tag(connection, among(ids), tag, int(time.time()), off=off)


def tag_segment(database: Database, segment: Segment, language: str, tag: str, *, off: bool = False) -> int:
    """Give a segment a tag, or take it from them; how many did not have it, or had it.

    Raises:
        DatabaseError: the database fails.
    """
    with database.write() as connection:
        return change_tag(connection, segment_condition(segment, language), tag, int(time.time()), off=off)


def _found(connection: Connection, addresses: Collection[Address]) -> list[Subscriber]:
    """The subscribers of addresses, each once."""
    found = {}
    for address in addresses:
        one = find_subscriber(connection, address.compared)
        if one is None:
            raise unknown(address)
        found[one.id] = one
    return list(found.values())


def _listed(address: Address) -> ExistsError:
    return ExistsError(
        f"{address.typed} is on the list already", f"See them: newsletter subscribers show {address.typed}."
    )


def unknown(address: Address) -> NotFoundError:
    """Return the error for an address that is not on the list."""
    return NotFoundError(f"{address.typed} is not on the list", "Look for it: newsletter subscribers list.")
