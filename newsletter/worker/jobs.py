"""The jobs of workers on PostgreSQL, with procrastinate: any number of workers share them.

A job only says that there may be something to do. What there is to do is in the tables of newsletter, so that a job
that is lost, late or repeated does no harm. No recipient has a job.

This module is imported only on PostgreSQL.
"""

import asyncio
import importlib.metadata
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job as ProcrastinateJob
from procrastinate.jobs import Status
from psycopg import OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.errors import DatabaseError, NewsletterError
from newsletter.web.access_log import ThrottledLog, ThrottledMessages, log_error
from newsletter.worker.duty import MOST_WAIT
from newsletter.worker.waiting import Waiting

# The version whose tables the database has; see migration 0010.
_VERSION = "3.10"
CAMPAIGN = "campaign"
# Seconds between two searches for jobs of workers that were killed, and since the last sign of such a worker.
_STALLED_EVERY, _STALLED_AFTER = 15.0, 30.0
# Seconds between two searches for jobs that no notification has announced.
_POLL_EVERY = 10.0
# Starts the transactions of others; it has no connections of its own.
_DEFERRING = App(connector=SyncPsycopgConnector())

# The loggers of procrastinate's worker, of the tasks beside it, such as its listener, and of jobs whose end could not
# be recorded.
_TASK_LOGGERS = ("procrastinate.worker", "procrastinate.worker.worker", "procrastinate.utils", "asyncio")


class _AwayFilter(logging.Filter):
    """Drops the tracebacks of procrastinate's tasks while the database is away: the duty waits, and logs why."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged."""
        error = record.exc_info[1] if record.exc_info else None
        return not (isinstance(error, ConnectorException) and isinstance(error.__cause__, OperationalError))


_AWAY = _AwayFilter()
# While the database is away, each pool logs every attempt to connect, which are several a second.
_POOL_LOGGER = "psycopg.pool"
_POOL_MESSAGES = ThrottledMessages(time.monotonic)


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of job.

    Attributes:
        name: Its name, which is also that of its queue.
        run: Does it. A job with the name `CAMPAIGN` gets the id of its campaign.
        cron: When it becomes due, in cron's syntax and UTC. Empty if other jobs defer it. Only one job of this kind
            waits, and only one is done at a time.
    """

    name: str
    run: Callable[..., object]
    cron: str = ""


def check_procrastinate() -> None:
    """Check that the installed procrastinate has the schema of the database.

    Raises:
        DatabaseError: It has another version.
    """
    installed = importlib.metadata.version("procrastinate")
    if not installed.startswith(f"{_VERSION}."):
        raise DatabaseError(
            f"procrastinate {installed} is installed, but the database has the tables of version {_VERSION}",
            f"Run `pip install 'procrastinate=={_VERSION}.*'`.",
        )


def defer_campaign(connection: Connection, id: int) -> None:
    """Defer the job that sends a campaign, in the transaction of a connection.

    Raises:
        procrastinate.exceptions.AlreadyEnqueued: A job for it waits already. The transaction must be rolled back.
    """
    driver = connection.connection.driver_connection
    _DEFERRING.configure_task(CAMPAIGN, queue=CAMPAIGN, queueing_lock=f"{CAMPAIGN}-{id}", connection=driver).defer(
        campaign=id
    )


def defer_campaigns(database: Database, ids: Sequence[int]) -> None:
    """Defer the jobs of campaigns that a killed or stopped worker has left, unless they wait already.

    Raises:
        DatabaseError: The database fails.
    """
    for id in ids:
        with suppress(AlreadyEnqueued), database.write() as connection:
            defer_campaign(connection, id)


class JobsDuty:
    """Does jobs of some kinds until the worker stops.

    Args:
        name: The name in the log.
        database: The database.
        jobs: The kinds of jobs.
        waiting: The wait of the duty's thread.
        log: Logs errors, each once a minute.
        connect_timeout: Seconds after which the database is away if there is no connection.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        jobs: Sequence[Job],
        waiting: Waiting,
        log: ThrottledLog,
        connect_timeout: float = 10.0,
    ) -> None:
        self._name, self._database, self._jobs, self._waiting, self._log = name, database, jobs, waiting, log
        self._connect_timeout = connect_timeout
        self._running: set[int] = set()
        self._worker_id: int | None = None
        for logger in map(logging.getLogger, _TASK_LOGGERS):
            # Adding it again has no effect.
            logger.addFilter(_AWAY)
        logging.getLogger(_POOL_LOGGER).addFilter(_POOL_MESSAGES)

    @property
    def name(self) -> str:
        """Its name in the log."""
        return self._name

    def run(self) -> float:
        """Do jobs until the worker stops or the database is away.

        Raises:
            DatabaseError: The database is away.
        """
        try:
            asyncio.run(self._work())
        except (ConnectorException, OperationalError) as error:
            # The second comes from a pool that cannot be opened.
            cause = error.__cause__ or error
            timed_out = isinstance(cause, PoolTimeout)
            raise self._away(f"no connection in {self._connect_timeout:g} s" if timed_out else str(cause)) from error
        return MOST_WAIT

    def close(self) -> None:
        """Do nothing: jobs in progress have ended."""

    async def _work(self) -> None:
        app = self._make_app()
        async with self._make_pool() as pool, app.open_async(pool):
            await pool.wait(self._connect_timeout)
            await self._defer_now(app)
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[job.name for job in self._jobs],
                    concurrency=len(self._jobs),
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=_POLL_EVERY,
                )
            )
            stopped = asyncio.create_task(asyncio.to_thread(self._waiting.wait_until_stopped))
            over = asyncio.Event()
            stalled = asyncio.create_task(self._delete_stalled(app, over))
            try:
                await asyncio.wait({worker, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if worker.done():
                    worker.result()
                    raise self._away("the worker of the jobs has ended")
                worker.cancel()
                with suppress(asyncio.CancelledError):
                    await worker
            finally:
                # While the connection pool reconnects, a cancellation may be lost.
                over.set()
                stalled.cancel()
                self._waiting.wake()
                await asyncio.gather(stopped, stalled, return_exceptions=True)

    def _make_pool(self) -> AsyncConnectionPool:
        arguments = dict(self._database.engine.dialect.create_connect_args(self._database.url)[1])
        arguments.pop("context", None)
        return AsyncConnectionPool(
            kwargs=arguments,
            min_size=1,
            max_size=4,
            timeout=self._connect_timeout,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )

    def _make_app(self) -> App:
        # `_make_pool` makes its connections.
        app = App(connector=PsycopgConnector())
        for job in self._jobs:
            alone = {"queueing_lock": job.name, "lock": job.name} if job.cron else {}
            task = app.task(name=job.name, queue=job.name, pass_context=True, **alone)(  # type: ignore[call-overload]
                self._logged(job)
            )
            if job.cron:
                app.periodic(cron=job.cron)(task)
        return app

    def _logged(self, job: Job) -> Callable[..., None]:
        """Return a function that does a job and logs its error. What was not done is found by a later job."""

        def run(context: JobContext, timestamp: int = 0, campaign: int | None = None) -> None:  # noqa: ARG001 (given)
            id = context.job.id or 0
            self._running.add(id)
            self._worker_id = context.job.worker_id
            try:
                job.run() if campaign is None else job.run(campaign)
            except NewsletterError as error:
                self._log.warn(f"{job.name} failed", error.message, advice=error.advice)
            except Exception as error:  # noqa: BLE001 (one job must not end the others)
                log_error(f"{job.name} failed", error)
            finally:
                self._running.discard(id)

        return run

    async def _defer_now(self, app: App) -> None:
        """Defer the periodic jobs once, so that a worker that starts does not wait for their next time."""
        for job in self._jobs:
            if job.cron:
                with suppress(AlreadyEnqueued):
                    await app.tasks[job.name].defer_async(timestamp=0)

    async def _delete_stalled(self, app: App, over: asyncio.Event) -> None:
        """Delete the jobs of workers that were killed, until `over`. Their locks would hold back other jobs.

        Also those that this worker has done, but whose end could not be recorded: its heartbeats would keep them.
        """
        ended: set[int] = set()
        while not over.is_set():
            with suppress(ConnectorException):
                stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER))
                before, ended = ended, set()
                for job in await self._list_ended(app):
                    # Twice in a row, since it may just begin or end.
                    ended.add(job.id or 0)
                    stalled += [job] if job.id in before else []
                for job in stalled:
                    # Another worker may have deleted it.
                    with suppress(ConnectorException):
                        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), _STALLED_EVERY)

    async def _list_ended(self, app: App) -> list[ProcrastinateJob]:
        """List the jobs that this worker has according to the database, but does not do."""
        if self._worker_id is None:
            return []
        mine = await app.job_manager.list_jobs_async(status=Status.DOING.value, worker_id=self._worker_id)
        return [job for job in mine if job.id not in self._running]

    def _away(self, reason: str) -> DatabaseError:
        message = f"{self._database.name} cannot be used: {reason}"
        return DatabaseError(message, "Check the server of the database.", transient=True)
