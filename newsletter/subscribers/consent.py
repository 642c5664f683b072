"""The actions of subscribers on the pages and by mail: subscribe, confirm, unsubscribe, preferences, data requests.

Each action is recorded in the subscriber's history with its time and source. `state_machine` decides the new state.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, exists, func, select

from newsletter.database.states import EventKind, SubscriberState
from newsletter.database.tables import campaign, event, subscriber
from newsletter.subscribers.apply_event import change_state, unsubscribe_at_once
from newsletter.subscribers.events import record_event, record_request
from newsletter.subscribers.queries import (
    add_subscriber,
    add_tags,
    find_subscriber,
    find_subscriber_by_id,
    remove_tags,
    request_tag,
    write_language,
    write_name,
)
from newsletter.subscribers.request_limits import RequestLimit, request_limit
from newsletter.subscribers.state_machine import (
    MAY_GET_ISSUES,
    ConsentEvent,
    Refusal,
    decide,
    may_be_mailed_on_request,
)
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import find_suppression
from newsletter.text.email_address import Address

DAY = 24 * 3600
# A confirmation link expires after a week. Then an unconfirmed subscriber is deleted.
CONFIRM_WITHIN = 7 * DAY
_WITHDRAWALS = (EventKind.UNSUBSCRIBED, EventKind.COMPLAINED, EventKind.LOWERED)
# The events of a subscriber who signed up, got mail on request, and did nothing else.
_SIGN_UP_EVENTS = (
    EventKind.ASKED,
    EventKind.REQUESTED,
    EventKind.UNSUBSCRIBE_LINK_REQUESTED,
    EventKind.WRITTEN,
)
# If nothing happened for this long, the clock may be wrong.
_SILENCE = 30 * DAY


class SignUpOutcome(StrEnum):
    """The outcome of a sign-up. `confirm` and `known` send transactional mail of that kind, the others none."""

    CONFIRM = "confirm"
    KNOWN = "known"
    LIMITED = "limited"
    SUPPRESSED = "suppressed"


class ConfirmOutcome(StrEnum):
    """The outcome of a confirmation link: confirmed now, confirmed before, or expired."""

    NOW = "now"
    BEFORE = "before"
    TOO_LATE = "too late"


@dataclass(frozen=True, slots=True)
class SignUp:
    """The result of a sign-up. `subscriber_id` is 0 if no mail is sent."""

    outcome: SignUpOutcome
    subscriber_id: int = 0


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """The result of a request for a link by mail.

    Attributes:
        allowed: Whether the link may be mailed.
        limit: The limit that was reached. None if the link is allowed, or if the address is suppressed.
    """

    allowed: bool
    limit: RequestLimit | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a subscriber submitted besides the address.

    Attributes:
        name: The name; None if the form did not ask for it.
        tags: The selected tags.
        offered: The tags that could be selected.
    """

    name: str | None = None
    tags: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


def request_subscription(
    connection: Connection,
    address: Address,
    language: str,
    source: str,
    now: int,
    *,
    limited: bool = False,
    profile: Profile = Profile(),
) -> SignUp:
    """Sign up an address. A new address becomes pending; a known one keeps its state and profile until it confirms.

    The same statements run for every address, so that their time does not reveal who is on the list.

    Args:
        connection: a write transaction.
        address: the address, which may belong to another person than the one who typed it.
        language: the selected language, or empty.
        source: where the request was made, in words.
        now: seconds since 1970 (UTC).
        limited: whether a limit keeps the address from getting mail.
        profile: the name and the tags of a new address.
    """
    suppression = find_suppression(connection, address.compared)
    found = find_subscriber(connection, address.compared)
    limited |= request_limit(connection, found.id if found else 0, EventKind.ASKED, now) is not None
    reason = suppression.reason if suppression else None
    change = decide(found.state if found else None, ConsentEvent.SIGN_UP, reason)
    state = None if isinstance(change, Refusal) else change.state
    if state is None:
        outcome = SignUpOutcome.SUPPRESSED
    elif limited:
        outcome = SignUpOutcome.LIMITED
    else:
        outcome = SignUpOutcome.KNOWN if state is SubscriberState.ACTIVE else SignUpOutcome.CONFIRM
    mailed = outcome in (SignUpOutcome.KNOWN, SignUpOutcome.CONFIRM)
    new = Subscriber(
        id=0,
        address=address.typed,
        compared=address.compared,
        name=profile.name or "",
        language=language,
        tags=(),
        state=state or SubscriberState.PENDING,
        consent_source=source,
        consent_at=now,
        created_at=now,
    )
    id = add_subscriber(connection, new, wanted=mailed and found is None)
    if mailed and found is None and id is None:
        # Another process has added the address in the meantime.
        return request_subscription(connection, address, language, source, now, limited=limited, profile=profile)
    for tag in profile.tags:
        request_tag(connection, id or 0, tag)
    if found:
        id = found.id
    mailed_id = id if id and mailed else 0
    record_request(connection, mailed_id, EventKind.ASKED, now, source)
    return SignUp(outcome, mailed_id)


def request_data(connection: Connection, found: Subscriber, source: str, now: int) -> LinkRequest:
    """Record that a subscriber requests a link to their data, if it may be mailed."""
    suppression = find_suppression(connection, found.compared)
    if not may_be_mailed_on_request(suppression.reason if suppression else None):
        return LinkRequest(allowed=False)
    if limit := request_limit(connection, found.id, EventKind.REQUESTED, now):
        return LinkRequest(allowed=False, limit=limit)
    record_event(connection, found.id, EventKind.REQUESTED, now, source)
    return LinkRequest(allowed=True)


def request_unsubscribe_link(
    connection: Connection, address: Address, source: str, now: int, *, limited: bool = False
) -> int:
    """Record that an unsubscribe link is requested for an address, which anyone may have typed on the page.

    The same statements run for every address. `limited` is as in `request_subscription`.

    Returns:
        The subscriber to mail the link to. 0 if the address gets no issues, is suppressed, or reached a limit.
    """
    found = find_subscriber(connection, address.compared)
    suppression = find_suppression(connection, address.compared)
    limited |= (
        request_limit(connection, found.id if found else 0, EventKind.UNSUBSCRIBE_LINK_REQUESTED, now) is not None
    )
    allowed = may_be_mailed_on_request(suppression.reason if suppression else None) and not limited
    id = found.id if found and found.state in MAY_GET_ISSUES and allowed else 0
    record_request(connection, id, EventKind.UNSUBSCRIBE_LINK_REQUESTED, now, source)
    return id


def confirm(
    connection: Connection, id: int, asked_at: int, source: str, now: int, profile: Profile | None = None
) -> ConfirmOutcome:
    """Confirm a subscription.

    Args:
        connection: a write transaction.
        id: the subscriber.
        asked_at: when the link was requested, in seconds since 1970 (UTC).
        source: where the request was made, in words.
        now: seconds since 1970 (UTC).
        profile: what the subscriber submitted with the confirmation. Without it, the profile of the sign-up stays.
    """
    # Locked before the history is read, so that no withdrawal is missed.
    found = find_subscriber_by_id(connection, id, lock=True)
    if found is None:
        return ConfirmOutcome.TOO_LATE
    change = change_state(
        connection,
        found,
        ConsentEvent.CONFIRM,
        now,
        source,
        requested=_last_position(connection, id, (EventKind.ASKED,), asked_at),
        withdrawn=_last_position(connection, id, _WITHDRAWALS),
    )
    if change is Refusal.IGNORED:
        return ConfirmOutcome.BEFORE
    if isinstance(change, Refusal):
        return ConfirmOutcome.TOO_LATE
    if profile:
        change_preferences(connection, found, found.language, profile, now)
    return ConfirmOutcome.NOW


def unsubscribe(connection: Connection, id: int, campaign_id: int, source: str, now: int) -> str | None:
    """Unsubscribe a subscriber.

    Args:
        connection: a write transaction.
        id: the subscriber.
        campaign_id: the campaign whose link was used, or 0.
        source: where the request was made, in words.
        now: seconds since 1970 (UTC).

    Returns:
        The address, or None if the subscriber had already unsubscribed or complained, or was erased.
    """
    address = unsubscribe_at_once(connection, id)
    if address is None:
        return None
    known = connection.execute(select(exists().where(campaign.c.id == campaign_id))).scalar() if campaign_id else False
    record_event(connection, id, EventKind.UNSUBSCRIBED, now, source, campaign_id if known else None)
    return address


def change_preferences(connection: Connection, found: Subscriber, language: str, profile: Profile, now: int) -> None:
    """Store a subscriber's language, name, and which of the offered tags they selected. Other tags stay."""
    changes = []
    if profile.name is not None and profile.name != found.name:
        # The history does not repeat the name, which an erasure of the name would leave there.
        changes.append("name")
        write_name(connection, found.id, profile.name)
    if language != found.language:
        changes.append(f"language {found.language or 'none'} → {language or 'none'}")
        write_language(connection, found.id, language)
    dropped = sorted((set(profile.offered) - set(profile.tags)) & set(found.tags))
    if dropped:
        remove_tags(connection, found.id, dropped)
    changes += [f"+{tag}" for tag in add_tags(connection, found.id, set(profile.tags) & set(profile.offered))]
    changes += [f"-{tag}" for tag in dropped]
    if changes:
        record_event(connection, found.id, EventKind.CHANGED, now, ", ".join(changes))


def delete_unconfirmed(connection: Connection, now: int) -> int:
    """Delete subscribers who signed up, did not confirm in time, and have no other events.

    Returns:
        How many were deleted. None are deleted after a month without any event, because the clock may be wrong.
    """
    newest = connection.execute(select(event.c.at).order_by(event.c.id.desc()).limit(1)).scalar()
    if newest is None or newest < now - _SILENCE:
        return 0
    theirs = event.c.subscriber_id == subscriber.c.id
    other = exists().where(theirs, event.c.kind.not_in([kind.value for kind in _SIGN_UP_EVENTS]))
    asked = exists().where(theirs, event.c.kind == EventKind.ASKED.value)
    recent = exists().where(theirs, event.c.at >= now - CONFIRM_WITHIN)
    pending = subscriber.c.state == SubscriberState.PENDING.value
    old = subscriber.c.created_at < now - CONFIRM_WITHIN
    # Rows that another transaction is changing are skipped: that change may be the confirmation.
    found = select(subscriber.c.id).where(pending, old, asked, ~other, ~recent)
    ids = connection.execute(found.order_by(subscriber.c.id).with_for_update(skip_locked=True)).scalars().all()
    return connection.execute(delete(subscriber).where(subscriber.c.id.in_(ids), pending)).rowcount if ids else 0


def _last_position(connection: Connection, id: int, kinds: Collection[EventKind], at: int | None = None) -> int:
    """Return the position of the last event of these kinds in the history, or 0. With `at`, only at that second."""
    query = select(func.max(event.c.id)).where(
        event.c.subscriber_id == id, event.c.kind.in_([kind.value for kind in kinds])
    )
    return connection.execute(query if at is None else query.where(event.c.at == at)).scalar() or 0
