"""The state that the processes of a campaign share, in PostgreSQL: their leases, and what they counted."""

from dataclasses import dataclass


class LeaseLostError(Exception):
    """The lease was revoked by another process, because it had expired."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of deliveries with an outcome in a run."""

    accepted: int = 0
    failed: int = 0
    uncertain: int = 0

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.accepted - other.accepted, self.failed - other.failed, self.uncertain - other.uncertain)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.accepted + other.accepted, self.failed + other.failed, self.uncertain + other.uncertain)


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """A process that sends a campaign.

    Attributes:
        name: Its host and process id.
        token: Identifies it; no other process has the same one.
    """

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease as others see it.

    Attributes:
        id: The fencing number.
        dead: Whether it has expired and may be revoked.
        ending: Whether its process sends nothing more.
        held: How many deliveries it held when it was last written.
    """

    id: int
    worker: LeaseHolder
    dead: bool
    ending: bool
    held: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class SharedState:
    """What the processes of a campaign share; see the table `shared_run`. `counts` are those of ended processes."""

    leased_up_to: int
    covered_up_to: int
    counts: Counts
    leases: tuple[HeldLease, ...] = ()
