"""The import of 1,000,000 subscribers from a CSV file, compared with SQLite inserting the same rows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON
from benchmarks.figures import Figure

LINES = 1_000_000
ROUNDS = 2
_PUBLICATION = "name: P\nsite_url: https://p.example/\nfrom: {email: p@p.example}\npostal_address: A\n"
# The rows are prepared before the time starts. The statement is an upsert, like that of a handwritten import.
_BARE = """
import csv, sqlite3, sys, time
with open(sys.argv[2], newline="") as file:
    rows = [
        (email, email.lower(), name, language, "active", "moved", 1600000000, 1700000000)
        for email, name, language in list(csv.reader(file))[1:]
    ]
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA synchronous = FULL")
start = time.process_time()
database.execute("BEGIN IMMEDIATE")
database.executemany(
    "INSERT INTO subscriber (address, compared, name, language, state, consent_source, consent_at, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (compared) DO UPDATE SET name = excluded.name",
    rows,
)
database.execute("COMMIT")
print(time.process_time() - start)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """The CPU seconds of a process, and its peak memory in MB."""

    processor: float
    memory: float


def measure() -> Iterator[Figure]:
    """Yield the best of alternating runs, and the time of importing the same file again, which changes nothing."""
    with TemporaryDirectory() as name:
        root = Path(name)
        (root / "newsletter.yaml").write_text(_PUBLICATION)
        subscribers = root / "subscribers.csv"
        _write_subscribers(subscribers)
        bare, whole = [], []
        for _ in range(ROUNDS):
            _remove_database(root)
            _run([NEWSLETTER, "-C", str(root), "db", "upgrade"])
            done = subprocess.run(
                [PYTHON, "-c", _BARE, str(root / "newsletter.db"), str(subscribers)], check=True, capture_output=True
            )
            bare.append(float(done.stdout))
            _remove_database(root)
            whole.append(_import(root))
        again = _import(root)
    rate, best = LINES / min(bare), min(run.processor for run in whole)
    yield Figure("SQLite executemany, prepared rows", rate, "rows/s")
    yield Figure("newsletter subscribers import", LINES / best, "rows/s")
    yield Figure("time of import / executemany", best / min(bare), "x", most=1 / 0.6)
    yield Figure("peak memory of an import", max(run.memory for run in (*whole, again)), "MB", most=100)
    yield Figure("importing the same file again, no changes", LINES / again.processor, "rows/s")


def _import(root: Path) -> Run:
    subscribers = str(root / "subscribers.csv")
    return _run([NEWSLETTER, "-C", str(root), "subscribers", "import", subscribers, "--consent", "moved"])


def _run(command: list[str]) -> Run:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1_000_000)


def _remove_database(root: Path) -> None:
    for file in root.glob("newsletter.db*"):
        file.unlink()


def _write_subscribers(path: Path) -> None:
    """Write a CSV file whose addresses are not sorted, as in the order of sign-ups."""
    with path.open("w") as file:
        file.write("email,name,language\n")
        for number in range(LINES):
            mixed = number * 2_654_435_761 % 2**32
            file.write(f"{mixed:x}.Reader{number}@example{mixed % 997}.org,Reader Number {number},en\n")
