"""Sends transactional mail, as `newsletter serve` does, and removes subscribers who did not confirm."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.mail.queue_worker import MailQueueWorker
from newsletter.subscribers.consent import DAY, delete_unconfirmed
from newsletter.transports.registry import open_transports
from newsletter.web.access_log import log_event
from newsletter.web.startup import page_templates, transactional_mail
from newsletter.worker.duty import MOST_WAIT
from newsletter.workspace.workspace import Workspace

# Seconds for which the end of mail in progress is awaited.
_PATIENCE = 60


class MailDuty:
    """Starts the worker of the mail queue, which has threads of its own."""

    name = "mail"

    def __init__(self, folder: Path, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._database, self._clock = folder, database, clock
        self._writer: GroupCommitWriter | None = None
        self._worker: MailQueueWorker | None = None

    def run(self) -> float:
        """Start the worker of the queue, if it does not run yet.

        Raises:
            NewsletterError: A setting, a template or a password is missing, or the database fails.
        """
        if self._worker is None:
            workspace = Workspace(self._folder)
            with self._database.write() as connection:
                signing_keys(connection, TOKENS, self._clock)
            templates = page_templates(workspace, os.environ)
            mail = transactional_mail(workspace, templates, self._database, os.environ)
            transports = open_transports(workspace.publication.delivery, os.environ, workspace.root)
            self._writer = self._writer or GroupCommitWriter(self._database)
            worker = MailQueueWorker(self._database, self._writer, transports, mail.message, self._clock)
            worker.start()
            self._worker = worker
        return MOST_WAIT

    def close(self) -> None:
        """Send due mail, and stop."""
        if self._worker:
            self._worker.close(_PATIENCE)
        if self._writer:
            self._writer.close()


class HousekeepingDuty:
    """Removes subscribers who did not confirm, once a day."""

    name = "housekeeping"

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def run(self) -> float:
        """Remove them. Returns the seconds of a day.

        Raises:
            DatabaseError: The database fails.
        """
        with self._database.write() as connection:
            removed = delete_unconfirmed(connection, now=int(self._clock()))
        if removed:
            log_event("unconfirmed removed", unconfirmed=removed)
        return DAY

    def close(self) -> None:
        """Do nothing: nothing was started."""
