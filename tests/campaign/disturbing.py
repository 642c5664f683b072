"""Campaigns that go on while their database restarts, or after their sender was suspended."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.campaign.attacked import RESUME, SEND, TIMEOUT, AttackedCampaign, Outcome, attacked, ended

if TYPE_CHECKING:
    import subprocess

# After how many seconds the server closes the connections of a suspended sender.
_IDLE_TIMEOUT = 0.5
_REFUSAL = "another process is sending from this database"


def campaign_with_restarts(
    folder: Path,
    recipients: int,
    restarts: int,
    connections: int,
    seed: int,
    database: str,
    restart: Callable[[], None],
) -> Outcome:
    """Send a campaign in one process, and restart its database at random times.

    Answers are kept while the database is away, so no delivery may become uncertain. The arguments are those of
    `attacked`, the number of restarts, and the function that restarts the database.
    """
    with (
        attacked(folder, recipients, connections, seed, database=database) as campaign,
        campaign.process(*SEND) as sender,
    ):
        runs = 0
        while runs < restarts and _continue(campaign, sender, restarts):
            restart()
            runs += 1
        return _end(campaign, sender, runs, 0, [])


def campaign_with_suspensions(
    folder: Path, recipients: int, suspensions: int, connections: int, seed: int, database: str = ""
) -> Outcome:
    """Send a campaign in one process, and suspend it at random times until the server closes its connections.

    Meanwhile, no other process may send from a SQLite file. The arguments are those of `attacked`, and the number of
    suspensions.
    """
    faults = []
    with (
        attacked(folder, recipients, connections, seed, database=database, idle_timeout=_IDLE_TIMEOUT) as campaign,
        campaign.process(*SEND) as sender,
    ):
        runs = 0
        while runs < suspensions and _continue(campaign, sender, suspensions):
            with _suspended(campaign, sender):
                code, output = campaign.run(*RESUME) if runs == 0 and not database else (1, _REFUSAL)
            if code != 1 or _REFUSAL not in output:
                faults.append(f"another process was not refused: {output}")
            runs += 1
        return _end(campaign, sender, runs, runs * connections, faults)


@contextmanager
def _suspended(campaign: AttackedCampaign, sender: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Suspend a process for the block, and at least until the server closes a connection of it."""
    closed = len(campaign.server.lines("idle"))
    sender.send_signal(signal.SIGSTOP)
    try:
        os.waitid(os.P_PID, sender.pid, os.WSTOPPED | os.WNOWAIT)
        yield
        while len(campaign.server.lines("idle")) == closed:
            ended(sender, 0.01)
    finally:
        sender.send_signal(signal.SIGCONT)


def _continue(campaign: AttackedCampaign, sender: "subprocess.Popen[bytes]", attacks: int) -> bool:
    """Wait for a random number of messages before the next attack. Returns False if the sender ended before."""
    pace = len(campaign.recipients) / (attacks + 1)
    return campaign.wait_for_messages(sender, campaign.chance.uniform(0, pace))


def _end(
    campaign: AttackedCampaign, sender: "subprocess.Popen[bytes]", runs: int, limit: int, faults: list[str]
) -> Outcome:
    """Let the sender end, which must have sent everything."""
    if code := sender.wait(TIMEOUT):
        faults = [*faults, f"exit code {code}: {(campaign.folder / 'messages.txt').read_text()}"]
    return campaign.outcome(runs, limit, faults)
