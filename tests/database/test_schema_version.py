"""The schema: migrations, versions, and constraints."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError

from newsletter.database.database import Database
from newsletter.database.engine import IN_MEMORY, make_engine, parse_url
from newsletter.database.schema_version import MIGRATIONS, VERSION, version_of
from newsletter.database.states import BounceKind, CampaignState, DeliveryState, SubscriberState, SuppressionReason
from newsletter.database.tables import metadata
from newsletter.errors import DatabaseError

ROWS = {
    "subscriber": "INSERT INTO subscriber (address, compared, state, consent_at, created_at)"
    " VALUES ('a@x.org', CAST(:state AS TEXT), :state, 0, 0)",
    "suppression": "INSERT INTO suppression (digest, reason, since) VALUES (:bytes, :state, 0)",
    "bounce": "INSERT INTO bounce (digest, kind, at) VALUES (:bytes, :state, 0)",
    "campaign": "INSERT INTO campaign (slug, content, subject, state, git_clean, created_at)"
    " VALUES ('a', 'b', 'c', :state, true, 0)",
    "delivery": "INSERT INTO delivery (campaign_id, address, domain, state) VALUES (1, 'a@x.org', 'x.org', :state)",
}
STATES = {
    "subscriber": SubscriberState,
    "suppression": SuppressionReason,
    "campaign": CampaignState,
    "delivery": DeliveryState,
    "bounce": BounceKind,
}

# Upgrades a database, and prints each statement before it is executed.
UPGRADE = """
import sys
from sqlalchemy import Engine, event
from newsletter.database.database import Database

@event.listens_for(Engine, "begin")
def show(connection):
    print("begins", flush=True)

print(Database.upgrade(sys.argv[1]))
"""


def insert(database: Database, table: str, state: str) -> None:
    query = text(ROWS[table])
    values = {"state": state, "bytes": state.encode()}
    with database.write() as connection:
        connection.execute(query, {name: values[name] for name in values if f":{name}" in ROWS[table]})


def test_the_migrations_create_the_tables_of_the_code(database: Database) -> None:
    """Alembic finds no difference between the migrated schema and `tables`, apart from the tables of procrastinate."""

    def is_ours(name: str | None, *_: object) -> bool:
        return not (name or "").startswith("procrastinate_")

    with database.read() as connection:
        migrated = MigrationContext.configure(connection, opts={"include_name": is_ours})
        assert compare_metadata(migrated, metadata) == []


def test_an_upgrade_needs_the_version_of_procrastinate(empty_postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its schema is a part of ours. With another version, nothing is changed, and the error says what to install."""
    with monkeypatch.context() as patched:
        patched.setattr("importlib.metadata.version", lambda _: "4.0.1")
        with pytest.raises(DatabaseError, match=r"need procrastinate 3\.10, but version 4\.0\.1 is installed"):
            Database.upgrade(empty_postgresql)
    assert Database.upgrade(empty_postgresql) == ("", VERSION)


def test_the_migrations_create_identical_sql(tmp_path: Path) -> None:
    """In SQLite, the SQL of tables and indexes is the same as if `tables` had been created at once.

    Only the order may differ: SQLite adds a column after the constraints.
    """
    engine = make_engine(IN_MEMORY)
    with engine.begin() as connection:
        metadata.create_all(connection)
        expected = {parts(sql) for sql in connection.exec_driver_sql("SELECT sql FROM sqlite_master").scalars()}
    engine.dispose()
    with Database.open(f"sqlite:///{tmp_path / 'a.db'}") as database, database.read() as connection:
        query = "SELECT sql FROM sqlite_master WHERE tbl_name != 'alembic_version'"
        assert {parts(sql) for sql in connection.exec_driver_sql(query).scalars()} == expected


def test_threads_may_create_databases_at_the_same_time(tmp_path: Path) -> None:
    """Also in memory, where no lock of the database makes one wait for the other."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    start = threading.Barrier(8)

    def create(_: int) -> str:
        start.wait()
        with Database.open(url, writes=False) as database, database.read() as connection:
            return version_of(connection, database.name)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(create, range(8))) == {VERSION}


def parts(sql: str | None) -> tuple[str, ...]:
    """Split SQL at its commas, and sort the columns and constraints."""
    head, _, rest = " ".join((sql or "").split()).partition("(")
    return head, *sorted(part.strip(" )") for part in rest.split(","))


def test_the_version_is_the_last_migration() -> None:
    """The version that is checked at start is the head of Alembic, and versions have no gaps."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == VERSION
    assert sorted(script.revision for script in scripts.walk_revisions()) == [
        f"{number + 1:04}" for number in range(int(VERSION))
    ]


@pytest.mark.parametrize("table", ["subscriber", "suppression", "campaign", "bounce"])
def test_the_database_accepts_only_known_states(database: Database, table: str) -> None:
    """Each value of the enum can be stored, and no other value."""
    for state in STATES[table]:
        insert(database, table, state.value)
    for nonsense in ("", "Active", "nonsense"):
        with pytest.raises(IntegrityError):
            insert(database, table, nonsense)


def test_the_ledger_accepts_only_known_states(database: Database) -> None:
    """A delivery also needs its campaign."""
    with pytest.raises(IntegrityError):
        insert(database, "delivery", DeliveryState.PENDING.value)
    insert(database, "campaign", CampaignState.SENDING.value)
    for state in DeliveryState:
        insert(database, "delivery", state.value)
    with pytest.raises(IntegrityError):
        insert(database, "delivery", "sent")


def test_two_subscribers_cannot_have_one_address(database: Database) -> None:
    """A constraint of the database prevents it."""
    insert(database, "subscriber", "active")
    with pytest.raises(IntegrityError):
        insert(database, "subscriber", "active")


def test_an_upgrade_can_be_repeated(database_url: str) -> None:
    """`db upgrade` on a database that is up to date does nothing."""
    Database.open(database_url).close()
    assert Database.upgrade(database_url) == (VERSION, VERSION)


def test_of_two_upgrades_the_second_waits_and_does_nothing(request: pytest.FixtureRequest, database_url: str) -> None:
    """Another process begins while an upgrade is under way. It waits, and then finds the database up to date."""
    on_postgresql = database_url.startswith("postgresql")
    url = request.getfixturevalue("empty_postgresql") if on_postgresql else database_url
    almost_done, go_on = threading.Event(), threading.Event()

    def pause(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE alembic_version"):
            almost_done.set()
            assert go_on.wait(60)

    event.listen(Engine, "before_cursor_execute", pause)
    try:
        with ThreadPoolExecutor(1) as threads, Database(parse_url(url)) as database:
            first = threads.submit(Database.upgrade, url)
            assert almost_done.wait(60)
            command = [sys.executable, "-c", UPGRADE, url]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as second:
                assert second.stdout
                if on_postgresql:
                    while not _waits(database):
                        assert second.poll() is None
                else:
                    assert second.stdout.readline() == "begins\n"
                go_on.set()
                output, errors = second.communicate(timeout=60)
            assert first.result() == ("", VERSION)
            assert (second.returncode, errors) == (0, "")
            assert output.endswith(f"{(VERSION, VERSION)}\n")
    finally:
        go_on.set()
        event.remove(Engine, "before_cursor_execute", pause)


def _waits(database: Database) -> bool:
    """Whether a session of this PostgreSQL database waits for another one's lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with database.read() as connection:
        return bool(connection.execute(text(query)).scalar())


def test_an_empty_postgresql_is_upgraded_only_by_command(empty_postgresql: str) -> None:
    """Opening it creates no tables."""
    with pytest.raises(DatabaseError, match="no tables yet") as caught:
        Database.open(empty_postgresql)
    assert "newsletter db upgrade" in caught.value.advice
    assert Database.upgrade(empty_postgresql) == ("", VERSION)
    Database.open(empty_postgresql).close()


@pytest.mark.parametrize(
    ("version", "message"),
    [("0000", "older version"), ("0999", "newer version"), ("ae1027a6acf", "another program"), ("", "another program")],
)
def test_another_version_is_an_error(database_url: str, version: str, message: str) -> None:
    """A database of an older or newer version, or of another program, is not changed."""
    with Database.open(database_url) as database, database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    with pytest.raises(DatabaseError, match=message):
        Database.open(database_url)
    if version != "0000":
        with pytest.raises(DatabaseError, match=message):
            Database.upgrade(database_url)


def test_the_database_of_another_program_is_an_error(tmp_path: Path) -> None:
    """A database with other tables is not changed."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(DatabaseError, match="another program"):
        Database.open(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match="another program"):
        Database.upgrade(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["mysql://a@b/c", "newsletter.db", "sqlite:/x", "", "postgresql://secret@@@:x/y"])
def test_an_unsupported_url_is_an_error(url: str) -> None:
    """The error does not contain the password."""
    with pytest.raises(DatabaseError) as caught:
        Database.open(url)
    assert "secret" not in caught.value.message + caught.value.advice


def test_a_server_that_does_not_respond_is_an_error() -> None:
    """The error contains the URL without the password."""
    with pytest.raises(DatabaseError) as caught:
        Database.open("postgresql://ann:secret@127.0.0.1:1/list")
    assert "ann:***@127.0.0.1:1/list" in caught.value.message
    assert "secret" not in caught.value.message
