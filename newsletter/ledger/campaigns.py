"""Campaigns in the database: begun with their whole audience or not at all, found again, counted and reported."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, insert, select, true, update

from newsletter.database.states import CampaignState, DeliveryState, SubscriberState
from newsletter.database.tables import campaign, delivery, proof, subscriber
from newsletter.ledger.campaign import Campaign
from newsletter.subscribers.suppressions import suppressed

# A campaign in one of these can go on.
UNFINISHED = (CampaignState.SENDING, CampaignState.PAUSED)
_BATCH = 2_000
# Who has one of these in an earlier campaign of an issue has it, or may have it.
_HAD = tuple(state.value for state in (DeliveryState.ACCEPTED, DeliveryState.ATTEMPTING, DeliveryState.UNCERTAIN))


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a campaign is begun with; see `Campaign`."""

    slug: str
    content: str
    subject: str
    audience: str
    git_commit: str
    git_clean: bool
    now: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one recipient; who was erased since has no `subscriber_id`."""

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


def begin(
    connection: Connection,
    beginning: Beginning,
    audience: ColumnElement[bool],
    done: Callable[[int], None] = lambda _: None,
) -> int:
    """Write a campaign and a pending delivery for everybody in its audience; returns its id.

    In one transaction, so that a campaign has everybody or does not exist. `done` is told how many are written.
    """
    values = {
        "slug": beginning.slug,
        "content": beginning.content,
        "subject": beginning.subject,
        "audience": beginning.audience,
        "state": CampaignState.SENDING.value,
        "git_commit": beginning.git_commit,
        "git_clean": beginning.git_clean,
        "created_at": beginning.now,
    }
    id: int = connection.execute(insert(campaign).returning(campaign.c.id), values).scalar_one()
    number = 0
    for page in recipients(connection, beginning.slug, audience):
        connection.execute(
            insert(delivery),
            [
                {
                    "campaign_id": id,
                    "subscriber_id": row.id,
                    "address": row.address,
                    "domain": row.compared.rpartition("@")[2],
                    "state": DeliveryState.PENDING.value,
                }
                for row in page
            ],
        )
        number += len(page)
        done(number)
    return id


def recipients(connection: Connection, slug: str, audience: ColumnElement[bool]) -> Iterator[list[Row[int, str, str]]]:
    """The active subscribers of an audience who have not had the issue and are not suppressed, page by page."""
    query = select(subscriber.c.id, subscriber.c.address, subscriber.c.compared).order_by(subscriber.c.id).limit(_BATCH)
    query = query.where(subscriber.c.state == SubscriberState.ACTIVE.value, audience)
    if earlier := list(connection.execute(select(campaign.c.id).where(campaign.c.slug == slug)).scalars()):
        mine = and_(delivery.c.subscriber_id == subscriber.c.id, delivery.c.campaign_id.in_(earlier))
        query = query.where(~exists().where(mine, delivery.c.state.in_(_HAD)))
    after = 0
    while page := connection.execute(query.where(subscriber.c.id > after)).all():
        after = page[-1].id
        barred = suppressed(connection, [row.compared for row in page])
        yield [row for row in page if row.compared not in barred]


def again(connection: Connection, found: Campaign, state: DeliveryState) -> int:
    """Make all deliveries of one state pending anew.

    Left as they are those of people who have the issue by another campaign, or who are not to be written to any more.
    """
    active = exists().where(
        subscriber.c.id == delivery.c.subscriber_id, subscriber.c.state == SubscriberState.ACTIVE.value
    )
    other, others = delivery.alias(), campaign.alias()
    elsewhere = exists().where(
        other.c.subscriber_id == delivery.c.subscriber_id,
        other.c.campaign_id == others.c.id,
        others.c.id != found.id,
        others.c.slug == found.slug,
        other.c.state.in_(_HAD),
    )
    mine = (delivery.c.campaign_id == found.id, delivery.c.state == state.value)
    anew = {"state": DeliveryState.PENDING.value, "attempts": 0}
    return connection.execute(update(delivery).where(*mine, active, ~elsewhere).values(anew)).rowcount


def had(connection: Connection, slug: str) -> int:
    """How many have had an issue, or may have it."""
    joined = delivery.join(campaign, campaign.c.id == delivery.c.campaign_id)
    query = select(func.count()).select_from(joined).where(campaign.c.slug == slug, delivery.c.state.in_(_HAD))
    number: int = connection.execute(query).scalar_one()
    return number


def find(connection: Connection, id: int) -> Campaign | None:
    """A campaign by its number."""
    row = connection.execute(select(campaign).where(campaign.c.id == id)).one_or_none()
    return None if row is None else _campaign(row)


def newest_first(connection: Connection, slug: str | None = None) -> list[Campaign]:
    """All campaigns, or those of an issue, newest first."""
    query = select(campaign).order_by(campaign.c.id.desc())
    return [_campaign(row) for row in connection.execute(query.where(campaign.c.slug == slug) if slug else query)]


def last_end(connection: Connection, begun_by: int) -> int | None:
    """When the last of the campaigns ended that had begun by a time."""
    query = select(func.max(campaign.c.finished_at)).where(campaign.c.created_at <= begun_by)
    end: int | None = connection.execute(query).scalar()
    return end


def change_state(
    connection: Connection,
    id: int,
    before: Iterable[CampaignState],
    state: CampaignState,
    reason: str,
    now: int | None = None,
) -> bool:
    """Note how far a campaign is, why, and when it ended, if it is in one of the states before.

    Returns whether it was: another command may have come first.
    """
    values = {"state": state.value, "reason": reason, "finished_at": now}
    mine = (campaign.c.id == id, campaign.c.state.in_([one.value for one in before]))
    return connection.execute(update(campaign).where(*mine).values(values)).rowcount == 1


def counts(connection: Connection, id: int) -> dict[DeliveryState, int]:
    """How many deliveries of a campaign are in each state."""
    query = select(delivery.c.state, func.count()).where(delivery.c.campaign_id == id).group_by(delivery.c.state)
    found = {str(state): number for state, number in connection.execute(query)}
    return {state: found.get(state.value, 0) for state in DeliveryState}


def reasons(connection: Connection, id: int, most: int = 10) -> list[tuple[DeliveryState, str, int]]:
    """What servers said of those who were deferred or failed, the most frequent first: state, words, how many."""
    words = (delivery.c.state, delivery.c.code, delivery.c.enhanced, delivery.c.text)
    told = delivery.c.state.in_((DeliveryState.DEFERRED.value, DeliveryState.FAILED.value))
    query = select(*words, func.count().label("number")).where(delivery.c.campaign_id == id, told).group_by(*words)
    rows = connection.execute(query.order_by(func.count().desc()).limit(most))
    return [
        (
            DeliveryState(row.state),
            " ".join(str(part) for part in (row.code, row.enhanced, row.text) if part),
            row.number,
        )
        for row in rows
    ]


def deliveries(
    connection: Connection,
    id: int,
    states: Iterable[DeliveryState] = DeliveryState,
    condition: ColumnElement[bool] | None = None,
) -> Iterator[Delivery]:
    """What became of each recipient, in the order in which they were to be written to; read page by page."""
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


def prove(connection: Connection, slug: str, content: str, now: int) -> None:
    """Note that a test of exactly this content was sent."""
    connection.execute(insert(proof).values(slug=slug, content=content, sent_at=now))


def proved(connection: Connection, slug: str, content: str) -> bool:
    """Whether a test of exactly this content was sent."""
    return connection.execute(select(exists().where(proof.c.slug == slug, proof.c.content == content))).scalar_one()


def unfinished(campaign: Campaign) -> bool:
    """Whether a campaign can go on."""
    return campaign.state in UNFINISHED


def _campaign(row: Row[tuple[object, ...]]) -> Campaign:
    values = dict(row._mapping)  # noqa: SLF001 (the public name of a row's mapping)
    return Campaign(**values | {"state": CampaignState(values["state"])})
