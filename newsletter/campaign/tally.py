"""Counts of a run so far, and the rules by which too many failures pause it."""

from dataclasses import dataclass, field

from newsletter.database.states import DeliveryState

# Fewer failures than FEW never pause a campaign. Among SAMPLE answers and more, all failures count.
FEW, SAMPLE = 5, 20
# Rejections by this many domains in a row that may be meant for the sender are taken to be.
SUSPECTS = 3


@dataclass
class Tally:
    """Deliveries of this run by state.

    Attributes:
        answered: The number of deliveries by state.
        suspects: Deliveries rejected since the last accepted one, perhaps because of the sender: their domains by
            their ids. A single domain may have a policy of its own, several in a row do not.
        locked: Whether another program has locked the database.
        waits: Where only deferred deliveries are left: their number, and when the next is due (seconds since 1970).
    """

    answered: dict[DeliveryState, int] = field(default_factory=lambda: dict.fromkeys(DeliveryState, 0))
    suspects: dict[int, str] = field(default_factory=dict)
    locked: bool = False
    waits: tuple[int, float] | None = None

    def add(self, id: int, domain: str, state: DeliveryState, *, suspect: bool = False) -> None:
        """Count a delivery."""
        self.waits = None
        self.answered[state] += 1
        if suspect:
            self.suspects[id] = domain
        elif state is DeliveryState.ACCEPTED and self.suspects:
            self.suspects.clear()

    @property
    def reached(self) -> bool:
        """Whether any message was accepted."""
        return self.answered[DeliveryState.ACCEPTED] > 0

    @property
    def refuses_us(self) -> bool:
        """Whether servers reject the sender rather than the recipients."""
        return len(set(self.suspects.values())) >= SUSPECTS

    def too_bad(self, pause_at: int) -> str:
        """Return why the campaign should pause, or an empty string. `pause_at` is in percent."""
        failed = self.answered[DeliveryState.FAILED] + self.answered[DeliveryState.UNCERTAIN]
        total = failed + self.answered[DeliveryState.ACCEPTED]
        # Suspects may be one domain's policy: they count once enough others have answered.
        counted = failed if total >= SAMPLE else failed - len(self.suspects)
        if counted >= FEW and counted * 100 > total * pause_at:
            return f"{failed:,} of {total:,} messages failed, more than the {pause_at} % of `delivery.pause_at`"
        return ""

    def credible(self, pause_at: int) -> bool:
        """Return whether the rejections of this run are about the recipients."""
        return self.reached and not self.refuses_us and not self.too_bad(pause_at)
