"""The ledger and its campaigns, on SQLite and on PostgreSQL."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, text, true

from newsletter.bounces.apply import apply_rejection
from newsletter.bounces.bounce_queries import counts_by_campaign, record_bounce, unapplied_rejections
from newsletter.campaign.ledger_commits import LedgerEntry, write
from newsletter.campaign.sending_lock import is_sending, sending_lock
from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.database.states import (
    BounceKind,
    CampaignState,
    DeliveryState,
    SubscriberState,
    SuppressionReason,
)
from newsletter.errors import CampaignError, DatabaseError
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Transition
from newsletter.ledger.campaigns import NewCampaign
from newsletter.ledger.deliveries import (
    DeliveryClaim,
    DeliveryOutcome,
    LedgerWriter,
    Waiting,
    deferred_page,
    mark_uncertain,
    next_due,
    pending_page,
)
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.queries import add_subscriber, find_subscriber
from newsletter.subscribers.suppressions import suppress
from tests.subscribers.people import NOW, subscriber

PEOPLE = [f"reader{number}@d{number % 2}.example" for number in range(8)]


def begun(database: Database, slug: str = "029") -> int:
    """A campaign with everybody."""
    with database.write() as connection:
        return campaigns.create_campaign(connection, NewCampaign(slug, "c" * 64, "Subject", "", "", False, NOW), true())


@pytest.fixture
def campaign(database: Database) -> int:
    """A campaign to eight people."""
    with database.write() as connection:
        for address in PEOPLE:
            add_subscriber(connection, subscriber(address))
    return begun(database)


def page(database: Database, campaign: int) -> list[Waiting]:
    with database.read() as connection:
        return pending_page(connection, campaign, 0, 100)


def counts(database: Database, campaign: int) -> dict[str, int]:
    with database.read() as connection:
        return {state.value: number for state, number in campaigns.counts(connection, campaign).items() if number}


def claim(waiting: Waiting) -> DeliveryClaim:
    return DeliveryClaim(waiting.id, NOW, f"<{waiting.id}@x.example>", "server")


def outcome(waiting: Waiting, state: DeliveryState, due_at: int = 0) -> DeliveryOutcome:
    return DeliveryOutcome(waiting.id, state, NOW + 1, waiting.attempts + 1, due_at, 250, "2.0.0", "words")


def test_a_campaign_has_everybody_who_may_be_written_to(database: Database) -> None:
    """Active, not suppressed, and without the issue so far; each with their domain."""
    with database.write() as connection:
        for address in ("a@x.example", "b@x.example", "c@y.example"):
            add_subscriber(connection, subscriber(address))
        for state in set(SubscriberState) - {SubscriberState.ACTIVE}:
            add_subscriber(connection, subscriber(f"{state}@x.example", state))
        suppress(connection, "b@x.example", SuppressionReason.COMPLAINT, NOW)
    campaign = begun(database)
    found = page(database, campaign)
    assert [(one.address, one.domain) for one in found] == [("a@x.example", "x.example"), ("c@y.example", "y.example")]
    writer = LedgerWriter(database)
    writer.write([], [claim(found[0])])
    writer.write([outcome(found[0], DeliveryState.ACCEPTED)], [])
    writer.close()
    assert [one.address for one in page(database, begun(database))] == ["c@y.example"]
    assert len(page(database, begun(database, "030"))) == 2


def test_claims_and_answers_share_a_commit(database: Database, campaign: int) -> None:
    """What one write is given is in the ledger when it returns."""
    first, second, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    assert writer.write([], [claim(first)]) == frozenset()
    assert counts(database, campaign) == {"attempting": 1, "pending": 7}
    assert writer.write([outcome(first, DeliveryState.ACCEPTED)], [claim(second)]) == frozenset()
    assert counts(database, campaign) == {"accepted": 1, "attempting": 1, "pending": 6}
    writer.close()
    with database.read() as connection:
        told = next(campaigns.deliveries(connection, campaign))
    assert (told.code, told.text, told.attempts, told.answered_at) == (250, "words", 1, NOW + 1)


def test_a_row_is_claimed_once(database: Database, campaign: int) -> None:
    """Of two that want a row one gets it; the other's further claims stand."""
    first, second, third, *_ = page(database, campaign)
    one, other = LedgerWriter(database), LedgerWriter(database)
    assert one.write([], [claim(first), claim(second)]) == frozenset()
    assert other.write([], [claim(first), claim(third)]) == {first.id}
    assert counts(database, campaign) == {"attempting": 3, "pending": 5}
    one.close()
    other.close()


def test_whoever_has_left_is_not_claimed(database: Database, campaign: int) -> None:
    """Somebody who is no longer active fails, and says why."""
    first, second, *_ = page(database, campaign)
    with database.write() as connection:
        person = find_subscriber(connection, first.address)
        assert person
        unsubscribe(connection, person.id, 0, "", NOW)
    writer = LedgerWriter(database)
    assert writer.write([], [claim(first), claim(second)]) == {first.id}
    writer.close()
    assert counts(database, campaign) == {"attempting": 1, "failed": 1, "pending": 6}


def test_many_senders_share_the_ledger(database: Database, campaign: int) -> None:
    """Whatever comes at once, each claim and each answer is noted once; who has left is told to their sender alone."""
    first, *others = page(database, campaign)
    with database.write() as connection:
        unsubscribe(connection, first.subscriber_id, 0, "", NOW)
    writer = LedgerWriter(database)
    claims = [LedgerEntry(None, claim(one)) for one in (first, *others)]
    write(writer, claims)
    assert [entry.claimed for entry in claims] == [False, *[True] * 7]
    write(writer, [LedgerEntry(outcome(one, DeliveryState.ACCEPTED), None) for one in others])
    writer.close()
    assert counts(database, campaign) == {"accepted": 7, "failed": 1}


def test_what_cannot_be_written_is_told_to_each_sender(database: Database, campaign: int) -> None:
    """Nothing is claimed then, for nobody."""
    first, second, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    impossible = LedgerEntry(DeliveryOutcome(second.id, DeliveryState.ACCEPTED, NOW, 10**30), None)
    entries = [LedgerEntry(None, claim(first)), impossible]
    write(writer, entries)
    writer.close()
    assert not any(entry.claimed for entry in entries)
    assert all(entry.error for entry in entries)
    assert counts(database, campaign) == {"pending": 8}


@pytest.mark.parametrize("stopping", [False, True])
def test_an_outcome_waits_while_the_database_is_locked(tmp_path: Path, stopping: bool) -> None:
    """The lock is reported, and its end; a campaign that stops meanwhile claims nothing more."""
    file = tmp_path / "newsletter.db"
    reports: list[bool] = []
    with Database.open(f"sqlite:///{file}") as database, closing(sqlite3.connect(file, isolation_level=None)) as other:
        with database.write() as connection:
            for address in PEOPLE[:2]:
                add_subscriber(connection, subscriber(address))
        campaign = begun(database)
        first, second = page(database, campaign)
        writer = LedgerWriter(database)
        writer.write([], [claim(first)])
        other.execute("BEGIN IMMEDIATE")

        def locked(is_locked: bool) -> None:
            reports.append(is_locked)
            if is_locked:
                other.execute("ROLLBACK")

        entries = [LedgerEntry(outcome(first, DeliveryState.ACCEPTED), claim(second))]
        write(writer, entries, locked, lambda: stopping)
        writer.close()
        assert reports == [True, False]
        assert (entries[0].error, entries[0].claimed) == (None, not stopping)
        assert counts(database, campaign) == {"accepted": 1, "pending" if stopping else "attempting": 1}


def test_a_kill_leaves_uncertain_what_was_under_way(database: Database, campaign: int) -> None:
    """What was claimed and not answered is put into another state on request, and keeps its attempts."""
    first, second, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    writer.write([], [claim(first), claim(second)])
    writer.close()
    with database.write() as connection:
        assert mark_uncertain(connection, campaign) == [first.address, second.address]
    assert counts(database, campaign) == {"uncertain": 2, "pending": 6}


def test_what_is_put_off_comes_when_it_is_due(database: Database, campaign: int) -> None:
    """A deferred message waits for its time, unless the clock has jumped back so far that it never came."""
    first, second, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    writer.write([], [claim(first), claim(second)])
    late = [outcome(first, DeliveryState.DEFERRED, NOW + 60), outcome(second, DeliveryState.DEFERRED, NOW + 90)]
    writer.write(late, [])
    writer.close()
    with database.read() as connection:
        assert next_due(connection, campaign) == NOW + 60
        assert deferred_page(connection, campaign, NOW + 59, NOW + 1_000, 10) == []
        (due,) = deferred_page(connection, campaign, NOW + 60, NOW + 1_000, 10)
        assert (due.id, due.attempts) == (first.id, 1)
        year = 365 * 86_400
        assert len(deferred_page(connection, campaign, NOW - year, NOW - year + 1_000, 10)) == 2


def test_a_refusal_is_settled_once(database: Database, campaign: int) -> None:
    """What was settled is not read again, what came after an earlier bounce is; without a code, nobody refused."""
    ann, bob, eve, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    writer.write([], [claim(ann), claim(bob), claim(eve)])
    for one, code in ((ann, 550), (bob, 550), (eve, 0)):
        writer.write([replace(outcome(one, DeliveryState.FAILED), code=code, enhanced="5.1.1")], [])
    writer.close()
    with database.write() as connection:
        record_bounce(connection, b"d" * 32, bob.subscriber_id, campaign, BounceKind.SOFT, NOW)
    for expected in ([ann.address, bob.address], []):
        with database.read() as connection:
            refused = list(unapplied_rejections(connection, campaign))
        assert [delivery.address for delivery in refused] == expected
        with database.write() as connection:
            for delivery in refused:
                apply_rejection(connection, campaign, delivery, NOW + 2)
    with database.read() as connection:
        assert counts_by_campaign(connection) == {campaign: {BounceKind.HARD: 2, BounceKind.SOFT: 1}}


def test_one_sends_at_a_time(database: Database) -> None:
    """Whoever comes second is refused, until the first is done."""
    refused = pytest.raises(CampaignError, match="another process is sending")
    assert not is_sending(database)
    with sending_lock(database), refused, sending_lock(database):
        pass
    with sending_lock(database):
        assert is_sending(database)
    assert not is_sending(database)


def test_a_database_has_one_lock_whatever_it_is_called(tmp_path: Path) -> None:
    """Links that lead to a file of SQLite's lead to its lock; a second name, of which nothing tells, is refused."""
    file, link, second = (tmp_path / name for name in ("newsletter.db", "link.db", "second.db"))
    with Database.open(f"sqlite:///{file}") as database:
        link.symlink_to(file)
        refused = pytest.raises(CampaignError, match="another process is sending")
        with Database.open(f"sqlite:///{link}") as linked, sending_lock(database), refused, sending_lock(linked):
            pass
        second.hardlink_to(file)
        with pytest.raises(DatabaseError, match="second name"), sending_lock(database):
            pass


def test_who_loses_the_right_to_send_claims_nothing(empty_postgresql: str) -> None:
    """A session that PostgreSQL has ended writes nothing more, and another process may send; no fault is in the way."""
    Database.upgrade(empty_postgresql)
    with Database.open(empty_postgresql) as database:
        with database.write() as connection:
            add_subscriber(connection, subscriber("a@x.example"))
        campaign = begun(database)
        (first,) = page(database, campaign)
        ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1852143475"
        with sending_lock(database) as lost:
            assert lost.write([], [claim(first)]) == frozenset()
            with database.write() as connection:
                assert connection.execute(text(ended)).all() == [(True,)]
            with sending_lock(database), database.write() as connection:
                assert mark_uncertain(connection, campaign) == [first.address]
            with pytest.raises(DatabaseError):
                lost.write([outcome(first, DeliveryState.ACCEPTED)], [])
            with pytest.raises(DatabaseError):
                lost.write([], [claim(first)])
        assert counts(database, campaign) == {"uncertain": 1}


def test_only_what_is_under_way_is_answered(database: Database, campaign: int) -> None:
    """What another process has put into doubt stays so, whatever the first one hears later."""
    first, *_ = page(database, campaign)
    with sending_lock(database) as writer:
        writer.write([], [claim(first)])
        with database.write() as connection:
            mark_uncertain(connection, campaign)
        writer.write([outcome(first, DeliveryState.ACCEPTED)], [])
    assert counts(database, campaign) == {"uncertain": 1, "pending": 7}


def test_a_campaign_is_found_and_its_end_noted(database: Database, campaign: int) -> None:
    """State, reason and time are kept; a test of a content counts for that content."""
    with database.write() as connection:
        assert campaigns.change_state(connection, campaign, Transition.COMPLETE, "", NOW + 5)
        assert not campaigns.change_state(connection, campaign, Transition.CANCEL, "", NOW + 6)
        campaigns.record_test_send(connection, "029", "c" * 64, NOW)
    with database.read() as connection:
        found = campaigns.find(connection, campaign)
        assert found
        assert (found.state, found.finished_at, found.unfinished) == (CampaignState.COMPLETE, NOW + 5, False)
        assert campaigns.find(connection, campaign + 1) is None
        assert campaigns.has_test_send(connection, "029", "c" * 64)
        assert not campaigns.has_test_send(connection, "029", "d" * 64)


POSSIBLE = {
    Transition.RESUME: ({"sending", "paused", "complete"}, "sending"),
    Transition.PAUSE: ({"sending", "paused"}, "paused"),
    Transition.STOP: ({"sending"}, "paused"),
    Transition.COMPLETE: ({"sending", "paused"}, "complete"),
    Transition.CANCEL: ({"sending", "paused"}, "cancelled"),
}


@pytest.mark.parametrize("transition", Transition)
@pytest.mark.parametrize("before", CampaignState)
def test_a_transition_happens_in_its_states_only(transition: Transition, before: CampaignState, tmp_path: Path) -> None:
    """In any other state nothing is changed; a campaign has an end once it is complete or cancelled."""
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database, database.write() as connection:
        values = {"slug": "029", "content": "", "subject": "", "git_clean": True, "created_at": NOW}
        row = insert(tables.campaign).values(**values, state=before.value).returning(tables.campaign.c.id)
        id = connection.execute(row).scalar_one()
        changed = campaigns.change_state(connection, id, transition, "why", NOW + 5)
        found = campaigns.find(connection, id)
    possible, after = POSSIBLE[transition]
    assert found
    assert changed == (before.value in possible)
    assert found.state.value == (after if changed else before.value)
    assert found.finished_at == (NOW + 5 if changed and after in ("complete", "cancelled") else None)
