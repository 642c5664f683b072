"""A ledger of ten million recipients in PostgreSQL, compared with smaller ones. Run it with `make bench-large`.

NEWSLETTER_BENCH_ROWS sets another number of recipients.
"""

import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, text

from benchmarks.figures import Figure
from newsletter.campaign.campaign_reports import CampaignReports
from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.worker_identity import this_worker
from newsletter.database.database import Database
from newsletter.ledger import campaigns, leases
from newsletter.subscribers.segments import build_segment_condition, parse_segment
from tests.own_postgresql import OwnPostgresql, own_postgresql

ROWS = int(os.environ.get("NEWSLETTER_BENCH_ROWS", "10_000_000"))
# The small ledger, and the one that shows whether the time of creation grows linearly.
SMALL, MEDIUM = 10_000, ROWS // 10
BATCH, BATCHES = 500, 16
_PEOPLE = text(
    "INSERT INTO subscriber (address, compared, state, consent_at, created_at)"
    " SELECT 'reader' || n || '@d' || n % 5000 || '.example', 'reader' || n || '@d' || n % 5000 || '.example',"
    " 'active', 1, 1 FROM generate_series(1, :number) n"
)
_READ = text(
    "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'delivery'",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured with one ledger. Times are in seconds.

    Attributes:
        creation: The time for the campaign and its deliveries.
        memory: The peak memory of this process after it, in MB.
        lease: The median time to lease a batch, at the beginning, in the middle and near the end.
        report: The time of a report.
        report_rows: How many rows the report has read, for each recipient.
        completion: The time to count what is left, for the completion of the campaign.
        completion_rows: As `report_rows`.
    """

    creation: float
    memory: float
    lease: float
    report: float
    report_rows: float
    completion: float
    completion_rows: float


def measure() -> Iterator[Figure]:
    """Yield the figures of the largest ledger and their ratios to the others."""
    with TemporaryDirectory(prefix="own") as folder, own_postgresql(Path(folder)) as server:
        small, medium, large = (_measure(server, rows) for rows in (SMALL, MEDIUM, ROWS))
    growth = large.creation / medium.creation / (ROWS / MEDIUM)
    note = f"{large.creation / ROWS * 1e6:.0f} µs a recipient"
    yield Figure(f"creation of {ROWS:,} recipients, per recipient, to {MEDIUM:,}", growth, "x", 1.2, note)
    note = f"{large.lease * 1000:.1f} ms, and {small.lease * 1000:.1f} ms among {SMALL:,}"
    yield Figure(f"lease of {BATCH} recipients among {ROWS:,}, to {SMALL:,}", large.lease / small.lease, "x", 1.5, note)
    yield Figure("report, rows read for each recipient", large.report_rows, "x", 1.1, f"{large.report:.1f} s")
    note = f"{large.completion:.1f} s"
    yield Figure("completion, rows read for each recipient", large.completion_rows, "x", 1.1, note)
    note = f"{large.memory:.0f} MB, and {small.memory:.0f} MB with {SMALL:,}"
    yield Figure("peak memory of the creation", large.memory / small.memory, "x", 1.2, note)


def _measure(server: OwnPostgresql, rows: int) -> Measured:
    with Database.open(server.create(f"large_{rows}")) as database:
        with database.write() as connection:
            connection.execute(_PEOPLE, {"number": rows})
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE subscriber")
        new = campaigns.NewCampaign("large", "0" * 64, "Large", "", "", True, 1)
        started = time.perf_counter()
        with database.write() as connection:
            id = campaigns.create_campaign(connection, new, build_segment_condition(parse_segment("", "--to"), "en"))
        creation = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE delivery")
        lease = _lease(database, id)
        reports = CampaignReports(database)
        campaign = campaign_by_id(database, id)

        def report() -> None:
            reports.summary(campaign, 10)
            reports.bounce_counts(campaign)

        report_time, report_rows = _rows_read(database, report)
        completion, completion_rows = _rows_read(database, lambda: reports.counts(campaign))
        return Measured(creation, memory, lease, report_time, report_rows / rows, completion, completion_rows / rows)


def _lease(database: Database, id: int) -> float:
    """Return the median time to lease a batch at three places of the ledger. What was leased stays leased."""
    seconds = []
    with database.write() as connection:
        lease = leases.take_lease(connection, id, this_worker(), 0, 3600)
        last = leases.find_last(connection, id)
    for place in (0, last // 2, last - BATCHES * BATCH // 2):
        with database.write() as connection:
            _jump(connection, id, place)
        for _ in range(BATCHES // 3):
            started = time.perf_counter()
            with database.write() as connection:
                found = leases.lease_pending(connection, id, lease, BATCH, last)
            seconds.append(time.perf_counter() - started)
            assert len(found) == BATCH, (place, len(found))
    return median(seconds)


def _jump(connection: Connection, id: int, place: int) -> None:
    """Continue to lease after a delivery, as if those before it had been leased."""
    query = text("UPDATE shared_run SET leased_up_to = :place WHERE campaign_id = :id")
    connection.execute(query, {"place": place, "id": id})


def _rows_read(database: Database, work: Callable[[], object]) -> tuple[float, int]:
    """Return the seconds of a function, and how many rows of the ledger it has read."""
    before = _count_read(database)
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
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
