"""A campaign, its states, and the transitions between them."""

from dataclasses import dataclass
from enum import Enum

from newsletter.database.states import CampaignState

_SENDING, _PAUSED, _COMPLETE = CampaignState.SENDING, CampaignState.PAUSED, CampaignState.COMPLETE
# How the audience of a correction begins: it is sent to those who received the issue.
CORRECTION = "correction"
# The audience of the campaign of welcome mail, which the mail queue sends.
WELCOME = "welcome"
# The reason of a campaign that the author aborted while messages were in progress. Its state stays `sending`.
ABORTED = "aborted by the author"
# The reason of a campaign that was not finished when migration 0013 ran: the author may have aborted it or not.
EARLIER = "started by an earlier version"
# A campaign in the state `sending` with such a reason is continued only by the author.
LEFT_TO_AUTHOR = (ABORTED, EARLIER)
# The states in which a campaign still has messages to send.
UNFINISHED = (_SENDING, _PAUSED)


class Transition(Enum):
    """A change of a campaign's state: the states before it, and the state after it.

    A campaign is created in the state `sending`. If it is `sending` and no process sends it, its process was killed,
    and it is resumed like a paused campaign. `cancelled` is final. A complete campaign is resumed only to retry failed
    or uncertain deliveries.
    """

    # `newsletter send --resume` and `--retry-failed`.
    RESUME = ((_SENDING, _PAUSED, _COMPLETE), _SENDING)
    # `newsletter worker`, and a process that the dashboard starts, continue what the author has not paused or aborted
    # meanwhile.
    CONTINUE = ((_SENDING,), _SENDING)
    # `newsletter campaign pause`. The sending process checks for it.
    PAUSE = (UNFINISHED, _PAUSED)
    # The sending process stops before all messages are sent. A pause or cancellation by the author has priority.
    STOP = ((_SENDING,), _PAUSED)
    # All messages are sent, even if the author paused the campaign while the last ones were sent.
    COMPLETE = (UNFINISHED, _COMPLETE)
    # `newsletter campaign cancel`.
    CANCEL = (UNFINISHED, CampaignState.CANCELLED)

    def __init__(self, before: tuple[CampaignState, ...], after: CampaignState) -> None:
        self.before, self.after = before, after


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign: an issue that is sent to an audience. Times are seconds since 1970 (UTC).

    Attributes:
        content: SHA-256 of the rendered message before merge fields are filled, with placeholders for past issues.
        audience: The filter of `newsletter send --to`; empty for all active subscribers.
        reason: Why the campaign is paused or was cancelled, or waits without a process; otherwise empty.
        git_commit: The hash of the commit from which it was sent; empty outside a git repository.
        git_clean: Whether the working tree had no changes.
        finished_at: When it was completed or cancelled; None if unfinished.
        past_issues: The past issues that all its emails list, as JSON. None if it was created before they were stored;
            then they are a part of `content`.
        started_at: When the author last started its sending; None if it was before this was stored. `created_at` is
            when its message was composed.
    """

    id: int
    slug: str
    content: str
    subject: str
    audience: str
    state: CampaignState
    reason: str
    git_commit: str
    git_clean: bool
    created_at: int
    finished_at: int | None
    past_issues: str | None = None
    started_at: int | None = None

    @property
    def is_correction(self) -> bool:
        """Whether it is sent to those who received the issue before."""
        return self.audience.split(" ")[0] == CORRECTION

    @property
    def is_welcome(self) -> bool:
        """Whether it is welcome mail, which is not started, resumed or stopped by the author."""
        return self.audience == WELCOME

    def displayed_state(self, *, running: bool) -> str:
        """Return the state to display: `stopped` if it is `sending` and no process is `running`, as after a kill."""
        return self.state.value if running or self.state is not CampaignState.SENDING else "stopped"

    @property
    def may_continue(self) -> bool:
        """Whether a process may send it that the author did not start: it is `sending`, and not left to the author."""
        return self.state is CampaignState.SENDING and self.reason not in LEFT_TO_AUTHOR

    @property
    def unfinished(self) -> bool:
        """Whether the campaign still has messages to send."""
        return self.state in UNFINISHED
