"""The subscriber state machine: which event changes which state, as one table.

All code that changes a subscriber's state asks `decide`, which reads and writes nothing. To see what an event does,
read its row in `TRANSITIONS`, then its row in `SUPPRESSION`. The same table is in docs/subscribers.md, and a test
compares the two.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from newsletter.database.states import SubscriberState, SuppressionReason


class ConsentEvent(StrEnum):
    """What can happen to an address; the value is the name of its row in docs/subscribers.md.

    Anything else, such as a soft bounce below the limit, a tag or a preference, changes no state.
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
    """A cell of the table that is not simply the new state."""

    SAME = "same"
    """The state stays, and the rest of the event counts: a hard bounce suppresses an unsubscribed address, too."""
    IGNORE = "ignored"
    REFUSE = "refused"
    NEW_LINK = "`active`, if the link was requested after the last withdrawal"
    SUPPRESSED = "`active`, if suppressed"
    REMOVE = "not listed"


class IfSuppressed(StrEnum):
    """Whether an event is allowed for an address that is suppressed."""

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
    # An import only withdraws consent.
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
    # event                            if the address is suppressed  suppression afterwards; None leaves it as it is
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
"""The columns of `TRANSITIONS`. None: the address is not on the list."""

IMPORT_EVENTS = {
    ACTIVE: ConsentEvent.IMPORT_ACTIVE,
    PENDING: ConsentEvent.IMPORT_PENDING,
    BOUNCED: ConsentEvent.IMPORT_BOUNCED,
    UNSUB: ConsentEvent.IMPORT_UNSUBSCRIBED,
    COMPLAINED: ConsentEvent.IMPORT_COMPLAINED,
}
"""The event that a row of an imported list is, by the state which the row gives."""

# What a person decided counts more than what a server reported.
_LEAST_TO_MOST_STRICT = (ACTIVE, PENDING, BOUNCED, UNSUB, COMPLAINED)
# An erased person may subscribe again. Of the other reasons only the author knows whether the address may be mailed.
_NOT_FINAL = (SuppressionReason.ERASED, SuppressionReason.UNSUBSCRIBED)


class Refusal(StrEnum):
    """Why an event changes nothing."""

    IGNORED = "there is nothing to change"
    NOT_ALLOWED = "the state does not allow it"
    SUPPRESSED = "the address is suppressed"
    WITHDRAWN = "consent was withdrawn after the request"


@dataclass(frozen=True, slots=True)
class StateChange:
    """What an event does to an address.

    `state` is None if the subscriber is removed. `lift` ends the present suppression; then `suppress`, unless it is
    None, suppresses the address for this reason.
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
    """Decide what an event does to an address.

    Args:
        state: the state before the event; None if the address is not on the list.
        event: what happens.
        suppression: why the address is suppressed; None if it is not.
        requested: for a confirmation, the position of its request in the subscriber's history; 0 if unknown.
        withdrawn: the position of the last withdrawal of consent in that history; 0 if there is none.
            Positions are compared instead of times, because clocks are sometimes wrong.
    """
    cell = TRANSITIONS[event][STATES_BEFORE.index(state)]
    if_suppressed, effect = SUPPRESSION[event]
    if cell is CellRule.IGNORE:
        return Refusal.IGNORED
    if cell is CellRule.REFUSE or (cell is CellRule.SUPPRESSED and suppression is None):
        return Refusal.SUPPRESSED if suppression else Refusal.NOT_ALLOWED
    if suppression and _refused(if_suppressed, state, suppression):
        return Refusal.SUPPRESSED
    if cell is CellRule.NEW_LINK and withdrawn > requested:
        return Refusal.WITHDRAWN
    after = _state_after(state, cell)
    if effect is None or isinstance(effect, Lift):
        return StateChange(after, lift=effect is Lift.LIFT)
    if suppression is None:
        return StateChange(after, suppress=effect)
    # The first reason stays, but a bounce or a complaint replaces one after which the person may subscribe again.
    replaces = suppression in _NOT_FINAL and effect not in _NOT_FINAL
    return StateChange(after, suppress=effect if replaces else None, lift=replaces)


def may_be_mailed_on_request(suppression: SuppressionReason | None) -> bool:
    """Return whether an address may get mail that is requested on a page, such as a link to the subscriber's data."""
    return suppression is None or suppression in _NOT_FINAL


def strictest(one: SubscriberState, other: SubscriberState) -> SubscriberState:
    """Return the state that counts where one list gives two for a person, in either order."""
    return max(one, other, key=_LEAST_TO_MOST_STRICT.index)


def states_changed_by(event: ConsentEvent) -> dict[SubscriberState, SubscriberState]:
    """Return the states that an event changes whatever else is known, each with the state after it."""
    row = zip(STATES_BEFORE, TRANSITIONS[event], strict=True)
    return {before: after for before, after in row if before and isinstance(after, SubscriberState)}


def _refused(rule: IfSuppressed, state: SubscriberState | None, suppression: SuppressionReason) -> bool:
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
