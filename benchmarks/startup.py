"""The time of `newsletter --help`, compared with Python importing click."""

from collections.abc import Iterator

from benchmarks.clock import NEWSLETTER, PYTHON, time_cold_starts
from benchmarks.figures import Figure

ROUNDS = 15


def measure() -> Iterator[Figure]:
    """Yield the times of `newsletter --help` and `import click`, each in a new process."""
    best = time_cold_starts({"help": [NEWSLETTER, "--help"], "click": [PYTHON, "-c", "import click"]}, ROUNDS)
    own, click = best["help"], best["click"]
    yield Figure("newsletter --help / python -c 'import click'", own.processor / click.processor, "x", most=1.5)
    yield Figure("newsletter --help", own.clock * 1000, "ms", note="wall-clock time")
    yield Figure("python -c 'import click'", click.clock * 1000, "ms", note="wall-clock time")
