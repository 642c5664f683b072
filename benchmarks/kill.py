"""A campaign of 10,000 recipients whose sender is killed 100 times and resumed. The server records each message."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from tests.campaign.killing import campaign_with_kills

RECIPIENTS, KILLS, CONNECTIONS, SEED = 10_000, 100, 10, 2021


def measure() -> Iterator[Figure]:
    """Yield the number of kills by the phase of a delivery, and the lost and repeated messages."""
    with TemporaryDirectory() as folder:
        killed = campaign_with_kills(Path(folder), RECIPIENTS, KILLS, CONNECTIONS, SEED)
    outcome = killed.outcome
    yield Figure("kills, 10,000 recipients", outcome.runs, note=f"{killed.idle} left no delivery uncertain")
    yield Figure("lost recipients", len(outcome.lost), most=0)
    yield Figure("recipients whose message was accepted twice", len(outcome.doubled), most=0)
    yield Figure(
        "most uncertain deliveries after one kill", max(map(len, killed.doubtful), default=0), most=CONNECTIONS
    )
    yield Figure("uncertain deliveries at the end", outcome.uncertain, most=outcome.limit)
    for phase, number in sorted(killed.phases.items()):
        yield Figure(f"  uncertain, by phase: {phase}", number)
    yield Figure(
        "violations of the delivery guarantee",
        len(outcome.violations),
        most=0,
        note="; ".join(outcome.violations),
    )
