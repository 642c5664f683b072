"""A campaign that is attacked while it is sent from another process, and the violations of the delivery guarantee."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from newsletter.database.database import Database
from newsletter.database.tables import delivery
from newsletter.workspace.open_database import database_url
from newsletter.workspace.workspace import Workspace
from tests.campaign.publication import REPOSITORY, Recording, publish, recording
from tests.campaign.publication import delivery as settings

SEND, RESUME = ("send", "029", "--yes", "--untested"), ("send", "--resume")
# The timeout in seconds for a process to send or to end.
TIMEOUT = 120
# The server's file has three short lines for each message: about this many bytes.
_LINES = 100


@dataclass(frozen=True)
class Outcome:
    """What an attack did to the recipients.

    Attributes:
        runs: How often the attack was made.
        lost: Recipients whose message was neither accepted nor is uncertain, or is wrongly recorded as accepted.
        doubled: Recipients whose message was accepted more than once.
        uncertain: The uncertain deliveries in the end.
        limit: The most deliveries that the attack may leave uncertain.
        faults: Other violations.
    """

    runs: int
    lost: list[str]
    doubled: list[str]
    uncertain: int
    limit: int
    faults: tuple[str, ...] = ()

    @property
    def violations(self) -> list[str]:
        """All violations of the delivery guarantee."""
        found = list(self.faults)
        if self.lost:
            found.append(f"lost: {self.lost[:5]}")
        if self.doubled:
            found.append(f"accepted twice: {self.doubled[:5]}")
        if self.uncertain > self.limit:
            found.append(f"{self.uncertain} uncertain deliveries, at most {self.limit} allowed")
        return found


@dataclass(frozen=True)
class AttackedCampaign:
    """A publication, its recipients, and the server that it sends to.

    Attributes:
        url: The URL of its database.
        chance: Selects the times of the attacks.
    """

    folder: Path
    server: Recording
    recipients: frozenset[str]
    url: str
    connections: int
    chance: random.Random

    @contextmanager
    def process(
        self, *command: str, messages: str = "messages.txt", folder: Path | None = None, lease: float = 0
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command in another process, which the block ends, or waits for. It is killed if the block fails.

        Args:
            command: The command and its arguments.
            messages: The name of the file with what it writes to stderr.
            folder: The folder of the publication; by default the one that was attacked.
            lease: The duration of leases in seconds; by default as always.
        """
        program = ("tests.campaign.short_leases", str(lease)) if lease else ("newsletter",)
        with (
            (self.folder / messages).open("wb") as file,
            subprocess.Popen(
                [sys.executable, "-m", *program, *command],
                cwd=folder or self.folder,
                env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
                stderr=file,
            ) as process,
        ):
            try:
                yield process
            except BaseException:
                process.kill()
                raise

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command in another process until it ends. Returns its exit code and its messages."""
        with self.process(*command, messages="other.txt") as process:
            code = process.wait(TIMEOUT)
        return code, (self.folder / "other.txt").read_text()

    def wait_for_messages(self, process: "subprocess.Popen[bytes]", number: float) -> bool:
        """Wait until the server has received about so many more messages. Returns False if the process ended before."""
        until = self.server.file.stat().st_size + number * _LINES
        deadline = time.monotonic() + TIMEOUT
        while self.server.file.stat().st_size < until:
            assert time.monotonic() < deadline, "the server receives no messages"
            if ended(process, self.chance.uniform(0, 0.002)):
                return False
        return process.poll() is None

    def finish(self) -> None:
        """Resume the campaign until nothing is left to send."""
        states = Counter(self.states().values())
        if not states or states["pending"] + states["attempting"] + states["deferred"]:
            code, output = self.run(*(RESUME if states else SEND))
            assert code == 0, output

    def states(self) -> Mapping[str, str]:
        """The state of each delivery, by address."""
        with Database.open(self.url) as database, database.read() as connection:
            return {row.address: row.state for row in connection.execute(select(delivery.c.address, delivery.c.state))}

    def in_state(self, state: str) -> set[str]:
        """The addresses of the deliveries in a state."""
        return {address for address, found in self.states().items() if found == state}

    def outcome(self, runs: int, limit: int, faults: Iterable[str] = ()) -> Outcome:
        """Compare the ledger with what the server accepted."""
        states, accepted = self.states(), Counter(self.server.accepted())
        lost = [
            address
            for address in sorted(self.recipients)
            if not (states.get(address) == "uncertain" or (states.get(address) == "accepted" and accepted[address]))
        ]
        doubled = [address for address, times in accepted.items() if times > 1]
        uncertain = sum(state == "uncertain" for state in states.values())
        return Outcome(runs, lost, doubled, uncertain, limit, tuple(faults))


def ended(process: "subprocess.Popen[bytes]", within: float) -> bool:
    """Return whether a process ends within some seconds."""
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        return False
    return True


@contextmanager
def attacked(
    folder: Path,
    recipients: int,
    connections: int,
    seed: int,
    *,
    database: str = "",
    idle_timeout: float = 0,
    held: int = 0,
) -> Iterator[AttackedCampaign]:
    """Write a publication with subscribers and run a server for it until the block ends.

    Args:
        folder: An empty folder.
        recipients: The number of subscribers.
        connections: The number of connections to the server.
        seed: Selects the times of the attacks.
        database: The URL of the database. By default, it is a SQLite file in the folder.
        idle_timeout: After how many seconds the server closes idle connections. 0: never.
        held: The number of recipients, the first ones, whose messages get no reply until the server releases them.
    """
    addresses = {f"reader{number}@d{number % 40}.example" for number in range(held, recipients)}
    addresses |= {f"held{number}@d.example" for number in range(held)}
    with recording(folder, idle_timeout) as server:
        setting = f"database: {database}\n" if database else ""
        publish(folder, setting + settings(server.port, connections=connections), sorted(addresses))
        url = database_url(Workspace(folder))
        yield AttackedCampaign(folder, server, frozenset(addresses), url, connections, random.Random(seed))
