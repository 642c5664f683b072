"""The tally of a campaign while it runs: what was answered so far, and when it is too bad to go on."""

from dataclasses import dataclass, field

from newsletter.models.delivery import DeliveryState

# Of fewer answers than these a share says nothing.
SAMPLE = 20
# So many refusals by policy, with none accepted between, are taken as meant for us.
SUSPECTS = 3


@dataclass
class Tally:
    """Answers of this run by state; `suspects` are refusals by policy since one was accepted."""

    answered: dict[DeliveryState, int] = field(default_factory=lambda: dict.fromkeys(DeliveryState, 0))
    suspects: list[int] = field(default_factory=list)

    def add(self, id: int, state: DeliveryState, *, suspect: bool = False) -> None:
        """Count what became of a message."""
        self.answered[state] += 1
        if suspect:
            self.suspects.append(id)
        elif state is DeliveryState.ACCEPTED and self.suspects:
            self.suspects.clear()

    def too_bad(self, pause_at: int) -> str:
        """Why the campaign should pause, or nothing; `pause_at` is in percent."""
        failed = self.answered[DeliveryState.FAILED] + self.answered[DeliveryState.UNCERTAIN]
        total = failed + self.answered[DeliveryState.ACCEPTED]
        if total >= SAMPLE and failed * 100 > total * pause_at:
            return f"{failed:,} of {total:,} messages failed, more than the {pause_at} % of `delivery.pause_at`"
        return ""
