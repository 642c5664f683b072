"""The import of 1,000,000 subscribers from a CSV file, compared with SQLite inserting the same rows."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON
from benchmarks.figures import Figure
from benchmarks.total_memory import MeasuredRun, measure_run

LINES = 1_000_000
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


def measure() -> Iterator[Figure]:
    """Yield the times of both, and the time of importing the same file again, which changes nothing."""
    with TemporaryDirectory() as name:
        root = Path(name)
        (root / "newsletter.yaml").write_text(_PUBLICATION)
        subscribers = root / "subscribers.csv"
        _write_subscribers(subscribers)
        measure_run([NEWSLETTER, "-C", str(root), "db", "upgrade"])
        command = [PYTHON, "-c", _BARE, str(root / "newsletter.db"), str(subscribers)]
        bare = float(subprocess.run(command, check=True, capture_output=True).stdout)
        _remove_database(root)
        whole = _import(root)
        again = _import(root)
    yield Figure("SQLite executemany, prepared rows", LINES / bare, "rows/s")
    yield Figure("newsletter subscribers import", LINES / whole.processor, "rows/s")
    yield Figure("time of import / executemany", whole.processor / bare, "x", most=1 / 0.6)
    yield Figure("peak memory of an import", max(whole.memory, again.memory), "MB", most=100)
    yield Figure("importing the same file again, no changes", LINES / again.processor, "rows/s")


def _import(root: Path) -> MeasuredRun:
    subscribers = str(root / "subscribers.csv")
    return measure_run([NEWSLETTER, "-C", str(root), "subscribers", "import", subscribers, "--consent", "moved"])


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
