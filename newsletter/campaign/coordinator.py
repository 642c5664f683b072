"""The coordinator of a campaign that several processes send: it keeps the receipt ahead of the leases."""

import threading
from contextlib import suppress
from pathlib import Path

from newsletter.campaign import receipt_writer
from newsletter.campaign.receipt_writer import ReceiptWriter, SupersededError
from newsletter.database.database import Database
from newsletter.ledger import leases
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.ledger_writer import LedgerWriter

# How many steps the receipt is ahead of the leases of several processes at most.
_FURTHEST = 20


class Coordinator:
    """What this process does while it is the coordinator. Its methods raise what `ReceiptWriter` raises.

    Args:
        database: The database, which is PostgreSQL.
        writer: The writer whose session has the coordinator's lock.
        campaign: The campaign.
        root: The folder of the publication, for the receipt.

    Attributes:
        covered: The id of the last delivery that the receipt covered when this process last extended it.
    """

    def __init__(self, database: Database, writer: LedgerWriter, campaign: Campaign, root: Path) -> None:
        self._database, self._writer, self._campaign, self._root = database, writer, campaign, root
        self._receipt: ReceiptWriter | None = None
        self._ahead = receipt_writer.STEP
        # Held while the receipt is written.
        self._lock = threading.Lock()
        self.covered = 0

    @property
    def active(self) -> bool:
        """Whether this process was the coordinator when it last looked."""
        return self._receipt is not None

    def take_over(self) -> bool:
        """Become the coordinator if there is none. Returns whether this process is the coordinator."""
        campaign = self._campaign.id
        with self._lock:
            if self._receipt and self._writer.coordinates == campaign:
                return True
            self._receipt = None
            if not self._writer.coordinate(campaign):
                return False
            try:
                receipt = ReceiptWriter(self._database, self._root, self._campaign)
                receipt.mark()
                with self._database.write() as connection:
                    leases.cover(connection, campaign, receipt.up_to)
            except SupersededError:
                self._writer.stop_coordinating()
                return False
            except BaseException:
                self._writer.stop_coordinating()
                raise
            self._receipt, self.covered = receipt, receipt.up_to
        return True

    def extend(self) -> bool:
        """Extend the receipt, if this process is the coordinator. Returns whether more deliveries may be leased now."""
        return self._extend(self._ahead)

    def stay_ahead(self, leased_up_to: int, others: int) -> None:
        """Extend the receipt before other processes have to wait for it.

        Args:
            leased_up_to: The id up to which deliveries are leased.
            others: The number of other processes.
        """
        if not others:
            self._ahead = receipt_writer.STEP
            return
        left = self.covered - leased_up_to
        if left <= 0:
            self._ahead = min(self._ahead * 2, receipt_writer.STEP * _FURTHEST)
        wanted = max(self._ahead, receipt_writer.STEP * (1 + others))
        if left < wanted and self._extend(wanted):
            with self._database.write() as connection:
                leases.cover(connection, self._campaign.id, self.covered)

    def mark(self) -> None:
        """Write the receipt, so that an older copy of the ledger is behind it."""
        with self._lock, suppress(SupersededError):
            if self._receipt:
                self._receipt.mark()

    def _extend(self, number: int) -> bool:
        with self._lock:
            if self._receipt is None:
                return False
            try:
                extended = self._receipt.extend(number)
            except SupersededError:
                self._receipt = None
                self._writer.stop_coordinating()
                return False
            self.covered = self._receipt.up_to
            return extended
