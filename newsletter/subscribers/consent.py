"""What people decide about themselves: they ask, confirm, leave, choose. Each is kept with when, where and how."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, exists, func, select, update

from newsletter.database.states import EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import campaign, event, subscriber, subscriber_tag
from newsletter.subscribers.events import record
from newsletter.subscribers.queries import (
    add_subscriber,
    add_tags,
    find_subscriber,
    renew_consent,
    subscriber_of,
)
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import find_suppression, lift
from newsletter.text.email_address import Address

DAY = 24 * 3600
# A letter that asks to confirm is good for a week, and so is a pending subscriber.
CONFIRM_WITHIN = 7 * DAY
# Letters that one address can be made to get: not two within ten minutes, and three a day at most.
_APART, _A_DAY = 600, 3
# Of these, only the author knows whether the address may be written to again.
_FOR_GOOD = {
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.SOFT_BOUNCES,
    SuppressionReason.COMPLAINT,
    SuppressionReason.AUTHOR,
}
# By these, somebody's consent has fallen; what bounced for good or complained is suppressed, too.
_FALLEN = (EventKind.UNSUBSCRIBED, EventKind.COMPLAINED, EventKind.LOWERED)
# What happens to who has only asked.
_ASKING = (EventKind.ASKED, EventKind.REQUESTED, EventKind.WRITTEN)
# Of a database in which nothing has happened for so long, the clock may be wrong.
_SILENCE = 30 * DAY


class Asked(StrEnum):
    """What follows when somebody asks to subscribe: a letter of one kind or the other, or none."""

    CONFIRM = "confirm"
    KNOWN = "known"
    LIMITED = "limited"
    SUPPRESSED = "suppressed"


class Confirmed(StrEnum):
    """What came of a link that confirms."""

    NOW = "now"
    BEFORE = "before"
    TOO_LATE = "too late"


@dataclass(frozen=True, slots=True)
class Asking:
    """What follows, and for whom; `subscriber_id` is 0 where nobody is written to."""

    outcome: Asked
    subscriber_id: int = 0


def ask(connection: Connection, address: Address, language: str, source: str, now: int) -> Asking:
    """Note that somebody asks to subscribe; nothing of what they agreed to before changes by that.

    Who is not known becomes pending. `source` says where it was asked, in words.
    """
    suppression = find_suppression(connection, address.compared)
    if suppression and suppression.reason in _FOR_GOOD:
        return Asking(Asked.SUPPRESSED)
    found = find_subscriber(connection, address.compared)
    if found is None:
        new = Subscriber(
            id=0,
            address=address.typed,
            compared=address.compared,
            name="",
            language=language,
            tags=(),
            state=SubscriberState.PENDING,
            consent_source=source,
            consent_at=now,
            created_at=now,
        )
        added = add_subscriber(connection, new)
        if added is None:
            # Another process has just added them, so that they are found now.
            return ask(connection, address, language, source, now)
        id = added
    else:
        id = found.id
        if _limited(connection, id, now):
            return Asking(Asked.LIMITED)
    record(connection, id, EventKind.ASKED, now, source)
    known = found is not None and found.state is SubscriberState.ACTIVE
    return Asking(Asked.KNOWN if known else Asked.CONFIRM, id)


def request_own(connection: Connection, found: Subscriber, source: str, now: int) -> bool:
    """Note that a subscriber wants what is kept of them; whether a letter may bring the link to it."""
    suppression = find_suppression(connection, found.compared)
    if (suppression and suppression.reason in _FOR_GOOD) or _limited(connection, found.id, now):
        return False
    record(connection, found.id, EventKind.REQUESTED, now, source)
    return True


def _limited(connection: Connection, id: int, now: int) -> bool:
    """Whether an address has been made to get enough letters; what lies ahead was asked while the clock was wrong."""
    asked = (EventKind.ASKED.value, EventKind.REQUESTED.value)
    query = select(event.c.at).where(event.c.subscriber_id == id, event.c.kind.in_(asked))
    before = connection.execute(query.where(event.c.at.between(now - DAY + 1, now))).scalars().all()
    return len(before) >= _A_DAY or any(now - at < _APART for at in before)


def confirm(connection: Connection, id: int, asked_at: int, source: str, now: int) -> Confirmed:
    """Subscribe who follows the link of a letter of `asked_at`, unless they have left since, or were erased."""
    found = subscriber_of(connection, id)
    if found is None:
        return Confirmed.TOO_LATE
    if found.state is SubscriberState.ACTIVE:
        return Confirmed.BEFORE
    suppression = find_suppression(connection, found.compared)
    fallen = found.state is not SubscriberState.PENDING and _fallen_since(connection, id, asked_at)
    if fallen or (suppression and suppression.reason in _FOR_GOOD):
        return Confirmed.TOO_LATE
    lift(connection, found.compared)
    renew_consent(connection, found, source, now)
    record(connection, id, EventKind.CONFIRMED, now, source)
    return Confirmed.NOW


def _fallen_since(connection: Connection, id: int, asked_at: int) -> bool:
    """Whether somebody's consent fell after they had asked: the order is that of the events, whatever a clock said."""
    theirs = event.c.subscriber_id == id
    asked = select(func.max(event.c.id)).where(theirs, event.c.kind == EventKind.ASKED.value, event.c.at == asked_at)
    fallen = select(func.max(event.c.id)).where(theirs, event.c.kind.in_([kind.value for kind in _FALLEN]))
    return (connection.execute(fallen).scalar() or 0) > (connection.execute(asked).scalar() or 0)


def leave(connection: Connection, id: int, campaign_id: int, source: str, now: int) -> str | None:
    """Unsubscribe somebody, and say their address; none where they had left, complained or are erased."""
    stay = (SubscriberState.UNSUBSCRIBED.value, SubscriberState.COMPLAINED.value)
    values = {"state": SubscriberState.UNSUBSCRIBED.value}
    query = update(subscriber).where(subscriber.c.id == id, subscriber.c.state.not_in(stay)).values(values)
    address: str | None = connection.execute(query.returning(subscriber.c.address)).scalar()
    if address is None:
        return None
    known = connection.execute(select(exists().where(campaign.c.id == campaign_id))).scalar() if campaign_id else False
    record(connection, id, EventKind.UNSUBSCRIBED, now, source, campaign_id if known else None)
    return address


def choose(
    connection: Connection, found: Subscriber, language: str, tags: Collection[str], offered: Collection[str], now: int
) -> None:
    """Keep a subscriber's choice of language, and of tags among those that are offered; others stay."""
    changes = [f"language {found.language or 'none'} → {language or 'none'}"] if language != found.language else []
    connection.execute(update(subscriber).where(subscriber.c.id == found.id).values(language=language))
    dropped = sorted((set(offered) - set(tags)) & set(found.tags))
    if dropped:
        theirs = subscriber_tag.c.subscriber_id == found.id
        connection.execute(delete(subscriber_tag).where(theirs, subscriber_tag.c.tag.in_(dropped)))
    changes += [f"+{tag}" for tag in add_tags(connection, found.id, set(tags) & set(offered))]
    changes += [f"-{tag}" for tag in dropped]
    if changes:
        record(connection, found.id, EventKind.CHANGED, now, ", ".join(changes))


def forget_unconfirmed(connection: Connection, now: int) -> int:
    """Erase who asked on a page and never confirmed while they could, and nothing else is known of; how many.

    Nobody, where nothing has happened for a month: perhaps the clock has jumped, and they have their week still.
    """
    newest = connection.execute(select(event.c.at).order_by(event.c.id.desc()).limit(1)).scalar()
    if newest is None or newest < now - _SILENCE:
        return 0
    theirs = event.c.subscriber_id == subscriber.c.id
    other = exists().where(theirs, event.c.kind.not_in([kind.value for kind in _ASKING]))
    asked = exists().where(theirs, event.c.kind == EventKind.ASKED.value)
    recent = exists().where(theirs, event.c.at >= now - CONFIRM_WITHIN)
    pending = subscriber.c.state == SubscriberState.PENDING.value
    old = subscriber.c.created_at < now - CONFIRM_WITHIN
    return connection.execute(delete(subscriber).where(pending, old, asked, ~other, ~recent)).rowcount
