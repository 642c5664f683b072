"""What the senders of a run share: messages that are prepared ahead, and the reason of a pause."""

import random
from dataclasses import replace

import pytest

from newsletter.campaign.ledger_commits import GroupCommit
from newsletter.campaign.pacing import CROWD, Pace
from newsletter.campaign.queue import Queue
from newsletter.campaign.run_state import AHEAD, Run, RunRules
from newsletter.campaign.tally import Tally
from newsletter.errors import CampaignError
from newsletter.ledger.delivery import WaitingDelivery
from newsletter.transports.base import Outgoing
from tests.campaign.listed_pages import ListedPages

PEOPLE = [WaitingDelivery(id, id, f"reader{id}@x.example", "x.example", "", "", 0) for id in range(1, 2 * AHEAD)]

OTHERS = [WaitingDelivery(id, id, f"other{id}@y.example", "y.example", "", "", 0) for id in range(501, 501 + AHEAD)]


def run_of(composed: list[int], invalid: int = 0) -> Run:
    """A run that notes which messages it has composed; one address may be invalid. The first recipient is taken."""

    def compose(recipient: WaitingDelivery) -> Outgoing:
        composed.append(recipient.id)
        if recipient.id == invalid:
            raise CampaignError("no header can hold the address")
        return Outgoing("lens@example.org", recipient.address, b"")

    chance = random.Random(1)
    queue = Queue(ListedPages(list(PEOPLE), size=500), Pace(0), 0, 60, chance)
    assert queue.take(Pace(0), 0.0)
    return Run(compose, queue, Tally(), RunRules((60,), 20), GroupCommit(lambda _: None), None, chance)


def test_messages_are_prepared_ahead_of_their_turn() -> None:
    """In the order of the recipients, only so many, and each is composed once."""
    composed: list[int] = []
    run = run_of(composed)
    for _ in range(2 * AHEAD):
        run.prepare()
    assert composed == list(range(2, 2 + AHEAD))
    assert run.message(PEOPLE[1]).recipient == PEOPLE[1].address
    assert len(composed) == AHEAD
    assert run.message(PEOPLE[0]).recipient == PEOPLE[0].address
    assert composed[AHEAD:] == [1]


def test_messages_of_recipients_that_wait_make_room_for_others() -> None:
    """If the domain of many prepared ones is slow, the next others are prepared, and no more are kept."""
    composed: list[int] = []
    run = run_of(composed)
    for _ in range(AHEAD):
        run.prepare()
    # Their domain asks for a slower pace, so that its recipients wait.
    for id in range(1_001, 1_001 + CROWD):
        run.queue.record_answer(replace(PEOPLE[0], id=id), 0.0, accepted=False, slower=True)
    for recipient in OTHERS:
        run.queue.put_back(recipient)
    turn = run.queue.take(Pace(0), 0.1)
    assert turn
    assert turn.recipient == OTHERS[0]
    for _ in range(AHEAD):
        run.prepare()
    assert composed[AHEAD:] == [one.id for one in OTHERS[1:]]


def test_a_message_that_cannot_be_prepared_fails_at_its_turn() -> None:
    """Preparing it is no error."""
    run = run_of([], invalid=2)
    run.prepare()
    with pytest.raises(CampaignError, match="no header can hold the address"):
        run.message(PEOPLE[1])


def test_the_first_reason_to_pause_is_kept() -> None:
    """Later ones may follow from it."""
    run = run_of([])
    assert not run.stopping.is_set()
    run.pause("the server rejects us")
    run.pause("stopped by the author")
    assert run.stopping.is_set()
    assert run.reason == "the server rejects us"
