"""A million subscribers from a CSV file, beside what SQLite takes when it is handed the same rows ready-made."""

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
ROUNDS = 3
_PUBLICATION = "name: P\nsite_url: https://p.example/\nfrom: {email: p@p.example}\npostal_address: A\n"
# The rows are made before the clock starts; the statement is an upsert, as an import by hand would be.
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
    """Seconds of processor time, and the largest resident set in MB."""

    processor: float
    memory: float


def measure() -> Iterator[Figure]:
    """Both in turns, the best of each; then the same file again, when everybody is known."""
    with TemporaryDirectory() as name:
        root = Path(name)
        (root / "newsletter.yaml").write_text(_PUBLICATION)
        people = root / "people.csv"
        _write_people(people)
        bare, whole = [], []
        for _ in range(ROUNDS):
            _forget(root)
            _run([NEWSLETTER, "-C", str(root), "db", "upgrade"])
            done = subprocess.run(
                [PYTHON, "-c", _BARE, str(root / "newsletter.db"), str(people)], check=True, capture_output=True
            )
            bare.append(float(done.stdout))
            _forget(root)
            whole.append(_import(root))
        again = _import(root)
    rate, best = LINES / min(bare), min(run.processor for run in whole)
    yield Figure("1,000,000 rows by a bare executemany, ready-made", rate, "rows/s")
    yield Figure("1,000,000 lines by subscribers import, whole", LINES / best, "rows/s")
    yield Figure("import / bare, in time", best / min(bare), "x", most=1 / 0.6)
    yield Figure(
        "peak memory of the import, and of the same again", max(run.memory for run in (*whole, again)), "MB", most=100
    )
    yield Figure("the same file again: nobody changes", LINES / again.processor, "rows/s")


def _import(root: Path) -> Run:
    people = str(root / "people.csv")
    return _run([NEWSLETTER, "-C", str(root), "subscribers", "import", people, "--consent", "moved"])


def _run(command: list[str]) -> Run:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1_000_000)


def _forget(root: Path) -> None:
    for file in root.glob("newsletter.db*"):
        file.unlink()


def _write_people(path: Path) -> None:
    """Addresses in no order, as they come from sign-ups."""
    with path.open("w") as file:
        file.write("email,name,language\n")
        for number in range(LINES):
            mixed = number * 2_654_435_761 % 2**32
            file.write(f"{mixed:x}.Reader{number}@example{mixed % 997}.org,Reader Number {number},en\n")
