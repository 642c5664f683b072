"""Database queries for campaigns: create and find them, change their state, list and count their deliveries."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    true,
    update,
)

from newsletter.database.states import CampaignState, DeliveryState, SubscriberState
from newsletter.database.tables import campaign, delivery, proof, subscriber
from newsletter.ledger.campaign import CORRECTION, LEFT_TO_AUTHOR, UNFINISHED, WELCOME, Campaign, Transition
from newsletter.ledger.recipient_lock import lock_recipients
from newsletter.subscribers.suppressions import find_suppressions
from newsletter.text.redact import redact

_BATCH = 2_000
# In these states, the recipient has received the message or may have.
RECEIVED = tuple(state.value for state in (DeliveryState.ACCEPTED, DeliveryState.ATTEMPTING, DeliveryState.UNCERTAIN))
# A subscriber who was erased since the page was read is left out. The others cannot be erased before the commit.
_INSERT_ARRAYS = text(
    "WITH held AS ("
    " SELECT page.* FROM unnest(CAST(:ids AS bigint[]), CAST(:addresses AS text[]), CAST(:domains AS text[]))"
    " WITH ORDINALITY AS page (id, address, domain, place)"
    " JOIN subscriber ON subscriber.id = page.id FOR KEY SHARE OF subscriber)"
    " INSERT INTO delivery (campaign_id, subscriber_id, address, domain, state)"
    " SELECT :campaign_id, id, address, domain, :state FROM held ORDER BY place"
)


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """The values of a new campaign; see `Campaign`.

    Attributes:
        now: Seconds since 1970 (UTC).
        contents: All digests by which other campaigns may have stored the same content; see
            `PreparedMessage.digests`.
    """

    slug: str
    content: str
    subject: str
    audience: str
    git_commit: str
    git_clean: bool
    now: int
    aliases: tuple[str, ...] = ()
    correction: bool = False
    past_issues: str | None = None
    contents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery to one recipient. Times are seconds since 1970 (UTC).

    Attributes:
        subscriber_id: None if the subscriber was erased.
        code: The SMTP reply code of the server; 0 if there was none.
        enhanced: The enhanced status code (RFC 3463), such as `5.1.1`; may be empty.
        text: The text of the reply, in one line.
    """

    subscriber_id: int | None
    address: str
    state: DeliveryState
    attempts: int
    attempted_at: int | None
    answered_at: int | None
    code: int
    enhanced: str
    text: str
    message_id: str
    server: str


def create_campaign(
    connection: Connection,
    new: NewCampaign,
    audience: ColumnElement[bool],
    done: Callable[[int], None] = lambda _: None,
) -> int:
    """Create a campaign with a pending delivery for each recipient in its audience, in one transaction.

    Args:
        connection: A write transaction.
        new: The campaign.
        audience: A condition on the subscriber table; see `segments.segment_condition`.
        done: Called with the number of deliveries created so far.

    Returns:
        The id of the campaign.
    """
    lock_recipients(connection)
    values = {
        "slug": new.slug,
        "content": new.content,
        "subject": new.subject,
        "audience": new.audience,
        "state": CampaignState.SENDING.value,
        "git_commit": new.git_commit,
        "git_clean": new.git_clean,
        "created_at": new.now,
        "past_issues": new.past_issues,
    }
    # Before the campaign exists, which has reached no recipient.
    correction = (new.content, *new.contents) if new.correction else ()
    pages = select_recipients(connection, (new.slug, *new.aliases), audience, correction)
    id: int = connection.execute(insert(campaign).returning(campaign.c.id), values).scalar_one()
    number = 0
    for page in pages:
        number += _insert_deliveries(connection, id, page)
        done(number)
    return id


def _insert_deliveries(connection: Connection, id: int, page: Sequence[Row[int, str, str]]) -> int:
    """Insert the deliveries to a page of recipients. Returns their number."""
    ids, addresses = [row.id for row in page], [row.address for row in page]
    domains = [row.compared.rpartition("@")[2] for row in page]
    pending = {"campaign_id": id, "state": DeliveryState.PENDING.value}
    if connection.dialect.name == "postgresql":
        # One statement with arrays takes half the time of a statement for each row (measured).
        arrays = {"ids": ids, "addresses": addresses, "domains": domains}
        return connection.execute(_INSERT_ARRAYS, arrays | pending).rowcount
    rows = zip(ids, addresses, domains, strict=True)
    names = ("subscriber_id", "address", "domain")
    connection.execute(insert(delivery), [pending | dict(zip(names, row, strict=True)) for row in rows])
    return len(page)


def select_recipients(
    connection: Connection, names: Sequence[str], audience: ColumnElement[bool], correction: Collection[str] = ()
) -> Iterator[Sequence[Row[int, str, str]]]:
    """Yield the recipients of an issue in pages. They are active and not suppressed, and did not receive it before.

    Campaigns that are created after the call do not count.

    Args:
        connection: A transaction.
        names: The slug and the aliases of the issue.
        audience: A condition on the subscriber table.
        correction: The digests of a correction. Its recipients are those who received the issue, but not this content.
    """
    query = select(subscriber.c.id, subscriber.c.address, subscriber.c.compared).order_by(subscriber.c.id)
    query = query.where(subscriber.c.state == SubscriberState.ACTIVE.value, audience)
    rows = connection.execute(select(campaign.c.id, campaign.c.content).where(campaign.c.slug.in_(names))).all()
    if excluded := [row.id for row in rows if not correction or row.content in correction]:
        query = query.where(~_received(excluded))
    if correction:
        query = query.where(_received([row.id for row in rows]))
    return _read_pages(connection, query)


def _read_pages(connection: Connection, query: Select[int, str, str]) -> Iterator[Sequence[Row[int, str, str]]]:
    # A single query with a cursor reads the ledger once. A query for each page may read it from the start each time.
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for page in result.partitions():
            suppressions = find_suppressions(connection, [row.compared for row in page])
            if found := [row for row in page if row.compared not in suppressions]:
                yield found


def _received(campaigns: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a subscriber received a message of one of these campaigns, or may have."""
    mine = and_(delivery.c.subscriber_id == subscriber.c.id, delivery.c.campaign_id.in_(campaigns))
    return exists().where(mine, delivery.c.state.in_(RECEIVED))


def count_accepted_by_hour(connection: Connection, since: int) -> list[tuple[int, int]]:
    """Count the messages of all campaigns that were accepted since a time, by hours from then on.

    Returns:
        The beginning of each hour in seconds since 1970, and the number of messages.
    """
    recent = select(campaign.c.id).where(or_(campaign.c.finished_at.is_(None), campaign.c.finished_at >= since))
    hour = ((delivery.c.answered_at - since) // 3600).label("hour")
    accepted = (
        select(hour, func.count())
        .where(
            delivery.c.campaign_id.in_(recent),
            delivery.c.state == DeliveryState.ACCEPTED.value,
            delivery.c.answered_at >= since,
        )
        .group_by(hour)
    )
    return [(since + 3600 * int(number), count) for number, count in connection.execute(accepted)]


def reset_to_pending(connection: Connection, found: Campaign, state: DeliveryState) -> int:
    """Make all deliveries in a state pending again, and reset their attempts. Returns their number.

    Skips deliveries whose subscriber is no longer active or received the issue in another campaign or welcome mail.
    """
    active = exists().where(
        subscriber.c.id == delivery.c.subscriber_id, subscriber.c.state == SubscriberState.ACTIVE.value
    )
    mine = (delivery.c.campaign_id == found.id, delivery.c.state == state.value)
    values = {"state": DeliveryState.PENDING.value, "attempts": 0}
    changed = update(delivery).where(*mine, active, ~received_elsewhere(found)).values(values)
    return connection.execute(changed).rowcount


def received_elsewhere(found: Campaign) -> ColumnElement[bool]:
    """Return the condition that a delivery's subscriber received the issue in another campaign, or may have."""
    other, others = delivery.alias(), campaign.alias()
    return exists().where(
        other.c.subscriber_id == delivery.c.subscriber_id,
        other.c.campaign_id == others.c.id,
        others.c.id != found.id,
        others.c.content == found.content if found.is_correction else others.c.slug == found.slug,
        other.c.state.in_(RECEIVED),
    )


def count_received(connection: Connection, names: Sequence[str]) -> int:
    """Count the deliveries of an issue that were received or may have been; `names` are its slug and aliases."""
    return _count_received(connection, campaign.c.slug.in_(names))


def was_sent(connection: Connection, names: Sequence[str]) -> bool:
    """Return whether a campaign has reached any subscriber; welcome mail does not count. `names` are as above."""
    return _count_received(connection, and_(campaign.c.slug.in_(names), campaign.c.audience != WELCOME)) > 0


def _count_received(connection: Connection, condition: ColumnElement[bool]) -> int:
    joined = delivery.join(campaign, campaign.c.id == delivery.c.campaign_id)
    query = select(func.count()).select_from(joined).where(condition, delivery.c.state.in_(RECEIVED))
    number: int = connection.execute(query).scalar_one()
    return number


def last_audience(connection: Connection, slug: str) -> int:
    """Count the recipients of the last campaign of another issue, except corrections and welcome mail; 0 if none."""
    other = or_(campaign.c.audience.startswith(CORRECTION), campaign.c.audience == WELCOME)
    last = select(func.max(campaign.c.id)).where(campaign.c.slug != slug, ~other).scalar_subquery()
    number: int = connection.execute(
        select(func.count()).select_from(delivery).where(delivery.c.campaign_id == last)
    ).scalar_one()
    return number


def find(connection: Connection, id: int) -> Campaign | None:
    """Find a campaign by its id. Returns None if it does not exist."""
    row = connection.execute(select(campaign).where(campaign.c.id == id)).one_or_none()
    return None if row is None else _campaign(row)


def list_campaigns(connection: Connection, *slugs: str) -> list[Campaign]:
    """List the campaigns of issues, or all campaigns if none is given, newest first."""
    query = select(campaign).order_by(campaign.c.id.desc())
    return [_campaign(row) for row in connection.execute(query.where(campaign.c.slug.in_(slugs)) if slugs else query)]


def first_sent(connection: Connection) -> dict[str, int]:
    """Return when each issue was first sent, by slug, in seconds since 1970.

    Campaigns that reached no recipient do not count.
    """
    reached = exists().where(delivery.c.campaign_id == campaign.c.id, delivery.c.state.in_(RECEIVED))
    query = select(campaign.c.slug, func.min(campaign.c.created_at)).where(reached).group_by(campaign.c.slug)
    return {str(slug): int(at) for slug, at in connection.execute(query)}


def list_finished(connection: Connection, since: int) -> list[str]:
    """List the issues whose campaigns were completed or cancelled since a time, by slug."""
    return list(connection.execute(select(campaign.c.slug).distinct().where(campaign.c.finished_at >= since)).scalars())


def find_last_finish(connection: Connection, created_by: int) -> int | None:
    """Return when the last of the campaigns created up to a time finished, or None if none has finished."""
    query = select(func.max(campaign.c.finished_at)).where(campaign.c.created_at <= created_by)
    end: int | None = connection.execute(query).scalar()
    return end


def change_state(
    connection: Connection,
    id: int,
    transition: Transition,
    reason: str,
    now: int,
) -> bool:
    """Change the state of a campaign.

    Args:
        connection: A write transaction.
        id: The campaign.
        transition: The change of the state.
        reason: Why the state changes; may be empty.
        now: Seconds since 1970 (UTC), stored as `finished_at` if the campaign is then finished.

    Returns:
        Whether the state was changed. False if the transition does not start at the state of the campaign, or a
        campaign is to be continued that is left to the author.
    """
    finished_at = None if transition.after in UNFINISHED else now
    values = {"state": transition.after.value, "reason": redact(reason), "finished_at": finished_at}
    mine = [campaign.c.id == id, campaign.c.state.in_([state.value for state in transition.before])]
    if transition is Transition.CONTINUE:
        mine.append(campaign.c.reason.not_in(LEFT_TO_AUTHOR))
    return connection.execute(update(campaign).where(*mine).values(values)).rowcount == 1


def record_reason(connection: Connection, id: int, reason: str) -> None:
    """Record why a campaign in the state `sending` has no process, until a process continues it.

    If it is left to the author, it keeps its reason.
    """
    mine = (
        campaign.c.id == id,
        campaign.c.state == CampaignState.SENDING.value,
        campaign.c.reason.not_in(LEFT_TO_AUTHOR),
    )
    connection.execute(update(campaign).where(*mine).values(reason=redact(reason)))


def record_start(connection: Connection, id: int, now: int) -> None:
    """Record that the author starts to send a campaign. A process of the author's then begins."""
    connection.execute(update(campaign).where(campaign.c.id == id).values(started_at=now))


def list_interrupted(connection: Connection, since: int, until: int) -> list[int]:
    """List the campaigns in the state `sending` that are not left to the author, oldest first.

    Args:
        connection: A transaction.
        since: They were created or tried to send a message since this time (seconds since 1970), or wait with a reason,
            which a worker recorded.
        until: The author started their sending until this time.
    """
    # Not `exists`, for which PostgreSQL may read the deliveries of all campaigns.
    last = select(func.max(delivery.c.attempted_at)).where(delivery.c.campaign_id == campaign.c.id).scalar_subquery()
    query = select(campaign.c.id).where(
        campaign.c.state == CampaignState.SENDING.value,
        campaign.c.reason.not_in(LEFT_TO_AUTHOR),
        campaign.c.audience != WELCOME,
        func.coalesce(campaign.c.started_at, campaign.c.created_at) <= until,
        or_(campaign.c.created_at >= since, campaign.c.reason != "", last >= since),
    )
    return list(connection.execute(query.order_by(campaign.c.id)).scalars())


def count_deliveries(connection: Connection, id: int) -> dict[DeliveryState, int]:
    """Count the deliveries of a campaign by state; every state has an entry."""
    query = select(delivery.c.state, func.count()).where(delivery.c.campaign_id == id).group_by(delivery.c.state)
    found = {str(state): number for state, number in connection.execute(query)}
    return {state: found.get(state.value, 0) for state in DeliveryState}


def count_replies(connection: Connection, id: int, most: int = 10) -> list[tuple[DeliveryState, str, int]]:
    """List the replies to deferred and failed deliveries, most frequent first, as state, reply and number."""
    columns = (delivery.c.state, delivery.c.code, delivery.c.enhanced, delivery.c.text)
    unsuccessful = delivery.c.state.in_((DeliveryState.DEFERRED.value, DeliveryState.FAILED.value))
    query = select(*columns, func.count().label("number")).where(delivery.c.campaign_id == id, unsuccessful)
    rows = connection.execute(query.group_by(*columns).order_by(func.count().desc()).limit(most))
    return [
        (
            DeliveryState(row.state),
            " ".join(str(part) for part in (row.code, row.enhanced, row.text) if part),
            row.number,
        )
        for row in rows
    ]


def list_deliveries(
    connection: Connection,
    id: int,
    states: Iterable[DeliveryState] = DeliveryState,
    condition: ColumnElement[bool] | None = None,
) -> Iterator[Delivery]:
    """Yield the deliveries of a campaign in the order of sending. Reads them in pages.

    Args:
        connection: A transaction.
        id: The campaign.
        states: The states to include.
        condition: An additional condition on the delivery table.
    """
    columns = [delivery.c[name] for name in Delivery.__dataclass_fields__]
    mine = (delivery.c.campaign_id == id, delivery.c.state.in_([state.value for state in states]))
    query = (
        select(delivery.c.id, *columns)
        .where(*mine, true() if condition is None else condition)
        .order_by(delivery.c.id)
        .limit(_BATCH)
    )
    after = 0
    while page := connection.execute(query.where(delivery.c.id > after)).all():
        after = page[-1][0]
        for _, subscriber_id, address, state, *rest in page:
            yield Delivery(subscriber_id, address, DeliveryState(state), *rest)


def record_test_send(connection: Connection, slug: str, content: str, now: int) -> None:
    """Record that a test send of this content was made. `content` is as in `Campaign`."""
    connection.execute(insert(proof).values(slug=slug, content=content, sent_at=now))


def has_test_send(connection: Connection, slug: str, contents: Collection[str]) -> bool:
    """Return whether a test send of exactly this content was made; `contents` are its digests."""
    return connection.execute(select(exists().where(proof.c.slug == slug, proof.c.content.in_(contents)))).scalar_one()


def _campaign(row: Row[tuple[object, ...]]) -> Campaign:
    values = dict(row._mapping)  # noqa: SLF001 (`_mapping` is public in SQLAlchemy)
    return Campaign(**values | {"state": CampaignState(values["state"])})
