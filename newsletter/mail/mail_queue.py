"""The queue of transactional mail: requests, claims and results, in the table `transactional_mail`.

A request is written in the transaction of the event that causes it. A claim is a conditional UPDATE, so only one of
several processes sends a mail. It also moves `due_at` to the end of the lease: if the process is killed, the mail
becomes due again.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, Connection, exists, func, insert, literal, select, update

from newsletter.database.states import EventKind, MailKind, MailState, SubscriberState
from newsletter.database.tables import campaign, delivery, subscriber, transactional_mail
from newsletter.ledger.campaign import WELCOME
from newsletter.subscribers.events import record_event
from newsletter.subscribers.queries import find_subscriber_by_id
from newsletter.subscribers.state_machine import MAY_GET_ISSUES
from newsletter.subscribers.subscriber import Subscriber

# Seconds after which a request expires, and the duration of a claim, which a slow server may almost need.
EXPIRES_AFTER, LEASE = 24 * 3600, 3600
_PAGE = 20
_SUBSCRIBE_MAIL = (MailKind.CONFIRMATION, MailKind.ALREADY_SUBSCRIBED)
_mail = transactional_mail.c


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """A claimed mail.

    Attributes:
        id: The id of the row.
        subscriber: The recipient at the time of the claim.
        language: The language of the page on which the mail was requested; may be empty.
        requested_at: Seconds since 1970 (UTC).
        attempts: The number of attempts, including this one.
    """

    id: int
    kind: MailKind
    subscriber: Subscriber
    language: str
    requested_at: int
    attempts: int


def request_mail(connection: Connection, kind: MailKind, subscriber_id: int, language: str, now: int) -> None:
    """Add a mail to the queue, due immediately, or run the same statement without effect for subscriber 0.

    Use the transaction of the event that causes the mail.
    """
    texts = {"kind": kind.value, "language": language, "state": MailState.WAITING.value}
    times = {"requested_at": now, "due_at": now}
    values = [*map(literal, texts.values()), *(literal(time, BigInteger) for time in times.values())]
    rows = select(subscriber.c.id, *values).where(subscriber.c.id == subscriber_id)
    connection.execute(insert(transactional_mail).from_select(("subscriber_id", *texts, *times), rows))


def last_sent_at(connection: Connection, kind: MailKind, subscriber_id: int) -> int | None:
    """Return when a subscriber's newest mail of a kind was sent, in seconds since 1970 (UTC).

    Returns:
        The time; None if that mail still waits or failed, or if there is none. For an uncertain one, it is the time of
        its request.
    """
    query = select(transactional_mail).where(_mail.subscriber_id == subscriber_id, _mail.kind == kind.value)
    row = connection.execute(query.order_by(_mail.id.desc()).limit(1)).first()
    if row is None or row.state not in (MailState.SENT, MailState.UNCERTAIN):
        return None
    return int(row.requested_at if row.sent_at is None else row.sent_at)


def is_on_its_way(connection: Connection, kind: MailKind, subscriber_id: int) -> bool:
    """Return whether a subscriber's newest mail of a kind was sent or waits. False if it was cancelled or failed."""
    query = select(_mail.state).where(_mail.subscriber_id == subscriber_id, _mail.kind == kind.value)
    state = connection.execute(query.order_by(_mail.id.desc()).limit(1)).scalar()
    return state in (MailState.WAITING, MailState.SENT, MailState.UNCERTAIN)


def due_mail(connection: Connection, now: int) -> list[int]:
    """Return the ids of a page of due mail, the longest due first."""
    query = select(_mail.id).where(_is_due(now)).order_by(_mail.due_at, _mail.id).limit(_PAGE)
    return list(connection.execute(query).scalars())


def next_due_at(connection: Connection) -> int | None:
    """Return when the next waiting mail is due, in seconds since 1970 (UTC); None if there is no waiting mail."""
    query = select(func.min(_mail.due_at)).where(_mail.state == MailState.WAITING.value)
    return connection.execute(query).scalar()


def claim_mail(connection: Connection, id: int, now: int) -> QueuedMail | None:
    """Claim a mail that is due, for `LEASE` seconds.

    Returns:
        The mail, or None if another process has claimed it or it is no longer needed and was cancelled.
    """
    claimed = {"claimed_at": now, "due_at": now + LEASE + 1, "attempts": _mail.attempts + 1}
    query = update(transactional_mail).where(_mail.id == id, _is_due(now)).values(claimed)
    row = connection.execute(query.returning(transactional_mail)).first()
    if row is None:
        return None
    found = find_subscriber_by_id(connection, row.subscriber_id)
    if found is None:
        return None
    kind = MailKind(row.kind)
    active = found.state is SubscriberState.ACTIVE
    if kind in _SUBSCRIBE_MAIL:
        # The subscriber may have confirmed since the request.
        kind = MailKind.ALREADY_SUBSCRIBED if active else MailKind.CONFIRMATION
    mail = QueuedMail(row.id, kind, found, row.language, row.requested_at, row.attempts)
    expired = mail.requested_at <= now - EXPIRES_AFTER
    unwanted = kind is MailKind.WELCOME and (not active or _was_sent_an_issue(connection, mail))
    unwanted |= kind is MailKind.UNSUBSCRIBE_LINK and found.state not in MAY_GET_ISSUES
    if expired or unwanted or _is_replaced(connection, mail):
        cancel_mail(connection, mail)
        return None
    return mail


def finish_mail(connection: Connection, mail: QueuedMail, state: MailState, result: str, now: int) -> None:
    """Record the final result of a claimed mail in the queue and in the subscriber's history.

    Record nothing if the subscriber was erased or another process has claimed the mail since.

    Args:
        connection: A write transaction.
        mail: The claimed mail.
        state: `SENT`, `FAILED` or `UNCERTAIN`.
        result: The verdict and the server's reply code.
        now: Seconds since 1970 (UTC).
    """
    # Lock the subscriber first, as an erasure does.
    locked = select(subscriber.c.id).where(subscriber.c.id == mail.subscriber.id)
    connection.execute(locked.with_for_update(read=True, key_share=True))
    sent = state is MailState.SENT
    values = {
        "state": state.value,
        "kind": mail.kind.value,
        "claimed_at": None,
        "sent_at": now if sent else None,
        "last_error": "" if sent else result,
    }
    query = update(transactional_mail).where(_is_claimed_by(mail)).values(values).returning(_mail.id)
    if connection.execute(query).first():
        record_event(connection, mail.subscriber.id, EventKind.WRITTEN, now, f"{mail.kind}: {result}")


def postpone_mail(connection: Connection, mail: QueuedMail, due_at: int, error: str) -> None:
    """Release a claimed mail until its next attempt.

    Args:
        connection: A write transaction.
        mail: The claimed mail.
        due_at: The time of the next attempt, at most `LEASE` seconds ahead.
        error: Why this attempt failed.
    """
    values = {"claimed_at": None, "due_at": due_at, "last_error": error}
    connection.execute(update(transactional_mail).where(_is_claimed_by(mail)).values(values))


def cancel_mail(connection: Connection, mail: QueuedMail) -> None:
    """Remove a claimed mail from the queue without sending it."""
    values = {"claimed_at": None, "state": MailState.CANCELLED.value}
    connection.execute(update(transactional_mail).where(_is_claimed_by(mail)).values(values))


def retry_now(connection: Connection, now: int) -> None:
    """Make all waiting, unclaimed mail due now, because the settings may have been corrected."""
    waiting = (_mail.state == MailState.WAITING.value, _mail.claimed_at.is_(None))
    connection.execute(update(transactional_mail).where(*waiting).values(due_at=now))


def _is_due(now: int) -> ColumnElement[bool]:
    # No wait is longer than a lease, so a much later time was written by a clock that was ahead. The limit is twice the
    # lease, so that a process whose clock is a little behind does not repeat a valid claim.
    return (_mail.state == MailState.WAITING.value) & ~_mail.due_at.between(now + 1, now + 2 * LEASE)


def _is_claimed_by(mail: QueuedMail) -> ColumnElement[bool]:
    """The condition that this claim is still valid. Each claim increments `attempts`."""
    return (_mail.id == mail.id) & (_mail.state == MailState.WAITING.value) & (_mail.attempts == mail.attempts)


def _is_replaced(connection: Connection, mail: QueuedMail) -> bool:
    """Return whether the subscriber has requested the same mail again."""
    kinds = _SUBSCRIBE_MAIL if mail.kind in _SUBSCRIBE_MAIL else (mail.kind,)
    newer = exists().where(
        _mail.subscriber_id == mail.subscriber.id,
        _mail.id > mail.id,
        _mail.kind.in_([kind.value for kind in kinds]),
    )
    return bool(connection.execute(select(newer)).scalar())


def _was_sent_an_issue(connection: Connection, mail: QueuedMail) -> bool:
    """Return whether a campaign has sent the subscriber an issue since they confirmed."""
    sent = exists().where(
        delivery.c.subscriber_id == mail.subscriber.id,
        delivery.c.attempted_at >= mail.requested_at,
        delivery.c.campaign_id == campaign.c.id,
        campaign.c.audience != WELCOME,
    )
    return bool(connection.execute(select(sent)).scalar())
