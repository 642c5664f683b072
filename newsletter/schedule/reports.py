"""Mails the author what happened to schedules: sent late, not sent, or stopped while it was sent."""

import os
import shlex
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.database.states import ScheduleState
from newsletter.errors import TransportError
from newsletter.mail.author_mail import author_address, compose_author_mail
from newsletter.schedule.schedules import Schedule, list_unreported, mark_reported
from newsletter.transports.base import Verdict
from newsletter.transports.connection_pool import ConnectionPool
from newsletter.transports.registry import open_transports
from newsletter.workspace.workspace import Workspace


def send_command(schedule: Schedule) -> str:
    """Return the command that sends now what a schedule would have sent."""
    words = ["newsletter", "send", schedule.slug]
    words += ["--to", schedule.audience] if schedule.audience else []
    return shlex.join([*words, "--correction"] if schedule.correction else words)


def report_schedules(folder: Path, database: Database, clock: Callable[[], float] = time.time) -> list[Schedule]:
    """Mail the author about each schedule with an unreported reason. Returns those that were reported.

    If the process is killed between the mail and its record, the author gets it again.

    Raises:
        NewsletterError: A mail cannot be sent. It is still unreported.
    """
    with database.read() as connection:
        unreported = list_unreported(connection)
    if not unreported:
        return []
    workspace = Workspace(folder)
    with database.write() as connection:
        key = signing_keys(connection, TOKENS, clock)[0]
    date = datetime.fromtimestamp(int(clock()), UTC)
    pool = ConnectionPool(open_transports(workspace.publication.delivery, os.environ, workspace.root))
    try:
        for schedule in unreported:
            subject, text = _texts(schedule, workspace.publication.name)
            mail = compose_author_mail(workspace.publication, subject, text, date, key, os.environ)
            with pool.connection() as connection:
                answer = connection.send(mail)
            if answer.verdict not in (Verdict.ACCEPTED, Verdict.UNCERTAIN):
                to = author_address(workspace.publication)
                raise TransportError(
                    f"the report about schedule #{schedule.id} to {to} was not accepted: {answer.code} {answer.text}",
                    "Check `delivery.notify` in newsletter.yaml.",
                    temporary=answer.verdict is not Verdict.REFUSED,
                )
            with database.write() as writing:
                mark_reported(writing, schedule)
    finally:
        pool.close_unused()
    return unreported


def _texts(schedule: Schedule, name: str) -> tuple[str, str]:
    """Return the subject and the text of a report."""
    when = f"{schedule.local_time} {schedule.zone}"
    what = f"{schedule.slug} was scheduled for {when}."
    number = f"'#{schedule.id}'"
    if schedule.state is ScheduleState.PAUSED:
        return f"{name}: {schedule.slug} was not sent", (
            f"{what} It was not sent: {schedule.reason}.\n\n"
            f"To send it now:\n    {send_command(schedule)}\n"
            f"To send it at another time:\n    newsletter schedule move {number} --at TIME\n"
            f"To cancel it:\n    newsletter schedule cancel {number}\n"
        )
    campaign = f"Campaign #{schedule.campaign_id}"
    if schedule.has_stopped:
        return f"{name}: the sending of {schedule.slug} has stopped", (
            f"{what} {campaign} has started, and {schedule.reason}.\n\n"
            f"To continue:\n    newsletter send {schedule.slug} --resume\n"
            f"To cancel it:\n    newsletter campaign cancel {schedule.slug}\n"
        )
    return f"{name}: {schedule.slug} is being sent late", (
        f"{what} {campaign} has started. It is {schedule.reason}.\n\n"
        f"To see its progress:\n    newsletter campaign show {schedule.slug}\n"
    )
