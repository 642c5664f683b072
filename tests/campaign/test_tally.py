"""When the failures of a run pause the campaign, and when its rejections are about the recipients."""

import pytest

from newsletter.campaign.tally import Tally
from newsletter.database.states import DeliveryState

ACCEPTED, FAILED, UNCERTAIN = DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNCERTAIN


def tally_of(*runs: tuple[int, DeliveryState], rejecting: tuple[str, ...] = ()) -> Tally:
    """A tally of so many deliveries in each state, and then a rejection by each domain that may mean the sender."""
    tally = Tally()
    states = [state for number, state in runs for _ in range(number)]
    for id, state in enumerate(states):
        tally.add(id, "x.example", state)
    for id, domain in enumerate(rejecting, len(states)):
        tally.add(id, domain, FAILED, suspect=True)
    return tally


@pytest.mark.parametrize(
    ("runs", "rejecting", "expected"),
    [
        ([(4, FAILED)], 0, ""),
        ([(5, FAILED)], 0, "5 of 5"),
        ([(3, FAILED), (2, UNCERTAIN)], 0, "5 of 5"),
        # Exactly 20 % is not more than 20 %.
        ([(20, ACCEPTED), (5, FAILED)], 0, ""),
        ([(19, ACCEPTED), (5, FAILED)], 0, "5 of 24"),
        ([(100, ACCEPTED), (25, FAILED)], 0, ""),
        ([(99, ACCEPTED), (25, FAILED)], 0, "25 of 124"),
        # Below 20 answers, rejections that may be one domain's policy do not count.
        ([(14, ACCEPTED)], 5, ""),
        ([(15, ACCEPTED)], 5, "5 of 20"),
        ([(5, FAILED)], 3, "8 of 8"),
        ([(4, FAILED)], 4, ""),
    ],
)
def test_too_many_failures_pause_a_campaign(
    runs: list[tuple[int, DeliveryState]], rejecting: int, expected: str
) -> None:
    """Five failures or more, and more than the percentage of the settings."""
    reason = tally_of(*runs, rejecting=("x.example",) * rejecting).pause_reason(20)
    words = f"{expected} messages failed, more than 20 % (`delivery.pause_at`)"
    assert reason == (words if expected else "")


@pytest.mark.parametrize(
    ("rejections", "between", "expected"),
    [
        ("abc", {}, True),
        ("ab", {}, False),
        ("aabb", {}, False),
        ("abc", {"b": FAILED}, True),
        ("abc", {"b": ACCEPTED}, False),
        ("abcde", {"b": ACCEPTED}, True),
    ],
)
def test_rejections_by_three_domains_in_a_row_are_about_the_sender(
    rejections: str, between: dict[str, DeliveryState], expected: bool
) -> None:
    """Those by one domain are not, and an accepted message breaks the row; another failure does not."""
    tally = Tally()
    for id, domain in enumerate(rejections):
        tally.add(id, domain, FAILED, suspect=True)
        if domain in between:
            tally.add(100 + id, "x", between[domain])
    assert tally.sender_rejected == expected


def test_rejections_are_credible_where_messages_are_accepted() -> None:
    """Not where nothing was accepted, the sender is rejected, or too many fail."""
    assert tally_of((1, ACCEPTED), (1, FAILED)).credible(20)
    assert not tally_of((1, FAILED)).credible(20)
    assert not tally_of((1, ACCEPTED), rejecting=("a", "b", "c")).credible(20)
    assert not tally_of((1, ACCEPTED), (5, FAILED)).credible(20)


def test_a_new_tally_counts_nothing_and_a_delivery_ends_the_wait() -> None:
    """Deferred deliveries are waited for only until one is sent."""
    tally = Tally()
    assert set(tally.answered.values()) == {0}
    assert (tally.reached, tally.waits_for, tally.waits) == (False, None, None)
    waiting = Tally(waits=(2, 60.0))
    waiting.add(1, "x.example", ACCEPTED)
    assert (waiting.reached, waiting.waits, waiting.answered[ACCEPTED]) == (True, None, 1)
