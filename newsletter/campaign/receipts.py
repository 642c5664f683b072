"""Receipts: files in the publication that witness how far each campaign of an issue may have been sent.

A ledger that was restored from a backup does not know what was sent since. The receipt of the issue,
`receipts/SLUG.json`, lies outside the database and does. It contains no addresses, so it can be committed.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from newsletter.errors import AccessError, CampaignError
from newsletter.files import display, require_inside, write_inside

FOLDER = "receipts"


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far a campaign may have been sent.

    Attributes:
        database: The id of the database.
        campaign: The number of the campaign in it.
        content: SHA-256 of the message, as in the ledger.
        started: When the campaign started, in seconds since 1970 (UTC).
        correction: Whether it is a correction.
        recipients: How many recipients the campaign has.
        attempted: To how many of them the issue may have been sent.
        up_to_delivery: The highest id of a delivery that may have been attempted.
        up_to_subscriber: The highest id of a subscriber among them.
        generation: Increases with every change. If it is higher than in the ledger, the ledger is older.
    """

    database: str
    campaign: int
    content: str
    started: int
    correction: bool
    recipients: int
    attempted: int
    up_to_delivery: int
    up_to_subscriber: int
    generation: int

    @property
    def key(self) -> tuple[str, int]:
        """What identifies the campaign."""
        return self.database, self.campaign


def receipt_file(root: Path, slug: str) -> Path:
    """Return the path of the receipt of an issue."""
    return root / FOLDER / f"{slug}.json"


def list_slugs(root: Path) -> list[str]:
    """Return the slugs of all receipts of a publication."""
    return sorted(path.stem for path in (root / FOLDER).glob("*.json"))


def read_receipts(root: Path, slug: str) -> list[Receipt]:
    """Read the receipts of an issue's campaigns, oldest first. None if there is no file.

    Raises:
        CampaignError: The file is not a receipt.
        AccessError: It cannot be read, or symbolic links lead it out of the publication.
    """
    path = receipt_file(root, slug)
    require_inside(path, root)
    try:
        content = json.loads(path.read_bytes())
        return [_receipt(values) for values in content["campaigns"]]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise AccessError(f"{display(path)} cannot be read: {error.strerror}", "Check its permissions.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        advice = "Restore the file, for example with git. It says who may have received the issue."
        raise CampaignError(f"{display(path)} is not a receipt of a campaign", advice) from error


def write_receipt(root: Path, slug: str, receipt: Receipt) -> None:
    """Write the receipt of a campaign durably, instead of an earlier one of the same campaign. A later one is kept.

    Raises:
        CampaignError: The file is not a receipt.
        AccessError: It cannot be read or written.
    """
    known = read_receipts(root, slug)
    if any(one.key == receipt.key and one.generation > receipt.generation for one in known):
        return
    write_receipts(root, slug, [*(one for one in known if one.key != receipt.key), receipt])


def write_receipts(root: Path, slug: str, receipts: Iterable[Receipt]) -> None:
    """Write all receipts of an issue, durably.

    Raises:
        AccessError: The file cannot be written, or symbolic links lead it out of the publication.
    """
    path = receipt_file(root, slug)
    content = {"campaigns": [asdict(one) for one in receipts]}
    written = json.dumps(content, indent=2).encode() + b"\n"
    write_inside(root, path, written, durable=True, advice="Remove the link.")


def _receipt(values: dict[str, object]) -> Receipt:
    known = {field.name: values[field.name] for field in fields(Receipt)}
    for field in fields(Receipt):
        if type(known[field.name]) is not field.type:
            raise TypeError(field.name)
    return Receipt(**known)  # type: ignore[arg-type]
