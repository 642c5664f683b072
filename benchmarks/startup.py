"""How long the command takes to say its help: the floor is Python importing click."""

from collections.abc import Iterator

from benchmarks.clock import NEWSLETTER, PYTHON, cold_in_turns
from benchmarks.figures import Figure

ROUNDS = 15


def measure() -> Iterator[Figure]:
    """`newsletter --help` and `import click`, each in a process of its own."""
    best = cold_in_turns({"help": [NEWSLETTER, "--help"], "click": [PYTHON, "-c", "import click"]}, ROUNDS)
    own, floor = best["help"], best["click"]
    yield Figure("newsletter --help / python -c 'import click'", own.processor / floor.processor, "x", most=1.5)
    yield Figure("newsletter --help", own.clock * 1000, "ms", note="on the clock")
    yield Figure("python -c 'import click'", floor.clock * 1000, "ms", note="on the clock")
