"""The stored results: for each subject the run that measured it last. `docs/performance.md` shows them."""

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.clock import ROOT
from benchmarks.figures import Figure
from benchmarks.machine import describe_commit, describe_machine, describe_system, list_versions

RESULTS = ROOT / "benchmarks/results.json"


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of one subject, and the seconds that measuring them took."""

    seconds: float
    figures: list[Figure]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of benchmarks.

    Args:
        date: The day on which it started.
        commit: The commit that was measured.
        machine: The processor, its cores and the memory.
        system: The operating system.
        load: How many other processes ran on the machine, on average over the minute before the start.
        versions: The versions of programs and libraries.
        subjects: What was measured.
    """

    date: str
    commit: str
    machine: str
    system: str
    load: float
    versions: dict[str, str]
    subjects: dict[str, Measured] = field(default_factory=dict)

    @property
    def ratios(self) -> dict[str, float]:
        """The ratios by their keys: subject and name."""
        return {
            make_key(subject, figure): figure.value
            for subject, measured in self.subjects.items()
            for figure in measured.figures
            if figure.unit == "x" and figure.value is not None
        }


_RUNS = TypeAdapter(list[Run])


def make_key(subject: str, figure: Figure) -> str:
    """Return the key by which a figure is found in other runs and in documents."""
    return f"{subject}: {figure.name.strip()}"


def start_run() -> Run:
    """Return a run of today that has measured nothing yet."""
    today = datetime.now(UTC).date().isoformat()
    return Run(
        today, describe_commit(), describe_machine(), describe_system(), round(os.getloadavg()[0], 1), list_versions()
    )


def read_results(path: Path = RESULTS) -> list[Run]:
    """Return the stored runs, the oldest first, each with the subjects that no later run has measured."""
    return _RUNS.validate_json(path.read_bytes()) if path.exists() else []


def store_results(run: Run, path: Path = RESULTS) -> None:
    """Store a run. Its subjects replace those of earlier runs."""
    earlier = [
        replace(old, subjects={name: old.subjects[name] for name in old.subjects if name not in run.subjects})
        for old in read_results(path)
    ]
    kept = [old for old in earlier if old.subjects]
    path.write_bytes(_RUNS.dump_json([*kept, run], indent=1) + b"\n")
