"""The history of ratios: one line of JSON for each stored run, so that a change sees what it cost.

Only ratios are compared, and only with runs on the same machine: absolute times depend on it and on its load.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clock import ROOT
from benchmarks.results import Run

HISTORY = ROOT / "benchmarks/history.jsonl"
# A smaller change of a ratio is noise.
NOTICED = 0.15


@dataclass(frozen=True, slots=True)
class Change:
    """A ratio that changed since it was measured before. Smaller ratios are better."""

    key: str
    before: float
    now: float

    @property
    def worse(self) -> bool:
        """Whether the ratio grew."""
        return self.now > self.before

    def line(self) -> str:
        """Return the change as a line of text."""
        return f"  {(self.now / self.before - 1) * 100:+.0f} %  {self.key}: {self.before:.2f} x, now {self.now:.2f} x"


def append_run(run: Run, path: Path = HISTORY) -> None:
    """Append the ratios of a run."""
    ratios = {key: float(f"{value:.4g}") for key, value in run.ratios.items()}
    line = {"date": run.date, "commit": run.commit, "machine": run.machine, "load": run.load, "ratios": ratios}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def last_ratios(machine: str, path: Path = HISTORY) -> dict[str, float]:
    """Return each ratio as it was measured last on a machine."""
    found: dict[str, float] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        stored = json.loads(line)
        if stored["machine"] == machine:
            found |= stored["ratios"]
    return found


def find_changes(before: Mapping[str, float], now: Mapping[str, float]) -> Iterator[Change]:
    """Yield the ratios that changed by more than 15 %, those first that grew most. A new ratio is no change."""
    changes = [Change(key, before[key], value) for key, value in now.items() if before.get(key) and value]
    for change in sorted(changes, key=lambda change: change.now / change.before, reverse=True):
        if max(change.now / change.before, change.before / change.now) > 1 + NOTICED:
            yield change


def describe_changes(before: Mapping[str, float], now: Mapping[str, float]) -> str:
    """Return the changes as text, or a sentence that there are none."""
    if not before.keys() & now.keys():
        return "No stored run on this machine to compare with."
    changes = list(find_changes(before, now))
    parts = []
    for title, worse in (("Worse", True), ("Better", False)):
        if lines := [change.line() for change in changes if change.worse is worse]:
            parts += [f"{title} than the last run on this machine by more than {NOTICED:.0%}:", *lines]
    return "\n".join(parts) or f"No ratio changed by more than {NOTICED:.0%} since the last run on this machine."
