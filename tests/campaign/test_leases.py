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
from newsletter.ledger.lease_state import Counts, LeaseHolder, LeaseLostError
from newsletter.ledger.leased_deliveries import lease_pending, lease_uncertain, note_held
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.subscribers.consent import unsubscribe
from tests.campaign.test_ledger import ADDRESSES, counts
from tests.subscribers.people import NOW

# Longer than any test.
LONG = 600.0


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
        found = lease_pending(connection, 1, id, size, covered)
        if found:
            note_held(connection, id, found[0].id, found[-1].id, len(found))
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


def test_a_delivery_is_leased_by_one_process(leased_database: Database) -> None:
    """Two processes lease different deliveries, in the order of their ids. A lease is not an attempt."""
    one, other = take(leased_database), take(leased_database, "host:2")
    assert addresses(lease(leased_database, one)) == ADDRESSES[:3]
    assert addresses(lease(leased_database, other)) == ADDRESSES[3:6]
    assert addresses(lease(leased_database, one)) == ADDRESSES[6:]
    assert lease(leased_database, other) == []
    assert counts(leased_database, 1) == {"pending": 8}


def test_nothing_is_leased_that_the_receipt_does_not_cover(leased_database: Database) -> None:
    """The coordinator extends it."""
    id = take(leased_database)
    assert lease(leased_database, id, covered=0) == []
    with leased_database.write() as connection:
        leases.cover(connection, 1, 2)
    assert addresses(lease(leased_database, id, covered=0)) == ADDRESSES[:2]
    assert lease(leased_database, id, covered=0) == []


@pytest.mark.parametrize("reason", ["expired", "revoked", "another's"])
def test_a_claim_needs_a_valid_lease(leased_database: Database, reason: str) -> None:
    """A delivery whose claim is refused can be leased by others, and is not taken for one that failed."""
    id = take(leased_database)
    found = lease(leased_database, id)
    other = take(leased_database, "host:2")
    if reason == "expired":
        expire(leased_database, id)
    elif reason == "revoked":
        revoke(leased_database, id)
    else:
        with leased_database.write() as connection:
            connection.execute(update(delivery).values(lease=other))
    with writing(leased_database) as writer:
        assert writer.write([], [claim(one) for one in found]) == {one.id for one in found}
    assert counts(leased_database, 1) == {"pending": 8}


def test_a_claim_within_the_lease_succeeds(leased_database: Database) -> None:
    """An outcome ends the lease of the delivery. The delivery of an unsubscribed subscriber fails."""
    first, second, _ = lease(leased_database, take(leased_database))
    with leased_database.write() as connection:
        unsubscribe(connection, second.subscriber_id, 0, "", NOW)
    with writing(leased_database) as writer:
        assert writer.write([], [claim(first), claim(second)]) == {second.id}
        writer.write([accepted(first)], [])
    with leased_database.read() as connection:
        assert state(connection, first.id) == ("accepted", None)
        assert state(connection, second.id) == ("failed", None)


def test_the_deliveries_of_a_dead_process_are_leased_again(leased_database: Database) -> None:
    """Only those that were being sent are uncertain, and a late answer counts."""
    id, other = take(leased_database), take(leased_database, "host:2")
    first, *rest = lease(leased_database, id)
    with writing(leased_database) as writer:
        writer.write([], [claim(first)])
        assert revoke(leased_database, id) == [first.address]
        assert addresses(lease(leased_database, other, size=8)) == [*addresses(rest), *ADDRESSES[3:]]
        assert counts(leased_database, 1) == {"pending": 7, "uncertain": 1}
        writer.write([accepted(first)], [])
    assert counts(leased_database, 1) == {"pending": 7, "accepted": 1}


def test_a_late_answer_does_not_count_after_the_delivery_was_leased_again(leased_database: Database) -> None:
    """Its message may be sent a second time, because the author requested it."""
    id, other = take(leased_database), take(leased_database, "host:2")
    first, *_ = lease(leased_database, id)
    with writing(leased_database) as writer:
        writer.write([], [claim(first)])
        revoke(leased_database, id)
        with leased_database.write() as connection:
            assert lease_uncertain(connection, 1, other, [first.id]) == {first.id}
            assert lease_uncertain(connection, 1, other, [first.id]) == set()
        writer.write([accepted(first)], [])
    with leased_database.read() as connection:
        assert state(connection, first.id) == ("uncertain", other)


def test_a_late_temporary_rejection_leaves_a_delivery_uncertain(leased_database: Database) -> None:
    """The campaign may be complete. Then a deferred delivery would be lost."""
    id = take(leased_database)
    first, second, *_ = lease(leased_database, id)
    with writing(leased_database) as writer:
        writer.write([], [claim(first), claim(second)])
        revoke(leased_database, id)
        writer.write([replace(accepted(first), state=DeliveryState.DEFERRED, due_at=1), accepted(second)], [])
    with leased_database.read() as connection:
        assert state(connection, first.id) == ("uncertain", id)
        assert state(connection, second.id) == ("accepted", None)


def test_a_process_that_ends_gives_back_its_deliveries(leased_database: Database) -> None:
    """They are leased again before those that no process had yet."""
    id, other = take(leased_database), take(leased_database, "host:2")
    lease(leased_database, id)
    with leased_database.write() as connection:
        assert leases.end_lease(connection, 1, id, Counts())
    assert addresses(lease(leased_database, other, size=4)) == ADDRESSES[:4]
    with pytest.raises(LeaseLostError):
        lease(leased_database, id)


def test_a_fencing_number_is_never_used_again(leased_database: Database) -> None:
    """Also if its lease was deleted."""
    first = take(leased_database)
    revoke(leased_database, first)
    assert take(leased_database) > first


def test_a_lease_that_nobody_revoked_can_be_renewed(leased_database: Database) -> None:
    """Even if it has expired. A revoked one cannot, nor one of another process with the same number."""
    id = take(leased_database)
    expire(leased_database, id)
    with leased_database.write() as connection:
        assert leases.renew_lease(connection, id, "host:1", 0, LONG, 0, Counts())
        assert not leases.renew_lease(connection, id, "host:2", 0, LONG, 0, Counts())
    assert lease(leased_database, id)
    revoke(leased_database, id)
    with leased_database.write() as connection:
        assert not leases.renew_lease(connection, id, "host:1", 0, LONG, 0, Counts())


def test_a_lease_is_dead_when_it_has_expired_or_the_clock_was_set_back(leased_database: Database) -> None:
    """After a start of PostgreSQL, there is time to renew it."""
    valid, expired, later = (take(leased_database, f"host:{number}") for number in range(3))
    with leased_database.write() as connection:
        connection.execute(update(sending_lease).where(sending_lease.c.id == expired).values(expires_at=0))
        far = sending_lease.c.expires_at + 3_600_000
        connection.execute(update(sending_lease).where(sending_lease.c.id == later).values(expires_at=far))
    with leased_database.read() as connection:
        started = connection.execute(text("SELECT now() - pg_postmaster_start_time()")).scalar_one().total_seconds()
        found = leases.read_shared(connection, 1, min(60.0, started / 2)).leases
        assert {one.id: one.dead for one in found} == {valid: True, expired: True, later: True} or started > 120
        again = leases.read_shared(connection, 1, started + LONG).leases
    assert not any(one.dead for one in again)


def test_processes_that_send_share_the_lock(leased_database: Database) -> None:
    """A command that needs the database for itself is refused while one sends, and the reverse."""
    refused = pytest.raises(CampaignError, match="another process is sending from this database")
    with sending_lock(leased_database, shared=True), sending_lock(leased_database, shared=True):
        assert is_sending(leased_database)
        with refused, sending_lock(leased_database):
            pass
    refused = pytest.raises(CampaignError, match="another command has the database for itself")
    with sending_lock(leased_database), refused, sending_lock(leased_database, shared=True):
        pass


def test_a_campaign_has_one_coordinator(leased_database: Database) -> None:
    """Another process can take its place when it has stopped, or its session has ended."""
    with writing(leased_database) as one, writing(leased_database) as other:
        assert one.coordinate(1)
        assert not other.coordinate(1)
        assert other.coordinate(2)
        one.stop_coordinating()
        assert other.coordinate(1)
        assert not one.coordinate(1)
    with writing(leased_database) as one:
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
