"""Ends the run of a campaign: records its state, applies rejections, and marks its issue as published."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

from newsletter.bounces import bounce_queries
from newsletter.bounces.apply import apply_rejection
from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.sending import RunEnding
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.errors import NewsletterError
from newsletter.issue.edit_status import set_status
from newsletter.issue.head import Status
from newsletter.ledger.campaign import Campaign, Transition
from newsletter.ledger.campaign_states import change_state
from newsletter.ledger.final_counts import store_final_counts
from newsletter.subscribers.queries import lock_list
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace

# The number of rejections that are applied in one transaction.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of a run.

    Attributes:
        publish_error: Why the issue of a complete campaign could not be marked as published, or None.
    """

    ending: RunEnding
    publish_error: NewsletterError | None = None


class CampaignEnder:
    """Records how a run of a campaign ended. `clock` returns seconds since 1970."""

    def __init__(
        self, workspace: Workspace, database: Database, campaign: Campaign, clock: Callable[[], float] = time.time
    ) -> None:
        self._workspace, self._database, self._campaign, self._clock = workspace, database, campaign, clock

    def record(self, ending: RunEnding) -> RunEnding:
        """Record how a run ended. If the author paused or cancelled the campaign, that state is kept."""
        if ending.already_recorded:
            return ending
        transition = Transition.COMPLETE if ending.state is CampaignState.COMPLETE else Transition.STOP
        with self._database.write() as connection:
            if change_state(connection, self._campaign.id, transition, ending.reason, int(self._clock())):
                if transition is Transition.COMPLETE and ending.counts:
                    store_final_counts(connection, self._campaign.id, ending.counts)
                return ending
        found = campaign_by_id(self._database, self._campaign.id)
        return replace(ending, state=found.state, reason=found.reason, already_recorded=True)

    def apply_rejections(self, *, credible: bool) -> None:
        """Treat the rejections of a run as bounces. An address that does not exist is suppressed.

        If they are not `credible`, they are only recorded, because the server may have rejected the sender.
        """
        with self._database.read() as connection:
            rejected = bounce_queries.list_unapplied_rejections(connection, self._campaign.id)
            while page := list(islice(rejected, _PAGE)):
                with self._database.write() as writing:
                    lock_list(writing)
                    for delivery in page:
                        apply_rejection(writing, self._campaign.id, delivery, int(self._clock()), credible=credible)

    def publish(self) -> NewsletterError | None:
        """Mark the issue as published in its file. Returns the error if the file cannot be changed."""
        try:
            # Find and read the issue again, because the author may have renamed or edited it.
            path = self._workspace.find(self._campaign.slug)
            document = self._workspace.issue(self._campaign.slug)
            if document.issue.status is Status.DRAFT:
                WorkspaceEditor(self._workspace).change(path, lambda source: set_status(source, Status.PUBLISHED))
        except NewsletterError as error:
            return error
        return None
