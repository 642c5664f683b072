"""The upgrade from version 0001, which stored the mail queue in events: no mail is lost or sent twice."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.event import listens_for

from newsletter.database.database import Database
from newsletter.database.engine import parse_url
from newsletter.database.schema_version import VERSION, upgrade_schema
from newsletter.database.tables import transactional_mail
from newsletter.errors import DatabaseError
from newsletter.mail.mail_queue import claim_mail, due_mail
from tests.conftest import Run
from tests.publications import PUBLICATION, write_publication
from tests.web.serving import DELIVERY, Clock, link, served, text_of

NOW = int(Clock().now)
HOUR, DAY = 3600, 24 * 3600
UPGRADE = """
import os, signal, sys
from sqlalchemy import Engine, event
from newsletter.database.database import Database

@event.listens_for(Engine, "before_cursor_execute")
def kill(connection, cursor, statement, *_):
    if statement.lstrip().startswith(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

Database.upgrade(sys.argv[1])
"""


@pytest.fixture
def old_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of a database of version 0001, on SQLite and PostgreSQL, in which Ann is pending and Bob is active."""
    url = request.getfixturevalue("empty_postgresql") if database_url.startswith("postgresql") else database_url
    with Database(parse_url(url)) as database, database.write() as connection:
        upgrade_schema(connection, "0001")
        for id, name, state in ((1, "ann", "pending"), (2, "bob", "active")):
            connection.execute(
                text(
                    "INSERT INTO subscriber (id, address, compared, state, consent_at, created_at)"
                    " VALUES (:id, :address, :address, :state, :now, :now)"
                ),
                {"id": id, "address": f"{name}@example.org", "state": state, "now": NOW - 2},
            )
    return url


def add_events(url: str, *events: tuple[int, str, int, str]) -> None:
    """Add events: subscriber, kind, time and detail."""
    with Database(parse_url(url)) as database, database.write() as connection:
        for subscriber, kind, at, detail in events:
            connection.execute(
                text("INSERT INTO event (subscriber_id, kind, at, detail) VALUES (:subscriber, :kind, :at, :detail)"),
                {"subscriber": subscriber, "kind": kind, "at": at, "detail": detail},
            )


def upgraded(url: str) -> list[tuple[object, ...]]:
    """Upgrade a database and return its mail queue."""
    with Database(parse_url(url)) as database:
        with database.write() as connection:
            upgrade_schema(connection, clock=lambda: NOW)
        with database.read() as connection:
            mail = transactional_mail.c
            columns = (mail.subscriber_id, mail.kind, mail.state, mail.requested_at, mail.claimed_at, mail.sent_at)
            query = select(*columns, mail.attempts, mail.last_error).order_by(mail.id)
            return [tuple(row) for row in connection.execute(query)]


def events(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text("SELECT * FROM event ORDER BY id"))]


def test_waiting_mail_is_migrated(old_url: str) -> None:
    """The newest request of each kind within a day becomes a mail, unless it was answered."""
    add_events(
        old_url,
        (1, "asked", NOW - 2 * HOUR, "a page"),
        (1, "asked", NOW - HOUR, "a page"),
        (2, "asked", NOW - 20, "a page"),
        (2, "confirmed", NOW - DAY, "a page"),
        (2, "confirmed", NOW - 10, "a page"),
        (2, "requested", NOW - 5, "a page"),
        (2, "changed", NOW - 5, "+papers"),
    )
    assert upgraded(old_url) == [
        (1, "confirm", "waiting", NOW - HOUR, None, None, 0, ""),
        (2, "known", "waiting", NOW - 20, None, None, 0, ""),
        (2, "welcome", "waiting", NOW - 10, None, None, 0, ""),
        (2, "own", "waiting", NOW - 5, None, None, 0, ""),
    ]


def test_a_request_older_than_a_day_is_not_migrated(old_url: str) -> None:
    """Version 0001 did not answer it either."""
    add_events(old_url, (1, "asked", NOW - DAY, "a page"))
    assert upgraded(old_url) == []


def test_finished_mail_is_migrated_and_not_sent_again(old_url: str) -> None:
    """Accepted, refused and uncertain mail is finished. Only a later request waits."""
    add_events(
        old_url,
        (1, "asked", NOW - 900 * DAY, "a page"),
        (1, "written", NOW - 900 * DAY + 1, "confirm: accepted 250"),
        (1, "asked", NOW - 60, "a page"),
        (1, "written", NOW - 59, "confirm: refused 550"),
        (2, "written", NOW - 40, "known: uncertain"),
        (2, "confirmed", NOW - 30, "a page"),
        (2, "written", NOW - 29, "welcome: accepted"),
        (2, "asked", NOW - 20, "a page"),
    )
    assert upgraded(old_url) == [
        (1, "confirm", "sent", NOW - 900 * DAY, None, NOW - 900 * DAY + 1, 1, ""),
        (1, "confirm", "failed", NOW - 60, None, None, 1, "refused 550"),
        (2, "known", "uncertain", NOW - 40, None, None, 1, "uncertain"),
        (2, "welcome", "sent", NOW - 30, None, NOW - 29, 1, ""),
        (2, "known", "waiting", NOW - 20, None, None, 0, ""),
    ]


@pytest.mark.parametrize(("age", "due"), [(HOUR, False), (HOUR + 1, True)])
def test_claimed_mail_is_due_when_its_lease_ends(old_url: str, age: int, due: bool) -> None:
    """The lease is an hour, as in version 0001. Until then, the process may still be sending."""
    add_events(old_url, (1, "asked", NOW - age - 5, "a page"), (1, "written", NOW - age, "confirm: under way"))
    assert upgraded(old_url) == [(1, "confirm", "waiting", NOW - age - 5, NOW - age, None, 1, "")]
    with Database.open(old_url) as database, database.write() as connection:
        ids = due_mail(connection, NOW)
        assert len(ids) == due
        assert all(claim_mail(connection, id, NOW) for id in ids)


def test_the_history_stays(old_url: str) -> None:
    """The upgrade neither changes nor deletes events."""
    add_events(old_url, (1, "asked", NOW - 9, "a page"), (1, "written", NOW - 8, "confirm: under way"))
    with Database(parse_url(old_url)) as database, database.read() as connection:
        before = events(connection)
    upgraded(old_url)
    with Database.open(old_url) as database, database.read() as connection:
        assert events(connection) == before


def test_many_events_are_migrated(old_url: str) -> None:
    """Events are read and written in pages on one connection."""
    add_events(old_url, *((1, "written", NOW, "confirm: accepted 250") for _ in range(2500)))
    assert len(upgraded(old_url)) == 2500


@pytest.mark.parametrize("statement", ["INSERT INTO transactional_mail", "UPDATE alembic_version"])
def test_a_killed_upgrade_leaves_the_database_as_it_was(old_url: str, statement: str) -> None:
    """The upgrade is one transaction. The next upgrade starts from version 0001 and succeeds."""
    add_events(old_url, (1, "asked", NOW - 60, "a page"), (1, "written", NOW - 59, "confirm: accepted 250"))
    killed = subprocess.run([sys.executable, "-c", UPGRADE, old_url, statement], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    require_version_1(old_url)
    assert Database.upgrade(old_url) == ("0001", VERSION)
    with Database.open(old_url) as database, database.read() as connection:
        assert connection.execute(select(transactional_mail.c.state)).scalars().all() == ["sent"]


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(old_url: str) -> None:
    """An error in the middle of the migration rolls back the new table too."""
    add_events(old_url, (1, "written", NOW - 59, "confirm: accepted 250"))
    with Database(parse_url(old_url)) as database:

        @listens_for(database.engine, "before_cursor_execute")
        def fail(connection: object, cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("INSERT INTO transactional_mail"):
                raise RuntimeError("no more")

        def upgrade() -> None:
            with database.write() as connection:
                upgrade_schema(connection)

        with pytest.raises(RuntimeError, match="no more"):
            upgrade()
    require_version_1(old_url)


def require_version_1(url: str) -> None:
    """Assert that no part of the upgrade remains, and that the error recommends the upgrade."""
    with Database(parse_url(url)) as database, database.read() as connection:
        assert "transactional_mail" not in inspect(connection).get_table_names()
    with pytest.raises(DatabaseError, match="older version") as caught:
        Database.open(url)
    assert "newsletter db upgrade" in caught.value.advice


def test_the_commands_upgrade_a_database_with_waiting_mail(
    tmp_path: Path, run: Run, old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They recommend `newsletter db upgrade`. After it, the web pages send only the waiting mail."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", old_url)
    write_publication(tmp_path, publication=PUBLICATION + DELIVERY)
    add_events(
        old_url,
        (1, "asked", NOW - 60, "a page"),
        (2, "asked", NOW - 50, "a page"),
        (2, "written", NOW - 49, "known: accepted 250"),
    )
    for command in (("subscribers", "list"), ("subscribers", "show", "bob@example.org"), ("serve", "--port", "0")):
        assert "newsletter db upgrade" in run(*command, code=1).stderr
    run("db", "upgrade", code=0)
    shown = run("subscribers", "show", "bob@example.org", code=0).stdout
    assert "written (known: accepted 250)" in shown
    with served(tmp_path) as pages:
        letter = pages.next_mail()
        assert letter["To"] == "ann@example.org"
        assert pages.post(link(text_of(letter))).status == 200
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1
