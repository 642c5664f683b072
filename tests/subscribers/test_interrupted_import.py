"""An import is many short transactions. It can be killed between them, and continued by the same command."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.database.states import SubscriberState
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.csv import import_list
from newsletter.subscribers.csv.column_mapping import ColumnMapping
from newsletter.subscribers.csv.import_list import BATCH, ImportCallbacks, ListImport
from newsletter.subscribers.queries import add_subscriber, find_subscriber
from tests.conftest import Run
from tests.publications import ISSUE, write_publication
from tests.subscribers.people import NOW, states, subscriber

SIZE = 40
WITHDRAWN = {f"r{number}@example.org": "unsubscribed" for number in range(0, SIZE, 4)} | {"r5@example.org": "pending"}
# Runs the command, and sends a signal to itself before the given commit. Transactions have five rows.
INTERRUPTED = """
import os, sys
from sqlalchemy import Engine, event
from newsletter.subscribers.csv import import_list

number, commits = int(sys.argv[1]), int(sys.argv[2])
import_list.BATCH = 5

@event.listens_for(Engine, "commit")
def on_commit(connection):
    global commits
    # Reads are transactions, too.
    commits -= connection.get_execution_options().get("newsletter_writes", False)
    if commits == 0:
        os.kill(os.getpid(), number)

from newsletter.cli.main import main

main(sys.argv[3:])
"""


def write_list(path: Path) -> None:
    """Write a list in which withdrawals are last. All addresses are active in an earlier row."""
    rows = [f"r{number}@example.org,Reader {number},{number % 3},active" for number in range(SIZE)]
    rows += [f"{address},,x,{state}" for address, state in WITHDRAWN.items()]
    path.write_text("\n".join(["email,name,tags,status", *rows]))


def interrupt(number: signal.Signals, commits: int) -> subprocess.CompletedProcess[str]:
    """Import the list, and send a signal to the process before a commit."""
    command = ["subscribers", "import", "people.csv", "--consent", "moved"]
    words = [sys.executable, "-c", INTERRUPTED, str(int(number)), str(commits), *command]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def read_list(url: str) -> dict[str, tuple[Any, ...]]:
    """Return all subscribers by address: name, language, state, consent and tags."""
    with Database.open(url) as database, database.read() as connection:
        rows = connection.execute(select(tables.subscriber)).all()
        tags = connection.execute(select(tables.subscriber_tag).order_by(tables.subscriber_tag.c.tag)).all()
    return {
        row.address: (
            *(row.name, row.language, row.state, row.consent_source),
            *(tag.tag for tag in tags if tag.subscriber_id == row.id),
        )
        for row in rows
    }


@pytest.fixture
def known(folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with subscribers, some of them withdrawn by the list. The publication uses it."""
    write_publication(folder)
    write_list(folder / "people.csv")
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    add_known(database_url)
    return database_url


def add_known(url: str) -> None:
    """Add two subscribers who are withdrawn by the list, and one who stays active."""
    with Database.open(url) as database, database.write() as connection:
        for number in (0, 36, 38):
            add_subscriber(connection, subscriber(f"r{number}@example.org"))


@pytest.mark.parametrize("commits", [1, 2, 3, 4, 5, 8])
def test_a_killed_import_is_continued(
    run: Run, known: str, folder: Path, commits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is then the same as after an import that was not killed. Nobody is active who was withdrawn."""
    assert interrupt(signal.SIGKILL, commits).returncode == -signal.SIGKILL
    partial = read_list(known)
    new = partial.keys() - {"r0@example.org", "r36@example.org", "r38@example.org"}
    withdrawn = [address for address, state in WITHDRAWN.items() if partial.get(address, ("", "", ""))[2] == state]
    # These addresses are three transactions.
    assert len(withdrawn) == min(5 * (commits - 1), len(WITHDRAWN))
    assert bool(new - WITHDRAWN.keys()) == (commits > 4)
    assert not [address for address in new if partial[address][2] == "active" and address in WITHDRAWN]

    done = run("subscribers", "import", "people.csv", "--consent", "moved", "--json", code=0)
    expected = f"sqlite:///{folder / 'expected.db'}"
    add_known(expected)
    monkeypatch.setenv("NEWSLETTER_DATABASE", expected)
    run("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    assert read_list(known) == read_list(expected)
    assert {address: row[2] for address, row in read_list(known).items()} == {
        f"r{number}@example.org": WITHDRAWN.get(f"r{number}@example.org", "active") for number in range(SIZE)
    }
    assert json.loads(done.stdout)["added"] == SIZE - len(partial)


def test_an_interrupted_import_shows_what_was_written(run: Run, known: str) -> None:
    """And how to continue. The same command then imports the rest."""
    done = interrupt(signal.SIGINT, 4)
    assert done.returncode == 1
    assert "Interrupted. Imported so far: 9 added, 2 no longer active, 11 unchanged." in done.stderr
    assert "Run the same command again to continue" in done.stderr
    assert len(read_list(known)) == len(WITHDRAWN) + 1
    run("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    assert len(read_list(known)) == SIZE


def import_results(run: Run) -> list[dict[str, str]]:
    """Return what the preflight says about imports."""
    output = json.loads(run("preflight", "029", "--offline", "--json").stdout)
    return [found for found in output["results"] if found["about"] == "import"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_issue_is_sent_before_an_interrupted_import_is_finished(
    run: Run, known: str, folder: Path, number: signal.Signals
) -> None:
    """It would reach only a part of the list. A dry run and the import of another list finish nothing."""
    write_publication(folder, _029=ISSUE)
    assert import_results(run) == []
    interrupt(number, 8)
    (found,) = import_results(run)
    assert found["state"] == "error"
    assert found["message"].startswith("the import of people.csv on 20")
    assert found["message"].endswith("Z was not finished")
    assert "the import of people.csv" in run("send", "029", "--untested", "--yes", code=1).stderr
    (folder / "other.csv").write_text("email\nother@example.org\n")
    run("subscribers", "import", "other.csv", "--consent", "moved", code=0)
    run("subscribers", "import", "people.csv", "--consent", "moved", "--dry-run", code=0)
    assert import_results(run) == [found]
    run("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    assert import_results(run) == []


def test_an_interrupted_import_is_dismissed_by_deleting_its_file(
    run: Run, known: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The preflight names the file. It does not count for another database."""
    write_publication(folder, _029=ISSUE)
    interrupt(signal.SIGKILL, 8)
    (found,) = import_results(run)
    (mark,) = (folder / ".newsletter/imports").iterdir()
    assert found["advice"].endswith(f"delete .newsletter/imports/{mark.name}.")
    with monkeypatch.context() as other:
        other.setenv("NEWSLETTER_DATABASE", f"sqlite:///{folder / 'expected.db'}")
        run("db", "upgrade", code=0)
        assert import_results(run) == []
    mark.unlink()
    assert import_results(run) == []


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda mark: mark.write_text('{"file": '),
    "empty": lambda mark: mark.write_text(""),
    "an empty object": lambda mark: mark.write_text("{}"),
    "another type": lambda mark: mark.write_text('{"file": 1, "database": "", "began_at": 1}'),
    "no time": lambda mark: mark.write_text('{"file": "", "database": "", "began_at": 99999999999999999999}'),
    "deep": lambda mark: mark.write_text("[" * 100_000),
    "no text": lambda mark: mark.write_bytes(b"\xff"),
    "a folder": Path.mkdir,
    "a named pipe": os.mkfifo,
    "a link to itself": lambda mark: mark.symlink_to(mark.name),
    "a link to nothing": lambda mark: mark.symlink_to("nothing"),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_record_that_cannot_be_read_still_counts(
    run: Run, known: str, folder: Path, damage: Callable[[Path], object]
) -> None:
    """It may be of any file and database. The preflight names it; after it was deleted, it does not count."""
    write_publication(folder, _029=ISSUE)
    interrupt(signal.SIGKILL, 8)
    (mark,) = (folder / ".newsletter/imports").iterdir()
    mark.unlink()
    damage(mark)
    (found,) = import_results(run)
    path = f".newsletter/imports/{mark.name}"
    assert found["state"] == "error"
    assert found["message"] == f"an import was not finished, and its record {path} cannot be read"
    assert found["advice"].startswith("Run the last import again.")
    assert found["advice"].endswith(f"delete {path}.")
    shown = run("send", "029", "--untested", "--yes", code=1).stderr
    assert f"its record {path} cannot be read" in " ".join(shown.split())
    mark.rmdir() if mark.is_dir() else mark.unlink()
    assert import_results(run) == []


@pytest.mark.parametrize("damage", ["truncated", "empty", "a link to itself"])
def test_the_same_import_replaces_a_record_that_cannot_be_read(run: Run, known: str, folder: Path, damage: str) -> None:
    write_publication(folder, _029=ISSUE)
    interrupt(signal.SIGKILL, 8)
    (mark,) = (folder / ".newsletter/imports").iterdir()
    mark.unlink()
    DAMAGES[damage](mark)
    run("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    assert list(mark.parent.iterdir()) == []
    assert import_results(run) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("damage", ["a folder", "a named pipe"])
def test_an_import_that_cannot_be_recorded_is_refused(run: Run, known: str, folder: Path, damage: str) -> None:
    """Before it changes the list, if something else is in the place of its record."""
    interrupt(signal.SIGKILL, 8)
    (mark,) = (folder / ".newsletter/imports").iterdir()
    mark.unlink()
    DAMAGES[damage](mark)
    before = read_list(known)
    result = run("subscribers", "import", "people.csv", "--consent", "moved", code=1)
    assert f"Error: .newsletter/imports/{mark.name} cannot be written: it is not a regular file" in result.stderr
    assert read_list(known) == before


def test_a_folder_of_records_that_links_to_itself_is_named(run: Run, known: str, folder: Path) -> None:
    """The preflight cannot know whether an import was interrupted. An import goes on, as in a read-only folder."""
    write_publication(folder, _029=ISSUE)
    (folder / ".newsletter").mkdir(exist_ok=True)
    (folder / ".newsletter/imports").symlink_to("imports")
    assert ".newsletter/imports cannot be read: " in run("preflight", "029", "--offline", code=1).stderr
    run("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    assert len(read_list(known)) == SIZE


def test_an_import_that_fails_before_it_changes_the_list_is_not_marked(run: Run, known: str, folder: Path) -> None:
    """It leaves no part of a list."""
    write_publication(folder, _029=ISSUE)
    (folder / "invalid.csv").write_text("email\n" + "no address\n" * 1001)
    run("subscribers", "import", "invalid.csv", "--consent", "moved", code=1)
    assert interrupt(signal.SIGINT, 1).returncode == 1
    assert import_results(run) == []


def test_nothing_is_shown_if_nothing_was_written(known: str) -> None:
    """An import that is interrupted before its first commit changes nothing."""
    before = read_list(known)
    done = interrupt(signal.SIGINT, 1)
    assert done.returncode == 1
    assert "so far" not in done.stderr
    assert read_list(known) == before


def import_rows(database: Database, path: Path, rows: list[str], on_progress: Callable[[int, int], None]) -> None:
    """Import rows with an address, a name and a state."""
    path.write_text("\n".join(["email,name,status", *rows]))
    callbacks = ImportCallbacks(lambda _: None, on_progress)
    with ListImport(path, ColumnMapping(), callbacks) as found:
        found.merge_into(database, "moved", now=NOW)


def test_no_transaction_is_longer_than_a_batch(database: Database, tmp_path: Path) -> None:
    """Each statement of an import writes the rows of one batch at most, and is committed before the next batch."""
    written: list[Counter[str]] = [Counter()]

    def on_execute(_c: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("INSERT INTO subscriber ", "UPDATE subscriber ")):
            written[-1][statement.split()[0]] += len(parameters) if many else 1

    def on_commit(_connection: Connection) -> None:
        written.append(Counter())

    with database.write() as connection:
        for number in range(BATCH * 2 + 1):
            add_subscriber(connection, subscriber(f"r{number}@example.org"))
    event.listen(database.engine, "after_cursor_execute", on_execute)
    event.listen(database.engine, "commit", on_commit)
    rows = [f"r{number}@example.org,N,{'active' if number % 2 else 'unsubscribed'}" for number in range(BATCH * 4 + 2)]
    import_rows(database, tmp_path / "list.csv", rows, lambda *_: None)
    event.remove(database.engine, "after_cursor_execute", on_execute)
    event.remove(database.engine, "commit", on_commit)
    assert sum(each["INSERT"] for each in written) == BATCH * 2 + 1
    assert all(each["INSERT"] <= BATCH and each["UPDATE"] <= 2 * BATCH for each in written)
    assert len([each for each in written if each]) == 2 * 3


def listed(database: Database) -> list[str]:
    """Return the addresses on the list, in the order in which they were added."""
    with database.read() as connection:
        query = select(tables.subscriber.c.address).order_by(tables.subscriber.c.id)
        return list(connection.execute(query).scalars())


def test_the_rows_of_a_transaction_are_neighbours(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the index of addresses, a transaction then writes few pages. A list of one batch keeps its order."""
    monkeypatch.setattr(import_list, "BATCH", 4)
    monkeypatch.setattr(import_list, "READ_AHEAD", 12)
    letters = "qjzxkvbpgwmucldrhsnioate"
    progress: list[int] = []
    addresses = [f"{letter}@example.org" for letter in letters]
    import_rows(database, tmp_path / "list.csv", [f"{address},N,active" for address in addresses], note(progress))
    assert listed(database) == sorted(addresses[:12]) + sorted(addresses[12:])
    assert (len(progress), sorted(progress)) == (6, progress)
    assert progress[-1] == (tmp_path / "list.csv").stat().st_size
    import_rows(database, tmp_path / "short.csv", ["y@example.org,N,active", "f@example.org,N,active"], note([]))
    assert listed(database)[-2:] == ["y@example.org", "f@example.org"]


def note(progress: list[int]) -> Callable[[int, int], None]:
    """Return a callback that notes how much was imported."""
    return lambda done, _size: progress.append(done)


def test_repeated_rows_of_different_batches_are_merged(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last name counts, wherever in the file it is."""
    monkeypatch.setattr(import_list, "BATCH", 2)
    rows = [f"r{number % 8}@example.org,Name {number},active" for number in range(24)]
    import_rows(database, tmp_path / "list.csv", rows, note([]))
    with database.read() as connection:
        found = [find_subscriber(connection, f"r{number}@example.org") for number in range(8)]
    assert [one.name for one in found if one] == [f"Name {number}" for number in range(16, 24)]


def test_an_unsubscription_is_answered_during_an_import(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a subscriber whose row was just imported. It does not wait for the import to end."""
    monkeypatch.setattr("newsletter.subscribers.csv.import_list.BATCH", 2)
    addresses = [f"r{number}@example.org" for number in range(8)]
    with database.write() as connection:
        ids = [add_subscriber(connection, subscriber(address)) for address in addresses]
    wait = "?timeout=0" if database_url.startswith("sqlite") else "?options=-c%20lock_timeout%3D1"
    joined = wait if "?" not in database_url else wait.replace("?", "&")
    answered: list[int] = []
    with Database.open(database_url + joined) as pages:

        def click(_done: int, _size: int) -> None:
            id = ids[2 * len(answered)]
            assert id
            with pages.write() as connection:
                assert unsubscribe(connection, id, 0, "a page", NOW)
            answered.append(id)

        import_rows(database, tmp_path / "list.csv", [f"{address},New,active" for address in addresses], click)
    assert answered == ids[::2]
    with database.read() as connection:
        found = [find_subscriber(connection, address) for address in addresses]
    assert [(one.name, one.state) for one in found if one] == [
        ("New", SubscriberState.UNSUBSCRIBED),
        ("New", SubscriberState.ACTIVE),
    ] * 4


def test_problems_are_reported_once(run: Run, folder: Path) -> None:
    """Withdrawals are imported first, so the file is read again; invalid rows and dates are not counted again."""
    write_publication(folder)
    rows = ["a@example.org,active,03/04/2024"] + ["@,active,"] * 1200 + ["b@example.org,unsubscribed,03/04/2024"]
    (folder / "people.csv").write_text("\n".join(["email,status,created_at", *rows]))
    done = run("subscribers", "import", "people.csv", "--consent", "moved", "--json", code=1)
    counts = json.loads(done.stdout)
    assert (counts["added"], counts["faults"], counts["unclear_dates"]) == (2, 1200, 2)
    assert states(run) == {"a": "active", "b": "unsubscribed"}


def test_a_withdrawal_after_a_thousand_invalid_rows_changes_nothing(run: Run, folder: Path) -> None:
    """The file is probably read in the wrong way. The message says that nothing was changed."""
    write_publication(folder)
    rows = ["@,active"] * 1001 + ["b@example.org,unsubscribed"]
    (folder / "people.csv").write_text("\n".join(["email,status", *rows]))
    done = run("subscribers", "import", "people.csv", "--consent", "moved", code=1)
    assert "Nothing was changed." in done.stderr
    assert states(run) == {}
