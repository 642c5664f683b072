"""A publication with subscribers, and a recording server in another process to which it sends."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert

from newsletter.database.tables import subscriber
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

REPOSITORY = Path(__file__).parent.parent.parent
DRAFT = ISSUE.replace("status: published", "status: draft  # until it is published")


@dataclass(frozen=True)
class Recording:
    """A running recording server and its file. `restart` restarts it as after a crash."""

    port: int
    file: Path
    restart: Callable[[], None] = lambda: None

    def lines(self, word: str) -> list[list[str]]:
        """Return the rest of each line that starts with a word."""
        found = (line.split() for line in self.file.read_text().splitlines())
        return [rest for first, *rest in found if first == word]

    def accepted(self) -> list[str]:
        """Return the recipients of accepted messages, in the order of acceptance."""
        return [address for address, _ in self.lines("accepted")]

    def release(self) -> None:
        """Let the server send the replies that it holds back."""
        Path(f"{self.file}.go").touch()


@contextmanager
def recording(folder: Path, idle_timeout: float = 0) -> Iterator[Recording]:
    """Run a server in another process. It closes connections that are idle for `idle_timeout` seconds (0: never)."""
    file = folder / "recorded"
    file.touch()
    command = [sys.executable, "-m", "tests.campaign.recording_server", str(file), str(idle_timeout)]
    with ExitStack() as running:
        processes = []

        def start(port: int) -> int:
            process = subprocess.Popen([*command, str(port)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
            processes.append(running.enter_context(process))
            running.callback(process.kill)
            assert process.stdout
            return int(process.stdout.readline())

        def restart() -> None:
            processes[-1].kill()
            processes[-1].wait()
            start(port)

        port = start(0)
        yield Recording(port, file, restart)


def delivery(port: int, more: str = "", connections: int = 4) -> str:
    """Return settings that send to a port of this machine."""
    return (
        f"delivery:\n  smtp:\n    - {{host: 127.0.0.1, port: {port}, security: none, connections: {connections}}}\n"
        + "".join(f"  {line}\n" for line in more.splitlines())
    )


def publish(folder: Path, settings: str, addresses: Iterable[str]) -> None:
    """Write a publication with the draft issue 029 and active subscribers."""
    write_publication(folder, publication=PUBLICATION + settings, _029=DRAFT)
    database = open_database(Workspace(folder))
    rows = [
        {"address": address, "compared": address.lower(), "state": "active", "consent_at": 1, "created_at": 1}
        for address in addresses
    ]
    with database.write() as writing:
        if rows:
            writing.execute(insert(subscriber), rows)
    database.close()


def counts(run: Run) -> dict[str, int]:
    """Return the counts by state of the newest campaign, without zeros."""
    report = json.loads(run("campaign", "report", "029", "--json", code=0).stdout)
    return {state: number for state, number in report["counts"].items() if number}


def states(run: Run) -> dict[str, int]:
    """Count the subscribers by state."""
    subscribers = json.loads(run("subscribers", "list", "--json", code=0).stdout)
    return dict(Counter(subscriber["state"] for subscriber in subscribers))
