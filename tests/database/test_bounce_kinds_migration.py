"""The upgrade from version 0003, in which bounces of the kind `policy` are called `refused`."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from newsletter.bounces.bounce_queries import count_bounces_by_campaign, record_bounce
from newsletter.database.database import Database
from newsletter.database.engine import parse_url
from newsletter.database.schema_version import VERSION, upgrade_schema
from newsletter.database.states import BounceKind
from newsletter.subscribers.unrecognised_mail import keep_mail, list_mail
from tests.conftest import Run
from tests.database.test_transactional_mail_migration import NOW, UPGRADE
from tests.publications import PUBLICATION, write_publication

# Digest, subscriber, campaign, kind and time. The subscriber of the last one was erased.
BOUNCES = [
    (b"1" * 32, 1, 1, "refused", NOW),
    (b"2" * 32, 1, None, "soft", NOW + 1),
    (b"3" * 32, 1, 1, "hard", NOW + 2),
    (b"4" * 32, None, 1, "refused", NOW + 3),
]


@pytest.fixture
def old_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of a database of version 0003 with bounces, on SQLite and PostgreSQL."""
    url = request.getfixturevalue("empty_postgresql") if database_url.startswith("postgresql") else database_url
    with Database(parse_url(url)) as database, database.write() as connection:
        upgrade_schema(connection, "0003")
        connection.execute(
            text(
                "INSERT INTO subscriber (id, address, compared, state, consent_at, created_at)"
                " VALUES (1, 'ann@example.org', 'ann@example.org', 'active', 1, 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO campaign (id, slug, content, subject, audience, state, git_commit, git_clean, created_at)"
                " VALUES (1, '001', '', '', '', 'complete', '', true, 1)"
            )
        )
        query = text("INSERT INTO bounce VALUES (:digest, :subscriber, :campaign, :kind, :at)")
        for row in BOUNCES:
            values = dict(zip(("digest", "subscriber", "campaign", "kind", "at"), row, strict=True))
            connection.execute(query, values)
    return url


def rows(url: str) -> list[tuple[object, ...]]:
    """Return the bounces."""
    with Database(parse_url(url)) as database, database.read() as connection:
        query = text("SELECT digest, subscriber_id, campaign_id, kind, at FROM bounce ORDER BY digest")
        return [(bytes(row[0]), *row[1:]) for row in connection.execute(query)]


def test_refused_becomes_policy(old_url: str) -> None:
    """All else stays as it was, and earlier bounces count."""
    assert rows(old_url) == BOUNCES
    assert Database.upgrade(old_url) == ("0003", VERSION)
    assert rows(old_url) == [(*row[:3], "policy" if row[3] == "refused" else row[3], row[4]) for row in BOUNCES]
    with Database.open(old_url) as database, database.read() as connection:
        assert count_bounces_by_campaign(connection)[1] == {BounceKind.POLICY: 2, BounceKind.HARD: 1}
        assert connection.execute(text("SELECT count(*) FROM bounce WHERE counted")).scalar() == len(BOUNCES)
        tables = inspect(connection).get_table_names()
        assert "bounce_0003" not in tables
        assert [index["name"] for index in inspect(connection).get_indexes("bounce")] == ["ix_bounce_subscriber_id"]


def test_the_new_table_works_as_the_old_one(old_url: str) -> None:
    """It accepts the new kinds and no other, each message once, and forgets an erased subscriber."""
    Database.upgrade(old_url)
    with Database.open(old_url) as database:
        with database.write() as connection:
            assert not record_bounce(connection, BOUNCES[0][0], 1, 1, BounceKind.SOFT, NOW)
            for kind in BounceKind:
                assert record_bounce(connection, kind.value.ljust(32).encode(), 1, 1, kind, NOW)
        for wrong in ("refused", "other"):
            with pytest.raises(IntegrityError), database.write() as connection:
                connection.execute(text("UPDATE bounce SET kind = :kind"), {"kind": wrong})
        with database.write() as connection:
            keep_mail(connection, b"5" * 32, 1, "a@b.example", "Hi", "Hello", NOW)
            connection.execute(text("DELETE FROM subscriber"))
            assert list_mail(connection) == []
        assert {row[1] for row in rows(old_url)} == {None}


@pytest.mark.parametrize("statement", ["", "UPDATE alembic_version"])
def test_a_killed_upgrade_leaves_the_database_as_it_was(old_url: str, statement: str) -> None:
    """All of it is one transaction; the next upgrade succeeds."""
    statement = statement or ("DROP TABLE" if old_url.startswith("sqlite") else "ALTER TABLE bounce ADD")
    killed = subprocess.run([sys.executable, "-c", UPGRADE, old_url, statement], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    assert rows(old_url) == BOUNCES
    assert Database.upgrade(old_url) == ("0003", VERSION)


def test_commands_name_the_upgrade(tmp_path: Path, run: Run, old_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stop before it, and work after it."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", old_url)
    write_publication(tmp_path, publication=PUBLICATION)
    for command in (("subscribers", "list"), ("bounces", "--unknown")):
        assert "newsletter db upgrade" in run(*command, code=1).stderr
    run("db", "upgrade", code=0)
    assert run("bounces", "--unknown", code=0).stderr == "All mail was understood.\n"
