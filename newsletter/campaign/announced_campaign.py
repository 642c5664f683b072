"""Which campaign is sent from a SQLite database: a file beside it, which the process that sends writes.

It counts only while the sending lock is held, and the next holder of the lock removes what a killed process left. In
PostgreSQL, where several campaigns may be sent at once, the leases of the processes name them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from newsletter.database.database import Database
from newsletter.database.engine import database_file
from newsletter.files import write_whole


@contextmanager
def announce_campaign(database: Database, campaign_id: int) -> Iterator[None]:
    """Let other processes know the campaign that this process sends until the block ends. It needs the sending lock.

    Raises:
        AccessError: The file cannot be written.
    """
    file = database_file(database.url)
    if file is None:
        yield
        return
    write_whole(_path(file), str(campaign_id).encode())
    try:
        yield
    finally:
        forget_campaign(file)


def forget_campaign(file: Path) -> None:
    """Remove what is announced beside a SQLite file, if anything is."""
    # Windows may refuse it while another process reads it. Once the lock is released, it does not count any more.
    with suppress(OSError):
        _path(file).unlink(missing_ok=True)


def read_announced(file: Path) -> int | None:
    """Return the number of the campaign that is announced beside a SQLite file, or None."""
    try:
        return int(_path(file).read_bytes())
    except (OSError, ValueError):
        return None


def _path(file: Path) -> Path:
    # Resolve symbolic links, as for the lock.
    return Path(f"{os.path.realpath(file)}.campaign.sending")
