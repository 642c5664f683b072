"""Writes the receipt of a campaign while it is sent."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from newsletter.campaign.receipts import Receipt, read_receipts, write_receipt
from newsletter.database.database import Database
from newsletter.errors import CampaignError
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.delivery import DeliveryClaim
from newsletter.ledger.receipt_positions import (
    ReceiptPosition,
    advance_position,
    count_all,
    database_id,
    find_position,
    find_step,
    last_attempted,
)

# How many deliveries a receipt is ahead of the claims. A restored ledger cannot tell which of them were sent.
STEP = 300


class SupersededError(CampaignError):
    """Another process has changed the position of the receipt. It writes the receipt now."""


class ReceiptWriter:
    """Keeps the receipt of a campaign ahead of its claims. Use it only with the sending lock.

    If several processes send a campaign, only its coordinator uses it.

    Every change is stored in the database, then in the file, and only then are deliveries claimed that it covers.
    """

    def __init__(self, database: Database, root: Path, campaign: Campaign) -> None:
        self._database, self._root, self._campaign = database, root, campaign
        with database.read() as connection:
            position = find_position(connection, campaign.id)
            up_to = position.up_to if position else last_attempted(connection, campaign.id)
            step = find_step(connection, campaign.id, 0, up_to, 0)
            # That in the database, which is ahead of the receipt if the file cannot be written.
            self._generation = position.generation if position else 0
            self._receipt = Receipt(
                database=database_id(connection),
                campaign=campaign.id,
                content=campaign.content,
                started=campaign.created_at,
                correction=campaign.is_correction,
                recipients=count_all(connection, campaign.id),
                attempted=step.number,
                up_to_delivery=up_to,
                up_to_subscriber=step.subscriber,
                generation=self._generation,
            )
        known = [one for one in read_receipts(root, campaign.slug) if one.key == self._receipt.key]
        if known:
            # Subscribers who were erased since still count.
            self._receipt = replace(
                self._receipt,
                attempted=max(step.number, known[0].attempted),
                up_to_subscriber=max(step.subscriber, known[0].up_to_subscriber),
            )

    @property
    def up_to(self) -> int:
        """The highest id of a delivery that the receipt covers."""
        return self._receipt.up_to_delivery

    def mark(self) -> None:
        """Write the receipt at the start or the end of a run, so that an older copy of the ledger is behind it.

        Raises:
            DatabaseError: The database fails.
            CampaignError, AccessError: The receipt cannot be read or written.
        """
        self._write(self._receipt)

    def cover(self, claims: Sequence[DeliveryClaim]) -> None:
        """Extend the receipt so that it covers claims, if it does not.

        Raises:
            DatabaseError: The database fails. If it is `busy`, the call can be repeated.
            CampaignError, AccessError: The receipt cannot be read or written.
        """
        last = max((claim.id for claim in claims), default=0)
        if last > self._receipt.up_to_delivery:
            self._extend(last, STEP)

    def extend(self, number: int) -> bool:
        """Extend the receipt by the next deliveries, before they are leased. Returns False if it covers all.

        Raises:
            DatabaseError: The database fails. If it is `transient`, the call can be repeated.
            SupersededError: Another process writes the receipt.
            CampaignError, AccessError: The receipt cannot be read or written.
        """
        return self._extend(0, number)

    def _extend(self, until: int, number: int) -> bool:
        before = self._receipt
        with self._database.read() as connection:
            step = find_step(connection, self._campaign.id, before.up_to_delivery, until, number)
        if step.last == before.up_to_delivery:
            return False
        self._write(
            replace(
                before,
                attempted=before.attempted + step.number,
                up_to_delivery=step.last,
                up_to_subscriber=max(before.up_to_subscriber, step.subscriber),
            )
        )
        return True

    def _write(self, receipt: Receipt) -> None:
        before = self._generation
        position = ReceiptPosition(receipt.up_to_delivery, before + 1)
        with self._database.write() as connection:
            if not advance_position(connection, self._campaign.id, before, position):
                raise SupersededError(f"another process writes the receipt of {self._campaign.slug}", "Wait for it.")
        self._generation = position.generation
        receipt = replace(receipt, generation=position.generation)
        write_receipt(self._root, self._campaign.slug, receipt)
        self._receipt = receipt
