"""Ctrl-C in a terminal: the message starts on its own line, below the `^C` that the terminal shows."""

import re
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.campaign.publication import delivery, publish, recording
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.terminal import CTRL_C, terminal

pytestmark = pytest.mark.slow


def answer(address: re.Match[str] | None) -> None:
    """Wait until a server answers."""
    assert address
    with closing(HTTPConnection("127.0.0.1", int(address[1]), timeout=60)) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["preview"], ["build", "--serve", "--port", "0"]])
def test_a_server_that_is_stopped(command: list[str], folder: Path) -> None:
    """It says that it stopped, on a line of its own."""
    write_publication(folder, publication=PUBLICATION + delivery(1), _001=ISSUE)
    with terminal(folder, *command) as shell:
        shell.wait_for("http://127.0.0.1:")
        shell.wait_for("\n")
        answer(re.search(r"127\.0\.0\.1:(\d+)", shell.shown))
        shell.type(CTRL_C)
        assert shell.finish() == 0
    assert "\r\nStopped.\r\n" in shell.shown


def test_a_question(folder: Path) -> None:
    """Ctrl-C at a question changes nothing."""
    write_publication(folder)
    with terminal(folder, "subscribers", "remove", "ann@example.org") as shell:
        shell.wait_for_question("[y/N]: ")
        shell.type(CTRL_C)
        assert shell.finish() == 1
    assert shell.shown.endswith("[y/N]: ^C\r\nAborted!\r\n")


def test_a_campaign(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It finishes the messages in progress."""
    with recording(tmp_path_factory.mktemp("server")) as server:
        publish(folder, delivery(server.port, connections=1), ["held@x.example", "ann@y.example"])
        with terminal(folder, "send", "029", "--yes", "--untested") as shell:
            shell.wait_for("Sending")
            while not server.accepted():
                pass
            shell.type(CTRL_C)
            shell.wait_for("Finishing")
            server.release()
            assert shell.finish() == 1
    assert "\nFinishing the messages in progress." in shell.shown
