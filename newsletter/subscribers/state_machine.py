"""The subscriber state machine: which event changes which state.

All code that changes a subscriber's state calls `decide`, which does no I/O. To see what an event does, read its row in
`TRANSITIONS`, then its row in `SUPPRESSION`. docs/subscribers.md contains the same table; a test compares the two.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from newsletter.database.states import SubscriberState, SuppressionReason


class ConsentEvent(StrEnum):
    """An event that may change the state of an address. The value is the name of its row in docs/subscribers.md.

    Other events, such as a soft bounce below the limit, a tag or a preference, do not change the state.
    """

    SIGN_UP = "sign-up on the page"
    CONFIRM = "confirmation link"
    UNSUBSCRIBE = "unsubscribe, by link or mail"
    HARD_BOUNCE = "hard bounce"
    SOFT_BOUNCE_LIMIT = "soft bounces, three campaigns of five"
    COMPLAINT = "complaint"
    IMPORT_ACTIVE = "import as `active`"
    IMPORT_PENDING = "import as `pending`"
    IMPORT_BOUNCED = "import as `bounced`"
    IMPORT_UNSUBSCRIBED = "import as `unsubscribed`"
    IMPORT_COMPLAINED = "import as `complained`"
    ADD = "`subscribers add`"
    ADD_AGAIN = "`subscribers add --again`"
    ERASE = "erasure"


class CellRule(StrEnum):
    """A cell of the table that is not a new state."""

    SAME = "same"
    """The state stays, but the event is recorded, and the suppression may change."""
    IGNORE = "ignored"
    REFUSE = "refused"
    NEW_LINK = "`active`, if the link was requested after the last withdrawal"
    SUPPRESSED = "`active`, if suppressed"
    REMOVE = "not listed"


class IfSuppressed(StrEnum):
    """Whether an event is allowed for a suppressed address."""

    ALLOW = "allowed"
    REFUSE = "refused"
    REFUSE_FINAL = "refused, unless the reason is erasure"
    REFUSE_NEW = "refused, if not listed"


class Lift(Enum):
    """The effect of an event that ends a suppression."""

    LIFT = "ended"


PENDING, ACTIVE, BOUNCED = SubscriberState.PENDING, SubscriberState.ACTIVE, SubscriberState.BOUNCED
UNSUB, COMPLAINED = SubscriberState.UNSUBSCRIBED, SubscriberState.COMPLAINED
SAME, IGNORE, REFUSE, NEW_LINK, SUPPRESSED, REMOVE = CellRule

Cell = SubscriberState | CellRule

# fmt: off
TRANSITIONS: dict[ConsentEvent, tuple[Cell, Cell, Cell, Cell, Cell, Cell]] = {
    # state before:                    not listed  pending     active      bounced     unsubscribed complained
    ConsentEvent.SIGN_UP:             (PENDING,    SAME,       SAME,       REFUSE,     SAME,       REFUSE),
    ConsentEvent.CONFIRM:             (REFUSE,     ACTIVE,     IGNORE,     REFUSE,     NEW_LINK,   REFUSE),
    ConsentEvent.UNSUBSCRIBE:         (IGNORE,     UNSUB,      UNSUB,      UNSUB,      IGNORE,     IGNORE),
    ConsentEvent.HARD_BOUNCE:         (IGNORE,     BOUNCED,    BOUNCED,    SAME,       SAME,       SAME),
    ConsentEvent.SOFT_BOUNCE_LIMIT:   (IGNORE,     BOUNCED,    BOUNCED,    SAME,       SAME,       SAME),
    ConsentEvent.COMPLAINT:           (IGNORE,     COMPLAINED, COMPLAINED, COMPLAINED, COMPLAINED, SAME),
    # An import can withdraw consent, but never restores it.
    ConsentEvent.IMPORT_ACTIVE:       (ACTIVE,     SAME,       SAME,       SAME,       SAME,       SAME),
    ConsentEvent.IMPORT_PENDING:      (PENDING,    SAME,       SAME,       SAME,       SAME,       SAME),
    ConsentEvent.IMPORT_BOUNCED:      (BOUNCED,    BOUNCED,    BOUNCED,    SAME,       SAME,       SAME),
    ConsentEvent.IMPORT_UNSUBSCRIBED: (UNSUB,      UNSUB,      UNSUB,      UNSUB,      SAME,       SAME),
    ConsentEvent.IMPORT_COMPLAINED:   (COMPLAINED, COMPLAINED, COMPLAINED, COMPLAINED, COMPLAINED, SAME),
    ConsentEvent.ADD:                 (ACTIVE,     REFUSE,     REFUSE,     REFUSE,     REFUSE,     REFUSE),
    ConsentEvent.ADD_AGAIN:           (ACTIVE,     ACTIVE,     SUPPRESSED, ACTIVE,     ACTIVE,     ACTIVE),
    ConsentEvent.ERASE:               (IGNORE,     REMOVE,     REMOVE,     REMOVE,     REMOVE,     REMOVE),
}
SUPPRESSION: dict[ConsentEvent, tuple[IfSuppressed, SuppressionReason | Lift | None]] = {
    # event                            if the address is suppressed  new suppression; None for no change
    ConsentEvent.SIGN_UP:             (IfSuppressed.REFUSE_FINAL,    None),
    ConsentEvent.CONFIRM:             (IfSuppressed.REFUSE_FINAL,    Lift.LIFT),
    ConsentEvent.UNSUBSCRIBE:         (IfSuppressed.ALLOW,           None),
    ConsentEvent.HARD_BOUNCE:         (IfSuppressed.ALLOW,           SuppressionReason.HARD_BOUNCE),
    ConsentEvent.SOFT_BOUNCE_LIMIT:   (IfSuppressed.ALLOW,           SuppressionReason.SOFT_BOUNCES),
    ConsentEvent.COMPLAINT:           (IfSuppressed.ALLOW,           SuppressionReason.COMPLAINT),
    ConsentEvent.IMPORT_ACTIVE:       (IfSuppressed.REFUSE_NEW,      None),
    ConsentEvent.IMPORT_PENDING:      (IfSuppressed.REFUSE_NEW,      None),
    ConsentEvent.IMPORT_BOUNCED:      (IfSuppressed.REFUSE_NEW,      SuppressionReason.HARD_BOUNCE),
    ConsentEvent.IMPORT_UNSUBSCRIBED: (IfSuppressed.REFUSE_NEW,      None),
    ConsentEvent.IMPORT_COMPLAINED:   (IfSuppressed.REFUSE_NEW,      SuppressionReason.COMPLAINT),
    ConsentEvent.ADD:                 (IfSuppressed.REFUSE,          None),
    ConsentEvent.ADD_AGAIN:           (IfSuppressed.ALLOW,           Lift.LIFT),
    ConsentEvent.ERASE:               (IfSuppressed.ALLOW,           SuppressionReason.ERASED),
}
# fmt: on

STATES_BEFORE = (None, PENDING, ACTIVE, BOUNCED, UNSUB, COMPLAINED)
"""The columns of `TRANSITIONS`. None means that the address is not on the list."""

MAY_GET_ISSUES = (PENDING, ACTIVE)
"""The states in which a subscriber gets issues, or does after confirming."""

IMPORT_EVENTS = {
    ACTIVE: ConsentEvent.IMPORT_ACTIVE,
    PENDING: ConsentEvent.IMPORT_PENDING,
    BOUNCED: ConsentEvent.IMPORT_BOUNCED,
    UNSUB: ConsentEvent.IMPORT_UNSUBSCRIBED,
    COMPLAINED: ConsentEvent.IMPORT_COMPLAINED,
}
"""The event of a row of an imported list, by the state in the row."""

# A decision of a person has priority over a report of a server.
_LEAST_TO_MOST_STRICT = (ACTIVE, PENDING, BOUNCED, UNSUB, COMPLAINED)
# After these reasons, a person may subscribe again. After the others, only the author can allow it.
_NOT_FINAL = (SuppressionReason.ERASED, SuppressionReason.UNSUBSCRIBED)


class Refusal(StrEnum):
    """The reason why an event changes nothing."""

    IGNORED = "there is nothing to change"
    NOT_ALLOWED = "the state does not allow it"
    SUPPRESSED = "the address is suppressed"
    WITHDRAWN = "consent was withdrawn after the request"


@dataclass(frozen=True, slots=True)
class StateChange:
    """The changes of an event to an address.

    Attributes:
        state: the new state; None if the subscriber is removed.
        suppress: the reason to suppress the address, after `lift`; None for no new suppression.
        lift: whether to end the current suppression.
    """

    state: SubscriberState | None
    suppress: SuppressionReason | None = None
    lift: bool = False


def decide(
    state: SubscriberState | None,
    event: ConsentEvent,
    suppression: SuppressionReason | None = None,
    *,
    requested: int = 0,
    withdrawn: int = 0,
) -> StateChange | Refusal:
    """Decide what an event changes for an address.

    Args:
        state: the state before the event; None if the address is not on the list.
        event: the event.
        suppression: why the address is suppressed; None if it is not.
        requested: for a confirmation, the position of its request in the subscriber's history; 0 if unknown.
        withdrawn: the position of the last withdrawal of consent in that history; 0 if there is none.
            Positions are compared instead of times, because clocks are sometimes wrong.

    Returns:
        The change, or the reason why nothing changes.
    """
    cell = TRANSITIONS[event][STATES_BEFORE.index(state)]
    if_suppressed, effect = SUPPRESSION[event]
    if cell is CellRule.IGNORE:
        return Refusal.IGNORED
    if cell is CellRule.REFUSE or (cell is CellRule.SUPPRESSED and suppression is None):
        return Refusal.SUPPRESSED if suppression else Refusal.NOT_ALLOWED
    if suppression and _is_refused(if_suppressed, state, suppression):
        return Refusal.SUPPRESSED
    if cell is CellRule.NEW_LINK and withdrawn > requested:
        return Refusal.WITHDRAWN
    after = _state_after(state, cell)
    if effect is None or isinstance(effect, Lift):
        return StateChange(after, lift=effect is Lift.LIFT)
    if suppression is None:
        return StateChange(after, suppress=effect)
    # The first reason stays, except that a bounce or a complaint replaces a reason that allows subscribing again.
    replaces = suppression in _NOT_FINAL and effect not in _NOT_FINAL
    return StateChange(after, suppress=effect if replaces else None, lift=replaces)


def may_be_mailed_on_request(suppression: SuppressionReason | None) -> bool:
    """Return whether mail that was requested on a page may be sent, such as a link to the subscriber's data."""
    return suppression is None or suppression in _NOT_FINAL


def strictest(one: SubscriberState, other: SubscriberState) -> SubscriberState:
    """Return the stricter of two states, for a list that contains both for the same person."""
    return max(one, other, key=_LEAST_TO_MOST_STRICT.index)


def states_changed_by(event: ConsentEvent) -> dict[SubscriberState, SubscriberState]:
    """Return the states that an event changes unconditionally, each with its new state."""
    row = zip(STATES_BEFORE, TRANSITIONS[event], strict=True)
    return {before: after for before, after in row if before and isinstance(after, SubscriberState)}


def _is_refused(rule: IfSuppressed, state: SubscriberState | None, suppression: SuppressionReason) -> bool:
    match rule:
        case IfSuppressed.ALLOW:
            return False
        case IfSuppressed.REFUSE:
            return True
        case IfSuppressed.REFUSE_FINAL:
            return suppression not in _NOT_FINAL
        case IfSuppressed.REFUSE_NEW:
            return state is None


def _state_after(before: SubscriberState | None, cell: Cell) -> SubscriberState | None:
    match cell:
        case CellRule.SAME:
            return before
        case CellRule.NEW_LINK | CellRule.SUPPRESSED:
            return SubscriberState.ACTIVE
        case SubscriberState():
            return cell
        case _:
            return None
