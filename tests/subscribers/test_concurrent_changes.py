"""Several processes change the same subscribers at once. Consent that was withdrawn last is never restored."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import event, select, text

from newsletter.bounces.apply import apply_bounce
from newsletter.bounces.bounce import BounceForm, ParsedBounce, RecipientReport
from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.database.states import CampaignState, DeliveryState, SubscriberState
from newsletter.errors import ExistsError
from newsletter.subscribers import admin
from newsletter.subscribers.consent import confirm, request_subscription, unsubscribe
from newsletter.subscribers.csv.column_mapping import ColumnMapping
from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
from newsletter.subscribers.queries import add_subscriber, find_subscriber
from newsletter.text.email_address import check_address
from tests.subscribers.people import NOW, subscriber

MESSAGE_ID = "<{id}@p.example>"


def add(database: Database, address: str, state: SubscriberState) -> int:
    """Add a subscriber who has received a campaign and requested a confirmation link. Returns the id."""
    with database.write() as connection:
        id = add_subscriber(connection, subscriber(address, state))
        assert id
        values = {"slug": address, "content": "", "subject": "", "git_clean": True, "created_at": NOW}
        sent = tables.campaign.insert().values(**values, state=CampaignState.COMPLETE.value)
        campaign_id = connection.execute(sent.returning(tables.campaign.c.id)).scalar_one()
        row = {"campaign_id": campaign_id, "subscriber_id": id, "address": address, "domain": "example.org"}
        row |= {"state": DeliveryState.ACCEPTED.value, "message_id": MESSAGE_ID.format(id=id)}
        connection.execute(tables.delivery.insert().values(**row))
        request_subscription(connection, check_address(address), "", "a page", NOW)
    return id


def import_list(database: Database, path: Path, rows: list[str]) -> None:
    """Import a list. Each row has an address, a name and a state."""
    path.write_text("\n".join(["email,name,status", *rows]))
    callbacks = ImportCallbacks(lambda _: None, lambda *_: None)
    with ListImport(path, ColumnMapping(), callbacks) as found:
        found.merge_into(database, "moved", now=NOW)


def bounce(database: Database, address: str, id: int, number: int) -> None:
    """Apply a hard bounce."""
    report = RecipientReport((address,), "failed", "5.1.1", "550 unknown")
    parsed = ParsedBounce(
        form=BounceForm.DELIVERY_STATUS,
        digest=f"{id} {number}".encode(),
        recipients=(report,),
        return_paths=(),
        unsubscribe_tokens=(),
        message_ids=(MESSAGE_ID.format(id=id),),
        returned_to=(),
    )
    with database.write() as connection:
        apply_bounce(connection, signing_keys(connection, TOKENS), parsed, NOW)


def confirm_link(database: Database, id: int) -> None:
    """Use the confirmation link of `add`."""
    with database.write() as connection:
        confirm(connection, id, NOW, "a page", NOW)


def unsubscribe_link(database: Database, id: int) -> None:
    """Use an unsubscribe link."""
    with database.write() as connection:
        unsubscribe(connection, id, 0, "a page", NOW)


@contextmanager
def meanwhile(database: Database, work: Callable[[Database], None]) -> Iterator[None]:
    """Run `work` in another process's place, right after the first query of a subscriber within the block.

    The query returns when `work` is done, or waits for the transaction of the block.
    """
    threads: list[Thread] = []

    def run() -> None:
        with Database.open(database.url.render_as_string(hide_password=False)) as other:
            work(other)

    def after_query(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if threads or not statement.startswith("SELECT subscriber.id"):
            return
        threads.append(Thread(target=run))
        threads[0].start()
        while threads[0].is_alive() and not waits():
            pass

    def waits() -> bool:
        if database.engine.dialect.name == "sqlite":
            return True  # a transaction that writes is the only one
        with database.read() as connection:
            return bool(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar())

    event.listen(database.engine, "after_cursor_execute", after_query)
    try:
        yield
    finally:
        event.remove(database.engine, "after_cursor_execute", after_query)
        assert threads
        threads[0].join()


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.ACTIVE])
@pytest.mark.parametrize("writer", ["import", "confirm", "bounce"])
def test_an_unsubscription_during_another_change_counts(
    database: Database, tmp_path: Path, writer: str, state: SubscriberState
) -> None:
    """It comes between the read and the write of the other change, or waits for it."""
    id = add(database, "ann@example.org", state)
    with meanwhile(database, lambda other: unsubscribe_link(other, id)):
        match writer:
            case "import":
                import_list(database, tmp_path / "list.csv", ["ann@example.org,Ann,active"])
            case "confirm":
                confirm_link(database, id)
            case _:
                bounce(database, "ann@example.org", id, 1)
    with database.read() as connection:
        found = find_subscriber(connection, "ann@example.org")
    assert found
    assert found.state is SubscriberState.UNSUBSCRIBED


def test_an_import_does_not_add_a_subscriber_who_signs_up_meanwhile(database: Database, tmp_path: Path) -> None:
    """The subscriber counts as known: a tag or a state of the list is applied as to the others."""
    address = check_address("ann@example.org")

    def sign_up(other: Database) -> None:
        with other.write() as connection:
            request_subscription(connection, address, "", "a page", NOW)

    with meanwhile(database, sign_up):
        import_list(database, tmp_path / "list.csv", ["ann@example.org,Ann,unsubscribed"])
    with database.read() as connection:
        found = find_subscriber(connection, address.compared)
    assert found
    assert (found.name, found.state) == ("Ann", SubscriberState.UNSUBSCRIBED)


def test_nobody_who_unsubscribed_last_is_active(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Imports, bounces, confirmations, unsubscriptions and commands run at once, in random order, and none fails.

    A subscriber who unsubscribed must not be active, unless a new request or `add --again` began later.
    """
    monkeypatch.setattr("newsletter.subscribers.csv.import_list.BATCH", 7)
    chance = random.Random(15)
    people = {
        f"reader{number}@example.org": add(database, f"reader{number}@example.org", state)
        for number in range(60)
        for state in [SubscriberState.ACTIVE if number % 2 else SubscriberState.PENDING]
    }
    addresses = list(people)
    erased = addresses[:6]
    steps = count()
    unsubscribed: dict[str, int] = {}
    subscribed: dict[str, int] = {}
    errors: list[Exception] = []
    writer = GroupCommitWriter(database)

    def shuffled() -> list[str]:
        return chance.sample(addresses, len(addresses))

    def imports(number: int) -> None:
        for turn in range(6):
            states = ("active", "active", "active", "pending", "unsubscribed")
            rows = [f"{address},N{number}{turn},{chance.choice(states)}" for address in shuffled()]
            import_list(database, tmp_path / f"list{number}.csv", rows)

    def bounces() -> None:
        for turn, address in enumerate(shuffled()[:30]):
            bounce(database, address, people[address], turn)

    def confirmations() -> None:
        for _ in range(3):
            confirmed = [
                writer.write(partial(confirm, id=people[address], asked_at=NOW, source="a page", now=NOW))
                for address in shuffled()
            ]
            for each in confirmed:
                each.result()

    def unsubscriptions() -> None:
        order = shuffled()
        for first in range(0, len(order), 10):
            some = order[first : first + 10]
            at = next(steps)
            answers = [
                writer.write(partial(unsubscribe, id=people[address], campaign_id=0, source="a page", now=NOW))
                for address in some
            ]
            for address, answer in zip(some, answers, strict=True):
                answer.result()
                unsubscribed[address] = at

    def commands() -> None:
        for address in shuffled()[:15]:
            with suppress(ExistsError):
                admin.add(database, check_address(address), consent="asked", name="New", again=True, now=NOW)
            subscribed[address] = next(steps)
            admin.tag(database, [check_address(each) for each in addresses[6:12]], "vip", now=NOW)
        admin.remove(database, [check_address(address) for address in chance.sample(erased, 6)], now=NOW)

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 (the test reports it)
            errors.append(error)

    tasks = [lambda: imports(1), lambda: imports(2), bounces, confirmations, unsubscriptions, commands]
    threads = [Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert errors == []
    with database.read() as connection:
        rows = connection.execute(select(tables.subscriber.c.address, tables.subscriber.c.state)).all()
    found = {row.address: row.state for row in rows}
    assert found.keys() == people.keys() - set(erased)
    last = {address for address, at in unsubscribed.items() if subscribed.get(address, -1) < at}
    assert [address for address in last - set(erased) if found[address] == "active"] == []
