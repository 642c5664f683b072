"""Runs an import of a list, marked as unfinished until it ends."""

from contextlib import AbstractContextManager
from pathlib import Path

from newsletter.database.database import Database
from newsletter.ledger.receipt_positions import database_id
from newsletter.subscribers.csv.import_list import ListImport
from newsletter.subscribers.unfinished_imports import UnfinishedImport, mark_import


def marked_import(
    root: Path, database: Database, list_import: ListImport, file: Path, now: int
) -> AbstractContextManager[None]:
    """Return the context that marks an import as unfinished until it ends without an error.

    Args:
        root: The publication's folder.
        database: The database.
        list_import: The import. Unless it has changed something, it is not marked.
        file: The file with the list.
        now: Seconds since 1970 (UTC).
    """
    with database.read() as connection:
        started = UnfinishedImport(str(file.absolute()), database_id(connection), now)
    return mark_import(root, started, lambda: bool(list_import.result.outcomes))
