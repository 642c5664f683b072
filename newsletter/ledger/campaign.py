"""A campaign: one sending of an issue to an audience."""

from dataclasses import dataclass

from newsletter.database.states import CampaignState


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it is recorded. Times are seconds since 1970 (UTC).

    `content` is the SHA-256 of the finished message before merge fields; `git_commit` is empty outside of git,
    and `git_clean` says that nothing was changed since. `reason` is why it is paused or was cancelled.
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
