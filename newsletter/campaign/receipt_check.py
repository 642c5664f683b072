"""Compares the ledger with the receipts of the publication, and adopts a ledger that is behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, insert

from newsletter.campaign.receipts import FOLDER, Receipt, list_slugs, read_receipts, receipt_file, write_receipts
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.database.tables import campaign
from newsletter.errors import CampaignError
from newsletter.files import display
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import CORRECTION
from newsletter.ledger.receipt_positions import (
    ReceiptPosition,
    add_uncertain,
    database_id,
    find_position,
    mark_unanswered,
    store_position,
)
from newsletter.ledger.recipient_lock import lock_recipients

_ADVICE = (
    "If you restored a backup, run `newsletter db adopt`. Otherwise check `database` in newsletter.yaml and"
    " NEWSLETTER_DATABASE. docs/delivery-guarantee.md describes receipts."
)


class Mismatch(StrEnum):
    """Why the ledger does not agree with a receipt.

    `behind`: the receipt was changed after the ledger was copied. `missing`: the ledger was copied before the campaign
    started. `other`: the campaign was sent from another database.
    """

    BEHIND = "behind"
    MISSING = "missing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A campaign of an issue that was adopted, and how many of its deliveries became uncertain."""

    slug: str
    uncertain: int
    unfinished: bool


def require_current(database: Database, root: Path, names: Sequence[str]) -> None:
    """Check that the ledger is not behind the receipts of an issue. `names` are its slug and aliases.

    Raises:
        CampaignError: It is, or it is another database; or a file is not a receipt.
        AccessError: A receipt cannot be read.
    """
    with database.read() as connection:
        for name in names:
            for receipt in read_receipts(root, name):
                mismatch = _compare(connection, receipt)
                if mismatch is None or not receipt.attempted:
                    continue
                file = display(receipt_file(root, name))
                number = f"{receipt.attempted:,} {'subscriber' if receipt.attempted == 1 else 'subscribers'}"
                what = (
                    f"{name} was sent from another database than {database.name}"
                    if mismatch is Mismatch.OTHER
                    else f"{database.name} is older than {file}"
                )
                raise CampaignError(f"nothing was sent: {what}, and up to {number} may have received {name}", _ADVICE)


def require_no_receipt(database: Database, root: Path, names: Sequence[str]) -> None:
    """Check that an issue without campaigns has no receipt. `names` are its slug and aliases.

    Raises:
        CampaignError: There is one, or a file is not a receipt.
        AccessError: A receipt cannot be read.
    """
    for name in names:
        attempted = max((receipt.attempted for receipt in read_receipts(root, name)), default=0)
        if attempted:
            number = f"{attempted:,} {'subscriber' if attempted == 1 else 'subscribers'}"
            raise CampaignError(
                f"{database.name} has no campaign of {name}, but by {display(receipt_file(root, name))} up to {number}"
                f" may have received {name}",
                _ADVICE,
            )


def adopt(database: Database, root: Path, now: int) -> list[Adopted]:
    """Make the ledger agree with all receipts. Deliveries that may have been sent since become uncertain.

    Use it only with the sending lock. If the ledger has no campaign of a receipt, a complete campaign is added in which
    all active subscribers that the receipt may mean are uncertain.

    Args:
        database: The database.
        root: The folder of the publication.
        now: Seconds since 1970 (UTC).

    Raises:
        DatabaseError: The database fails.
        CampaignError, AccessError: A receipt cannot be read or written.
    """
    if not (root / FOLDER).is_dir():
        return []
    adopted = []
    for slug in list_slugs(root):
        receipts, changed = [], False
        for receipt in read_receipts(root, slug):
            with database.write() as connection:
                lock_recipients(connection)
                mismatch = _compare(connection, receipt)
                if mismatch is None:
                    receipts.append(receipt)
                    continue
                changed = True
                new, uncertain = (
                    _adopt_known(connection, receipt)
                    if mismatch is Mismatch.BEHIND
                    else _adopt_unknown(connection, slug, receipt, mismatch, now)
                )
                found = campaigns.find(connection, new.campaign) if new else None
            if new:
                receipts.append(new)
                adopted.append(Adopted(slug, uncertain, bool(found and found.unfinished)))
        if changed:
            write_receipts(root, slug, receipts)
    return adopted


def _compare(connection: Connection, receipt: Receipt) -> Mismatch | None:
    if receipt.database != database_id(connection):
        return Mismatch.OTHER
    found = campaigns.find(connection, receipt.campaign)
    if found is None or (found.content, found.created_at) != (receipt.content, receipt.started):
        # Ids of campaigns that started after the copy was made are assigned again.
        return Mismatch.MISSING
    position = find_position(connection, receipt.campaign)
    return Mismatch.BEHIND if position is None or position.generation < receipt.generation else None


def _adopt_known(connection: Connection, receipt: Receipt) -> tuple[Receipt, int]:
    uncertain = mark_unanswered(connection, receipt.campaign, receipt.up_to_delivery)
    return _stored(connection, replace(receipt, generation=receipt.generation + 1)), uncertain


def _adopt_unknown(
    connection: Connection, slug: str, receipt: Receipt, mismatch: Mismatch, now: int
) -> tuple[Receipt | None, int]:
    if not receipt.attempted:
        return None, 0
    values = {"slug": slug, "content": receipt.content, "subject": slug, "git_clean": False}
    values |= {"audience": CORRECTION if receipt.correction else "", "state": CampaignState.COMPLETE.value}
    values |= {"created_at": receipt.started, "finished_at": now}
    id: int = connection.execute(insert(campaign).values(values).returning(campaign.c.id)).scalar_one()
    # Subscribers have other ids in another database.
    last = None if mismatch is Mismatch.OTHER else receipt.up_to_subscriber
    uncertain = add_uncertain(connection, id, last)
    new = replace(receipt, database=database_id(connection), campaign=id, generation=receipt.generation + 1)
    return _stored(connection, new), uncertain


def _stored(connection: Connection, receipt: Receipt) -> Receipt:
    store_position(connection, receipt.campaign, ReceiptPosition(receipt.up_to_delivery, receipt.generation))
    return receipt
