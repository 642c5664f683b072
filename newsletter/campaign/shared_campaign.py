"""A process's share of a campaign, in PostgreSQL: several processes, also on different hosts, send it together.

Each process has a lease, which a thread renews, and leases deliveries in batches. One of the processes is the
coordinator. It keeps the receipt ahead of the leases, and finds out when the campaign is complete. If it ends, another
process takes its place. Every process revokes leases that have expired, and counts the outcomes of all processes, so
that each can pause the campaign. The ledger records the first pause only.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from newsletter.campaign.coordinator import Coordinator
from newsletter.campaign.ledger_commits import LedgerEntry
from newsletter.campaign.own_lease import RENEWALS, OwnLease
from newsletter.campaign.retried import RetriedDeliveries
from newsletter.campaign.tally import Tally
from newsletter.campaign.worker_identity import is_gone
from newsletter.database.database import Database
from newsletter.database.states import CampaignState, DeliveryState
from newsletter.errors import DatabaseError
from newsletter.ledger import campaigns, leases
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.deliveries import count_deliveries
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.ledger.lease_state import Counts, HeldLease, LeaseLostError, SharedState
from newsletter.ledger.leased_deliveries import (
    give_back,
    has_attempting,
    lease_deferred,
    lease_pending,
    lease_uncertain,
    mark_free_uncertain,
)
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.ledger.waiting_deliveries import count_deferred, find_next_due, last_delivery_id

# Deliveries in a batch; and near the end of the campaign, when processes share what is left, the fewest.
BATCH, SMALL_BATCH = 300, 20
# Seconds between the checks of what other processes do, and between reads of the ledger when it has no recipients for
# this process: the first, and the longest. Each is twice as long as the one before.
_CHECK, _FIRST_WAIT, _LONGEST_WAIT = 0.25, 0.05, 1.0
# The longest between such reads when other processes send the last messages.
_LAST_READ = 0.2
# Seconds between the attempts of the last process to become the coordinator.
_LAST_WAIT = 0.1


@dataclass(frozen=True, slots=True)
class ReadRules:
    """How a run reads recipients.

    Attributes:
        retried: The uncertain deliveries that the run sends again; None if it sends none of them.
        furthest: A deferred delivery that is due in more seconds was deferred before the clock was set back.
        waits: Called with the number of deferred deliveries, and when the next is due in seconds since 1970.
    """

    retried: RetriedDeliveries | None
    furthest: int
    waits: Callable[[int, float], None]


class SharedCampaign:
    """The share of this process. Use `joined` as a context around its run.

    Args:
        database: The database, which is PostgreSQL.
        writer: The writer to the ledger from `sending_lock`.
        campaign: The campaign.
        root: The folder of the publication, for the receipt.

    Attributes:
        duration: The duration of leases in seconds.
        complete: Whether this process has found out, as the coordinator, that nothing is left to send.
        others: The number of other processes that send the campaign.
        error: An error that ends the share of this process; else None.
    """

    duration = leases.DURATION

    def __init__(self, database: Database, writer: LedgerWriter, campaign: Campaign, root: Path) -> None:
        self._database, self._writer, self._campaign = database, writer, campaign
        self._coordinator = Coordinator(database, writer, campaign, root)
        self._lease = OwnLease(database, writer, campaign.id, self.duration, self._answered)
        self._last = 0
        self._state = SharedState(0, 0, Counts())
        self._read_at = self._looked_at = 0.0
        self._wait, self._longest_wait = _FIRST_WAIT, _LONGEST_WAIT
        self._left, self._over = False, threading.Event()
        self._tally = Tally()
        self.complete, self.others = False, 0
        self.error: BaseException | None = None

    @contextmanager
    def joined(self, tally: Tally) -> Iterator[None]:
        """Share in the campaign until the block ends.

        Without `leave`, what this process holds is treated as after a kill.

        Args:
            tally: The counts of the run, to which those of the other processes are added.

        Raises:
            DatabaseError: The database fails.
            CampaignError, AccessError: The receipt cannot be read or written.
        """
        self._tally = tally
        with self._database.read() as connection:
            self._last = last_delivery_id(connection, self._campaign.id)
        self._lease.take()
        thread = threading.Thread(target=self._keep, daemon=True)
        try:
            self._check()
            tally.earlier = tally.elsewhere
            thread.start()
            yield
        finally:
            self._over.set()
            if thread.ident is not None:
                thread.join(_LONGEST_WAIT)
            if self._left:
                self._lease.delete()
            self._lease.forget()

    def page(self, rules: ReadRules, now: float) -> list[WaitingDelivery]:
        """Lease the next recipients."""
        if time.monotonic() < self._read_at:
            return []
        while True:
            try:
                found = self._lease_page(rules, now)
            except LeaseLostError:
                self._lease.take()
                continue
            if found:
                self._wait, self._longest_wait = _FIRST_WAIT, _LONGEST_WAIT
                return found
            if not self._coordinator.extend():
                break
        self._read_at = time.monotonic() + self._wait
        self._wait = min(self._wait * 2, self._longest_wait)
        return []

    def due(self, rules: ReadRules, now: float, *, idle: bool) -> float | None:
        """Return when to lease again, or None if the campaign is complete.

        Args:
            rules: How the run reads recipients.
            now: Seconds since 1970.
            idle: Whether this process has no recipient that it can send to.
        """
        if self.complete:
            return None
        if idle and time.monotonic() >= self._looked_at + self._wait:
            self._looked_at = time.monotonic()
            deferred = self._are_deferred(rules, now)
            self._longest_wait = _LONGEST_WAIT if deferred else _LAST_READ
            if not deferred:
                # What is left are retries at servers that cannot be reached. The coordinator does not wait for them.
                self._lease.hold_nothing()
                if self._is_complete():
                    self.complete = True
                    return None
                if self._is_recorded_as_complete():
                    return None
                self._wait = min(self._wait, _LAST_READ)
        return self._wait

    def may_send(self, recipient: WaitingDelivery) -> bool:
        """Return whether the lease of a delivery is valid. It is not if the process was suspended for too long."""
        try:
            self._lease.renew_if_expired()
        except DatabaseError as error:
            if not error.transient:
                raise
        return self._lease.is_valid(recipient.lease)

    def before_claims(self, _claims: object) -> None:
        """Renew the lease if it has expired and was not revoked.

        Raises:
            DatabaseError: The database fails.
        """
        self._lease.renew_if_expired()

    def drop(self, recipient: WaitingDelivery) -> None:
        """Note that a recipient is left out."""
        self._lease.held.discard(recipient.id)

    def recorded(self, entries: Sequence[LedgerEntry]) -> None:
        """Note which deliveries this process no longer holds."""
        for entry in entries:
            if entry.outcome and not entry.outcome.again and not entry.error:
                self._lease.held.discard(entry.outcome.id)
        for entry in entries:
            if entry.claim and not entry.claimed:
                self._lease.held.discard(entry.claim.id)

    def in_progress(self) -> bool:
        """Return whether messages of this process are in progress."""
        with self._database.read() as connection:
            return has_attempting(connection, self._campaign.id, self._lease.id)

    def lease_uncertain(self, connection: Connection, found: Sequence[WaitingDelivery]) -> list[WaitingDelivery]:
        """Lease uncertain deliveries that the run sends again. Returns those that are leased now."""
        leased = lease_uncertain(connection, self._campaign.id, self._lease.id, [one.id for one in found])
        return [replace(one, lease=self._lease.id) for one in found if one.id in leased]

    def leave(self) -> None:
        """Give back what was not sent, and count the processes that go on. Call it when nothing more is sent.

        Raises:
            DatabaseError: The database fails.
        """
        self._lease.end()
        self._left = True
        self._look()

    def is_last(self) -> bool:
        """Return whether no other process sends the campaign. Then this one is its coordinator.

        Raises:
            DatabaseError: The database fails.
            CampaignError, AccessError: The receipt cannot be read or written.
        """
        while not self.others:
            if self._coordinator.take_over():
                return True
            time.sleep(_LAST_WAIT)
            self._look()
        return False

    def mark(self) -> None:
        """Write the receipt, as the coordinator, so that an older copy of the ledger is behind it.

        Raises:
            DatabaseError: The database fails.
            CampaignError, AccessError: The receipt cannot be read or written.
        """
        self._coordinator.mark()

    def _keep(self) -> None:
        """Renew the lease, and watch the other processes, until the end."""
        while not self._over.wait(min(_CHECK, self.duration / RENEWALS)):
            try:
                self._check()
            except DatabaseError as error:
                # The senders wait too, and report it.
                if not error.transient:
                    self.error = error
                    return
            except Exception as error:  # noqa: BLE001 (raised by the thread that waits for the senders)
                self.error = error
                return

    def _check(self) -> None:
        self._lease.renew_if_due()
        for lease in self._look():
            with self._database.write() as connection:
                leases.set_timeouts(connection)
                if lease.worker != self._lease.worker:
                    leases.end_session(connection, lease.id)
                leases.revoke(connection, self._campaign.id, [lease.id])
        if self._coordinator.take_over():
            self._coordinator.stay_ahead(self._state.leased_up_to, self.others)

    def _look(self) -> list[HeldLease]:
        """Read what the processes share, and count their outcomes. Returns the leases of others to revoke."""
        with self._database.read() as connection:
            state = leases.read_shared(connection, self._campaign.id, self.duration)
        elsewhere, live, dead = state.counts, 0, []
        for lease in state.leases:
            if lease.id == self._lease.id:
                continue
            elsewhere += lease.counts
            if lease.dead or is_gone(lease.worker):
                dead.append(lease)
            elif not lease.ending:
                live += 1
        elsewhere -= self._lease.before
        self._state, self.others = state, live
        self._tally.elsewhere = {
            DeliveryState.ACCEPTED: elsewhere.accepted,
            DeliveryState.FAILED: elsewhere.failed,
            DeliveryState.UNCERTAIN: elsewhere.uncertain,
        }
        return dead

    def _answered(self) -> Counts:
        """Return what this process has counted."""
        answered = self._tally.answered
        states = (DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN)
        return Counts(*(answered[state] for state in states))

    def _lease_page(self, rules: ReadRules, now: float) -> list[WaitingDelivery]:
        campaign, lease, retried, size = self._campaign.id, self._lease, rules.retried, self._batch()
        lease.renew_if_expired()
        with self._database.write() as connection:
            leases.set_timeouts(connection)
            found = retried.read(connection, BATCH) if retried else []
            if not found:
                found = lease_pending(connection, campaign, lease.id, size, self._coordinator.covered)
            if not found:
                latest = int(now) + rules.furthest
                found = lease_deferred(connection, campaign, lease.id, int(now), latest, size)
            held = lease.held | {one.id for one in found}
            if found:
                lease.hold(connection, held)
        lease.held = held
        return found or (retried.take_due(int(now)) if retried else [])

    def _are_deferred(self, rules: ReadRules, now: float) -> bool:
        """Return whether deferred deliveries are left, and report when the next is due."""
        retried, campaign = rules.retried, self._campaign.id
        with self._database.read() as connection:
            dues = [find_next_due(connection, campaign), retried.next_due if retried else None]
            due = min((one for one in dues if one is not None), default=None)
            if due is None:
                return False
            number = count_deferred(connection, campaign) + (retried.deferred if retried else 0)
        rules.waits(number, now + max(0.0, min(due - now, rules.furthest)))
        return True

    def _batch(self) -> int:
        """Return how many deliveries to lease: near the end fewer, so that no process holds what others could send."""
        if not self.others:
            return BATCH
        left = (self._last - self._state.leased_up_to) // (2 * (1 + self.others))
        return max(SMALL_BATCH, min(BATCH, left))

    def _is_complete(self) -> bool:
        """Return whether nothing is left to send in any process. Only the coordinator finds out."""
        campaign = self._campaign.id
        if not self._coordinator.active:
            return False
        with self._database.read() as connection:
            state = leases.read_shared(connection, campaign, self.duration)
            if any(lease.held for lease in state.leases if lease.id != self._lease.id):
                return False
            counted = count_deliveries(connection, campaign)
        if counted[DeliveryState.PENDING] or counted[DeliveryState.DEFERRED]:
            # They were locked by another transaction when they could have been leased, or were given back.
            with self._database.write() as connection:
                leases.set_timeouts(connection)
                give_back(connection, campaign, self._lease.id)
            return False
        if counted[DeliveryState.ATTEMPTING]:
            with self._database.write() as connection:
                leases.set_timeouts(connection)
                mark_free_uncertain(connection, campaign)
            return False
        return True

    def _is_recorded_as_complete(self) -> bool:
        """Return whether the coordinator has recorded that the campaign is complete."""
        if self._coordinator.active:
            return False
        with self._database.read() as connection:
            found = campaigns.find(connection, self._campaign.id)
        return found is not None and found.state is CampaignState.COMPLETE
