"""Campaigns that several processes send together, while they, their database and their server are attacked."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from newsletter.database.database import Database
from newsletter.database.tables import delivery, sending_lease
from tests.campaign.attacked import RESUME, SEND, TIMEOUT, AttackedCampaign, Outcome, attacked
from tests.waiting import wait_for

if TYPE_CHECKING:
    import subprocess

_LINES = 100
# What psycopg reports if PostgreSQL does not accept connections, or its socket does not exist; and if it ends one.
_REFUSED, _LOST = re.compile("connection failed|connection is bad"), "server closed the connection"


@dataclass(frozen=True)
class Attacks:
    """How often to kill a process, to restart the database, and to restart the SMTP server."""

    kills: int
    database_restarts: int
    server_restarts: int


@dataclass
class Workers:
    """The processes that send a campaign."""

    campaign: AttackedCampaign
    database: Database
    running: ExitStack
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def start(self, *command: str, folder: Path | None = None, lease: float = 0) -> "subprocess.Popen[bytes]":
        """Start a process."""
        name = f"messages{len(self.processes)}.txt"
        started = self.running.enter_context(self.campaign.process(*command, messages=name, folder=folder, lease=lease))
        self.processes.append(started)
        return started

    def start_all(self, number: int, *, lease: float = 0) -> None:
        """Start processes at the same time, and let them send when all have a lease."""
        for _ in range(number):
            self.start(*SEND, lease=lease)
        self.wait_for_leases(number)
        self.campaign.server.release()

    def messages(self, process: "subprocess.Popen[bytes]") -> str:
        """Return what a process has written to stderr."""
        return (self.campaign.folder / f"messages{self.processes.index(process)}.txt").read_text()

    @property
    def alive(self) -> "list[subprocess.Popen[bytes]]":
        """The processes that have not ended."""
        return [process for process in self.processes if process.poll() is None]

    def leases(self) -> dict[int, int]:
        """Return the fencing number of each process that has a lease, by its process id."""
        with self.database.read() as connection:
            rows = connection.execute(select(sending_lease.c.worker, sending_lease.c.id))
            return {int(worker.rpartition(":")[2]): id for worker, id in rows}

    def wait_for_leases(self, number: int) -> None:
        """Wait until so many processes have a lease."""
        wait_for(lambda: len(self.leases()) >= number, TIMEOUT)

    def wait_for_messages(self, number: float) -> bool:
        """Wait until the server has received about so many more messages. Returns False if all processes have ended."""
        file = self.campaign.server.file
        until = file.stat().st_size + number * _LINES
        wait_for(lambda: file.stat().st_size >= until or not self.alive, TIMEOUT)
        return bool(self.alive)


@contextmanager
def shared(folder: Path, recipients: int, connections: int, seed: int, database: str) -> Iterator[Workers]:
    """Write a publication with subscribers and run a server for it. The arguments are those of `attacked`.

    The first process cannot send more than a message on each connection before `start_all` has started the others.
    """
    with (
        attacked(folder, recipients, connections, seed, database=database, held=connections) as campaign,
        Database.open(database) as opened,
        ExitStack() as running,
    ):
        yield Workers(campaign, opened, running)


def shared_campaign_with_attacks(
    folder: Path,
    recipients: int,
    workers: int,
    connections: int,
    seed: int,
    database: str,
    attacks: Attacks,
    restart: Callable[[], None],
) -> Outcome:
    """Send a campaign with several processes. A process that was killed is replaced at once.

    The arguments are those of `attacked`, the number of processes, the attacks, which come in a random order, and the
    function that restarts the database.
    """
    with shared(folder, recipients, connections, seed, database) as group:
        campaign, chance = group.campaign, group.campaign.chance
        group.start_all(workers)
        order = (
            ["kill"] * attacks.kills + ["database"] * attacks.database_restarts + ["server"] * attacks.server_restarts
        )
        chance.shuffle(order)
        doubtful: set[str] = set()
        made = limit = 0
        for attack in order:
            if not group.wait_for_messages(chance.uniform(0, recipients / (len(order) + 1))):
                break
            made += 1
            if attack == "kill":
                doubtful |= _kill_one(group)
                group.start(*RESUME)
                limit += connections
            elif attack == "database":
                restart()
            else:
                campaign.server.restart()
                limit += connections * workers
        faults = [
            f"exit code {process.returncode}: {group.messages(process)}"
            for process in group.processes
            if process.wait(TIMEOUT) not in (0, -9) and not _failed_to_start(group.messages(process))
        ]
        faults += [f"not ambiguous: {address}" for address in _certain(campaign) - doubtful]
        return campaign.outcome(made, limit, faults)


def _failed_to_start(messages: str) -> bool:
    """Return whether a process ended because the database restarted before the process sent anything."""
    return bool(_REFUSED.search(messages)) or (_LOST in messages and "campaign #1" not in messages)


def _kill_one(group: Workers) -> set[str]:
    """Kill a process, preferably one that sends. Returns the recipients whose messages were in progress."""
    leases = group.leases()
    sending = [process for process in group.alive if process.pid in leases]
    victim = group.campaign.chance.choice(sending or group.alive)
    victim.kill()
    victim.wait()
    _wait_for_transactions(group)
    if victim.pid not in leases:
        return set()
    with group.database.read() as connection:
        in_doubt = delivery.c.state.in_(("attempting", "uncertain"))
        query = select(delivery.c.address).where(delivery.c.lease == leases[victim.pid], in_doubt)
        return set(connection.execute(query).scalars())


def _wait_for_transactions(group: Workers) -> None:
    """Wait until all transactions that have begun are over: the last commit of a killed process may be in progress."""
    with group.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        now = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start < :now"
        )
        wait_for(lambda: connection.execute(query, {"now": now}).scalar_one() == 0, TIMEOUT)


def _certain(campaign: AttackedCampaign) -> set[str]:
    """Return the uncertain deliveries whose connection was not lost after the message."""
    with Database.open(campaign.url) as database, database.read() as connection:
        uncertain = (delivery.c.state == "uncertain", delivery.c.answered_at.is_(None))
        return set(connection.execute(select(delivery.c.address).where(*uncertain)).scalars())
