"""The sent slugs of a publication, cached so that a build opens the database only if it has changed.

Loading the database library takes longer than a build with nothing to do.
"""

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from newsletter.documents.sealed_file import read_regular, require_replaceable
from newsletter.errors import AccessError
from newsletter.files import read_bytes, working_path, write_whole
from newsletter.text.digests import sha256_hex, values_hex
from newsletter.workspace.database_setting import environment_url, sqlite_file

_FILE = "sent-slugs.json"
# In nanoseconds. A file that was modified more recently can change again and keep its modification time.
_TIME_STEP = 2_000_000_000


def read_sent_slugs(root: Path) -> dict[str, int]:
    """Return when each slug was first sent, in seconds since 1970. Returns {} if there is no database; none is created.

    Args:
        root: The publication's folder.

    Raises:
        DatabaseError: The database cannot be opened or read, or has another version.
        NewsletterError: `newsletter.yaml` cannot be read.
    """
    settings = values_hex(sha256_hex(read_bytes(root / "newsletter.yaml")), environment_url(os.environ))
    saved = _load(root)
    if saved.get("settings") == settings and saved["stamps"] == _stamps(root / saved["file"]):
        sent: dict[str, int] = saved["sent"]
        return sent

    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(root)
    file = sqlite_file(root, environment_url(os.environ) or workspace.publication.database)
    # Before the database is read, so that a change in the meantime is noticed by the next build.
    stamps = _stamps(file) if file else []
    if file and not file.exists():
        sent = {}
    else:
        from newsletter.ledger.received import first_sent
        from newsletter.workspace.open_database import open_database

        with open_database(workspace, writes=False) as database, database.read() as connection:
            sent = first_sent(connection)
    if file and all(stamp is None or stamp[1] < time.time_ns() - _TIME_STEP for stamp in stamps):
        saved = {"settings": settings, "file": str(file), "stamps": stamps, "sent": sent}
        # If the cache cannot be written, the next build reads the database again.
        with contextlib.suppress(AccessError):
            cache = working_path(root, _FILE)
            require_replaceable(cache)
            write_whole(cache, json.dumps(saved | {"seal": values_hex(saved)}).encode())
    return sent


def _load(root: Path) -> dict[str, Any]:
    """Return the cache, or {} if it is missing or damaged, or is not a regular file."""
    try:
        saved = json.loads(read_regular(working_path(root, _FILE)))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(saved, dict):
        return {}
    seal = saved.pop("seal", None)
    return saved if seal == values_hex(saved) else {}


def _stamps(file: Path) -> list[list[int] | None]:
    """Return size and modification time of a database and of its write-ahead log; None for a file that is missing."""
    return [_stamp(file), _stamp(file.with_name(f"{file.name}-wal"))]


def _stamp(file: Path) -> list[int] | None:
    try:
        stat = file.stat()
    except (OSError, ValueError):
        return None
    return [stat.st_size, stat.st_mtime_ns]
