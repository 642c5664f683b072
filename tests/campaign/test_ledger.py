"""The ledger and campaigns, on SQLite and on PostgreSQL."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, make_url, select, text, true

from newsletter.bounces.apply import apply_rejection
from newsletter.bounces.bounce_queries import count_bounces_by_campaign, list_unapplied_rejections, record_bounce
from newsletter.campaign.announced_campaign import announce_campaign
from newsletter.campaign.ledger_commits import LedgerEntry, write
from newsletter.campaign.sending_lock import is_campaign_sending, is_sending, sending_lock
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
from newsletter.ledger import campaigns, new_campaign
from newsletter.ledger.campaign import ABORTED, Transition
from newsletter.ledger.campaign_states import change_state, record_reason
from newsletter.ledger.deliveries import count_deliveries, list_deliveries
from newsletter.ledger.delivery import DeliveryClaim, DeliveryOutcome, WaitingDelivery
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.new_campaign import NewCampaign
from newsletter.ledger.sent_tests import has_test_send, record_test_send
from newsletter.ledger.uncertain import mark_uncertain
from newsletter.ledger.waiting_deliveries import find_next_due, read_deferred_page, read_pending_page
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.queries import add_subscriber, find_subscriber
from newsletter.subscribers.suppressions import suppress
from tests.subscribers.people import NOW, subscriber

ADDRESSES = [f"reader{number}@d{number % 2}.example" for number in range(8)]


def create_campaign(database: Database, slug: str = "029") -> int:
    """Create a campaign to all active subscribers. Returns its id."""
    with database.write() as connection:
        return new_campaign.create_campaign(
            connection, NewCampaign(slug, "c" * 64, "Subject", "", "", False, NOW), true()
        )


@pytest.fixture
def campaign(database: Database) -> int:
    """A campaign to eight subscribers."""
    with database.write() as connection:
        for address in ADDRESSES:
            add_subscriber(connection, subscriber(address))
    return create_campaign(database)


def test_replies_are_stored_without_addresses_and_tokens(database: Database, campaign: int) -> None:
    """The replies of servers to messages, and the reason of a pause, which quotes one."""
    waiting = page(database, campaign)[0]
    quoting = replace(outcome(waiting, DeliveryState.DEFERRED), code=451, text="<ann@example.org>: p.example/?u=1-2-3")
    with sending_lock(database) as writer:
        write(writer, [LedgerEntry(None, claim(waiting))])
        write(writer, [LedgerEntry(quoting, None)])
    with database.write() as connection:
        stored = connection.execute(select(tables.delivery.c.text).where(tables.delivery.c.id == waiting.id)).scalar()
        change_state(connection, campaign, Transition.PAUSE, "rejects: 550 to ann@example.org", NOW)
        reason = connection.execute(select(tables.campaign.c.reason)).scalar()
    assert (stored, reason) == ("<…>: p.example/?…", "rejects: 550 to …")


def page(database: Database, campaign: int) -> list[WaitingDelivery]:
    with database.read() as connection:
        return read_pending_page(connection, campaign, 0, 100)


def counts(database: Database, campaign: int) -> dict[str, int]:
    with database.read() as connection:
        return {state.value: number for state, number in count_deliveries(connection, campaign).items() if number}


def claim(waiting: WaitingDelivery) -> DeliveryClaim:
    return DeliveryClaim(waiting.id, NOW, f"<{waiting.id}@x.example>", "server")


def outcome(waiting: WaitingDelivery, state: DeliveryState, due_at: int = 0) -> DeliveryOutcome:
    return DeliveryOutcome(waiting.id, state, NOW + 1, waiting.attempts + 1, due_at, 250, "2.0.0", "text")


def test_the_recipients_are_active_and_have_not_received_the_issue(database: Database) -> None:
    """Suppressed addresses are excluded. Each recipient has a domain."""
    with database.write() as connection:
        for address in ("a@x.example", "b@x.example", "c@y.example"):
            add_subscriber(connection, subscriber(address))
        for state in set(SubscriberState) - {SubscriberState.ACTIVE}:
            add_subscriber(connection, subscriber(f"{state}@x.example", state))
        suppress(connection, "b@x.example", SuppressionReason.COMPLAINT, NOW)
    campaign = create_campaign(database)
    found = page(database, campaign)
    assert [(one.address, one.domain) for one in found] == [("a@x.example", "x.example"), ("c@y.example", "y.example")]
    writer = LedgerWriter(database)
    writer.write([], [claim(found[0])])
    writer.write([outcome(found[0], DeliveryState.ACCEPTED)], [])
    writer.close()
    assert [one.address for one in page(database, create_campaign(database))] == ["c@y.example"]
    assert len(page(database, create_campaign(database, "030"))) == 2


def test_a_page_of_suppressed_recipients(database: Database) -> None:
    """It adds no delivery."""
    with database.write() as connection:
        add_subscriber(connection, subscriber("a@x.example"))
        suppress(connection, "a@x.example", SuppressionReason.COMPLAINT, NOW)
    assert page(database, create_campaign(database)) == []


def test_claims_and_outcomes_share_a_commit(database: Database, campaign: int) -> None:
    """When `write` returns, all of its claims and outcomes are in the ledger."""
    first, second, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    assert writer.write([], [claim(first)]) == frozenset()
    assert counts(database, campaign) == {"attempting": 1, "pending": 7}
    assert writer.write([outcome(first, DeliveryState.ACCEPTED)], [claim(second)]) == frozenset()
    assert counts(database, campaign) == {"accepted": 1, "attempting": 1, "pending": 6}
    writer.close()
    with database.read() as connection:
        found = next(list_deliveries(connection, campaign))
    assert (found.code, found.text, found.attempts, found.answered_at) == (250, "text", 1, NOW + 1)


def test_a_delivery_is_claimed_once(database: Database, campaign: int) -> None:
    """Of two writers only the first gets it. Other claims of the second are valid."""
    first, second, third, *_ = page(database, campaign)
    one, other = LedgerWriter(database), LedgerWriter(database)
    assert one.write([], [claim(first), claim(second)]) == frozenset()
    assert other.write([], [claim(first), claim(third)]) == {first.id}
    assert counts(database, campaign) == {"attempting": 3, "pending": 5}
    one.close()
    other.close()


def test_the_delivery_of_an_unsubscribed_subscriber_fails(database: Database, campaign: int) -> None:
    """It cannot be claimed."""
    first, second, *_ = page(database, campaign)
    with database.write() as connection:
        found = find_subscriber(connection, first.address)
        assert found
        unsubscribe(connection, found.id, 0, "", NOW)
    writer = LedgerWriter(database)
    assert writer.write([], [claim(first), claim(second)]) == {first.id}
    writer.close()
    assert counts(database, campaign) == {"attempting": 1, "failed": 1, "pending": 6}


def test_many_senders_share_a_write(database: Database, campaign: int) -> None:
    """Each claim and each outcome is recorded once. Only the sender of a failed claim learns of it."""
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


def test_a_write_error_is_reported_to_each_sender(database: Database, campaign: int) -> None:
    """Nothing is claimed."""
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
            for address in ADDRESSES[:2]:
                add_subscriber(connection, subscriber(address))
        campaign = create_campaign(database)
        first, second = page(database, campaign)
        writer = LedgerWriter(database)
        writer.write([], [claim(first)])
        other.execute("BEGIN IMMEDIATE")

        def failing(error: DatabaseError | None) -> None:
            reports.append(error is not None and error.busy)
            if error:
                other.execute("ROLLBACK")

        entries = [LedgerEntry(outcome(first, DeliveryState.ACCEPTED), claim(second))]
        write(writer, entries, failing, lambda: stopping)
        writer.close()
        assert reports == [True, False]
        assert (entries[0].error, entries[0].claimed) == (None, not stopping)
        assert counts(database, campaign) == {"accepted": 1, "pending" if stopping else "attempting": 1}


def test_claims_without_an_outcome_become_uncertain(database: Database, campaign: int) -> None:
    """`mark_uncertain` returns the addresses of deliveries that were in progress at a kill."""
    first, second, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    writer.write([], [claim(first), claim(second)])
    writer.close()
    with database.write() as connection:
        assert mark_uncertain(connection, campaign) == [first.address, second.address]
    assert counts(database, campaign) == {"uncertain": 2, "pending": 6}


def test_a_deferred_delivery_is_read_when_it_is_due(database: Database, campaign: int) -> None:
    """It is also read if the clock was set back so far that it would not become due."""
    first, second, *_ = page(database, campaign)
    writer = LedgerWriter(database)
    writer.write([], [claim(first), claim(second)])
    late = [outcome(first, DeliveryState.DEFERRED, NOW + 60), outcome(second, DeliveryState.DEFERRED, NOW + 90)]
    writer.write(late, [])
    writer.close()
    with database.read() as connection:
        assert find_next_due(connection, campaign) == NOW + 60
        assert read_deferred_page(connection, campaign, NOW + 59, NOW + 1_000, 10) == []
        (due,) = read_deferred_page(connection, campaign, NOW + 60, NOW + 1_000, 10)
        assert (due.id, due.attempts) == (first.id, 1)
        year = 365 * 86_400
        assert len(read_deferred_page(connection, campaign, NOW - year, NOW - year + 1_000, 10)) == 2


def test_a_rejection_is_applied_once(database: Database, campaign: int) -> None:
    """It is applied even after an earlier bounce. A failure without a reply code is not a rejection."""
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
            rejected = list(list_unapplied_rejections(connection, campaign))
        assert [delivery.address for delivery in rejected] == expected
        with database.write() as connection:
            for delivery in rejected:
                apply_rejection(connection, campaign, delivery, NOW + 2)
    with database.read() as connection:
        assert count_bounces_by_campaign(connection) == {campaign: {BounceKind.HARD: 2, BounceKind.SOFT: 1}}


def test_only_one_process_sends_at_a_time(database: Database) -> None:
    """A second one gets an error until the first has released the lock."""
    locked = pytest.raises(CampaignError, match="another process is sending")
    assert not is_sending(database)
    with sending_lock(database), locked, sending_lock(database):
        pass
    with sending_lock(database):
        assert is_sending(database)
    assert not is_sending(database)


def test_the_campaign_that_is_sent_is_announced(tmp_path: Path) -> None:
    """Other processes know it while it is sent. What a killed process has announced counts for no later one."""
    file = tmp_path / "newsletter.db"
    with Database.open(f"sqlite:///{file}") as database:
        with sending_lock(database):
            assert not is_campaign_sending(database, 1)
            with announce_campaign(database, 1):
                assert [is_campaign_sending(database, id) for id in (1, 2)] == [True, False]
                left = {path.name: path.read_bytes() for path in tmp_path.glob("*.campaign.sending")}
            assert not is_campaign_sending(database, 1)
        for name, content in left.items():
            (tmp_path / name).write_bytes(content)
        assert not is_campaign_sending(database, 1)
        with sending_lock(database):
            assert not is_campaign_sending(database, 1)


def test_symbolic_links_to_a_database_share_its_lock(tmp_path: Path) -> None:
    """A second hard link cannot be resolved, so it is an error."""
    file, link, second = (tmp_path / name for name in ("newsletter.db", "link.db", "second.db"))
    with Database.open(f"sqlite:///{file}") as database:
        link.symlink_to(file)
        locked = pytest.raises(CampaignError, match="another process is sending")
        with Database.open(f"sqlite:///{link}") as linked, sending_lock(database), locked, sending_lock(linked):
            pass
        second.hardlink_to(file)
        with pytest.raises(DatabaseError, match="second hard link"), sending_lock(database):
            pass


def end_sessions(database: Database, which: str = "datname = current_database() AND pid <> pg_backend_pid()") -> None:
    """End sessions of PostgreSQL, as a restart does."""
    with database.write() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {which}"))


def test_a_sender_that_lost_its_lock_writes_nothing_while_another_has_it(empty_postgresql: str) -> None:
    """If PostgreSQL ends its session, another process may send. Its claims and states are kept."""
    Database.upgrade(empty_postgresql)
    with Database.open(empty_postgresql) as database, Database.open(empty_postgresql) as other:
        with database.write() as connection:
            for name in "ab":
                add_subscriber(connection, subscriber(f"{name}@x.example"))
        campaign = create_campaign(database)
        first, second = page(database, campaign)
        with sending_lock(database) as lost:
            assert lost.write([], [claim(first)]) == frozenset()
            end_sessions(other)
            with sending_lock(other) as current:
                with other.write() as connection:
                    assert mark_uncertain(connection, campaign) == [first.address]
                for _ in range(3):
                    with pytest.raises(DatabaseError) as caught:
                        lost.write([outcome(first, DeliveryState.ACCEPTED)], [claim(second)])
                    assert caught.value.transient
                current.write([], [claim(second)])
            assert lost.write([outcome(first, DeliveryState.ACCEPTED)], []) == frozenset()
            assert is_sending(other)
        assert not is_sending(other)
        assert counts(database, campaign) == {"uncertain": 1, "attempting": 1}


def test_a_sender_continues_when_postgresql_is_back(empty_postgresql: str) -> None:
    """While it accepts no connection, failures are reported, and the answers are kept. Then the lock is held again."""
    Database.upgrade(empty_postgresql)
    reports: list[str] = []
    name = str(make_url(empty_postgresql).database)
    admin = make_url(empty_postgresql).set(drivername="postgresql", database="postgres")
    with Database.open(empty_postgresql) as database:
        with database.write() as connection:
            for letter in "ab":
                add_subscriber(connection, subscriber(f"{letter}@x.example"))
        campaign = create_campaign(database)
        first, second = page(database, campaign)
        with (
            sending_lock(database) as writer,
            psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as server,
        ):
            writer.write([], [claim(first)])
            server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false".encode())
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

            def failing(error: DatabaseError | None) -> None:
                reports.append(error.message if error else "")
                if len(reports) == 3:
                    server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true".encode())

            entry = LedgerEntry(outcome(first, DeliveryState.ACCEPTED), claim(second))
            write(writer, [entry], failing, sleep=lambda _: None)
            assert (entry.error, entry.claimed, len(reports), reports[-1]) == (None, True, 4, "")
            assert is_sending(database)
        assert counts(database, campaign) == {"accepted": 1, "attempting": 1}


class LosesConfirmation(LedgerWriter):
    """A writer whose next commit succeeds, but whose connection fails before it can report that."""

    lose = False

    def _write(self, *arguments: Any) -> frozenset[int]:
        written = super()._write(*arguments)
        if self.lose:
            self.lose = False
            if not self._sqlite:
                raise psycopg.OperationalError("lost")
            error = sqlite3.OperationalError("lost")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        return written


@pytest.mark.parametrize("stopping", [False, True])
def test_a_commit_without_a_confirmation_is_repeated(database: Database, campaign: int, stopping: bool) -> None:
    """The claim is still that of this process; if the campaign stops, it is undone. No attempt is counted twice."""
    first, second, *_ = page(database, campaign)
    writer = LosesConfirmation(database)
    writer.write([], [claim(first)])
    writer.lose = True
    entry = LedgerEntry(outcome(first, DeliveryState.ACCEPTED), claim(second))
    write(writer, [entry], stopping=lambda: stopping, sleep=lambda _: None)
    writer.close()
    assert (entry.error, entry.claimed) == (None, not stopping)
    expected = {"pending": 7} if stopping else {"attempting": 1, "pending": 6}
    assert counts(database, campaign) == {"accepted": 1, **expected}
    with database.read() as connection:
        attempts = connection.execute(select(tables.delivery.c.attempts).where(tables.delivery.c.id == second.id))
        assert attempts.scalar() == (0 if stopping else 1)


def test_a_claim_of_another_process_is_not_taken_for_ones_own(database: Database, campaign: int) -> None:
    """Even if it looks the same: only a process whose commit failed may have made it."""
    first, *_ = page(database, campaign)
    one, other = LedgerWriter(database), LedgerWriter(database)
    assert one.write([], [claim(first)]) == frozenset()
    assert other.write([], [claim(first)]) == {first.id}
    one.close()
    other.close()


def test_an_outcome_is_only_recorded_for_a_claimed_delivery(database: Database, campaign: int) -> None:
    """If another process has marked a delivery as uncertain, it stays uncertain."""
    first, *_ = page(database, campaign)
    with sending_lock(database) as writer:
        writer.write([], [claim(first)])
        with database.write() as connection:
            mark_uncertain(connection, campaign)
        writer.write([outcome(first, DeliveryState.ACCEPTED)], [])
    assert counts(database, campaign) == {"uncertain": 1, "pending": 7}


def test_the_end_of_a_campaign_and_test_sends_are_recorded(database: Database, campaign: int) -> None:
    """A test send counts for its content only."""
    with database.write() as connection:
        assert change_state(connection, campaign, Transition.COMPLETE, "", NOW + 5)
        assert not change_state(connection, campaign, Transition.CANCEL, "", NOW + 6)
        record_test_send(connection, "029", "c" * 64, NOW)
    with database.read() as connection:
        found = campaigns.find(connection, campaign)
        assert found
        assert (found.state, found.finished_at, found.unfinished) == (CampaignState.COMPLETE, NOW + 5, False)
        assert campaigns.find(connection, campaign + 1) is None
        assert has_test_send(connection, "029", ("c" * 64,))
        assert not has_test_send(connection, "029", ("d" * 64,))


POSSIBLE = {
    Transition.RESUME: ({"sending", "paused", "complete"}, "sending"),
    Transition.CONTINUE: ({"sending"}, "sending"),
    Transition.PAUSE: ({"sending", "paused"}, "paused"),
    Transition.STOP: ({"sending"}, "paused"),
    Transition.COMPLETE: ({"sending", "paused"}, "complete"),
    Transition.CANCEL: ({"sending", "paused"}, "cancelled"),
}


def test_a_subscriber_who_is_erased_while_a_campaign_is_created_is_left_out(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recipients were read at once, but the deliveries to them are created in pages."""
    monkeypatch.setattr(new_campaign, "_BATCH", 3)
    database = postgresql_database
    with database.write() as connection:
        for address in ADDRESSES:
            add_subscriber(connection, subscriber(address))
    numbers: list[int] = []

    def erase_next(number: int) -> None:
        numbers.append(number)
        if number == 3:
            with database.write() as other:
                other.execute(text("DELETE FROM subscriber WHERE address = :address"), {"address": ADDRESSES[4]})

    with database.write() as connection:
        new = NewCampaign("029", "c" * 64, "Subject", "", "", False, NOW)
        id = new_campaign.create_campaign(connection, new, true(), erase_next)
    assert numbers == [3, 5, 7]
    with database.read() as connection:
        found = [each.address for each in list_deliveries(connection, id)]
    assert found == [*ADDRESSES[:4], *ADDRESSES[5:]]


def test_an_aborted_campaign_keeps_its_reason_until_the_author_resumes_it(database: Database, campaign: int) -> None:
    """A worker that waits or continues meanwhile changes nothing."""
    with database.write() as connection:
        record_reason(connection, campaign, "outside the delivery hours")
        for reason in (ABORTED, "outside the delivery hours"):
            record_reason(connection, campaign, reason)
        assert not change_state(connection, campaign, Transition.CONTINUE, "", NOW)
        found = campaigns.find(connection, campaign)
        assert found
        assert (found.reason, found.may_continue) == (ABORTED, False)
        assert change_state(connection, campaign, Transition.RESUME, "", NOW)
        assert change_state(connection, campaign, Transition.CONTINUE, "", NOW)


@pytest.mark.parametrize("transition", Transition)
@pytest.mark.parametrize("before", CampaignState)
def test_a_transition_is_only_possible_in_some_states(
    transition: Transition, before: CampaignState, tmp_path: Path
) -> None:
    """In other states nothing changes. Complete and cancelled campaigns have an end time."""
    with Database.open(f"sqlite:///{tmp_path / 'newsletter.db'}") as database, database.write() as connection:
        values = {"slug": "029", "content": "", "subject": "", "git_clean": True, "created_at": NOW}
        row = insert(tables.campaign).values(**values, state=before.value).returning(tables.campaign.c.id)
        id = connection.execute(row).scalar_one()
        changed = change_state(connection, id, transition, "why", NOW + 5)
        found = campaigns.find(connection, id)
    possible, after = POSSIBLE[transition]
    assert found
    assert changed == (before.value in possible)
    assert found.state.value == (after if changed else before.value)
    assert found.finished_at == (NOW + 5 if changed and after in ("complete", "cancelled") else None)
