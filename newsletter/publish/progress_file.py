"""What `newsletter publish` has deployed, in `.newsletter/publish.json`, so that a repeated run skips it.

The file may be deleted at any time: the archive is then deployed once more.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from newsletter.database.database import Database
from newsletter.files import working_path, write_whole
from newsletter.ledger.receipt_positions import database_id
from newsletter.text.digests import sha256_hex

_FILES = ".newsletter-files"


@dataclass(frozen=True, slots=True)
class PublishProgress:
    """The last archive that was deployed, and the issue that is on the web but not sent yet.

    Attributes:
        deployed: A digest of the archive's files and of the deploy command; "" if nothing was deployed.
        published: The slug of the issue; "" if there is none.
        database: The id of the database to whose subscribers it is sent; "" if an earlier version wrote the file.
    """

    deployed: str = ""
    published: str = ""
    database: str = ""


def archive_digest(archive: Path, command: str) -> str:
    """Return a digest of an archive's files and of the command that deploys them."""
    return sha256_hex((archive / _FILES).read_bytes() + command.encode())


def read_progress(root: Path) -> PublishProgress:
    """Read the progress of a publication. A missing or damaged file counts as no progress."""
    try:
        saved = json.loads(_path(root).read_bytes())
        return PublishProgress(str(saved["deployed"]), str(saved["published"]), str(saved.get("database", "")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return PublishProgress()


def was_published_here(root: Path, slug: str, database: Database) -> bool:
    """Return whether `newsletter publish` published an issue on the web as the last one, so that it was not sent.

    A copy of the publication with another database does not know that.
    """
    progress = read_progress(root)
    if progress.published != slug:
        return False
    with database.read() as connection:
        return progress.database in ("", database_id(connection))


def write_progress(root: Path, progress: PublishProgress) -> None:
    """Write the progress of a publication.

    Raises:
        AccessError: The file cannot be written.
    """
    write_whole(_path(root), json.dumps(asdict(progress)).encode())


def _path(root: Path) -> Path:
    return working_path(root, "publish.json")
