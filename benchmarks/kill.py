"""A campaign of 10,000 whose sender is killed 100 times and resumed, against a server that notes all that it takes."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from tests.campaign.killing import campaign_with_kills

RECIPIENTS, KILLS, CONNECTIONS, SEED = 10_000, 100, 10, 2021


def measure() -> Iterator[Figure]:
    """What the promise comes to: the kills by the phase that they hit, and whatever was lost or doubled."""
    with TemporaryDirectory() as folder:
        killed = campaign_with_kills(Path(folder), RECIPIENTS, KILLS, CONNECTIONS, SEED)
    states = list(killed.states.values())
    lost = sum(killed.states.get(address) not in ("accepted", "uncertain") for address in killed.recipients)
    yield Figure("kills of a campaign of 10,000", killed.kills, note=f"{killed.idle} of them left nothing in doubt")
    yield Figure("recipients lost", lost, most=0)
    yield Figure("recipients whose message was accepted twice", sum(n > 1 for n in killed.accepted.values()), most=0)
    yield Figure("most in doubt at one kill", max(map(len, killed.doubtful), default=0), most=CONNECTIONS)
    yield Figure("uncertain in the end", states.count("uncertain"), most=CONNECTIONS * KILLS)
    for phase, number in sorted(killed.phases.items()):
        yield Figure(f"  in doubt: {phase}", number)
    yield Figure(
        "broken promises of any kind", len(faults := killed.faults(CONNECTIONS)), most=0, note="; ".join(faults)
    )
