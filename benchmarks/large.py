"""A ledger of ten million recipients in PostgreSQL, compared with smaller ones. Run it with `make bench-large`.

NEWSLETTER_BENCH_ROWS sets another number of recipients. Each step is reported on stderr.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]
from sqlalchemy import Connection, text

from benchmarks.figures import Figure
from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.worker_identity import this_worker
from newsletter.database.database import Database
from newsletter.database.tables import subscriber
from newsletter.ledger import leases
from newsletter.ledger.leased_deliveries import lease_pending
from newsletter.ledger.new_campaign import NewCampaign, create_campaign, select_recipients
from newsletter.ledger.waiting_deliveries import last_delivery_id
from newsletter.reports.campaign_report import read_campaign_report
from tests.own_postgresql import OwnPostgresql, own_postgresql

ROWS = int(os.environ.get("NEWSLETTER_BENCH_ROWS", "10_000_000"))
# The small ledger, and the one that shows whether the time of creation grows linearly.
SMALL, MEDIUM = 10_000, ROWS // 10
# At each of these places of a ledger, so many batches are leased.
BATCH, BATCHES, PLACES = 500, 5, (0.0, 0.4, 0.7)
# The defaults are for a machine with little memory: with 1 GB of log, a checkpoint comes every million recipients.
_SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
_STEP = 1_000_000
_PEOPLE = text(
    "INSERT INTO subscriber (address, compared, state, consent_at, created_at)"
    " SELECT 'reader' || n || '@d' || n % 5000 || '.example', 'reader' || n || '@d' || n % 5000 || '.example',"
    " 'active', 1, 1 FROM generate_series(CAST(:first AS bigint), :last) n"
)
_READ = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'delivery'")
_SIZE = text(
    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
    " WHERE relname IN ('delivery', 'subscriber') AND relkind = 'r'"
)


@dataclass(frozen=True, slots=True)
class Created:
    """A campaign in a ledger with no other, and what was measured. Times are in seconds for each recipient.

    Attributes:
        creation: The time for the campaign and its deliveries.
        processor: The processor time of this process and of PostgreSQL for it. Other programs do not affect it.
        memory: The peak memory of this process after it, in MB.
        again: The processor time to find the recipients of a second campaign of the same issue.
    """

    database: Database
    id: int
    creation: float
    processor: float
    memory: float
    again: float


def measure() -> Iterator[Figure]:
    """Yield the figures of the largest ledger and their ratios to the others."""
    started = time.perf_counter()
    with (
        TemporaryDirectory(prefix="own") as folder,
        own_postgresql(Path(folder), _SETTINGS) as server,
        _database(server, SMALL, started) as few,
        _database(server, ROWS, started) as many,
    ):
        small = _create(few, SMALL, started)
        medium = _create(many, MEDIUM, started)
        large = _create(many, ROWS, started)
        yield from _compare_creation(small, medium, large)
        _report(started, "leasing")
        yield _compare_leases(small, large)
        _report(started, "reading reports")
        yield from _measure_reports(large)
        with many.read() as connection:
            size = float(connection.execute(_SIZE).scalar_one())
    note = "subscriber and delivery with their indexes, before any message is sent"
    yield Figure("disk for each recipient", size / ROWS, "bytes", note=note)
    note = "all of it; PostgreSQL with " + ", ".join(" ".join(one) for one in _SETTINGS.items())
    yield Figure("duration", (time.perf_counter() - started) / 60, "min", note=note)


def _report(started: float, step: str) -> None:
    print(f"{(time.perf_counter() - started) / 60:6.1f} min  {step}", file=sys.stderr, flush=True)


def _database(server: OwnPostgresql, rows: int, started: float) -> Database:
    database = Database.open(server.create(f"large_{rows}"))
    for first in range(1, rows + 1, _STEP):
        _report(started, f"adding subscribers, {first - 1:,} of {rows:,}")
        with database.write() as connection:
            connection.execute(_PEOPLE, {"first": first, "last": min(first + _STEP - 1, rows)})
    _vacuum(database, "subscriber")
    return database


def _vacuum(database: Database, table: str) -> None:
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(f"VACUUM ANALYZE {table}")


def _create(database: Database, rows: int, started: float) -> Created:
    """Create a campaign in an empty ledger."""
    with database.write() as connection:
        connection.execute(text("TRUNCATE delivery"))
    reported = 0

    def done(number: int) -> None:
        nonlocal reported
        if number >= reported:
            _report(started, f"creating a campaign, {number:,} of {rows:,}")
            reported += _STEP

    audience = subscriber.c.id <= rows
    began = time.perf_counter()
    with database.write() as connection, _processor_time(connection) as creation:
        new = NewCampaign(str(rows), "0" * 64, "Large", "", "", git_clean=True, now=1)
        id = create_campaign(connection, new, audience, done)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _vacuum(database, "delivery")
    _report(started, "finding the recipients of a second campaign")
    with database.read() as connection, _processor_time(connection) as again:
        found = sum(map(len, select_recipients(connection, [str(rows)], audience)))
    assert found == rows, found
    return Created(database, id, seconds / rows, sum(creation) / rows, memory, sum(again) / rows)


@contextmanager
def _processor_time(connection: Connection) -> Iterator[list[float]]:
    """Append the processor seconds of this process and of the session in PostgreSQL to a list when the block ends."""
    session = psutil.Process(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

    def seconds() -> float:
        times = session.cpu_times()
        return float(times.user + times.system) + time.process_time()

    found: list[float] = []
    before = seconds()
    yield found
    found.append(seconds() - before)


def _compare_creation(small: Created, medium: Created, large: Created) -> Iterator[Figure]:
    note = f"{large.processor * 1e6:.0f} µs a recipient; wall-clock {large.creation * 1e6:.0f} µs"
    growth = large.processor / medium.processor
    yield Figure(f"creation of {ROWS:,}, CPU time per recipient, to {MEDIUM:,}", growth, "x", 1.2, note)
    note = f"{large.again * 1e6:.0f} µs a recipient"
    yield Figure("recipients of a second campaign, likewise", large.again / medium.again, "x", 1.2, note)
    note = f"{large.memory:.0f} MB, and {small.memory:.0f} MB with {SMALL:,}"
    yield Figure("peak memory of the creation", large.memory / small.memory, "x", 1.2, note)


def _compare_leases(small: Created, large: Created) -> Figure:
    """Lease batches in both ledgers alternately, at the same places. What was leased stays leased."""
    seconds: Mapping[str, list[float]] = {"small": [], "large": []}
    held = {}
    for name, created in (("small", small), ("large", large)):
        with created.database.write() as connection:
            id, last = created.id, last_delivery_id(connection, created.id)
            lease = leases.take_lease(connection, id, this_worker(), 0, 3600)
            first = connection.execute(text("SELECT min(id) FROM delivery")).scalar_one()
        held[name] = (created.database, id, lease, first, last)
    for place in PLACES:
        for database, id, _, first, last in held.values():
            with database.write() as connection:
                _jump(connection, id, first - 1 + int(place * (last - first)))
        for _ in range(BATCHES):
            for name, (database, id, lease, _, last) in held.items():
                began = time.perf_counter()
                with database.write() as connection:
                    found = lease_pending(connection, id, lease, BATCH, last)
                seconds[name].append(time.perf_counter() - began)
                assert len(found) == BATCH, (place, len(found))
    few, many = median(seconds["small"]), median(seconds["large"])
    note = f"{many * 1000:.1f} ms, and {few * 1000:.1f} ms among {SMALL:,}"
    return Figure(f"lease of {BATCH} recipients among {ROWS:,}, to {SMALL:,}", many / few, "x", 1.5, note)


def _jump(connection: Connection, id: int, place: int) -> None:
    """Continue to lease after a delivery, as if those before it had been leased."""
    query = text("UPDATE shared_run SET leased_up_to = :place WHERE campaign_id = :id")
    connection.execute(query, {"place": place, "id": id})


def _measure_reports(large: Created) -> Iterator[Figure]:
    reports = CampaignReports(large.database)
    campaign = campaign_by_id(large.database, large.id)

    def report() -> None:
        with large.database.read() as connection:
            read_campaign_report(connection, campaign)

    for name, work in (("report", report), ("completion", lambda: reports.counts(campaign))):
        seconds, number = _rows_read(large.database, work)
        yield Figure(f"{name}, rows read for each recipient", number / ROWS, "x", 1.1, f"{seconds:.1f} s")


def _rows_read(database: Database, work: Callable[[], object]) -> tuple[float, int]:
    """Return the seconds of a function, and how many rows of the ledger it has read."""
    before = _count_read(database)
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return seconds, _count_read(database) - before


def _count_read(database: Database) -> int:
    # A session reports what it has read when it ends, or on request.
    database.engine.dispose()
    with database.read() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    with database.read() as connection:
        connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        number: int = connection.execute(_READ).scalar_one()
    return number
