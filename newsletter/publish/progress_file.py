"""What `newsletter publish` has deployed and published, in `.newsletter/publish.json`, so that a repeated run skips it.

The file may be deleted at any time: the archive is then deployed once more, and `newsletter send --yes` needs
`--unrecorded` for an issue that is on the web but was not sent.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from newsletter.database.database import Database
from newsletter.errors import AccessError, DatabaseError
from newsletter.files import display, working_path, write_whole
from newsletter.ledger.receipt_positions import database_id
from newsletter.ledger.received import was_sent
from newsletter.text.digests import sha256_hex

_FILES = ".newsletter-files"
_ADVICE = "Remove it, or correct its permissions. Without it, the archive is deployed once more."


@dataclass(frozen=True, slots=True)
class PublishProgress:
    """The last archive that was deployed, and the issues that are on the web but not sent yet.

    Attributes:
        deployed: A digest of the archive's files and of the deploy command; "" if nothing was deployed.
        unsent: The slugs of the issues, each with the id of the database to whose subscribers it is sent; "" if an
            earlier version wrote the file.
    """

    deployed: str = ""
    unsent: Mapping[str, str] = field(default_factory=dict)


def archive_digest(archive: Path, command: str) -> str:
    """Return a digest of an archive's files and of the command that deploys them."""
    return sha256_hex((archive / _FILES).read_bytes() + command.encode())


def read_progress(root: Path) -> PublishProgress:
    """Read the progress of a publication. A missing or damaged file counts as no progress.

    Raises:
        AccessError: The file cannot be read, or is a folder.
    """
    path = _path(root)
    try:
        if path.exists() and not path.is_file():
            raise AccessError(f"{display(path)} is not a file", _ADVICE)
        content = path.read_bytes()
    except FileNotFoundError:
        return PublishProgress()
    except OSError as error:
        raise AccessError(f"{display(path)} cannot be read: {error.strerror or error}", _ADVICE) from error
    try:
        saved = json.loads(content)
        deployed = str(saved["deployed"])
        if published := saved.get("published"):
            # Earlier versions remembered only the last issue.
            return PublishProgress(deployed, {str(published): str(saved.get("database", ""))})
        return PublishProgress(deployed, {str(slug): str(id) for slug, id in saved.get("unsent", {}).items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return PublishProgress()


def was_published_here(root: Path, names: Sequence[str], database: Database) -> bool:
    """Return whether `newsletter publish` published an issue on the web, and it was not sent since.

    A copy of the publication with another database does not know that.

    Args:
        root: The publication's folder.
        names: The slug and the aliases of the issue.
        database: The database to whose subscribers it would be sent.

    Raises:
        AccessError: The file cannot be read.
        DatabaseError: The database fails.
    """
    unsent = read_progress(root).unsent
    ids = {unsent[name] for name in names if name in unsent}
    if not ids:
        return False
    with database.read() as connection:
        return not ids.isdisjoint(("", database_id(connection)))


def forget_sent(root: Path, database: Database, slug: str) -> None:
    """Forget that an issue was not sent, if a campaign has reached a subscriber."""
    # The campaign has run, and its deliveries are recorded: an issue that is not forgotten does no harm. `newsletter
    # publish` reports a file that cannot be read or written.
    with suppress(AccessError, DatabaseError):
        if slug not in read_progress(root).unsent:
            return
        with database.read() as connection:
            if not was_sent(connection, [slug]):
                return
        change_progress(root, lambda progress: replace(progress, unsent=_without(progress.unsent, slug)))


def change_progress(root: Path, change: Callable[[PublishProgress], PublishProgress]) -> None:
    """Write what a function returns for the progress of a publication. Other processes wait meanwhile.

    Raises:
        AccessError: The file cannot be read or written.
    """
    from filelock import FileLock

    path = _path(root)
    try:
        path.parent.mkdir(exist_ok=True)
        lock = FileLock(path.with_suffix(".lock")).acquire()
    except OSError as error:
        raise AccessError(f"{display(path)} cannot be written: {error.strerror or error}", _ADVICE) from error
    with lock:
        write_whole(path, json.dumps(asdict(change(read_progress(root)))).encode())


def _without(unsent: Mapping[str, str], slug: str) -> dict[str, str]:
    return {name: id for name, id in unsent.items() if name != slug}


def _path(root: Path) -> Path:
    return working_path(root, "publish.json")
