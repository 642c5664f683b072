"""`newsletter keys`: list, add and drop the keys that sign links."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from newsletter.database.database import Database
from newsletter.database.signing_keys import signing_keys
from tests.conftest import Run
from tests.publications import write_publication

DAY = 24 * 3600


@pytest.fixture
def database(folder: Path) -> Path:
    """The database of a publication whose first signing key was created 100 days ago."""
    write_publication(folder)
    path = folder / "newsletter.db"
    with Database.open(f"sqlite:///{path}") as database, database.write() as connection:
        signing_keys(connection, "suppression")
        signing_keys(connection, "token")
    execute(path, "UPDATE signing_key SET created_at = ?", int(time.time()) - 100 * DAY)
    return path


def execute(database: Path, statement: str, *values: object) -> None:
    """Execute a statement, for example to change a time."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)


def numbers(run: Run) -> list[int]:
    """Return the numbers of the keys, the current signing key last."""
    return [key["key"] for key in json.loads(run("keys", "list", "--json", code=0).stdout)]


def campaign(database: Path, state: str, begun: int, finished: int | None = None) -> None:
    """Add a campaign of issue 029."""
    columns = "slug, content, subject, state, git_clean, created_at, finished_at"
    execute(
        database,
        f"INSERT INTO campaign ({columns}) VALUES ('029', '', '', ?, 1, ?, ?)",
        *(state, begun, finished),
    )


def test_a_new_key_signs_and_the_old_key_is_kept(run: Run, database: Path) -> None:
    """The list shows the current key and the dates, but no secrets and no keys for other purposes."""
    assert numbers(run) == [2]
    assert run("keys", "add", code=0).stderr == (
        "New links are now signed with key #3. Older keys stay valid until you drop them.\n"
    )
    old, new = run("keys", "list", code=0).stdout.splitlines()
    assert old.startswith("#2   created ")
    assert "used until" in old
    assert new.startswith("#3   created ")
    assert new.endswith("in use")
    with Database.open(f"sqlite:///{database}") as opened, opened.read() as connection:
        secrets = signing_keys(connection, "token")
    for line in (old, new, run("keys", "list", "--json", code=0).stdout):
        assert not any(secret.hex() in line or repr(secret) in line for secret in secrets)


def test_an_old_key_can_be_dropped_after_60_days(run: Run, database: Path) -> None:
    """The days count from the end of the last campaign that started with the key."""
    run("keys", "add", code=0)
    made = int(time.time()) - 61 * DAY
    execute(database, "UPDATE signing_key SET created_at = ? WHERE id = 3", made)
    campaign(database, "complete", made - 1, made + 2 * DAY)
    error = run("keys", "drop", "2", "--yes", code=1).stderr
    assert (
        "key #2 may have signed links as recently as 59 days ago, and unsubscribe links must work for 60 days" in error
    )
    execute(database, "UPDATE campaign SET finished_at = ?", made)
    assert run("keys", "drop", "2", "--yes", code=0).stderr == "Dropped key #2.\n"
    assert numbers(run) == [3]


def test_a_leaked_key_can_be_dropped_immediately(run: Run, database: Path) -> None:
    """It needs the option `--recent` and a confirmation."""
    run("keys", "add", code=0)
    assert "signed links as recently as today" in run("keys", "drop", "2", "--yes", code=1).stderr
    assert numbers(run) == [2, 3]
    run("keys", "drop", "2", "--recent", code=1)
    assert numbers(run) == [2, 3]
    run("keys", "drop", "2", "--recent", "--yes", code=0)
    assert numbers(run) == [3]


def test_a_key_in_use_cannot_be_dropped(run: Run, database: Path) -> None:
    """The current key is in use, and all keys are while a campaign is not finished."""
    assert "key #2 is the current signing key" in run("keys", "drop", "2", "--recent", "--yes", code=1).stderr
    assert "key #1 does not exist" in run("keys", "drop", "1", "--yes", code=1).stderr
    run("keys", "add", code=0)
    campaign(database, "paused", int(time.time()))
    error = run("keys", "drop", "2", "--recent", "--yes", code=1).stderr
    assert "campaign #1 of 029 is not finished" in error
    assert numbers(run) == [2, 3]


def test_a_new_publication_has_no_key(run: Run, folder: Path) -> None:
    """Listing the keys creates neither a key nor a database."""
    write_publication(folder)
    assert "0 keys" in run("keys", "list", code=0).stderr
    assert not (folder / "newsletter.db").exists()
