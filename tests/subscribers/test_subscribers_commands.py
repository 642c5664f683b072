"""Subscribers one by one, as an author keeps them; and databases that fail."""

import json
import re
import shlex
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select, true

from newsletter.database.database import Database
from newsletter.database.signing_keys import signing_keys
from newsletter.database.tables import campaign, delivery, metadata
from newsletter.errors import DatabaseError
from newsletter.ledger import campaigns
from newsletter.subscribers.queries import add_subscriber
from tests.conftest import REPOSITORY, Run
from tests.publications import PUBLICATION, write_publication
from tests.subscribers.people import subscriber


@pytest.fixture
def letter(run: Run, folder: Path) -> Run:
    """Commands of `newsletter subscribers` in a publication; those that are given a code must end with it."""
    write_publication(folder)
    return run


def test_a_subscriber_is_added_shown_tagged_and_erased(letter: Run, folder: Path) -> None:
    """From the first word to the last; nothing had to be set up."""
    consent = ("--consent", "asked me at PyCon, 2023-04-21")
    letter(
        "subscribers", "add", "Ann@Example.org", *consent, "--name", "Ann", "--tag", "vip", "--language", "JA", code=0
    )
    assert "on the list already" in letter("subscribers", "add", "ann@example.org", *consent, code=1).stderr
    letter("subscribers", "tag", "beta", "ANN@example.org", code=0)
    letter("subscribers", "tag", "vip", "--filter", "tag:beta", "--off", code=0)
    shown = json.loads(letter("subscribers", "show", "ann@example.org", "--json", code=0).stdout)
    one = shown["subscriber"]
    assert (one["email"], one["state"], one["tags"], one["language"]) == ("Ann@Example.org", "active", ["beta"], "ja")
    assert [(event["kind"], event["detail"]) for event in shown["events"]] == [
        ("added", consent[1]),
        ("tagged", "+beta"),
        ("tagged", "-vip"),
    ]
    assert "Erase Ann@example.org permanently?" in letter("subscribers", "remove", "Ann@example.org", code=1).stderr
    letter("subscribers", "remove", "Ann@example.org", "--yes", code=0)
    told = letter("subscribers", "show", "ann@example.org", code=0).stdout
    assert told.startswith("ann@example.org: not a subscriber\n  suppressed: erased, ")
    assert b"nn@example.org" not in (folder / "newsletter.db").read_bytes().lower()
    assert "--again" in letter("subscribers", "add", "ann@example.org", *consent, code=1).stderr
    letter("subscribers", "add", "ann@example.org", *consent, "--again", code=0)
    assert letter("subscribers", "list", "--filter", "state:active", code=0).stderr == "1 active.\n"


def test_somebody_who_left_comes_back_only_if_they_asked(letter: Run, folder: Path) -> None:
    """An author's slip brings nobody back; a new consent does, and is kept."""
    (folder / "people.csv").write_text("email,status\nann@example.org,unsubscribed\n")
    letter("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    told = letter("subscribers", "add", "ann@example.org", "--consent", "new", code=1).stderr
    assert "ann@example.org is unsubscribed" in told
    letter("subscribers", "add", "ann@example.org", "--consent", "wrote to me", "--name", "Ann", "--again", code=0)
    one = json.loads(letter("subscribers", "show", "ann@example.org", "--json", code=0).stdout)["subscriber"]
    assert (one["state"], one["consent_source"], one["name"]) == ("active", "wrote to me", "Ann")


def test_a_story_holds_what_became_of_each_issue(letter: Run, folder: Path) -> None:
    """With the server's words, in the order of time."""
    letter("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    with Database.open(f"sqlite:///{folder}/newsletter.db") as database, database.write() as connection:
        sent = {"slug": "029", "content": "c", "subject": "s", "state": "complete", "git_clean": True, "created_at": 1}
        connection.execute(insert(campaign).values(sent))
        row = {"campaign_id": 1, "subscriber_id": 1, "address": "ann@example.org", "domain": "example.org"}
        answer = {
            "state": "failed",
            "attempts": 2,
            "answered_at": 2_000_000_000,
            "code": 550,
            "text": "no \x1b[31msuch user",
        }
        connection.execute(insert(delivery).values(row | answer))
    last = letter("subscribers", "show", "ann@example.org", code=0).stdout.splitlines()[-1]
    assert last == "  2033-05-18T03:33:20Z  issue 029: failed (550 no \ufffd[31msuch user), 2 attempts"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "nobody@example.org"], "is not on the list"),
        (["remove", "nobody@example.org", "--yes"], "is not on the list"),
        (["tag", "beta", "nobody@example.org"], "is not on the list"),
        (["add", "nobody@", "--consent", "x"], "not a valid email address"),
        (["add", "a@example.org", "--consent", ""], "where consent came from"),
        (["add", "a@example.org", "--consent", "x", "--name", "A\nBcc: x"], "the name holds a line break"),
        (["add", "a@example.org", "--consent", "x", "--tag", "a,b"], "`a,b` is no tag"),
        (["add", "a@example.org", "--consent", "x", "--language", "klingonian"], "is not a language tag"),
        (["list", "--filter", "tagg:x"], "--filter:1:1: error: `tagg:` is no trait"),
        (["export", "--filter", "x"], "--filter:1:1: error"),
        (["import", "none.csv", "--consent", "x"], "no such file"),
        (["import", "issues", "--consent", "x"], "a folder"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(
    letter: Run, folder: Path, arguments: list[str], told: str
) -> None:
    """In one message, with exit 1."""
    assert told in letter("subscribers", *arguments, code=1).stderr
    assert "0 subscribers" in letter("subscribers", "list", code=0).stderr


def test_several_are_erased_or_none(letter: Run) -> None:
    """One address that is not on the list, and nobody is erased."""
    letter("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    letter("subscribers", "remove", "ann@example.org", "bob@example.org", "--yes", code=1)
    assert letter("subscribers", "list", code=0).stderr == "1 active.\n"


def test_reading_makes_no_database(letter: Run, folder: Path) -> None:
    """Where there is none yet, the list is empty, and stays so."""
    assert "0 subscribers." in letter("subscribers", "list", code=0).stderr
    assert letter("subscribers", "list", "--json", code=0).stdout == "[]\n"
    assert letter("subscribers", "export", code=0).stdout.count("\n") == 1
    assert "the database does not exist" in letter("db", "backup", "copy.db", code=1).stderr
    assert not (folder / "newsletter.db").exists()


def test_the_environment_names_the_database(
    letter: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """It wins over newsletter.yaml, whose file lies beside it, wherever the command is run."""
    (folder / "newsletter.yaml").write_text(f"{PUBLICATION}database: sqlite:///mine.db\n")
    letter("-C", "issues", "subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    assert (folder / "mine.db").exists()
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    letter("subscribers", "add", "bob@example.org", "--consent", "asked", code=0)
    assert "bob@example.org" in letter("subscribers", "list", code=0).stdout


def test_a_backup_is_a_database_and_overwrites_nothing(letter: Run, folder: Path) -> None:
    """It holds the same people, only its owner may read it, and an older backup stays."""
    letter("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    assert letter("db", "backup", "copy.db", code=0).stdout == "copy.db\n"
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    assert "already exists" in letter("db", "backup", "copy.db", code=1).stderr
    (folder / "copy.db").replace(folder / "newsletter.db")
    assert "ann@example.org" in letter("subscribers", "list", code=0).stdout
    assert "cannot be written" in letter("db", "backup", "none/copy.db", code=1).stderr
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".copy")]


def test_an_upgrade_says_what_it_did(letter: Run) -> None:
    """The first makes the tables, the next finds them."""
    assert letter("db", "upgrade", code=0).stderr == "Created the tables of newsletter.db, version 0002.\n"
    assert letter("db", "upgrade", code=0).stderr == "newsletter.db: up to date, version 0002.\n"


def test_the_missing_driver_is_named(letter: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("NEWSLETTER_DATABASE", "postgresql://127.0.0.1/x")
    assert "pip install 'newsletter-press[postgresql]'" in letter("subscribers", "list", code=1).stderr


def test_a_file_that_is_no_database_is_told(letter: Run, folder: Path) -> None:
    """And is left as it is."""
    (folder / "newsletter.db").write_text("my notes on subscribers, which are not a database\n" * 100)
    for command in (["list"], ["add", "a@example.org", "--consent", "x"]):
        told = letter("subscribers", *command, code=1).stderr
        assert told.startswith("Error: newsletter.db is not a database, or is damaged\n")
    assert "my notes" in (folder / "newsletter.db").read_text()


def test_a_damaged_database_is_told_and_is_no_backup(letter: Run, folder: Path) -> None:
    """Pages that were overwritten are found when they are read, and before a backup is kept."""
    (folder / "people.csv").write_text("email\n" + "".join(f"{number}@example.org\n" for number in range(5000)))
    letter("subscribers", "import", "people.csv", "--consent", "x", code=0)
    content = bytearray((folder / "newsletter.db").read_bytes())
    content[200_000:400_000] = b"\xff" * 200_000
    (folder / "newsletter.db").write_bytes(content)
    assert "newsletter.db is damaged" in letter("subscribers", "list", code=1).stderr
    assert "newsletter.db is damaged" in letter("db", "backup", "copy.db", code=1).stderr
    assert not (folder / "copy.db").exists()


def test_a_locked_database_is_told(letter: Run, folder: Path) -> None:
    """A writer waits for another one for a time, and then says so; reading goes on."""
    (folder / "newsletter.yaml").write_text(f"{PUBLICATION}database: sqlite:///newsletter.db?timeout=0\n")
    letter("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    other = sqlite3.connect(folder / "newsletter.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    told = letter("subscribers", "add", "bob@example.org", "--consent", "asked", code=1).stderr
    assert told == "Error: newsletter.db is locked by another program\nWait until it has finished, then try again.\n"
    assert letter("subscribers", "list", code=0).stderr == "1 active.\n"
    other.close()


def test_a_read_only_database_is_told(folder: Path) -> None:
    """It can be read, and what would write says what is in its way."""
    with Database.open("sqlite:///fixed.db") as database:
        with pytest.raises(DatabaseError, match=r"fixed\.db is read-only"), database.write() as connection:  # noqa: PT012
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("DELETE FROM subscriber")
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM subscriber").scalar() == 0


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://newsletter.db", "contains a host"),
        ("sqlite://ann@/newsletter.db", "contains a host"),
        ("sqlite://", "the file is missing"),
        ("sqlite:///:memory:", "the file is missing"),
        ("sqlite:///file:newsletter.db?uri=true", "`file:` in the database URL"),
        ("sqlite:///newsletter.db?foo=bar", "unknown option `foo`"),
        ("sqlite:///newsletter.db?timeout=abc", "not a number of seconds"),
        ("sqlite:///newsletter.db?timeout=1&timeout=2", "not a number of seconds"),
    ],
)
def test_a_url_that_means_no_file_is_told(letter: Run, folder: Path, url: str, said: str) -> None:
    """In one message, with the form that is meant; nothing is made, and nothing is added to a list that forgets."""
    settings = f'database: "{url}"\ndelivery: {{transport: folder, folder: outbox}}\n'
    (folder / "newsletter.yaml").write_text(PUBLICATION + settings)
    before = sorted(folder.iterdir())
    for words in (["subscribers", "list"], ["subscribers", "add", "ann@example.org", "--consent", "asked"], ["doctor"]):
        result = letter(*words, code=1)
        assert said in result.stderr + result.stdout
    assert sorted(folder.iterdir()) == before
    assert said in letter("serve", "--port", "0", code=1).stderr


def test_a_database_is_its_owners_alone(folder: Path) -> None:
    """It holds addresses and keys, and so does its log; a mode that the owner has set stays."""
    file = folder / "newsletter.db"
    with Database.open("sqlite:///newsletter.db") as database, database.write() as connection:
        connection.exec_driver_sql("DELETE FROM subscriber")
        assert {path.name: path.stat().st_mode & 0o777 for path in folder.glob("newsletter.db*")} == {
            "newsletter.db": 0o600,
            "newsletter.db-wal": 0o600,
            "newsletter.db-shm": 0o600,
        }
    file.chmod(0o660)
    Database.open("sqlite:///newsletter.db").close()
    assert file.stat().st_mode & 0o777 == 0o660


def test_a_list_moves_to_another_database(letter: Run, folder: Path, empty_postgresql: str) -> None:
    """From SQLite to PostgreSQL and back: every row, the keys and suppressions, and no id is given a second time."""
    for name in ("ann", "bob", "eve"):
        letter("subscribers", "add", f"{name}@example.org", "--consent", "asked", "--tag", "beta", code=0)
    letter("subscribers", "remove", "eve@example.org", "--yes", code=0)
    with Database.open("sqlite:///newsletter.db") as database, database.write() as connection:
        signing_keys(connection, "token")
        campaigns.create_campaign(
            connection, campaigns.NewCampaign("1", "c" * 64, "S", "", "", git_clean=True, now=1), true()
        )
    assert "Copied 12 rows from newsletter.db" in letter("db", "copy", empty_postgresql, code=0).stderr
    assert "is not empty" in letter("db", "copy", empty_postgresql, code=1).stderr
    (folder / "newsletter.yaml").write_text(f'{PUBLICATION}database: "{empty_postgresql}"\n')
    letter("db", "copy", "sqlite:///back.db", code=0)
    urls = ("sqlite:///newsletter.db", empty_postgresql, "sqlite:///back.db")
    held, ids = [], []
    for url in urls:
        with Database.open(url) as database, database.write() as connection:
            held.append([sorted(map(tuple, connection.execute(select(table)))) for table in metadata.sorted_tables])
            ids.append(add_subscriber(connection, subscriber("new@example.org")))
    assert held[0] == held[1] == held[2]
    assert ids == [4, 4, 4]


def test_a_full_disk_changes_nothing(folder: Path) -> None:
    """A transaction that finds no room is undone as a whole, and says so."""
    rows = [(f"{number}@example.org", f"{number}@example.org") for number in range(10_000)]
    query = "INSERT INTO subscriber (address, compared, state, consent_at, created_at) VALUES (?, ?, 'active', 0, 0)"
    with Database.open("sqlite:///full.db") as database:
        with pytest.raises(DatabaseError, match="the disk is full"), database.write() as connection:  # noqa: PT012
            connection.exec_driver_sql("PRAGMA max_page_count = 40")
            connection.exec_driver_sql(query, rows)
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM subscriber").scalar() == 0


def test_the_documentations_list_is_imported_as_it_says(folder: Path) -> None:
    """docs/subscribers.md runs as it is printed, word for word."""
    page = (REPOSITORY / "docs/subscribers.md").read_text()
    write_publication(folder)
    (folder / "people.csv").write_text(page.partition("```csv\n")[2].partition("```")[0])
    block = page.partition("```console\n")[2].partition("```")[0]
    said = ""
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        words = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        said += f"$ {command}\n{done.stdout}{done.stderr}"
    assert said == block
