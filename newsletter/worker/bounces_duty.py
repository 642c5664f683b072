"""Reads the bounce mailbox, as `newsletter bounces --imap` does."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from newsletter.bounces.bounce import BounceEffect
from newsletter.bounces.process import open_imap_mailbox, process_messages
from newsletter.campaign.stop import Stop
from newsletter.database.database import Database
from newsletter.errors import NewsletterError
from newsletter.web.access_log import ThrottledLog, log_event
from newsletter.workspace.workspace import Workspace

# Seconds between two readings of the mailbox.
BOUNCES_EVERY = 300.0


class BouncesDuty:
    """Reads the mailbox in the settings. Without one, it does nothing."""

    name = "bounces"

    def __init__(
        self,
        folder: Path,
        database: Database,
        stop: Stop,
        log: ThrottledLog,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._database, self._stop, self._log, self._clock = folder, database, stop, log, clock

    def run(self) -> float:
        """Process the messages in the mailbox. Returns the seconds until it is read again.

        Raises:
            NewsletterError: The mailbox or the database fails. Messages that were not processed stay in the mailbox.
        """
        workspace = Workspace(self._folder)
        bounces = workspace.publication.delivery.bounces
        if bounces is None or bounces.imap is None:
            return BOUNCES_EVERY
        effects = Counter[str]()
        try:
            with open_imap_mailbox(workspace, self._report, include_seen=False, dry_run=False) as messages:
                for _, result in process_messages(self._database, messages, clock=self._clock):
                    effects["ignored" if result.effect is BounceEffect.NOTHING else result.effect.value] += 1
                    if result.paused:
                        log_event("campaign paused", campaign=result.campaign_id, reason=result.paused)
                    if self._stop.requested:
                        break
        finally:
            if effects:
                log_event("bounces read", effects=dict(effects))
        return BOUNCES_EVERY

    def close(self) -> None:
        """Do nothing: a reading stops by itself."""

    def _report(self, error: NewsletterError) -> None:
        self._log.warn("bounce not read", error.message)
