"""The upgrade from version 0002, which has no mail of the kind `unsubscribe`: the queue stays as it is."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.event import listens_for
from sqlalchemy.exc import IntegrityError

from newsletter.database.database import Database
from newsletter.database.engine import parse_url
from newsletter.database.schema_version import VERSION, upgrade_schema
from newsletter.database.states import MailKind, MailState
from newsletter.database.tables import transactional_mail
from newsletter.errors import DatabaseError
from newsletter.mail.mail_queue import due_mail, request_mail
from tests.conftest import Run
from tests.database.test_transactional_mail_migration import UPGRADE
from tests.publications import PUBLICATION, write_publication
from tests.web.serving import DELIVERY, Clock, link, served, text_of

NOW = int(Clock().now)
COLUMNS = "subscriber_id, kind, language, state, requested_at, due_at, claimed_at, sent_at, attempts, last_error"
# Mail in every state; that of Ann waits, that of Bob is claimed until an hour from now.
MAIL = [
    (1, "confirm", "ja", "cancelled", NOW - 900, NOW - 900, None, None, 1, ""),
    (1, "confirm", "ja", "waiting", NOW - 60, NOW - 60, None, None, 2, "deferred 450 Not now"),
    (2, "known", "", "sent", NOW - 99, NOW - 99, None, NOW - 98, 1, ""),
    (2, "welcome", "en", "failed", NOW - 90, NOW - 90, None, None, 1, "refused 550"),
    (2, "own", "zh-Hant", "uncertain", NOW - 80, NOW - 80, None, None, 1, "uncertain"),
    (2, "own", "", "waiting", NOW - 70, NOW + 3500, NOW - 101, None, 1, ""),
]


@pytest.fixture
def old_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of a database of version 0002 on each of the two, with mail; the newest mail was deleted."""
    url = request.getfixturevalue("empty_postgresql") if database_url.startswith("postgresql") else database_url
    with Database(parse_url(url)) as database, database.write() as connection:
        upgrade_schema(connection, "0002")
        for id, name, state in ((1, "ann", "pending"), (2, "bob", "active")):
            connection.execute(
                text(
                    "INSERT INTO subscriber (id, address, compared, state, consent_at, created_at)"
                    " VALUES (:id, :address, :address, :state, :now, :now)"
                ),
                {"id": id, "address": f"{name}@example.org", "state": state, "now": NOW - 1000},
            )
        names = COLUMNS.split(", ")
        values = ", ".join(f":{name}" for name in names)
        for row in (*MAIL, MAIL[0]):
            query = text(f"INSERT INTO transactional_mail ({COLUMNS}) VALUES ({values})")
            connection.execute(query, dict(zip(names, row, strict=True)))
        connection.execute(text("DELETE FROM transactional_mail WHERE id = 7"))
    return url


def rows(url: str) -> list[tuple[object, ...]]:
    """The queue."""
    with Database(parse_url(url)) as database, database.read() as connection:
        query = text(f"SELECT id, {COLUMNS} FROM transactional_mail ORDER BY id")
        return [tuple(row) for row in connection.execute(query)]


def test_all_mail_stays_as_it_was(old_url: str) -> None:
    """In every state, with its id; mail that waited is due as before."""
    before = rows(old_url)
    assert before == [(number, *row) for number, row in enumerate(MAIL, 1)]
    assert Database.upgrade(old_url) == ("0002", VERSION)
    assert rows(old_url) == before
    with Database.open(old_url) as database, database.read() as connection:
        assert due_mail(connection, NOW) == [2]
        assert inspect(connection).get_table_names().count("transactional_mail") == 1
        assert "transactional_mail_0002" not in inspect(connection).get_table_names()


@pytest.mark.parametrize("emptied", [False, True])
def test_ids_are_not_used_again(old_url: str, emptied: bool) -> None:
    """Neither that of a mail that was deleted before the upgrade, nor any other."""
    if emptied:
        with Database(parse_url(old_url)) as database, database.write() as connection:
            connection.execute(text("DELETE FROM transactional_mail"))
    Database.upgrade(old_url)
    with Database.open(old_url) as database, database.write() as connection:
        request_mail(connection, MailKind.UNSUBSCRIBE_LINK, 1, "", NOW)
        kind = transactional_mail.c.kind == "unsubscribe"
        assert connection.execute(select(transactional_mail.c.id).where(kind)).scalars().all() == [8]
        if old_url.startswith("sqlite"):
            sequence = text("SELECT seq FROM sqlite_sequence WHERE name LIKE 'transactional_mail%'")
            assert connection.execute(sequence).scalars().all() == [8]


def test_mail_is_still_deleted_with_its_subscriber(old_url: str) -> None:
    """The new table refers to subscribers as the old one did, and accepts no other kinds and states."""
    Database.upgrade(old_url)
    with Database.open(old_url) as database:
        values = {"subscriber_id": 1, "requested_at": NOW, "due_at": NOW}
        for wrong in ({"kind": "other"}, {"state": "other"}, {"subscriber_id": 99}):
            row = values | {"kind": MailKind.WELCOME.value, "state": MailState.WAITING.value} | wrong
            with pytest.raises(IntegrityError), database.write() as connection:
                connection.execute(insert(transactional_mail).values(row))
        with database.write() as connection:
            connection.execute(text("DELETE FROM subscriber WHERE id = 2"))
            assert set(connection.execute(select(transactional_mail.c.subscriber_id)).scalars()) == {1}


@pytest.mark.parametrize("statement", ["", "UPDATE alembic_version"])
def test_a_killed_upgrade_leaves_the_database_as_it_was(old_url: str, statement: str) -> None:
    """All of it is one transaction; the next upgrade finds version 0002, and succeeds."""
    if not statement:
        # The last statement that changes the table.
        statement = "DROP TABLE" if old_url.startswith("sqlite") else "ALTER TABLE transactional_mail ADD"
    before = rows(old_url)
    command = [
        sys.executable,
        "-c",
        UPGRADE,
        old_url,
    ]
    killed = subprocess.run([*command, statement], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    require_version_2(old_url)
    assert rows(old_url) == before
    assert Database.upgrade(old_url) == ("0002", VERSION)
    assert rows(old_url) == before


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(old_url: str) -> None:
    """An error at its end undoes the new table or constraint, too."""
    before = rows(old_url)
    with Database(parse_url(old_url)) as database:

        @listens_for(database.engine, "before_cursor_execute")
        def fail(connection: object, cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("UPDATE alembic_version"):
                raise RuntimeError("no more")

        def upgrade() -> None:
            with database.write() as connection:
                upgrade_schema(connection)

        with pytest.raises(RuntimeError, match="no more"):
            upgrade()
    require_version_2(old_url)
    assert rows(old_url) == before


def require_version_2(url: str) -> None:
    """The new kind is refused, and commands name what to do."""
    with Database(parse_url(url)) as database, pytest.raises(IntegrityError), database.write() as connection:
        request_mail(connection, MailKind.UNSUBSCRIBE_LINK, 1, "", NOW)
    with pytest.raises(DatabaseError, match="older version") as caught:
        Database.open(url)
    assert "newsletter db upgrade" in caught.value.advice


def test_the_pages_send_the_mail_that_waited(
    tmp_path: Path, run: Run, old_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands name `newsletter db upgrade`; after it, the pages send what was due, once."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", old_url)
    write_publication(tmp_path, publication=PUBLICATION + DELIVERY)
    for command in (("subscribers", "list"), ("serve", "--port", "0")):
        assert "newsletter db upgrade" in run(*command, code=1).stderr
    run("db", "upgrade", code=0)
    with served(tmp_path) as pages:
        mail = pages.next_mail()
        assert mail["To"] == "ann@example.org"
        assert pages.post(link(text_of(mail))).status == 200
    with served(tmp_path):
        pass
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1
