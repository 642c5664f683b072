"""The commands `newsletter subscribers` and `newsletter db`, and database errors."""

import csv
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
from newsletter.ledger.new_campaign import NewCampaign, create_campaign
from newsletter.subscribers.queries import add_subscriber
from tests.conftest import REPOSITORY, Run
from tests.publications import PUBLICATION, write_publication
from tests.subscribers.people import subscriber


@pytest.fixture
def command(run: Run, folder: Path) -> Run:
    """Run commands in a publication. With `code`, the exit code must match."""
    write_publication(folder)
    return run


def test_a_subscriber_is_added_shown_tagged_and_erased(command: Run, folder: Path) -> None:
    """Without any setup of the database."""
    consent = ("--consent", "asked me at PyCon, 2023-04-21")
    command(
        "subscribers", "add", "Ann@Example.org", *consent, "--name", "Ann", "--tag", "vip", "--language", "JA", code=0
    )
    assert "is already a subscriber" in command("subscribers", "add", "ann@example.org", *consent, code=1).stderr
    command("subscribers", "tag", "beta", "ANN@example.org", code=0)
    command("subscribers", "tag", "vip", "--filter", "tag:beta", "--off", code=0)
    shown = json.loads(command("subscribers", "show", "ann@example.org", "--json", code=0).stdout)
    one = shown["subscriber"]
    assert (one["email"], one["state"], one["tags"], one["language"]) == ("Ann@Example.org", "active", ["beta"], "ja")
    assert [(event["kind"], event["detail"]) for event in shown["events"]] == [
        ("added", consent[1]),
        ("tagged", "+beta"),
        ("tagged", "-vip"),
    ]
    assert "Erase Ann@example.org permanently?" in command("subscribers", "remove", "Ann@example.org", code=1).stderr
    command("subscribers", "remove", "Ann@example.org", "--yes", code=0)
    text = command("subscribers", "show", "ann@example.org", code=0).stdout
    assert text.startswith("ann@example.org: not a subscriber\n  suppressed: erased, ")
    assert b"nn@example.org" not in (folder / "newsletter.db").read_bytes().lower()
    assert "--again" in command("subscribers", "add", "ann@example.org", *consent, code=1).stderr
    command("subscribers", "add", "ann@example.org", *consent, "--again", code=0)
    assert command("subscribers", "list", "--filter", "state:active", code=0).stderr == "1 active.\n"


def test_a_tag_that_is_already_there_is_reported(command: Run) -> None:
    """So is one to remove that is not there. Each subscriber counts once."""
    for name in ("ann", "bob", "eve"):
        command("subscribers", "add", f"{name}@example.com", "--consent", "asked", code=0)
    command("subscribers", "tag", "beta", "ann@example.com", code=0)

    def tagged(*arguments: str) -> str:
        return command("subscribers", "tag", "beta", *arguments, code=0).stderr

    assert tagged("ann@example.com") == "ann@example.com already has the tag beta.\n"
    assert tagged("ann@example.com", "bob@example.com") == "Added tag beta to 1 subscriber. 1 already has it.\n"
    everyone = ("ann@example.com", "ANN@example.com", "bob@example.com", "eve@example.com")
    assert tagged(*everyone) == "Added tag beta to 1 subscriber. 2 already have it.\n"
    assert tagged("eve@example.com", "--off") == "Removed tag beta from 1 subscriber.\n"
    assert tagged("eve@example.com", "--off") == "eve@example.com does not have the tag beta.\n"


def test_an_unsubscribed_address_is_added_only_with_again(command: Run, folder: Path) -> None:
    """With --again, the new consent is stored."""
    (folder / "people.csv").write_text("email,status\nann@example.org,unsubscribed\n")
    command("subscribers", "import", "people.csv", "--consent", "moved", code=0)
    error = command("subscribers", "add", "ann@example.org", "--consent", "new", code=1).stderr
    assert "ann@example.org is unsubscribed" in error
    command("subscribers", "add", "ann@example.org", "--consent", "wrote to me", "--name", "Ann", "--again", code=0)
    one = json.loads(command("subscribers", "show", "ann@example.org", "--json", code=0).stdout)["subscriber"]
    assert (one["state"], one["consent_source"], one["name"]) == ("active", "wrote to me", "Ann")


def test_the_history_contains_the_delivery_of_each_issue(command: Run, folder: Path) -> None:
    """With the reply of the server, in chronological order."""
    command("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
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
    last = command("subscribers", "show", "ann@example.org", code=0).stdout.splitlines()[-1]
    assert last == "  2033-05-18T03:33:20Z  issue 029: failed (550 no \ufffd[31msuch user), 2 attempts"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nobody@example.org"], "is not a subscriber"),
        (["remove", "nobody@example.org", "--yes"], "is not a subscriber"),
        (["tag", "beta", "nobody@example.org"], "is not a subscriber"),
        (["add", "nobody@", "--consent", "x"], "not a valid email address"),
        (["add", "a@example.org", "--consent", ""], "the source of consent is missing"),
        (["add", "a@example.org", "--consent", "x", "--name", "A\nBcc: x"], "the name contains a line break"),
        (["add", "a@example.org", "--consent", "x", "--tag", 'a"b'], '`a"b` is not a valid tag'),
        (["add", "a@example.org", "--consent", "x", "--language", "klingonian"], "is not a valid language tag"),
        (["list", "--filter", "tagg:x"], "--filter:1:1: error: unknown condition `tagg:`"),
        (["export", "--filter", "x"], "--filter:1:1: error"),
        (["import", "none.csv", "--consent", "x"], "none.csv does not exist"),
        (["import", "issues", "--consent", "x"], "issues is a folder"),
    ],
)
def test_an_error_is_reported_and_changes_nothing(
    command: Run, folder: Path, arguments: list[str], message: str
) -> None:
    """In one message. The command exits with 1."""
    assert message in command("subscribers", *arguments, code=1).stderr
    assert "0 subscribers" in command("subscribers", "list", code=0).stderr


def test_all_subscribers_are_erased_or_none(command: Run) -> None:
    """If one address is not on the list, no subscriber is erased."""
    command("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    command("subscribers", "remove", "ann@example.org", "bob@example.org", "--yes", code=1)
    assert command("subscribers", "list", code=0).stderr == "1 active.\n"


def test_reading_does_not_create_a_database(command: Run, folder: Path) -> None:
    """Without a database, the list is empty."""
    assert "0 subscribers." in command("subscribers", "list", code=0).stderr
    assert command("subscribers", "list", "--json", code=0).stdout == "[]\n"
    assert command("subscribers", "export", code=0).stdout.count("\n") == 1
    assert "the database does not exist" in command("db", "backup", "copy.db", code=1).stderr
    assert not (folder / "newsletter.db").exists()


def test_the_environment_overrides_the_database(
    command: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """It has priority over newsletter.yaml. A relative path in newsletter.yaml is relative to that file."""
    (folder / "newsletter.yaml").write_text(f"{PUBLICATION}database: sqlite:///mine.db\n")
    command("-C", "issues", "subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    assert (folder / "mine.db").exists()
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    command("subscribers", "add", "bob@example.org", "--consent", "asked", code=0)
    assert "bob@example.org" in command("subscribers", "list", code=0).stdout


def test_a_backup_is_a_database_and_overwrites_no_file(command: Run, folder: Path) -> None:
    """It contains the same subscribers, only its owner may read it, and an older backup stays."""
    command("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    assert command("db", "backup", "copy.db", code=0).stdout == "copy.db\n"
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600
    assert "already exists" in command("db", "backup", "copy.db", code=1).stderr
    (folder / "copy.db").replace(folder / "newsletter.db")
    assert "ann@example.org" in command("subscribers", "list", code=0).stdout
    assert "cannot be written" in command("db", "backup", "none/copy.db", code=1).stderr
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".copy")]


def test_an_upgrade_reports_what_it_changed(command: Run) -> None:
    """The first creates the tables. The second finds nothing to do."""
    assert command("db", "upgrade", code=0).stderr == "Created the tables of newsletter.db, version 0014.\n"
    assert command("db", "upgrade", code=0).stderr == "newsletter.db: up to date, version 0014.\n"


def test_a_missing_driver_is_reported(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("NEWSLETTER_DATABASE", "postgresql://127.0.0.1/x")
    assert "pip install 'newsletter-press[postgresql]'" in command("subscribers", "list", code=1).stderr


def test_a_file_that_is_not_a_database_is_reported(command: Run, folder: Path) -> None:
    """The file is not changed."""
    (folder / "newsletter.db").write_text("my notes on subscribers, which are not a database\n" * 100)
    for arguments in (["list"], ["add", "a@example.org", "--consent", "x"]):
        error = command("subscribers", *arguments, code=1).stderr
        assert error.startswith("Error: newsletter.db is not a database, or is damaged\n")
    assert "my notes" in (folder / "newsletter.db").read_text()


def test_a_damaged_database_is_reported_and_not_backed_up(command: Run, folder: Path) -> None:
    """Overwritten pages are detected when they are read, and before a backup is kept."""
    (folder / "people.csv").write_text("email\n" + "".join(f"{number}@example.org\n" for number in range(5000)))
    command("subscribers", "import", "people.csv", "--consent", "x", code=0)
    content = bytearray((folder / "newsletter.db").read_bytes())
    content[200_000:400_000] = b"\xff" * 200_000
    (folder / "newsletter.db").write_bytes(content)
    assert "newsletter.db is damaged" in command("subscribers", "list", code=1).stderr
    assert "newsletter.db is damaged" in command("db", "backup", "copy.db", code=1).stderr
    assert not (folder / "copy.db").exists()


def test_a_locked_database_is_reported(command: Run, folder: Path) -> None:
    """A writer fails after the timeout. Reading still works."""
    (folder / "newsletter.yaml").write_text(f"{PUBLICATION}database: sqlite:///newsletter.db?timeout=0\n")
    command("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    other = sqlite3.connect(folder / "newsletter.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    error = command("subscribers", "add", "bob@example.org", "--consent", "asked", code=1).stderr
    assert error == "Error: newsletter.db is locked by another program\nWait until it has finished, then try again.\n"
    assert command("subscribers", "list", code=0).stderr == "1 active.\n"
    other.close()


def test_a_read_only_database_is_reported(folder: Path) -> None:
    """It can be read. Writing raises an error with the reason."""
    with Database.open("sqlite:///fixed.db") as database:
        with pytest.raises(DatabaseError, match=r"fixed\.db is read-only"), database.write() as connection:  # noqa: PT012
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("DELETE FROM subscriber")
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM subscriber").scalar() == 0


@pytest.mark.parametrize(
    ("url", "message"),
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
def test_a_url_without_a_valid_file_is_reported(command: Run, folder: Path, url: str, message: str) -> None:
    """By every command, and no file is created."""
    settings = f'database: "{url}"\ndelivery: {{transport: folder, folder: outbox}}\n'
    (folder / "newsletter.yaml").write_text(PUBLICATION + settings)
    before = sorted(folder.iterdir())
    for words in (["subscribers", "list"], ["subscribers", "add", "ann@example.org", "--consent", "asked"], ["doctor"]):
        result = command(*words, code=1)
        assert message in result.stderr + result.stdout
    assert sorted(folder.iterdir()) == before
    assert message in command("serve", "--port", "0", code=1).stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://lens:s3cret@w0rd@127.0.0.1:1/lens",
        "postgresql://lens:s3cret@w0rd/x@127.0.0.1:1/lens",
        "postgresql://lens:s3cret/w0rd@x@127.0.0.1:1/lens",
        "postgresql://lens:s3cret%40w0rd@127.0.0.1:1/lens",
        "postgresql://lens@127.0.0.1:1/lens?password=s3cret%40w0rd",
        "postgresql://lens@127.0.0.1:1/lens?password=s3cret@w0rd",
        "postgresql://lens@127.0.0.1:1/lens?connect_timeout=s3cret%40w0rd&password=s3cret%40w0rd",
        "postgresql://lens:s3cretw0rd",
        "lens:s3cret@w0rd@127.0.0.1/lens",
        "mysql://lens:s3cret@w0rd@127.0.0.1/lens",
    ],
)
def test_a_password_is_in_no_message(command: Run, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Neither as a whole nor in parts, also where an `@` that is not escaped ends it too early."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", url)
    for words in (["subscribers", "list"], ["db", "upgrade"], ["doctor"]):
        result = command(*words, code=1)
        assert not re.search("s3cret|w0rd", result.stdout + result.stderr)


def test_the_url_of_the_database_can_be_in_a_file(
    command: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """The variable itself takes precedence. A file that cannot be read is an error."""
    (folder / "url").write_text(f"{database_url}\n")
    monkeypatch.setenv("NEWSLETTER_DATABASE_FILE", str(folder / "url"))
    command("subscribers", "add", "bob@example.org", "--consent", "asked", code=0)
    monkeypatch.setenv("NEWSLETTER_DATABASE", "sqlite:///other.db")
    assert "bob@example.org" not in command("subscribers", "list", code=0).stdout
    monkeypatch.delenv("NEWSLETTER_DATABASE")
    assert "bob@example.org" in command("subscribers", "list", code=0).stdout
    (folder / "url").unlink()
    assert "NEWSLETTER_DATABASE_FILE" in command("subscribers", "list", code=1).stderr


def test_a_password_is_no_argument(
    command: Run, folder: Path, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other users can see arguments. `db copy` reads the URL from the environment or a file."""
    command("subscribers", "add", "ann@example.org", "--consent", "asked", code=0)
    url = empty_postgresql.replace("postgres:@", "postgres:s3cret@")
    assert url != empty_postgresql
    for option in (url, f"{empty_postgresql}&password=s3cret"):
        error = command("db", "copy", option, code=1).stderr
        assert "NEWSLETTER_TARGET_DATABASE" in error
        assert "s3cret" not in error
    assert "NEWSLETTER_TARGET_DATABASE" in command("db", "copy", code=1).stderr
    (folder / "url").write_text(url)
    monkeypatch.setenv("NEWSLETTER_TARGET_DATABASE_FILE", str(folder / "url"))
    assert "Copied" in command("db", "copy", code=0).stderr


def test_only_the_owner_may_read_a_database(folder: Path) -> None:
    """The database and its log contain addresses and keys. A mode that the owner has set is kept."""
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


def test_a_database_can_be_copied_to_another_system(command: Run, folder: Path, empty_postgresql: str) -> None:
    """From SQLite to PostgreSQL and back: all rows, including keys and suppressions. No id is used again."""
    for name in ("ann", "bob", "eve"):
        command("subscribers", "add", f"{name}@example.org", "--consent", "asked", "--tag", "beta", code=0)
    command("subscribers", "remove", "eve@example.org", "--yes", code=0)
    with Database.open("sqlite:///newsletter.db") as database, database.write() as connection:
        signing_keys(connection, "token")
        create_campaign(connection, NewCampaign("1", "c" * 64, "S", "", "", git_clean=True, now=1), true())
    assert "Copied 12 rows from newsletter.db" in command("db", "copy", empty_postgresql, code=0).stderr
    assert "is not empty" in command("db", "copy", empty_postgresql, code=1).stderr
    (folder / "newsletter.yaml").write_text(f'{PUBLICATION}database: "{empty_postgresql}"\n')
    command("db", "copy", "sqlite:///back.db", code=0)
    urls = ("sqlite:///newsletter.db", empty_postgresql, "sqlite:///back.db")
    contents, ids = [], []
    for url in urls:
        with Database.open(url) as database, database.write() as connection:
            contents.append([sorted(map(tuple, connection.execute(select(table)))) for table in metadata.sorted_tables])
            ids.append(add_subscriber(connection, subscriber("new@example.org")))
    assert contents[0] == contents[1] == contents[2]
    assert ids == [4, 4, 4]


def test_a_full_disk_changes_nothing(folder: Path) -> None:
    """The transaction is rolled back, and the error is reported."""
    rows = [(f"{number}@example.org", f"{number}@example.org") for number in range(10_000)]
    query = "INSERT INTO subscriber (address, compared, state, consent_at, created_at) VALUES (?, ?, 'active', 0, 0)"
    with Database.open("sqlite:///full.db") as database:
        with pytest.raises(DatabaseError, match="the disk is full"), database.write() as connection:  # noqa: PT012
            connection.exec_driver_sql("PRAGMA max_page_count = 40")
            connection.exec_driver_sql(query, rows)
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM subscriber").scalar() == 0


def test_the_import_in_the_documentation_is_run(folder: Path) -> None:
    """Its output is the one in docs/subscribers.md, word for word."""
    page = (REPOSITORY / "docs/subscribers.md").read_text()
    write_publication(folder)
    (folder / "people.csv").write_text(page.partition("```csv\n")[2].partition("```")[0])
    block = page.partition("```console\n")[2].partition("```")[0]
    printed = ""
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        words = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        printed += f"$ {command}\n{done.stdout}{done.stderr}"
    assert printed == block


def test_an_export_contains_no_formulas(run: Run, folder: Path, import_csv: Run) -> None:
    """Cells that begin like one have an apostrophe before them, which an import of the export removes."""
    names = ["=1+1", "+1", "-1", "@sum", "'=1", "'tHooft", "Ann"]
    rows = [f"{number}@example.org,{name}" for number, name in enumerate(names)]
    import_csv("\n".join(["email,name", *rows, "+x@example.org,Eve"]))
    exported = run("subscribers", "export", code=0).stdout
    cells = [row[:2] for row in csv.reader(exported.splitlines())][1:]
    guarded = ["'=1+1", "'+1", "'-1", "'@sum", "''=1", "'tHooft", "Ann"]
    assert sorted(cells) == sorted(
        [["'+x@example.org", "Eve"], *([f"{n}@example.org", g] for n, g in enumerate(guarded))]
    )
    raw = [row[:2] for row in csv.reader(run("subscribers", "export", "--raw", code=0).stdout.splitlines())][1:]
    expected = sorted([["+x@example.org", "Eve"], *([f"{n}@example.org", name] for n, name in enumerate(names))])
    assert sorted(raw) == expected
    for database in folder.glob("newsletter.db*"):
        database.unlink()
    import_csv(exported)
    again = [row[:2] for row in csv.reader(run("subscribers", "export", "--raw", code=0).stdout.splitlines())][1:]
    assert sorted(again) == expected
