"""Writes what the state machine decides for a subscriber: state, suppression and history."""

from sqlalchemy import Connection

from newsletter.database.states import EventKind
from newsletter.subscribers.events import record_event
from newsletter.subscribers.queries import delete_subscriber, lock_subscriber, write_consent, write_state
from newsletter.subscribers.state_machine import ConsentEvent, Refusal, StateChange, decide, states_changed_by
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import find_suppression, lift_suppression, suppress
from newsletter.subscribers.unrecognised_mail import forget_mail_about

_RECORDED_AS = {
    ConsentEvent.CONFIRM: EventKind.CONFIRMED,
    ConsentEvent.UNSUBSCRIBE: EventKind.UNSUBSCRIBED,
    ConsentEvent.HARD_BOUNCE: EventKind.BOUNCED,
    ConsentEvent.SOFT_BOUNCE_LIMIT: EventKind.BOUNCED,
    ConsentEvent.COMPLAINT: EventKind.COMPLAINED,
    ConsentEvent.ADD_AGAIN: EventKind.ADDED,
}
_NEW_CONSENT = (ConsentEvent.CONFIRM, ConsentEvent.ADD_AGAIN)


def change_state(
    connection: Connection,
    found: Subscriber,
    event: ConsentEvent,
    now: int,
    detail: str = "",
    campaign_id: int | None = None,
    *,
    requested: int = 0,
    withdrawn: int = 0,
) -> StateChange | Refusal:
    """Apply an event to a subscriber: change state and suppression, and add the event to the history.

    The row is locked and its state is read again first, because another transaction may have changed it since `found`
    was read.

    Args:
        connection: a write transaction.
        found: the subscriber.
        event: what happened.
        now: seconds since 1970 (UTC).
        detail: the source of the event in words; for a confirmation and `add --again`, also the source of consent.
        campaign_id: the campaign that the event is about; None if there is none.
        requested: see `decide`.
        withdrawn: see `decide`. Both are read after the row was locked.

    Returns:
        The change, or the reason why nothing was changed.
    """
    state = lock_subscriber(connection, found.id)
    if state is None:
        return Refusal.IGNORED  # erased since it was found
    suppression = find_suppression(connection, found.compared)
    reason = suppression.reason if suppression else None
    change = decide(state, event, reason, requested=requested, withdrawn=withdrawn)
    if isinstance(change, Refusal):
        return change
    if change.lift:
        lift_suppression(connection, found.compared)
    if change.state is None:
        forget_mail_about(connection, found.compared, found.id)
        delete_subscriber(connection, found.id)
    else:
        write_state(connection, found.id, change.state)
        if event in _NEW_CONSENT:
            write_consent(connection, found.id, detail, now)
        record_event(connection, found.id, _RECORDED_AS[event], now, detail, campaign_id)
    if change.suppress:
        suppress(connection, found.compared, change.suppress, now)
    return change


def unsubscribe_at_once(connection: Connection, id: int) -> str | None:
    """Unsubscribe a subscriber with one statement. Reading the subscriber first would take a third longer (measured).

    Returns:
        The address, or None if the event is ignored: already unsubscribed, complained or erased.
    """
    changed = states_changed_by(ConsentEvent.UNSUBSCRIBE)
    (state,) = set(changed.values())
    return write_state(connection, id, state, only_from=changed)


def erase(connection: Connection, found: Subscriber, now: int) -> None:
    """Erase a subscriber. A keyed hash of the address is kept, so that no import adds it again."""
    change_state(connection, found, ConsentEvent.ERASE, now)
