"""Campaigns whose sender is killed at random times and resumed until every message is sent."""

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.campaign.attacked import RESUME, SEND, TIMEOUT, AttackedCampaign, Outcome, attacked, ended

if TYPE_CHECKING:
    import subprocess

# One kill in this many comes while the process starts, before it sends.
_EARLY = 8


@dataclass
class Killed:
    """The result of a campaign with kills.

    Attributes:
        doubtful: For each kill, the recipients whose messages were in progress.
        phases: The number of messages that were in progress at a kill, by how far each was.
        idle: The number of kills with no message in progress.
        outcome: What became of the recipients.
    """

    doubtful: list[set[str]] = field(default_factory=list)
    phases: Counter[str] = field(default_factory=Counter)
    idle: int = 0
    outcome: Outcome = field(default_factory=lambda: Outcome(0, [], [], 0, 0))


def campaign_with_kills(
    folder: Path, recipients: int, kills: int, connections: int, seed: int, database: str = ""
) -> Killed:
    """Send a campaign, kill the process with SIGKILL at random times, resume it, and finally let it end.

    The arguments are those of `attacked`, and the number of kills.
    """
    result = Killed()
    with attacked(folder, recipients, connections, seed, database=database) as campaign:
        command: tuple[str, ...] = SEND
        while len(result.doubtful) < kills:
            with campaign.process(*command) as process:
                if not _kill(campaign, process, recipients / (kills + 1)):
                    break
            doubtful = campaign.in_state("attempting")
            result.doubtful.append(doubtful)
            _count_phases(result, doubtful, campaign)
            if not campaign.states():
                continue
            if not campaign.in_state("pending"):
                break
            command = RESUME
        campaign.finish()
        faults = _faults(result, campaign)
        result.outcome = campaign.outcome(len(result.doubtful), len(result.doubtful) * connections, faults)
    return result


def _faults(result: Killed, campaign: AttackedCampaign) -> list[str]:
    """Return violations of what only kills can show."""
    found = []
    if any(len(some) > campaign.connections for some in result.doubtful):
        found.append(f"more in progress than connections: {max(map(len, result.doubtful))}")
    if campaign.in_state("uncertain") != set().union(*result.doubtful):
        found.append("the uncertain deliveries are not those that were in progress at a kill")
    return found


def _kill(campaign: AttackedCampaign, process: "subprocess.Popen[bytes]", pace: float) -> bool:
    """Kill a sender, usually while it sends. Returns False if it ended before."""
    file, chance = campaign.server.file, campaign.chance
    before, started_at = file.stat().st_size, time.monotonic()
    early = chance.random() < 1 / _EARLY
    timeout = chance.uniform(0, 1.5) if early else TIMEOUT
    while time.monotonic() - started_at < timeout and file.stat().st_size == before:
        if ended(process, 0.001):
            return False
    if not campaign.wait_for_messages(process, 0 if early else chance.uniform(0, 2 * pace)):
        return False
    process.kill()
    return True


def _count_phases(result: Killed, doubtful: set[str], campaign: AttackedCampaign) -> None:
    accepted = set(campaign.server.accepted())
    started = {address for (address,) in campaign.server.lines("rcpt")}
    for address in doubtful:
        if address in accepted:
            result.phases["accepted by the server, not yet recorded"] += 1
        elif address in started:
            result.phases["being sent"] += 1
        else:
            result.phases["claimed, nothing sent"] += 1
    result.idle += not doubtful
