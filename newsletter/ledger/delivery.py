"""A delivery as a campaign sends it: waiting, claimed, and with an outcome.

It is claimed before its message is passed to a server, and its outcome is recorded afterwards; see `ledger_writer`.
"""

from dataclasses import dataclass

from newsletter.database.states import DeliveryState


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery to send, with its recipient.

    Attributes:
        attempts: The number of earlier attempts.
        uncertain: Whether it is an uncertain delivery that is sent again. Otherwise it is pending or deferred.
        server: The only server that may get it, because it drops a second copy of the message; empty for any server.
        until: With `server`, when it no longer does so, in seconds since 1970 (UTC).
        lease: The fencing number with which it was leased; 0 without leases.
    """

    id: int
    subscriber_id: int
    address: str
    domain: str
    name: str
    language: str
    attempts: int
    uncertain: bool = False
    server: str = ""
    until: int = 0
    lease: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryClaim:
    """The reservation of a delivery, stored before its message is sent. `at` is in seconds since 1970 (UTC).

    A pending or deferred delivery can be claimed, and also an uncertain one if `uncertain` is true. `is_idempotent` is
    whether the message has a header by which the server recognises a second copy. With a `lease`, the delivery must
    still be leased with that number, and the lease must be valid.
    """

    id: int
    at: int
    message_id: str
    server: str
    uncertain: bool = False
    is_idempotent: bool = False
    lease: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The result of a claimed delivery. Times are seconds since 1970 (UTC).

    Attributes:
        attempts: The number of attempts so far, including this one if it counts.
        due_at: When a deferred delivery is retried; 0 if it is not deferred.
        lease: The fencing number of the claim; 0 without leases.
        again: Whether the same process sends the message again, so that it keeps the lease.
    """

    id: int
    state: DeliveryState
    at: int
    attempts: int
    due_at: int = 0
    code: int = 0
    enhanced: str = ""
    text: str = ""
    lease: int = 0
    again: bool = False
