"""Attacks on sending and on the public pages, in their long form. `make test` has a short form of each.

Each row of the table is an attack: how often it was made, the lost and doubled recipients, the uncertain deliveries,
and how many may be uncertain. For floods of forms, `lost` are other visitors who were refused, `doubled` are forms that
were admitted beyond the limit, and `limit` is the number of forms that could be admitted.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.campaign.attacked import Outcome
from tests.campaign.disturbing import campaign_with_restarts, campaign_with_suspensions
from tests.campaign.killing import campaign_with_kills
from tests.campaign.restoring import campaign_with_restore
from tests.campaign.sharing import Attacks, shared_campaign_with_attacks
from tests.own_postgresql import OwnPostgresql, own_postgresql
from tests.web.flooding import FLOODS, UNTRUSTED, Flood, Flooded, flood_forms
from tests.web.running import running

RECIPIENTS, CONNECTIONS, SEED = 2_000, 10, 2021
KILLS, RESTARTS, SUSPENSIONS, RESTORES, FORMS = 25, 20, 20, 5, 600
# Several processes, and the attacks on them, their database and their server.
SHARED_RECIPIENTS, WORKERS, WORKER_CONNECTIONS, ATTACKS = 10_000, 4, 5, Attacks(100, 5, 5)
_HEADER = ("attack", "runs", "lost", "doubled", "uncertain", "limit", "pass")


@dataclass(frozen=True)
class Row:
    """A row of the table. `violations` are empty if the attack failed to do harm."""

    attack: str
    runs: int
    lost: int
    doubled: int
    uncertain: int | None
    limit: int
    violations: Sequence[str]

    def line(self) -> str:
        """Return the row as a line of text."""
        uncertain = "–" if self.uncertain is None else f"{self.uncertain:,}"
        passed = "no" if self.violations else "yes"
        return _line((self.attack, self.runs, self.lost, self.doubled, uncertain, self.limit, passed))


def torture(*, as_json: bool) -> int:
    """Make all attacks and print their table, or JSON. Returns how many did harm."""
    rows = []
    if not as_json:
        print(_line(_HEADER))
    for row in _rows():
        rows.append(row)
        if not as_json:
            print(row.line(), *(f"    {each}" for each in row.violations), sep="\n", flush=True)
    if as_json:
        print(json.dumps([asdict(row) | {"pass": not row.violations} for row in rows], indent=2))
    return sum(bool(row.violations) for row in rows)


def _rows() -> Iterator[Row]:
    with TemporaryDirectory(prefix="torture") as folder, own_postgresql(Path(folder)) as server:
        for database, create in (("SQLite", lambda _: ""), ("PostgreSQL", server.create)):
            yield from _campaigns(database, create)
        yield _restarts(server)
        yield _shared(server)
    for flood in FLOODS:
        yield _flooded(flood, "127.0.0.0/8")
    yield _flooded(UNTRUSTED, "10.0.0.0/8")


def _campaigns(database: str, create: Callable[[str], str]) -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        killed = campaign_with_kills(Path(folder), RECIPIENTS, KILLS, CONNECTIONS, SEED, create("killed"))
    yield _row(f"SIGKILL while sending, {database}", [killed.outcome])
    with TemporaryDirectory() as folder:
        url = create("suspended")
        outcome = campaign_with_suspensions(Path(folder), RECIPIENTS, SUSPENSIONS, CONNECTIONS, SEED, url)
    yield _row(f"SIGSTOP until connections are closed, {database}", [outcome])
    outcomes = []
    for number in range(RESTORES):
        with TemporaryDirectory() as folder:
            url = create(f"restored_{number}")
            outcomes.append(campaign_with_restore(Path(folder), RECIPIENTS, CONNECTIONS, SEED + number, url))
    yield _row(f"backup restored while sending, {database}", outcomes)


def _restarts(server: OwnPostgresql) -> Row:
    with TemporaryDirectory() as folder:
        url = server.create("restarted")
        outcome = campaign_with_restarts(Path(folder), RECIPIENTS, RESTARTS, CONNECTIONS, SEED, url, server.restart)
    return _row("restart of PostgreSQL while sending", [outcome])


def _shared(server: OwnPostgresql) -> Row:
    with TemporaryDirectory() as folder:
        outcome = shared_campaign_with_attacks(
            Path(folder),
            SHARED_RECIPIENTS,
            WORKERS,
            WORKER_CONNECTIONS,
            SEED,
            server.create("shared"),
            ATTACKS,
            server.restart,
        )
    return _row(f"SIGKILL of {WORKERS} processes, restarts of both servers", [outcome])


def _row(attack: str, outcomes: Sequence[Outcome]) -> Row:
    return Row(
        attack,
        sum(each.runs for each in outcomes),
        sum(len(each.lost) for each in outcomes),
        sum(len(each.doubled) for each in outcomes),
        sum(each.uncertain for each in outcomes),
        sum(each.limit for each in outcomes),
        [violation for each in outcomes for violation in each.violations],
    )


def _flooded(flood: Flood, trusted: str) -> Row:
    with TemporaryDirectory() as folder, running(Path(folder), "--forwarded-allow-ips", trusted) as (_, url):
        found: Flooded = flood_forms(url, flood, FORMS)
    beyond = max(0, found.admitted - found.most)
    name = f"forms of {flood.name}"
    return Row(name, found.requests, len(found.shut_out), beyond, None, found.most, found.violations)


def _line(cells: Sequence[object]) -> str:
    attack, *numbers = cells
    texts = (f"{number:,}" if isinstance(number, int) else str(number) for number in numbers)
    return f"{attack:<50}" + "".join(f"{text:>11}" for text in texts)
