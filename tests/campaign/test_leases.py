"""Leases of deliveries in PostgreSQL: who may claim a delivery, and what becomes of those of a dead process."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, text, update

from newsletter.campaign.sending_lock import is_sending, sending_lock
from newsletter.campaign.tally import Tally
from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery, sending_lease
from newsletter.errors import CampaignError
from newsletter.ledger import leases
from newsletter.ledger.delivery import DeliveryClaim, DeliveryOutcome, WaitingDelivery
from newsletter.ledger.leases import LeaseHolder, LeaseLostError
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.queries import add_subscriber
from tests.campaign.test_ledger import ADDRESSES, counts, create_campaign
from tests.subscribers.people import NOW, subscriber

# Longer than any test.
LONG = 600.0


@pytest.fixture
def shared(empty_postgresql: str) -> Iterator[Database]:
    """A database with a campaign, number 1, to eight subscribers. The receipt covers all of them."""
    Database.upgrade(empty_postgresql)
    with Database.open(empty_postgresql) as database:
        with database.write() as connection:
            for address in ADDRESSES:
                add_subscriber(connection, subscriber(address))
        create_campaign(database)
        yield database


@contextmanager
def writing(database: Database) -> Iterator[LedgerWriter]:
    writer = LedgerWriter(database, leased=True)
    try:
        yield writer
    finally:
        writer.close()


def take(database: Database, name: str = "host:1", seconds: float = LONG) -> int:
    with database.write() as connection:
        return leases.take_lease(connection, 1, LeaseHolder(name, name), 0, seconds)


def lease(database: Database, id: int, size: int = 3, covered: int = 100) -> list[WaitingDelivery]:
    with database.write() as connection:
        found = leases.lease_pending(connection, 1, id, size, covered)
        if found:
            leases.note_held(connection, id, found[0].id, found[-1].id, len(found))
        return found


def expire(database: Database, id: int) -> None:
    with database.write() as connection:
        connection.execute(update(sending_lease).where(sending_lease.c.id == id).values(expires_at=0))


def revoke(database: Database, id: int) -> list[str]:
    with database.write() as connection:
        return leases.revoke(connection, 1, [id])


def claim(waiting: WaitingDelivery) -> DeliveryClaim:
    return DeliveryClaim(waiting.id, NOW, f"<{waiting.id}@x.example>", "server", waiting.uncertain, lease=waiting.lease)


def accepted(waiting: WaitingDelivery) -> DeliveryOutcome:
    return DeliveryOutcome(waiting.id, DeliveryState.ACCEPTED, NOW, 1, lease=waiting.lease)


def state(connection: Connection, id: int) -> tuple[str, int | None]:
    return tuple(connection.execute(select(delivery.c.state, delivery.c.lease).where(delivery.c.id == id)).one())


def addresses(found: Sequence[WaitingDelivery]) -> list[str]:
    return [one.address for one in found]


def test_a_delivery_is_leased_by_one_process(shared: Database) -> None:
    """Two processes lease different deliveries, in the order of their ids. A lease is not an attempt."""
    one, other = take(shared), take(shared, "host:2")
    assert addresses(lease(shared, one)) == ADDRESSES[:3]
    assert addresses(lease(shared, other)) == ADDRESSES[3:6]
    assert addresses(lease(shared, one)) == ADDRESSES[6:]
    assert lease(shared, other) == []
    assert counts(shared, 1) == {"pending": 8}


def test_nothing_is_leased_that_the_receipt_does_not_cover(shared: Database) -> None:
    """The coordinator extends it."""
    id = take(shared)
    assert lease(shared, id, covered=0) == []
    with shared.write() as connection:
        leases.cover(connection, 1, 2)
    assert addresses(lease(shared, id, covered=0)) == ADDRESSES[:2]
    assert lease(shared, id, covered=0) == []


@pytest.mark.parametrize("reason", ["expired", "revoked", "another's"])
def test_a_claim_needs_a_valid_lease(shared: Database, reason: str) -> None:
    """A delivery whose claim is refused can be leased by others, and is not taken for one that failed."""
    id = take(shared)
    found = lease(shared, id)
    other = take(shared, "host:2")
    if reason == "expired":
        expire(shared, id)
    elif reason == "revoked":
        revoke(shared, id)
    else:
        with shared.write() as connection:
            connection.execute(update(delivery).values(lease=other))
    with writing(shared) as writer:
        assert writer.write([], [claim(one) for one in found]) == {one.id for one in found}
    assert counts(shared, 1) == {"pending": 8}


def test_a_claim_within_the_lease_succeeds(shared: Database) -> None:
    """An outcome ends the lease of the delivery. The delivery of an unsubscribed subscriber fails."""
    first, second, _ = lease(shared, take(shared))
    with shared.write() as connection:
        unsubscribe(connection, second.subscriber_id, 0, "", NOW)
    with writing(shared) as writer:
        assert writer.write([], [claim(first), claim(second)]) == {second.id}
        writer.write([accepted(first)], [])
    with shared.read() as connection:
        assert state(connection, first.id) == ("accepted", None)
        assert state(connection, second.id) == ("failed", None)


def test_the_deliveries_of_a_dead_process_are_leased_again(shared: Database) -> None:
    """Only those that were being sent are uncertain, and a late answer counts."""
    id, other = take(shared), take(shared, "host:2")
    first, *rest = lease(shared, id)
    with writing(shared) as writer:
        writer.write([], [claim(first)])
        assert revoke(shared, id) == [first.address]
        assert addresses(lease(shared, other, size=8)) == [*addresses(rest), *ADDRESSES[3:]]
        assert counts(shared, 1) == {"pending": 7, "uncertain": 1}
        writer.write([accepted(first)], [])
    assert counts(shared, 1) == {"pending": 7, "accepted": 1}


def test_a_late_answer_does_not_count_after_the_delivery_was_leased_again(shared: Database) -> None:
    """Its message may be sent a second time, because the author requested it."""
    id, other = take(shared), take(shared, "host:2")
    first, *_ = lease(shared, id)
    with writing(shared) as writer:
        writer.write([], [claim(first)])
        revoke(shared, id)
        with shared.write() as connection:
            assert leases.lease_uncertain(connection, 1, other, [first.id]) == {first.id}
            assert leases.lease_uncertain(connection, 1, other, [first.id]) == set()
        writer.write([accepted(first)], [])
    with shared.read() as connection:
        assert state(connection, first.id) == ("uncertain", other)


def test_a_late_temporary_rejection_leaves_a_delivery_uncertain(shared: Database) -> None:
    """The campaign may be complete. Then a deferred delivery would be lost."""
    id = take(shared)
    first, second, *_ = lease(shared, id)
    with writing(shared) as writer:
        writer.write([], [claim(first), claim(second)])
        revoke(shared, id)
        writer.write([replace(accepted(first), state=DeliveryState.DEFERRED, due_at=1), accepted(second)], [])
    with shared.read() as connection:
        assert state(connection, first.id) == ("uncertain", id)
        assert state(connection, second.id) == ("accepted", None)


def test_a_process_that_ends_gives_back_its_deliveries(shared: Database) -> None:
    """They are leased again before those that no process had yet."""
    id, other = take(shared), take(shared, "host:2")
    lease(shared, id)
    with shared.write() as connection:
        assert leases.end_lease(connection, 1, id, leases.Counts())
    assert addresses(lease(shared, other, size=4)) == ADDRESSES[:4]
    with pytest.raises(LeaseLostError):
        lease(shared, id)


def test_a_fencing_number_is_never_used_again(shared: Database) -> None:
    """Also if its lease was deleted."""
    first = take(shared)
    revoke(shared, first)
    assert take(shared) > first


def test_a_lease_that_nobody_revoked_can_be_renewed(shared: Database) -> None:
    """Even if it has expired. A revoked one cannot, nor one of another process with the same number."""
    id = take(shared)
    expire(shared, id)
    with shared.write() as connection:
        assert leases.renew_lease(connection, id, "host:1", 0, LONG, 0, leases.Counts())
        assert not leases.renew_lease(connection, id, "host:2", 0, LONG, 0, leases.Counts())
    assert lease(shared, id)
    revoke(shared, id)
    with shared.write() as connection:
        assert not leases.renew_lease(connection, id, "host:1", 0, LONG, 0, leases.Counts())


def test_a_lease_is_dead_when_it_has_expired_or_the_clock_was_set_back(shared: Database) -> None:
    """After a start of PostgreSQL, there is time to renew it."""
    valid, expired, later = (take(shared, f"host:{number}") for number in range(3))
    with shared.write() as connection:
        connection.execute(update(sending_lease).where(sending_lease.c.id == expired).values(expires_at=0))
        far = sending_lease.c.expires_at + 3_600_000
        connection.execute(update(sending_lease).where(sending_lease.c.id == later).values(expires_at=far))
    with shared.read() as connection:
        started = connection.execute(text("SELECT now() - pg_postmaster_start_time()")).scalar_one().total_seconds()
        found = leases.read_shared(connection, 1, min(60.0, started / 2)).leases
        assert {one.id: one.dead for one in found} == {valid: True, expired: True, later: True} or started > 120
        again = leases.read_shared(connection, 1, started + LONG).leases
    assert not any(one.dead for one in again)


def test_processes_that_send_share_the_lock(shared: Database) -> None:
    """A command that needs the database for itself is refused while one sends, and the reverse."""
    refused = pytest.raises(CampaignError, match="another process is sending from this database")
    with sending_lock(shared, shared=True), sending_lock(shared, shared=True):
        assert is_sending(shared)
        with refused, sending_lock(shared):
            pass
    refused = pytest.raises(CampaignError, match="another command has the database for itself")
    with sending_lock(shared), refused, sending_lock(shared, shared=True):
        pass


def test_a_campaign_has_one_coordinator(shared: Database) -> None:
    """Another process can take its place when it has stopped, or its session has ended."""
    with writing(shared) as one, writing(shared) as other:
        assert one.coordinate(1)
        assert not other.coordinate(1)
        assert other.coordinate(2)
        one.stop_coordinating()
        assert other.coordinate(1)
        assert not one.coordinate(1)
    with writing(shared) as one:
        assert one.coordinate(1)


def test_the_outcomes_of_all_processes_pause_a_campaign() -> None:
    """None of them has enough failures of its own."""
    tally = Tally()
    for number in range(3):
        tally.add(number, "x.example", DeliveryState.FAILED)
    assert tally.pause_reason(20) == ""
    tally.elsewhere = {DeliveryState.ACCEPTED: 10, DeliveryState.FAILED: 3, DeliveryState.UNCERTAIN: 0}
    assert tally.pause_reason(20).startswith("6 of 16 messages failed")
    tally.elsewhere = {DeliveryState.ACCEPTED: 100, DeliveryState.FAILED: 3, DeliveryState.UNCERTAIN: 0}
    assert tally.pause_reason(20) == ""
