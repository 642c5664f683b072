"""Servers that recognise a second copy of a message by a header: uncertain recipients are retried by themselves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, update

from newsletter.campaign.preparation import Preparation
from newsletter.campaign.resuming import prepare_resume
from newsletter.campaign.run_options import RunOptions
from newsletter.campaign.running import CampaignRunner
from newsletter.campaign.sending_lock import sending_lock
from newsletter.database.database import Database
from newsletter.database.tables import delivery
from newsletter.ledger import campaigns
from newsletter.workspace.workspace import Workspace
from tests.campaign.attacked import RESUME, SEND, TIMEOUT
from tests.campaign.publication import REPOSITORY, Recording, counts, publish, recording
from tests.conftest import Run
from tests.publications import PUBLICATION, write_publication

HEADER = "idempotency_header: Resend-Idempotency-Key"
WINDOW = f"{HEADER}, idempotency_window: 24h"
HOUR = 3600


def servers(*ports: int, options: str = WINDOW, more: str = "retry_after: [1]") -> str:
    """Return settings that send to ports of this machine, each with one connection."""
    lines = [f"{{host: 127.0.0.1, port: {port}, security: none, connections: 1, {options}}}" for port in ports]
    return "delivery:\n  smtp:\n" + "".join(f"    - {line}\n" for line in lines) + f"  {more}\n"


def change_settings(folder: Path, settings: str) -> None:
    """Write `newsletter.yaml` anew."""
    (folder / "newsletter.yaml").write_text(PUBLICATION + settings)


def kill_while_held(folder: Path, server: Recording, environment: dict[str, str]) -> None:
    """Send 029 from another process, and kill it when the server has accepted a message but not replied."""
    command = [sys.executable, "-m", "newsletter", *SEND]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + TIMEOUT
        while not server.accepted():
            assert process.poll() is None, "the process ended"
            assert time.monotonic() < deadline, "the server receives no message"
        process.kill()
    server.release()


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of other processes. Commands of the test use the same database."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    return dict(os.environ)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database.open(url)
    yield database
    database.close()


def test_a_message_in_progress_at_a_kill_is_retried_and_arrives_once(
    run: Run, folder: Path, server: Recording, environment: dict[str, str]
) -> None:
    """The server had accepted it, and drops the second copy. The report says so before and after."""
    publish(folder, servers(server.port), ["held@x.example", "reader@y.example"])
    kill_while_held(folder, server, environment)
    report = run("campaign", "report", "029", code=0).stdout
    assert "uncertain" not in report
    done = run(*RESUME, code=0)
    assert "1 uncertain recipient is retried. The server drops a second copy." in done.stderr
    assert "--uncertain retry" not in done.stderr
    assert counts(run) == {"accepted": 2}
    assert sorted(server.accepted()) == ["held@x.example", "reader@y.example"]
    assert [address for address, _ in server.lines("duplicate")] == ["held@x.example"]


def test_a_connection_that_breaks_before_the_reply_is_retried_in_the_same_run(
    run: Run, folder: Path, server: Recording
) -> None:
    """After the time in `retry_after`. The ledger ends as accepted, and the campaign is complete."""
    publish(folder, servers(server.port), ["cut1@x.example", "cut2@x.example", "reader@y.example"])
    run(*SEND, code=0)
    assert counts(run) == {"accepted": 3}
    assert sorted(server.accepted()) == ["cut1@x.example", "cut2@x.example", "reader@y.example"]
    keys = dict(server.lines("duplicate"))
    assert sorted(keys) == ["cut1@x.example", "cut2@x.example"]
    assert len(set(keys.values())) == 2
    assert all(len(key) == 64 for key in keys.values())


@pytest.mark.parametrize(
    ("options", "more"), [(HEADER, "retry_after: [1]"), (WINDOW, "retry_after: []")], ids=["no window", "no retries"]
)
def test_without_a_window_or_retries_the_delivery_stays_uncertain(
    run: Run, folder: Path, server: Recording, options: str, more: str
) -> None:
    """As without a header, until the author retries it; the server recognises that copy, too."""
    publish(folder, servers(server.port, options=options, more=more), ["cut@x.example"])
    run(*SEND, code=1)
    assert counts(run) == {"uncertain": 1}
    run("send", "--resume", "--uncertain", "retry", code=0)
    assert counts(run) == {"accepted": 1}
    assert (server.accepted(), len(server.lines("duplicate"))) == (["cut@x.example"], 1)


def _age(database: Database) -> None:
    """Let the first attempt be longer ago than the window."""
    with database.write() as connection:
        since = delivery.c.idempotent_since
        connection.execute(update(delivery).where(since.is_not(None)).values(idempotent_since=since - 24 * HOUR))


def _set_clock_back(database: Database) -> None:
    with database.write() as connection:
        since = delivery.c.idempotent_since
        connection.execute(update(delivery).where(since.is_not(None)).values(idempotent_since=since + HOUR))


@pytest.mark.parametrize("change", [_age, _set_clock_back])
def test_after_the_window_it_is_not_retried(
    run: Run,
    folder: Path,
    server: Recording,
    environment: dict[str, str],
    database_url: str,
    change: Callable[[Database], None],
) -> None:
    """Nor if the clock was set back, so that it is not known how long ago the first attempt was."""
    publish(folder, servers(server.port), ["held@x.example"])
    kill_while_held(folder, server, environment)
    with opened(database_url) as database:
        change(database)
    done = run(*RESUME, code=1)
    assert "These recipients may have received it and are skipped" in done.stderr
    assert counts(run) == {"uncertain": 1}
    assert server.lines("duplicate") == []


def test_a_retry_that_is_due_after_the_window_is_not_made(run: Run, folder: Path, server: Recording) -> None:
    """The delivery stays uncertain, and the campaign is complete."""
    options = f"{HEADER}, idempotency_window: 1s"
    publish(folder, servers(server.port, options=options, more="retry_after: [2]"), ["cut@x.example", "a@y.example"])
    run(*SEND, code=0)
    assert counts(run) == {"accepted": 1, "uncertain": 1}
    assert server.lines("duplicate") == []


def test_a_first_attempt_without_the_header_is_not_retried(
    run: Run, folder: Path, server: Recording, environment: dict[str, str]
) -> None:
    """The server would not recognise the second copy, if the header is set up after a crash."""
    publish(folder, servers(server.port, options="messages: 500"), ["held@x.example"])
    kill_while_held(folder, server, environment)
    change_settings(folder, servers(server.port))
    run(*RESUME, code=1)
    assert counts(run) == {"uncertain": 1}
    assert server.accepted() == ["held@x.example"]


def test_only_the_server_of_the_first_attempt_gets_the_retry(
    run: Run, folder: Path, server: Recording, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another one would deliver it. While it cannot be reached, the campaign is paused, and other recipients get it."""
    with recording(tmp_path_factory.mktemp("first")) as first:
        publish(folder, servers(first.port), ["held@x.example", "reader@y.example"])
        kill_while_held(folder, first, environment)
    # The first server is gone.
    change_settings(folder, servers(first.port, server.port))
    paused = run(*RESUME, code=1).stderr
    assert f"127.0.0.1:{first.port}" in paused
    assert counts(run) == {"accepted": 1, "uncertain": 1}
    assert server.accepted() == ["reader@y.example"]
    report = run("campaign", "report", "029", code=0).stdout
    assert "1 uncertain recipient is retried by `newsletter send 029 --resume` until 20" in report
    found = json.loads(run("campaign", "report", "029", "--json", code=0).stdout)
    assert found["uncertain_retried"]["recipients"] == 1
    # A publication without the first server does not retry it.
    change_settings(folder, servers(server.port))
    run(*RESUME, code=0)
    assert counts(run) == {"accepted": 1, "uncertain": 1}
    assert json.loads(run("campaign", "report", "029", "--json", code=0).stdout)["uncertain_retried"] is None


def test_the_window_counts_from_the_first_attempt(
    folder: Path, server: Recording, environment: dict[str, str], database_url: str
) -> None:
    """A retry at the same server does not extend it."""
    publish(folder, servers(server.port), ["held@x.example", "550once@y.example"])
    kill_while_held(folder, server, environment)

    def since() -> int | None:
        query = select(delivery.c.idempotent_since).where(delivery.c.address == "held@x.example")
        with opened(database_url) as database, database.read() as connection:
            found: int | None = connection.execute(query).scalar_one()
            return found

    first = since()
    assert first
    workspace = Workspace(folder)
    for hours, expected in ((23, first), (49, first)):
        with opened(database_url) as database:
            with database.write() as connection:
                attempting = delivery.c.address == "held@x.example"
                connection.execute(update(delivery).where(attempting).values(state="attempting"))

            def clock(hours: int = hours) -> float:
                return first + hours * HOUR

            with database.read() as connection:
                (campaign,) = campaigns.list_campaigns(connection)
            document = workspace.issue("029")
            prepared = Preparation(workspace, database).compose(document, campaign.created_at)
            with sending_lock(database) as writer:
                prepare_resume(workspace, database, campaign, prepared, clock=clock)
                CampaignRunner(workspace, database, clock).run(writer, campaign, prepared, RunOptions(), lambda _: None)
        assert since() == expected
    # The retry after 49 hours was not made.
    assert [address for address, _ in server.lines("duplicate")] == ["held@x.example"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("idempotency_header: Message-ID", "`Message-ID` is a standard header"),
        ("idempotency_header: list-unsubscribe", "`list-unsubscribe` is a standard header"),
        ("idempotency_header: 'Key: x'", "not a valid name of a header"),
        ("idempotency_header: 'Ключ'", "not a valid name of a header"),
        (f"{HEADER}, idempotency_window: 24", "not a valid duration"),
        (f"{HEADER}, idempotency_window: 0h", "not a valid duration"),
        (f"{HEADER}, idempotency_window: 31d", "not a valid duration"),
        ("idempotency_window: 24h", "`idempotency_window` needs `idempotency_header`"),
    ],
)
def test_settings_that_are_not_valid_are_errors(run: Run, folder: Path, options: str, message: str) -> None:
    """Each error has its position in newsletter.yaml."""
    settings = f"delivery:\n  smtp:\n    - {{host: 127.0.0.1, {options}}}\n"
    write_publication(folder, publication=PUBLICATION + settings)
    error = run("doctor", code=1).stderr
    assert message in error
    # The position is that of the last value.
    lines = (PUBLICATION + settings).splitlines()
    column = lines[-1].rindex(": ") + 3 if "Key: x" not in options else lines[-1].index("'") + 1
    assert f"newsletter.yaml:{len(lines)}:{column}: error: " in error
