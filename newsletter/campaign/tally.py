"""The tally of a campaign while it runs: what was answered so far, and when it is too bad to go on."""

from dataclasses import dataclass, field

from newsletter.database.states import DeliveryState

# Of fewer failures than these a share says nothing; among so many answers all failures count.
FEW, SAMPLE = 5, 20
# Refusals of so many recipient domains that may be meant for us, with none accepted between, are.
SUSPECTS = 3


@dataclass
class Tally:
    """Answers of this run by state; `suspects` were refused since one was accepted, perhaps because of us.

    They are ids, with their domains: what one domain refuses alone may be its own policy. `locked` says that another
    program has the database. `waits` is how many were put off while nobody else is left, and when (in seconds since
    1970) the next of them is tried again.
    """

    answered: dict[DeliveryState, int] = field(default_factory=lambda: dict.fromkeys(DeliveryState, 0))
    suspects: dict[int, str] = field(default_factory=dict)
    locked: bool = False
    waits: tuple[int, float] | None = None

    def add(self, id: int, domain: str, state: DeliveryState, *, suspect: bool = False) -> None:
        """Count what became of a message."""
        self.waits = None
        self.answered[state] += 1
        if suspect:
            self.suspects[id] = domain
        elif state is DeliveryState.ACCEPTED and self.suspects:
            self.suspects.clear()

    @property
    def reached(self) -> bool:
        """Whether anybody's message was accepted."""
        return self.answered[DeliveryState.ACCEPTED] > 0

    @property
    def refuses_us(self) -> bool:
        """Whether it is us who are refused, and not the recipients."""
        return len(set(self.suspects.values())) >= SUSPECTS

    def too_bad(self, pause_at: int) -> str:
        """Why the campaign should pause, or nothing; `pause_at` is in percent."""
        failed = self.answered[DeliveryState.FAILED] + self.answered[DeliveryState.UNCERTAIN]
        total = failed + self.answered[DeliveryState.ACCEPTED]
        # What may be one domain's policy is no measure until others have answered.
        told = failed if total >= SAMPLE else failed - len(self.suspects)
        if told >= FEW and told * 100 > total * pause_at:
            return f"{failed:,} of {total:,} messages failed, more than the {pause_at} % of `delivery.pause_at`"
        return ""

    def credible(self, pause_at: int) -> bool:
        """Whether what was refused says anything of the recipients."""
        return self.reached and not self.refuses_us and not self.too_bad(pause_at)
