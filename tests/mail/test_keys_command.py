"""`newsletter keys`: keys that sign links, changed by their owner."""

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
    """The database of a publication that has been sent before: its first key was made a hundred days ago."""
    write_publication(folder)
    path = folder / "newsletter.db"
    with Database.open(f"sqlite:///{path}") as database, database.write() as connection:
        signing_keys(connection, "suppression")
        signing_keys(connection, "token")
    said(path, "UPDATE signing_key SET created_at = ?", int(time.time()) - 100 * DAY)
    return path


def said(database: Path, statement: str, *values: object) -> None:
    """Say something to the database, as time would."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement, values)


def numbers(run: Run) -> list[int]:
    """The keys' numbers, the one that signs last."""
    return [key["key"] for key in json.loads(run("keys", "list", "--json", code=0).stdout)]


def campaign(database: Path, state: str, begun: int, finished: int | None = None) -> None:
    """Note a campaign of issue 029."""
    columns = "slug, content, subject, state, git_clean, created_at, finished_at"
    said(
        database,
        f"INSERT INTO campaign ({columns}) VALUES ('029', '', '', ?, 1, ?, ?)",
        *(state, begun, finished),
    )


def test_a_new_key_signs_and_the_old_one_is_kept(run: Run, database: Path) -> None:
    """The list says which one signs and how old they are, and no secret; keys of other purposes are not in it."""
    assert numbers(run) == [2]
    assert run("keys", "add", code=0).stderr == (
        "Added key #3, which signs from now on. Older keys stay valid until you drop them.\n"
    )
    old, new = run("keys", "list", code=0).stdout.splitlines()
    assert old.startswith("#2   created ")
    assert "signed until" in old
    assert new.startswith("#3   created ")
    assert new.endswith("signs")
    with Database.open(f"sqlite:///{database}") as opened, opened.read() as connection:
        secrets = signing_keys(connection, "token")
    for line in (old, new, run("keys", "list", "--json", code=0).stdout):
        assert not any(secret.hex() in line or repr(secret) in line for secret in secrets)


def test_an_old_key_is_dropped_when_nothing_needs_it(run: Run, database: Path) -> None:
    """Sixty days after it has signed last, which it does as long as a campaign that began with it runs."""
    run("keys", "add", code=0)
    made = int(time.time()) - 61 * DAY
    said(database, "UPDATE signing_key SET created_at = ? WHERE id = 3", made)
    campaign(database, "complete", made - 1, made + 2 * DAY)
    refused = run("keys", "drop", "2", "--yes", code=1).stderr
    assert "key #2 may have signed until 59 days ago, and links to leave must work for 60 days" in refused
    said(database, "UPDATE campaign SET finished_at = ?", made)
    assert run("keys", "drop", "2", "--yes", code=0).stderr == "Dropped key #2.\n"
    assert numbers(run) == [3]


def test_a_key_that_somebody_got_hold_of_is_dropped_at_once(run: Run, database: Path) -> None:
    """It takes the option, and a word of consent."""
    run("keys", "add", code=0)
    assert "signed until today" in run("keys", "drop", "2", "--yes", code=1).stderr
    assert numbers(run) == [2, 3]
    run("keys", "drop", "2", "--recent", code=1)
    assert numbers(run) == [2, 3]
    run("keys", "drop", "2", "--recent", "--yes", code=0)
    assert numbers(run) == [3]


def test_a_key_that_is_needed_is_kept(run: Run, database: Path) -> None:
    """The one that signs, and any while a campaign is not finished; one that does not exist is an error."""
    assert "key #2 signs the links of today" in run("keys", "drop", "2", "--recent", "--yes", code=1).stderr
    assert "there is no key #1" in run("keys", "drop", "1", "--yes", code=1).stderr
    run("keys", "add", code=0)
    campaign(database, "paused", int(time.time()))
    refused = run("keys", "drop", "2", "--recent", "--yes", code=1).stderr
    assert "campaign #1 of 029 is not finished" in refused
    assert numbers(run) == [2, 3]


def test_before_anything_was_sent_there_is_no_key(run: Run, folder: Path) -> None:
    """The list says so, and makes neither key nor database."""
    write_publication(folder)
    assert "0 keys" in run("keys", "list", code=0).stderr
    assert not (folder / "newsletter.db").exists()
