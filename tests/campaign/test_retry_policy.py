"""Decisions about answers, and the time of the next message."""

import random
from collections import Counter
from itertools import count, pairwise
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from newsletter.campaign.pacing import AHEAD, CROWD, Pace
from newsletter.campaign.queue import EMPTY_PAGE_WAIT, FEW, FULL, Queue, Turn
from newsletter.campaign.retry_policy import JITTER, decide, domain_delay
from newsletter.campaign.servers import open_servers
from newsletter.fields.rate import read_rate
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.transports.base import Answer, Stage, Verdict
from newsletter.workspace.workspace import Workspace
from tests.campaign.listed_pages import ListedPages
from tests.campaign.publication import delivery, publish

DELAYS = (60, 300)


def decision(
    verdict: Verdict,
    code: int = 0,
    enhanced: str = "",
    stage: Stage = Stage.RCPT,
    attempts: int = 1,
    reached: bool = False,
    interrupted: bool = True,
) -> object:
    """Return the state that follows from an answer, and whether the sender was rejected."""
    answer = Answer(verdict, stage, code, enhanced, "text")
    decided = decide(answer, attempts, DELAYS, random.Random(1), reached=reached, interrupted=interrupted)
    return decided.state.value, "sender" if decided.sender_rejected else "suspect" if decided.suspect else ""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((Verdict.ACCEPTED, 250), ("accepted", "")),
        ((Verdict.UNCERTAIN,), ("uncertain", "")),
        ((Verdict.UNSENT, 421), ("pending", "")),
        ((Verdict.DEFERRED, 450, "4.2.1"), ("deferred", "")),
        ((Verdict.REFUSED, 550, "5.1.1"), ("failed", "")),
        ((Verdict.REFUSED, 550, "5.7.1"), ("failed", "suspect")),
        ((Verdict.REFUSED, 550, "5.1.0"), ("failed", "suspect")),
        ((Verdict.REFUSED, 550, "5.1.7"), ("failed", "suspect")),
        ((Verdict.REFUSED, 550, "5.7.1", Stage.RCPT, 2), ("failed", "")),
        ((Verdict.UNSENT, 0, "", Stage.RCPT, 1, True), ("deferred", "")),
        ((Verdict.UNSENT, 0, "", Stage.RCPT, 1, True, False), ("pending", "")),
        ((Verdict.UNSENT, 421, "", Stage.RCPT, 3, True, False), ("pending", "")),
        ((Verdict.UNSENT, 0, "", Stage.CONNECT, 3, True), ("pending", "")),
        ((Verdict.UNSENT, 0, "", Stage.MAIL, 1, True), ("pending", "")),
        ((Verdict.UNSENT, 0, "", Stage.RCPT, 2), ("deferred", "")),
        ((Verdict.UNSENT, 0, "", Stage.RCPT, 3), ("failed", "")),
        ((Verdict.REFUSED, 530, "5.7.0"), ("pending", "sender")),
        ((Verdict.REFUSED, 550, "5.1.8", Stage.MAIL), ("pending", "sender")),
        ((Verdict.REFUSED, 554, "", Stage.CONNECT), ("pending", "sender")),
        ((Verdict.DEFERRED, 451, "", Stage.END, 2), ("deferred", "")),
        ((Verdict.DEFERRED, 451, "", Stage.END, 3), ("failed", "")),
    ],
)
def test_an_answer_has_its_state(answer: tuple[object, ...], expected: tuple[str, str]) -> None:
    """Each class of answer has one state. If the sender is rejected, the delivery stays pending."""
    assert decision(*answer) == expected  # type: ignore[arg-type] # the parameters of `decision`


@pytest.mark.parametrize(
    ("answer", "suspect"),
    [
        ((Verdict.REFUSED, 550, "5.7.1", "No such user here"), False),
        ((Verdict.REFUSED, 550, "", "Your address is on our block list"), True),
        ((Verdict.REFUSED, 550, "5.2.1", "The user is receiving mail at a rate that is too high"), False),
        ((Verdict.DEFERRED, 421, "4.7.0", "Deferred because of user complaints"), True),
        ((Verdict.DEFERRED, 450, "4.7.1", "Greylisted"), False),
        ((Verdict.DEFERRED, 450, "4.7.1", "Not now"), False),
        ((Verdict.DEFERRED, 421, "4.7.28", "Too many messages from you"), False),
    ],
)
def test_the_words_of_a_reply_tell_whether_it_is_about_the_sender(
    answer: tuple[Verdict, int, str, str], suspect: bool
) -> None:
    """They count before the status, as in a bounce. A limit of the rate only slows the campaign down."""
    verdict, code, enhanced, text = answer
    decided = decide(Answer(verdict, Stage.RCPT, code, enhanced, text), 1, DELAYS, random.Random(1))
    assert decided.suspect == suspect


@pytest.mark.parametrize("attempts", [1, 3])
def test_some_codes_ask_for_a_slower_pace(attempts: int) -> None:
    """Those of RFC 5321 and RFC 4954, whether the message is deferred or has failed at last."""
    answers = [Answer(Verdict.DEFERRED, Stage.RCPT, code) for code in range(400, 600)]
    slower = [answer.code for answer in answers if decide(answer, attempts, DELAYS, random.Random(1)).slower]
    assert slower == [421, 450, 451, 452, 454]


def test_some_codes_are_about_the_account() -> None:
    """Those with which RFC 4954 asks for another login; the reason names the answer and its stage."""
    answers = [Answer(Verdict.REFUSED, Stage.RCPT, code, "5.7.0", "No") for code in range(500, 600)]
    reasons = [decide(answer, 1, DELAYS, random.Random(1)).sender_rejected for answer in answers]
    assert [reason for reason in reasons if reason] == [f"{code} 5.7.0 No (at rcpt)" for code in (530, 534, 535, 538)]


def test_an_attempt_counts_unless_the_server_took_no_message() -> None:
    """Neither a lost connection nor a rejection of the sender uses up an attempt of the recipient."""
    counted = {
        (verdict, stage)
        for verdict in Verdict
        for stage in (Stage.CONNECT, Stage.RCPT)
        if decide(Answer(verdict, stage), 1, DELAYS, random.Random(1)).counts
    }
    always = (Verdict.ACCEPTED, Verdict.UNCERTAIN, Verdict.DEFERRED)
    assert counted == {
        *((verdict, stage) for verdict in always for stage in (Stage.CONNECT, Stage.RCPT)),
        (Verdict.REFUSED, Stage.RCPT),
    }


@given(st.integers(1, 2), st.randoms(use_true_random=False))
def test_retries_are_spread(attempts: int, chance: random.Random) -> None:
    """The next attempt is due after its delay, at most a fifth earlier or later."""
    decided = decide(Answer(Verdict.DEFERRED, Stage.RCPT, 450), attempts, DELAYS, chance)
    assert abs(decided.delay - DELAYS[attempts - 1]) <= DELAYS[attempts - 1] * JITTER


@given(st.integers(1, 60), st.randoms(use_true_random=False))
def test_the_wait_for_a_domain_doubles_up_to_a_limit(deferrals: int, chance: random.Random) -> None:
    """It exceeds the limit at most by the jitter."""
    expected = min(2 ** (deferrals - 1), 60)
    assert abs(domain_delay(deferrals, 60, chance) - expected) <= expected * JITTER


def queue_of(recipients: list[WaitingDelivery], rate: float = 0, domain_rate: float = 0) -> Queue:
    """Return a queue that reads recipients in pages of 50."""
    return Queue(ListedPages(list(recipients)), Pace(rate), domain_rate, 60, random.Random(1))


def waiting(id: int, domain: str) -> WaitingDelivery:
    return WaitingDelivery(id, id, f"r{id}@{domain}", domain, "", "", 0)


def times(queue: Queue, server: Pace) -> list[tuple[float, WaitingDelivery]]:
    """Return when each message is sent, with a simulated clock. All messages are accepted immediately."""
    sent: list[tuple[float, WaitingDelivery]] = []
    now = 0.0
    for _ in count():
        turn = queue.take(server, now)
        if turn is None:
            return sent
        now = max(now, turn.at)
        if turn.recipient:
            sent.append((turn.at, turn.recipient))
            queue.finish(turn.recipient)
    raise AssertionError


@given(st.lists(st.sampled_from("abc"), max_size=200), st.integers(0, 50), st.integers(0, 20), st.integers(0, 30))
def test_no_rate_limit_is_exceeded_and_every_message_is_sent(
    domains: list[str], rate: int, domain_rate: int, server_rate: int
) -> None:
    """Each recipient gets one message. The intervals respect the limits of campaign, domain and server."""
    recipients = [waiting(id, f"{domain}.example") for id, domain in enumerate(domains, 1)]
    sent = times(queue_of(recipients, rate, domain_rate), Pace(server_rate))
    assert Counter(recipient for _, recipient in sent) == Counter(recipients)
    assert [at for at, _ in sent] == sorted(at for at, _ in sent)
    for limit, series in [
        (rate, [at for at, _ in sent]),
        (server_rate, [at for at, _ in sent]),
        *((domain_rate, [at for at, to in sent if to.domain == name]) for name in ("a.example", "b.example")),
    ]:
        if limit:
            assert all(later - earlier >= 1 / limit - 1e-9 for earlier, later in pairwise(series))


def defer(queue: Queue, domain: str, now: float) -> None:
    """Record that a domain defers as many recipients as it takes to slow it."""
    for id in range(1_000, 1_000 + CROWD):
        queue.record_answer(waiting(id, domain), now, accepted=False, slower=True)


def test_full_mailboxes_do_not_slow_their_domain() -> None:
    """Of 1,000 recipients at one domain, each hundredth is deferred three times. No other waits for it."""
    queue = queue_of([waiting(id, "d.example") for id in range(1, 1_001)])
    now = 0.0
    for _ in range(1_000):
        turn = queue.take(Pace(0), now)
        assert turn
        assert turn.recipient
        full = not turn.recipient.id % 100
        for _ in range(3 if full else 1):
            queue.record_answer(turn.recipient, turn.at, accepted=not full, slower=full)
        queue.finish(turn.recipient)
        now = turn.at + 0.001
    assert now < 1.1


@pytest.mark.parametrize(("ids", "held"), [((1, 1, 1, 1), False), ((1, 2), False), ((1, 2, 1, 3), True)])
def test_a_domain_is_slowed_if_several_recipients_are_deferred(ids: tuple[int, ...], held: bool) -> None:
    """Three different ones, without an accepted message between them."""
    queue = queue_of([waiting(9, "d.example")])
    for id in ids:
        queue.record_answer(waiting(id, "d.example"), 0.0, accepted=False, slower=True)
    turn = queue.take(Pace(0), 0.1)
    assert turn
    assert (turn.recipient is None) is held


def test_an_accepted_message_ends_a_row_of_deferrals() -> None:
    """Two deferred recipients before it and two after it do not slow their domain."""
    queue = queue_of([waiting(9, "d.example")])
    for id in (1, 2, 3, 4, 5):
        queue.record_answer(waiting(id, "d.example"), 0.0, accepted=id == 3, slower=id != 3)
    turn = queue.take(Pace(0), 0.1)
    assert turn
    assert turn.recipient


def test_a_slow_domain_does_not_delay_others() -> None:
    """While one domain waits, messages to others are sent first."""
    people = [waiting(id, "slow.example" if id % 2 else "fast.example") for id in range(1, 101)]
    queue = queue_of(people)
    first = queue.take(Pace(0), 0.0)
    assert first
    assert first.recipient
    defer(queue, "slow.example", 0.0)
    queue.finish(first.recipient)
    sent = times(queue, Pace(0))
    assert [recipient.domain for _, recipient in sent[:50]] == ["fast.example"] * 50
    assert all(at > 0.5 for at, recipient in sent if recipient.domain == "slow.example")
    assert len(sent) == 99


def test_a_domain_that_accepts_a_message_starts_anew() -> None:
    """After it, a request for a slower pace is the first again: a second's wait, and a fifth more or less."""
    queue = queue_of([waiting(1, "slow.example"), waiting(2, "slow.example")])
    assert queue.take(Pace(0), 0.0)
    for now in (0.0, 10.0, 20.0):
        defer(queue, "slow.example", now)
    queue.record_answer(waiting(9, "slow.example"), 100.0, accepted=True, slower=False)
    defer(queue, "slow.example", 200.0)
    turn = queue.take(Pace(0), 200.0)
    assert turn
    assert turn.recipient is None
    assert 200.8 <= turn.at <= 201.2


def test_recipients_are_known_ahead_as_far_as_they_are_read() -> None:
    """Their order is that of their turns; past the page, none is known."""
    people = [waiting(id, f"d{id}.example") for id in (1, 2, 3)]
    queue = queue_of(people)
    assert queue.peek(0) is None
    first = queue.take(Pace(0), 0.0)
    assert first
    assert [first.recipient, *(queue.peek(number) for number in range(4))] == [*people, None, None]


@pytest.mark.parametrize(("due", "expected"), [(None, None), (30.0, 130.0), (0.0, 100 + EMPTY_PAGE_WAIT)])
def test_an_empty_queue_names_the_time_to_ask_again(due: float | None, expected: float | None) -> None:
    """When a deferred one is due; earlier if a message that is under way finishes, which may be queued again."""
    queue = Queue(ListedPages([waiting(1, "x.example")], due=due), Pace(0), 0, 60, random.Random(1))
    first = queue.take(Pace(0), 0.0)
    assert first
    assert first.recipient
    assert queue.take(Pace(0), 50.0) == Turn(None, inf if expected is None else expected - 50, early=True)
    queue.finish(first.recipient)
    assert queue.take(Pace(0), 100.0) == (None if expected is None else Turn(None, expected))


def test_a_recipient_is_taken_shortly_before_its_time() -> None:
    """At a slow rate, a sender waits without a recipient, so that another one that becomes free can send first."""
    queue = queue_of([waiting(id, "x.example") for id in (1, 2, 3)], rate=0.1)
    first = queue.take(Pace(0), 0.0)
    assert first
    assert first.recipient
    assert queue.take(Pace(0), 0.0) == Turn(None, 10 - AHEAD)
    second = queue.take(Pace(0), 10 - AHEAD)
    assert second
    assert (second.recipient, second.at) == (waiting(2, "x.example"), 10.0)


def test_the_number_of_recipients_in_memory_is_limited() -> None:
    """If many recipients wait for a slow domain, the others stay in the ledger until it is their turn."""
    pages = ListedPages([waiting(id, "slow.example") for id in range(1, 5_001)], size=500)
    queue = Queue(pages, Pace(0), 0, 60, random.Random(1))
    first = queue.take(Pace(0), 0.0)
    assert first
    assert first.recipient
    defer(queue, "slow.example", 0.0)
    turn = queue.take(Pace(0), 0.1)
    assert turn
    assert turn.recipient is None
    assert pages.most_left == 500 - 1 - FEW
    queue.finish(first.recipient)
    assert [recipient.id for _, recipient in times(queue, Pace(0))] == list(range(2, 5_001))


def test_many_slow_domains_are_limited_in_memory() -> None:
    """If more domains are slow than can be left in the ledger, reading stops when ASIDE recipients wait."""
    domains = [f"d{number}.example" for number in range(FULL + 200)]
    names = [name for name in domains for _ in range(2 * FEW + 10)]
    pages = ListedPages([waiting(id, name) for id, name in enumerate(names, 1)], size=500)
    queue = Queue(pages, Pace(0), 0.01, 60, random.Random(1))
    taken = 0
    while (turn := queue.take(Pace(0), 0.0)) and turn.recipient:
        taken += 1
    assert turn
    assert taken <= len(domains)
    assert turn.at == 100.0


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        *(("10/s", 10), ("600/m", 10), ("500/h", 500 / 3600), ("0.5", 0.5), ("7", 7), ("0", 0)),
        *((text, None) for text in ("", "fast", "10/d", "-1", "1e3", "nan", "inf", "10 /s", "/s", "999999999/s", "٣")),
    ],
)
def test_a_rate_is_per_second_minute_or_hour(text: str, rate: float | None) -> None:
    """A number without a unit is per second. The settings accept the same as the command line."""
    assert read_rate(text) == rate
    settings = {"rate": text, "domain_rate": text, "smtp": [{"host": "x.example", "rate": text}]}
    if rate is None:
        with pytest.raises(ValidationError, match="not a valid rate"):
            DeliverySettings.model_validate(settings)
    else:
        found = DeliverySettings.model_validate(settings)
        assert (found.rate, found.domain_rate, found.smtp[0].rate) == (rate, rate, rate)


@pytest.mark.parametrize(("requested", "expected"), [(None, 3), (1, 1), (20, 20)])
def test_the_requested_number_of_connections_has_priority(folder: Path, requested: int | None, expected: int) -> None:
    """It may be higher than the number in the settings."""
    publish(folder, delivery(2525, connections=3), [])
    assert [server.connections for server in open_servers(Workspace(folder), requested)] == [expected]
