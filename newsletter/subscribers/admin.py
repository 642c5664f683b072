"""Add, tag and remove subscribers, on behalf of the author."""

from collections.abc import Collection
from operator import attrgetter

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.states import EventKind, SubscriberState, SuppressionReason
from newsletter.errors import ExistsError, NotFoundError
from newsletter.subscribers.apply_event import change_state, erase
from newsletter.subscribers.events import record_event
from newsletter.subscribers.queries import (
    add_subscriber,
    add_tags,
    change_tag,
    find_subscriber,
    has_id,
    lock_list,
    write_language,
    write_name,
)
from newsletter.subscribers.segments import Segment, build_segment_condition
from newsletter.subscribers.state_machine import ConsentEvent, Refusal, decide
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import find_suppression, lift_suppression
from newsletter.subscribers.unrecognised_mail import forget_mail_about
from newsletter.text.email_address import Address


class AddAgainError(ExistsError):
    """An address is on the list or suppressed, and is added only with `again`."""


def add(
    database: Database,
    address: Address,
    *,
    consent: str,
    name: str = "",
    language: str = "",
    tags: Collection[str] = (),
    again: bool = False,
    now: int,
) -> None:
    """Add an active subscriber.

    Args:
        database: the database.
        address: the subscriber's address.
        consent: the source of consent, in the author's words.
        name: the name; empty keeps the name of an existing subscriber.
        language: the language; empty keeps that of an existing subscriber, and means the publication's for a new one.
        tags: tags to add.
        again: also add an address that unsubscribed, bounced, complained or was erased, at the person's request.
        now: seconds since 1970 (UTC).

    Raises:
        ExistsError: the address is on the list or suppressed, and `again` does not allow adding it.
        DatabaseError: the database fails.
    """
    with database.write() as connection:
        found = find_subscriber(connection, address.compared, lock=True)
        suppression = find_suppression(connection, address.compared)
        event = ConsentEvent.ADD_AGAIN if again else ConsentEvent.ADD
        reason = suppression.reason if suppression else None
        change = decide(found.state if found else None, event, reason)
        if isinstance(change, Refusal) or change.state is None:
            raise _refused(address, found.state if found else None, reason)
        if found:
            change_state(connection, found, event, now, consent)
            if name:
                write_name(connection, found.id, name)
            if language:
                write_language(connection, found.id, language)
            add_tags(connection, found.id, tags)
            return
        if change.lift:
            lift_suppression(connection, address.compared)
        new = Subscriber(
            id=0,
            address=address.typed,
            compared=address.compared,
            name=name,
            language=language,
            tags=tuple(tags),
            state=change.state,
            consent_source=consent,
            consent_at=now,
            created_at=now,
        )
        id = add_subscriber(connection, new)
        if id is None:
            raise _exists(address)
        record_event(connection, id, EventKind.ADDED, now, consent)


def remove(database: Database, addresses: Collection[Address], *, now: int) -> None:
    """Erase subscribers: all of them, or none if one is not on the list and no mail about them is kept.

    Raises:
        NotFoundError: an address is not on the list; nothing was changed.
        DatabaseError: the database fails.
    """
    with database.write() as connection:
        lock_list(connection)
        forgotten = {one for one in addresses if forget_mail_about(connection, one.compared, None)}
        listed = [
            one for one in addresses if one not in forgotten or find_subscriber(connection, one.compared) is not None
        ]
        for found in sorted(_find_all(connection, listed), key=attrgetter("id")):
            erase(connection, found, now)


def tag(database: Database, addresses: Collection[Address], tag: str, *, off: bool = False, now: int) -> int:
    """Add a tag to subscribers, or remove it if `off`: for all of them or none. Returns how many were changed.

    Raises:
        NotFoundError: an address is not on the list; nothing was changed.
        DatabaseError: the database fails.
    """
    with database.write() as connection:
        ids = [found.id for found in _find_all(connection, addresses)]
        return change_tag(connection, has_id(ids), tag, now, off=off)


def tag_segment(database: Database, segment: Segment, language: str, tag: str, *, off: bool = False, now: int) -> int:
    """Add a tag to a segment, or remove it if `off`. Returns how many subscribers were changed.

    `language` is the publication's; see `segment_condition`.

    Raises:
        DatabaseError: the database fails.
    """
    with database.write() as connection:
        return change_tag(connection, build_segment_condition(segment, language), tag, now, off=off)


def _find_all(connection: Connection, addresses: Collection[Address]) -> list[Subscriber]:
    """Return the subscribers with these addresses, without duplicates."""
    found = {}
    for address in addresses:
        one = find_subscriber(connection, address.compared)
        if one is None:
            raise unknown_subscriber(address)
        found[one.id] = one
    return list(found.values())


def _refused(address: Address, state: SubscriberState | None, suppression: SuppressionReason | None) -> ExistsError:
    if state is SubscriberState.ACTIVE and suppression is None:
        return _exists(address)
    described = f"suppressed ({suppression})" if suppression else f"{state}"
    advice = "Nothing was changed. Use --again if the person has asked to get the newsletter."
    return AddAgainError(f"{address.typed} is {described}", advice)


def _exists(address: Address) -> ExistsError:
    return ExistsError(
        f"{address.typed} is already a subscriber",
        f"Run `newsletter subscribers show {address.typed}` to see the details.",
    )


def unknown_subscriber(address: Address) -> NotFoundError:
    """Return the error for an address that is not on the list."""
    return NotFoundError(
        f"{address.typed} is not a subscriber", "Run `newsletter subscribers list` to see all addresses."
    )
