"""The subscriber state machine: its table, its documentation, the code that writes states, and its guarantee.

The guarantee: after a person withdraws consent, or their address bounces, the address is not mailed again without a
confirmation that was requested afterwards, or the author's explicit `add --again`. An event that changes nothing, such
as a second click on the same unsubscribe link, is not a new withdrawal.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from newsletter.bounces.apply import apply_bounce
from newsletter.bounces.bounce import BounceForm, ParsedBounce, RecipientReport
from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.database.states import SubscriberState, SuppressionReason
from newsletter.database.tables import delivery, subscriber
from newsletter.errors import ExistsError, NotFoundError
from newsletter.ledger.new_campaign import NewCampaign, create_campaign, select_recipients
from newsletter.mail.tokens import Purpose, sign
from newsletter.mail.verp import verp_sender
from newsletter.subscribers import admin
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.consent import (
    ConfirmOutcome,
    Profile,
    SignUpOutcome,
    change_preferences,
    confirm,
    request_data,
    request_subscription,
    unsubscribe,
)
from newsletter.subscribers.csv.merge import merge_batch
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.state_machine import (
    IMPORT_EVENTS,
    STATES_BEFORE,
    SUPPRESSION,
    TRANSITIONS,
    ConsentEvent,
    Refusal,
    StateChange,
    decide,
    states_changed_by,
    strictest,
)
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import find_suppression
from newsletter.text.email_address import check_address
from tests.conftest import REPOSITORY
from tests.subscribers.people import NOW, imported

ACTIVE = SubscriberState.ACTIVE

BOUNCES = (ConsentEvent.HARD_BOUNCE, ConsentEvent.SOFT_BOUNCE_LIMIT, ConsentEvent.COMPLAINT)
WITHDRAWALS = (
    *(*BOUNCES, ConsentEvent.UNSUBSCRIBE, ConsentEvent.ERASE),
    *(ConsentEvent.IMPORT_BOUNCED, ConsentEvent.IMPORT_UNSUBSCRIBED, ConsentEvent.IMPORT_COMPLAINED),
)


@dataclass
class Simulated:
    """An address that only `decide` changes. `number` is the position of the last event in its history."""

    state: SubscriberState | None = None
    suppression: SuppressionReason | None = None
    number: int = 0
    requests: list[int] = field(default_factory=list)
    withdrawn: int = 0

    @property
    def mailable(self) -> bool:
        """Whether a campaign mails the address."""
        return self.state is ACTIVE and self.suppression is None

    def apply(self, event: ConsentEvent, requested: int) -> bool:
        """Apply an event as the callers of `decide` do. Returns whether it was a withdrawal."""
        self.number += 1
        before = (self.state, self.suppression)
        change = decide(self.state, event, self.suppression, requested=requested, withdrawn=self.withdrawn)
        if isinstance(change, Refusal):
            return False
        withdrew = before[0] is not None and change.state is not before[0] and change.state is not ACTIVE
        if withdrew and event not in (ConsentEvent.HARD_BOUNCE, ConsentEvent.SOFT_BOUNCE_LIMIT):
            # In the history, a bounce is not a withdrawal. It suppresses the address instead.
            self.withdrawn = self.number
        self.state = change.state
        self.suppression = change.suppress or (None if change.lift else self.suppression)
        if event is ConsentEvent.SIGN_UP:
            self.requests.append(self.number)
            return False
        if change.state is None:
            # The links of an erased subscriber contain an id that no longer exists.
            self.requests, self.withdrawn = [], 0
        changed = (self.state, self.suppression) != before
        return event in BOUNCES or (changed and not self.mailable)


def advance(address: Simulated, withdrawn_at: int, event: ConsentEvent, requested: int) -> int:
    """Apply an event, and check the guarantee. Returns the position of the last withdrawal."""
    before = address.mailable
    if address.apply(event, requested):
        withdrawn_at = address.number
    if withdrawn_at and address.mailable and not before:
        assert event is ConsentEvent.ADD_AGAIN or (event is ConsentEvent.CONFIRM and requested > withdrawn_at)
    if event in WITHDRAWALS:
        assert not address.mailable
    return withdrawn_at


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ConsentEvent), st.integers(0, 5)), max_size=14))
def test_no_sequence_of_events_makes_a_withdrawn_address_mailable(events: list[tuple[ConsentEvent, int]]) -> None:
    """With `decide` alone and any earlier link. Only a later request or the author makes it mailable again."""
    address = Simulated()
    withdrawn_at = 0
    for event, link in events:
        requested = address.requests[link % len(address.requests)] if address.requests else 0
        if event is not ConsentEvent.CONFIRM or requested:
            withdrawn_at = advance(address, withdrawn_at, event, requested)


def test_no_reachable_situation_makes_a_withdrawn_address_mailable() -> None:
    """The same for every situation that can be reached, of which there are few.

    Two situations are equal if state, suppression and kinds of links are equal. The kind of a link is whether it was
    requested before or after the last withdrawal.
    """
    seen: set[tuple[object, ...]] = set()
    waiting = [(Simulated(), 0)]
    while waiting:
        address, withdrawn_at = waiting.pop()
        links = {(at > address.withdrawn, at > withdrawn_at): at for at in address.requests}
        situation = (address.state, address.suppression, frozenset(links), address.withdrawn > 0, withdrawn_at > 0)
        if situation in seen:
            continue
        seen.add(situation)
        for event in ConsentEvent:
            for requested in links.values() if event is ConsentEvent.CONFIRM else (0,):
                following = replace(address, requests=list(address.requests))
                waiting.append((following, advance(following, withdrawn_at, event, requested)))
    assert {situation[0] for situation in seen} == set(STATES_BEFORE)


RESTORING_ACTIONS = ("sign up", "confirm", "import active", "import twice pending", "add", "preferences")
WITHDRAWING_ACTIONS = (
    *("unsubscribe", "unsubscribe by mail", "hard bounce", "soft bounces", "complaint", "erase", "remove"),
    *("import bounced", "import unsubscribed", "import complained", "import twice unsubscribed"),
)
OTHERS = ("soft bounce", "refused", "unproven complaint", "data", "import pending", "add again")
NUMBERS = count()
steps = st.tuples(
    st.one_of(*map(st.sampled_from, (RESTORING_ACTIONS, RESTORING_ACTIONS, WITHDRAWING_ACTIONS, OTHERS))),
    st.integers(0, 11),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite database for all examples. Each example uses its own address."""
    with Database.open(f"sqlite:///{tmp_path_factory.mktemp('policy') / 'newsletter.db'}") as database:
        yield database


class Person:
    """One address in a real database, with all actions that can change it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.address = check_address(f"ann{next(NUMBERS)}@example.org")
        self.now = NOW
        self.step = 0
        # The mailed links: subscriber, time of the request, step of the request.
        self.links: list[tuple[int, int, int]] = []

    def find(self, connection: Connection) -> Subscriber | None:
        """Return the subscriber, or None if the address is not on the list."""
        return find_subscriber(connection, self.address.compared)

    def situation(self) -> tuple[SubscriberState | None, SuppressionReason | None, bool]:
        """Return the state, the suppression, and whether a new campaign mails the address."""
        with self.database.read() as connection:
            found, suppression = self.find(connection), find_suppression(connection, self.address.compared)
            mine = subscriber.c.compared == self.address.compared
            mailable = any(page for page in select_recipients(connection, ["next"], mine))
        return (found.state if found else None, suppression.reason if suppression else None, mailable)

    def do(self, action: str, choice: int) -> int:
        """Do one action. Returns the step that requested the link, if the action confirmed by a link, or 0."""
        self.step += 1
        self.now += (0, 1, 700, 90_000)[choice % 4]
        try:
            if action.startswith("add"):
                admin.add(self.database, self.address, consent="asked", again=action == "add again", now=self.now)
                return 0
            if action == "remove":
                admin.remove(self.database, [self.address], now=self.now)
                return 0
        except (ExistsError, NotFoundError):
            return 0
        with self.database.write() as connection:
            if action.startswith("import"):
                self.merge(connection, SubscriberState(action.rpartition(" ")[2]), twice="twice" in action)
            elif action == "sign up":
                done = request_subscription(connection, self.address, "", "a page", self.now)
                if done.outcome is SignUpOutcome.CONFIRM:
                    self.links.append((done.subscriber_id, self.now, self.step))
            elif action == "confirm" and self.links:
                id, asked_at, step = self.links[choice % len(self.links)]
                done_now = confirm(connection, id, asked_at, "a page", self.now) is ConfirmOutcome.NOW
                return step if done_now else 0
            elif found := self.find(connection):
                self.act(connection, found, action, choice)
        return 0

    def merge(self, connection: Connection, state: SubscriberState, *, twice: bool) -> None:
        """Import a list with the address; if `twice`, in two batches, the second as active."""
        for listed in (state, ACTIVE) if twice else (state,):
            row = imported(self.address.typed, listed, name="Ann")
            merge_batch(connection, {row.compared: row}, self.now)

    def act(self, connection: Connection, found: Subscriber, action: str, choice: int) -> None:
        """Do an action of a subscriber or of a mail server."""
        match action:
            case "unsubscribe":
                unsubscribe(connection, found.id, 0, "a page", self.now)
            case "erase":
                erase(connection, found, self.now)
            case "preferences":
                profile = Profile(None, ("beta",) if choice % 2 else (), ("beta",))
                change_preferences(connection, found, "ja", profile, self.now)
            case "data":
                request_data(connection, found, "a page", self.now)
            case "soft bounces":
                for _ in range(3):
                    self.receive(connection, found, "soft bounce")
            case "confirm":
                pass
            case _:
                self.receive(connection, found, action)

    def receive(self, connection: Connection, found: Subscriber, action: str) -> None:
        """Apply a message about the subscriber: a bounce, a complaint, or an unsubscribe request."""
        keys, digest = signing_keys(connection, TOKENS), next(NUMBERS).to_bytes(32, "big")
        sender = verp_sender("bounces@example.org", keys, found.id, found.address, self.send(connection, found))
        status = {"hard bounce": "5.1.1", "soft bounce": "4.2.2", "refused": "5.7.1"}.get(action, "")
        report = RecipientReport((found.address,), "failed", status, "no")
        if action == "unsubscribe by mail":
            token = sign(keys, Purpose.UNSUBSCRIBE, found.id, found.address)
            parsed = ParsedBounce(BounceForm.UNSUBSCRIBE, digest, unsubscribe_tokens=(token,))
        elif action == "unproven complaint":
            parsed = ParsedBounce(BounceForm.COMPLAINT, digest, (report,))
        else:
            form = BounceForm.COMPLAINT if action == "complaint" else BounceForm.DELIVERY_STATUS
            parsed = ParsedBounce(form, digest, (report,), (sender,))
        apply_bounce(connection, keys, parsed, self.now)

    def send(self, connection: Connection, found: Subscriber) -> int:
        """Send a campaign to the subscriber, if they may be mailed. Returns its id."""
        new = NewCampaign(f"s{next(NUMBERS)}", "", "", "", "", git_clean=True, now=self.now)
        id = create_campaign(connection, new, subscriber.c.id == found.id)
        connection.execute(update(delivery).where(delivery.c.campaign_id == id).values(state="accepted"))
        return id


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, max_size=3), st.sampled_from(WITHDRAWING_ACTIONS), st.lists(steps, min_size=3, max_size=9))
def test_no_sequence_of_actions_makes_a_withdrawn_address_mailable(
    shared: Database, first: list[tuple[str, int]], withdrawal: str, then: list[tuple[str, int]]
) -> None:
    """The same with all code that changes subscribers, by the recipients that a campaign selects."""
    person = Person(shared)
    withdrawn = 0
    before = person.situation()
    for action, choice in [("sign up", 0), ("confirm", 0), *first, (withdrawal, 0), *then]:
        requested = person.do(action, choice)
        after = person.situation()
        if withdrawn and after[2] and not before[2]:
            assert action == "add again" or requested > withdrawn, (action, before, after)
        if action in WITHDRAWING_ACTIONS:
            assert not after[2], (action, before, after)
        bounced = action in ("hard bounce", "complaint") and before[0] is not None
        if bounced or (after != before and not after[2] and action != "sign up"):
            withdrawn = person.step
        before = after


@pytest.mark.parametrize("between", [(), ("unsubscribe", "sign up")])
@pytest.mark.parametrize(
    ("withdrawal", "reason"),
    [("hard bounce", SuppressionReason.HARD_BOUNCE), ("complaint", SuppressionReason.COMPLAINT)],
)
def test_a_bounce_after_an_erasure_counts(
    shared: Database, between: tuple[str, ...], withdrawal: str, reason: SuppressionReason
) -> None:
    """An erased person may sign up again. A bounce then suppresses the address, and no link confirms it."""
    person = Person(shared)
    for action in ("sign up", "confirm", "erase", "sign up", *between, withdrawal):
        person.do(action, 2)
    assert person.situation()[1:] == (reason, False)
    links = len(person.links)
    assert [person.do("confirm", number) for number in range(links)] == [0] * links
    person.do("sign up", 3)
    assert len(person.links) == links


def test_an_imported_row_never_restores_consent() -> None:
    """The stricter state counts, and a pending row changes no state."""
    for state, event in IMPORT_EVENTS.items():
        for before in SubscriberState:
            change = decide(before, event)
            assert isinstance(change, StateChange)
            assert change.state is (before if state is SubscriberState.PENDING else strictest(before, state))


def test_every_event_has_a_cell_for_each_state() -> None:
    """The table is complete. UNSUBSCRIBE leads to one state only, so that one statement can write it."""
    assert set(TRANSITIONS) == set(SUPPRESSION) == set(ConsentEvent)
    assert set(STATES_BEFORE) == {None, *SubscriberState}
    assert set(IMPORT_EVENTS) == set(SubscriberState)
    assert set(states_changed_by(ConsentEvent.UNSUBSCRIBE).values()) == {SubscriberState.UNSUBSCRIBED}


def format_table() -> str:
    """Format the table as in docs/subscribers.md."""
    head = ["event", *(f"`{state}`" if state else "not listed" for state in STATES_BEFORE)]
    head += ["if suppressed", "suppression after"]
    lines = [head, ["---"] * len(head)]
    for event, cells in TRANSITIONS.items():
        if_suppressed, effect = SUPPRESSION[event]
        shown = [f"`{cell}`" if isinstance(cell, SubscriberState) else cell.value for cell in cells]
        lines.append([event.value, *shown, if_suppressed.value, effect.value if effect else "same"])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def test_the_documentation_contains_the_table() -> None:
    """docs/subscribers.md contains the transitions of the code, word for word."""
    assert format_table() in (REPOSITORY / "docs/subscribers.md").read_text()


def find_writers(tree: ast.Module) -> Iterator[str]:
    """Yield the functions of a module that write the state column of the table `subscriber`."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        source = ast.unparse(function)
        writes = re.search(r"\b(update|insert)\((tables\.)?subscriber\)|(?i:(insert into|update) subscriber\b)", source)
        if writes and re.search(r"\bstate\b|_COLUMNS", source):
            yield function.name


def test_states_are_written_in_few_places() -> None:
    """One function changes a state, one adds a subscriber, and an import has a statement for each.

    The function that changes a state is called only in `apply_event`.
    """
    sources = {path: path.read_text() for path in (REPOSITORY / "newsletter").rglob("*.py")}
    found = {
        (str(path.relative_to(REPOSITORY / "newsletter")), name)
        for path, source in sources.items()
        for name in find_writers(ast.parse(source))
    }
    assert found == {
        ("subscribers/queries.py", "write_state"),
        ("subscribers/queries.py", "add_subscriber"),
        ("subscribers/csv/merge.py", "_add"),
        ("subscribers/queries.py", "write_states"),
    }
    callers = {path.name for path, source in sources.items() if re.search(r"\bwrite_state\b", source)}
    assert callers == {"queries.py", "apply_event.py"}
