"""The counts of a run, and the rules that pause it after too many failures."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from newsletter.database.states import DeliveryState
from newsletter.errors import DatabaseError

# Fewer failures than FEW never pause a campaign. From SAMPLE answers on, all failures count.
FEW, SAMPLE = 5, 20
# Suspect rejections by this many domains in a row are treated as a rejection of the sender.
SUSPECTS = 3


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a campaign waits without a problem: outside of its hours, or because the limit of a day is reached.

    Attributes:
        reason: The reason, which completes "The campaign waits: ".
        until: When it continues, in seconds since 1970.
        zone: The time zone of the publication.
    """

    reason: str
    until: float
    zone: tzinfo

    def __str__(self) -> str:
        local = datetime.fromtimestamp(self.until, self.zone)
        return f"{self.reason} until {local:%a} {local.day} {local:%b %H:%M} ({self.zone})"


@dataclass
class Tally:
    """The counts of a run.

    Attributes:
        answered: The number of deliveries by state.
        elsewhere: The same for the other processes that send the campaign, about a second ago.
        earlier: The part of it that was counted before this process began.
        suspects: The domains, by delivery id, of deliveries that were rejected since the last accepted one, perhaps
            because of the sender. One domain may have its own policy, but several in a row suggest the sender.
        waits_for: The error of the database after which the run waits until it can be written again, or None.
        closed: Why the campaign may not send now, or None if it may.
        waits: If only deferred deliveries are left, their number and when the next is due (seconds since 1970).
        recording_stop: Whether the run has ended, but waits for the database to record that the author stopped it.
    """

    answered: dict[DeliveryState, int] = field(default_factory=lambda: dict.fromkeys(DeliveryState, 0))
    elsewhere: dict[DeliveryState, int] = field(default_factory=dict)
    earlier: dict[DeliveryState, int] = field(default_factory=dict)
    suspects: dict[int, str] = field(default_factory=dict)
    waits_for: DatabaseError | None = None
    closed: Pause | None = None
    waits: tuple[int, float] | None = None
    recording_stop: bool = False

    def add(self, id: int, domain: str, state: DeliveryState, *, suspect: bool = False) -> None:
        """Count a delivery."""
        self.waits = None
        self.answered[state] += 1
        if suspect:
            self.suspects[id] = domain
        elif state is DeliveryState.ACCEPTED and self.suspects:
            self.suspects.clear()

    def count(self, state: DeliveryState) -> int:
        """Return the number of deliveries in a state, of all processes."""
        return self.answered[state] + self.elsewhere.get(state, 0)

    def count_since_start(self, state: DeliveryState) -> int:
        """Return the number of deliveries in a state since this process began, of all processes."""
        return self.count(state) - self.earlier.get(state, 0)

    @property
    def reached(self) -> bool:
        """Whether any message was accepted."""
        return self.count(DeliveryState.ACCEPTED) > 0

    @property
    def sender_rejected(self) -> bool:
        """Whether servers probably reject the sender, and not the recipients."""
        return len(set(self.suspects.values())) >= SUSPECTS

    def pause_reason(self, pause_at: int) -> str:
        """Return why the campaign should pause, or "" if it should not. `pause_at` is in percent."""
        failed = self.count(DeliveryState.FAILED) + self.count(DeliveryState.UNCERTAIN)
        total = failed + self.count(DeliveryState.ACCEPTED)
        # Suspects may be due to the policy of one domain, so they count only after SAMPLE answers.
        counted = failed if total >= SAMPLE else failed - len(self.suspects)
        if counted >= FEW and counted * 100 > total * pause_at:
            return f"{failed:,} of {total:,} messages failed, more than {pause_at} % (`delivery.pause_at`)"
        return ""

    def credible(self, pause_at: int) -> bool:
        """Return whether the rejections of this run are because of the recipients."""
        return self.reached and not self.sender_rejected and not self.pause_reason(pause_at)
