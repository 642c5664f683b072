"""Records that the author stopped a campaign whose run ended without a record, as while the database is away."""

import threading
import time
from collections.abc import Callable

from newsletter.campaign.stop import Stop
from newsletter.database.database import Database
from newsletter.errors import DatabaseError
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import ABORTED

# Seconds after which the author is informed of the wait, seconds of the longest wait, and between two attempts.
_SILENT, _LONGEST, _AGAIN = 2.0, 300.0, 0.5
# Seconds between checks for another Ctrl-C.
_CHECK = 0.1


def record_stop(database: Database, campaign_id: int, stop: Stop, waiting: Callable[[], None]) -> bool:
    """Record that the author stopped a campaign. Workers then leave it to the author.

    If the database is away, wait for it, until the author presses Ctrl-C again.

    Args:
        database: The database.
        campaign_id: The campaign.
        stop: The author's requests so far.
        waiting: Called once if it takes long.

    Returns:
        Whether it was recorded.
    """
    recorded, over, ended = threading.Event(), threading.Event(), threading.Event()
    # The Ctrl-C after those that stopped and aborted the run; it may already have come.
    enough, until = 3 if stop.aborted else 2, time.monotonic() + _LONGEST

    def record() -> None:
        try:
            attempt()
        finally:
            ended.set()

    def attempt() -> None:
        while not over.is_set():
            try:
                with database.write() as connection:
                    campaigns.record_reason(connection, campaign_id, ABORTED)
            except DatabaseError as error:
                if not error.transient:
                    return
                over.wait(_AGAIN)
            else:
                recorded.set()
                return

    # A daemon, because an attempt to connect may take long.
    threading.Thread(target=record, daemon=True).start()
    if not ended.wait(_SILENT):
        waiting()
        while stop.interrupts < enough and time.monotonic() < until and not ended.wait(_CHECK):
            pass
    over.set()
    return recorded.is_set()
