"""Records that the author stopped a campaign whose run ended without a record, as while the database is away."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from newsletter.campaign.ending import RunResult
from newsletter.campaign.sending import RunEnding
from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Tally
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import DatabaseError
from newsletter.ledger.campaign import ABORTED, Campaign
from newsletter.ledger.campaign_states import record_reason

# Seconds after which the author is informed of the wait, seconds of the longest wait, and between two attempts.
_SILENT, _LONGEST, _AGAIN = 2.0, 300.0, 0.5
# Seconds between checks for another Ctrl-C.
_CHECK = 0.1


def run_and_record_stop(
    database: Database,
    campaign: Campaign,
    run: Callable[[], RunResult],
    stop: Stop,
    others: Callable[[], int],
    tally: Tally,
    progress: Callable[[Tally], None],
) -> RunResult:
    """Do a run. If the author ended it before its state was recorded, record that, so that no worker continues it.

    Args:
        database: The database.
        campaign: The campaign.
        run: The run.
        stop: The author's requests.
        others: Returns the number of other processes that send the campaign. They go on, and nothing is recorded.
        tally: The counts of the run.
        progress: Called with the counts if the record takes long.

    Raises:
        NewsletterError: The run failed.
    """
    try:
        result = run()
    except DatabaseError as error:
        if not error.transient or not stop.by_author or others():
            raise
        result = RunResult(RunEnding(CampaignState.SENDING, error.message, already_recorded=True))
    if result.ending.state is not CampaignState.SENDING or not stop.by_author or others():
        return result

    def waiting() -> None:
        tally.recording_stop = True
        progress(tally)

    if record_stop(database, campaign.id, stop, waiting):
        return result
    pause = f"`newsletter campaign pause {campaign.slug}`"
    warning = f"the stop could not be recorded; a worker may continue, unless you run {pause}"
    return replace(result, ending=replace(result.ending, warning=warning))


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
                    record_reason(connection, campaign_id, ABORTED)
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
