"""Campaigns whose sender is killed at random times and resumed until every message is sent."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.campaign.publication import REPOSITORY, Recording, delivery, publish, recording

# One kill in this many comes while the process starts, before it sends.
_EARLY = 8
# The timeout in seconds for a process to send or to end.
_TIMEOUT = 120


@dataclass
class Killed:
    """The result of a campaign with kills.

    Attributes:
        doubtful: For each kill, the recipients whose messages were in progress.
        phases: The number of messages that were in progress at a kill, by how far each was.
        idle: The number of kills with no message in progress.
    """

    recipients: set[str]
    accepted: Counter[str]
    states: dict[str, str]
    doubtful: list[set[str]] = field(default_factory=list)
    phases: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    idle: int = 0

    def faults(self, connections: int) -> list[str]:
        """Return all violations of the delivery guarantee."""
        found = []
        if lost := [a for a in self.recipients if self.states.get(a) not in ("accepted", "uncertain")]:
            found.append(f"lost: {lost[:5]}")
        if twice := [a for a, times in self.accepted.items() if times > 1]:
            found.append(f"accepted twice: {twice[:5]}")
        if wrong := [a for a, state in self.states.items() if state == "accepted" and not self.accepted[a]]:
            found.append(f"recorded as accepted, but was not: {wrong[:5]}")
        if any(len(some) > connections for some in self.doubtful):
            found.append(f"more in progress than connections: {max(map(len, self.doubtful))}")
        uncertain = {a for a, state in self.states.items() if state == "uncertain"}
        if uncertain != set().union(*self.doubtful):
            found.append("the uncertain deliveries are not those that were in progress at a kill")
        return found


def campaign_with_kills(folder: Path, recipients: int, kills: int, connections: int, seed: int) -> Killed:
    """Send a campaign, kill the process with SIGKILL at random times, resume it, and finally let it end."""
    chance = random.Random(seed)
    addresses = {f"reader{number}@d{number % 40}.example" for number in range(recipients)}
    with recording(folder) as server:
        publish(folder, delivery(server.port, connections=connections), sorted(addresses))
        result = Killed(addresses, Counter(), {})
        command = ["send", "029", "--yes", "--untested"]
        pace = recipients / (kills + 1)
        while result.kills < kills:
            process = _start(folder, command)
            if not _kill(process, server, pace, chance):
                break
            result.kills += 1
            doubtful = _in_state(folder, "attempting")
            result.doubtful.append(doubtful)
            _count_phases(result, doubtful, server)
            if not _states(folder):
                continue
            if not _in_state(folder, "pending"):
                break
            command = ["send", "--resume"]
        if _in_state(folder, "pending") | _in_state(folder, "attempting"):
            assert _start(folder, command).wait(_TIMEOUT) == 0
        result.accepted = Counter(server.accepted())
        result.states = _states(folder)
    return result


def _start(folder: Path, command: list[str]) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(
        [sys.executable, "-m", "newsletter", *command], cwd=folder, env=environment, stderr=subprocess.DEVNULL
    )


def _kill(process: subprocess.Popen[bytes], server: Recording, pace: float, chance: random.Random) -> bool:
    """Kill a sender, usually while it sends. Returns False if it ended before."""
    before, started_at = server.file.stat().st_size, time.monotonic()
    early = chance.random() < 1 / _EARLY
    timeout = chance.uniform(0, 1.5) if early else _TIMEOUT
    while time.monotonic() - started_at < timeout and server.file.stat().st_size == before:
        if _ended(process, 0.001):
            return False
    # The time of the kill depends on the size of the server's file: three short lines for each message.
    until = server.file.stat().st_size + (0 if early else chance.uniform(0, 2 * pace) * 100)
    while server.file.stat().st_size < until:
        if _ended(process, chance.uniform(0, 0.002)):
            return False
    if process.poll() is not None:
        return False
    process.send_signal(signal.SIGKILL)
    process.wait()
    return True


def _ended(process: subprocess.Popen[bytes], within: float) -> bool:
    """Return whether a process ends within some seconds."""
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        return False
    return True


def _count_phases(result: Killed, doubtful: set[str], server: Recording) -> None:
    accepted, started = set(server.accepted()), {address for (address,) in server.lines("rcpt")}
    for address in doubtful:
        if address in accepted:
            result.phases["accepted by the server, not yet recorded"] += 1
        elif address in started:
            result.phases["being sent"] += 1
        else:
            result.phases["claimed, nothing sent"] += 1
    result.idle += not doubtful


def _states(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "newsletter.db")) as connection:
        return dict(connection.execute("SELECT address, state FROM delivery"))


def _in_state(folder: Path, state: str) -> set[str]:
    return {address for address, found in _states(folder).items() if found == state}
