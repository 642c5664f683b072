"""Which clicks are counted, and as what, on a simulated clock."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.clicks import counter, counting_hour
from newsletter.clicks.counter import CAMPAIGN_START, LONGEST_WAIT, Click, ClickCounter
from newsletter.clicks.counting_hour import BURST
from newsletter.clicks.store_counts import HOUR, Count, CountKey

BEGIN = 500_000 * HOUR


def salts() -> Iterator[bytes]:
    return (number.to_bytes(32) for number in count())


def new_counter() -> ClickCounter:
    made = salts()
    return ClickCounter(lambda _: next(made))


def click(at: float, entry: str = "a", network: str = "n1", agent: str = "Firefox", **more: bool) -> Click:
    return Click(BEGIN + at, "029", entry, network, agent, **more)


def counted(*clicks: Click, starts: tuple[float, ...] = ()) -> dict[str, tuple[int, int]]:
    """Count clicks, and return the certain and doubtful ones of each entry."""
    counts = new_counter()
    for each in clicks:
        counts.add(each)
    counts.settle_all({"029": [BEGIN + start for start in starts]})
    sums: dict[str, tuple[int, int]] = {}
    for key, (certain, doubtful) in counts.take_counts().items():
        before = sums.get(key.entry, (0, 0))
        sums[key.entry] = (before[0] + certain, before[1] + doubtful)
    return sums


def test_a_reader_counts_once_an_hour_for_each_entry() -> None:
    """A reader is a network and a user agent; another of either is another reader, and so is the next hour."""
    assert counted(click(0), click(10), click(20, "b")) == {"a": (1, 0), "b": (1, 0)}
    assert counted(click(0), click(10, agent="Safari"), click(20, network="n2")) == {"a": (3, 0)}
    assert counted(click(HOUR - 1), click(HOUR + 10)) == {"a": (2, 0)}


def test_a_program_is_doubtful() -> None:
    """It counts once. The same reader is certain once they click."""
    assert counted(click(0, program=True), click(1, program=True)) == {"a": (0, 1)}
    assert counted(click(0, program=True), click(10)) == {"a": (1, 0)}
    assert counted(click(0), click(10, program=True)) == {"a": (1, 0)}


def test_several_entries_within_two_seconds_make_all_of_them_doubtful() -> None:
    """Also those before, and those of other user agents of the network, but not those of other networks."""
    assert counted(click(0), click(1.9, "b")) == {"a": (0, 1), "b": (0, 1)}
    assert counted(click(0), click(2, "b")) == {"a": (0, 1), "b": (0, 1)}
    assert counted(click(0), click(2.1, "b")) == {"a": (1, 0), "b": (1, 0)}
    assert counted(click(0), click(1, "b", agent="Safari")) == {"a": (0, 1), "b": (0, 1)}
    assert counted(click(0), click(1, "b", network="n2")) == {"a": (1, 0), "b": (1, 0)}
    assert counted(click(0), click(1), click(1.5)) == {"a": (1, 0)}
    # Each is within two seconds of the one before it.
    assert counted(click(0), click(1.5, "b"), click(3, "c")) == {"a": (0, 1), "b": (0, 1), "c": (0, 1)}


def test_the_end_of_an_hour_hides_no_program() -> None:
    """Clicks on both sides of it are compared, although their hashes differ."""
    assert counted(click(HOUR - 0.5), click(HOUR + 0.5, "b")) == {"a": (0, 1), "b": (0, 1)}


def test_the_first_seconds_of_a_campaign_are_doubtful() -> None:
    """From its start until 90 seconds later; a reader who returns is certain."""
    assert counted(click(99), starts=(100,)) == {"a": (1, 0)}
    assert counted(click(100), starts=(100,)) == {"a": (0, 1)}
    assert counted(click(189), starts=(5, 100)) == {"a": (0, 1)}
    assert counted(click(190), starts=(100,)) == {"a": (1, 0)}
    assert counted(click(120), click(300), starts=(100,)) == {"a": (1, 0)}


def test_clicks_on_a_draft_count_only_once_it_was_sent() -> None:
    """The author tries the links of a test; while a campaign runs, the issue may still be a draft."""
    assert counted(click(10, published=False)) == {}
    assert counted(click(500, published=False), starts=(100,)) == {"a": (1, 0)}


def test_a_click_waits_until_it_is_known_what_it_is() -> None:
    """It waits for the clicks that follow and for the starts of campaigns, but for the latter not forever."""
    counts = new_counter()
    counts.add(click(0))
    counts.settle(BEGIN + BURST, {}, known_until=BEGIN + BURST)
    assert counts.take_counts() == {}
    counts.settle(BEGIN + LONGEST_WAIT, {}, known_until=BEGIN - 1)
    assert counts.take_counts() == {}
    counts.settle(BEGIN + 3, {}, known_until=BEGIN)
    assert counts.take_counts() == {CountKey("029", "a", BEGIN): Count(1, 0)}
    counts.add(click(100, "b"))
    counts.settle(BEGIN + 101 + LONGEST_WAIT, {}, known_until=BEGIN)
    assert counts.take_counts() == {CountKey("029", "b", BEGIN): Count(1, 0)}


def test_nothing_of_an_hour_is_left_after_it() -> None:
    """Two seconds later, all its clicks are counted and its hashes are gone, whatever the database does."""
    counts = new_counter()
    counts.add(click(HOUR - 1))
    old = counts._hour
    counts.settle(BEGIN + HOUR + BURST + 0.1, {}, known_until=0)
    assert counts.take_counts() == {CountKey("029", "a", BEGIN): Count(1, 0)}
    assert counts._hour is not old
    assert counts._before is None


def test_counts_that_could_not_be_stored_are_kept() -> None:
    """They are added to those that were counted meanwhile."""
    counts = new_counter()
    counts.add(click(0, program=True))
    counts.settle_all({})
    taken = counts.take_counts()
    counts.add(click(10))
    counts.settle_all({})
    counts.return_counts(taken)
    assert counts.take_counts() == {CountKey("029", "a", BEGIN): Count(1, 0)}
    assert counts.take_counts() == {}


def test_a_flood_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limits, all clicks are counted, but as doubtful."""
    monkeypatch.setattr(counter, "MOST_PENDING", 10)
    monkeypatch.setattr(counting_hour, "MOST_READERS", 15)
    counts = new_counter()
    for number in range(100):
        counts.add(click(0, network=f"n{number}"))
    assert len(counts._pending) == 10
    counts.settle_all({})
    assert len(counts._hour._readers) == 15
    (count,) = counts.take_counts().values()
    # Those that did not wait had filled the list of readers before the ten that waited.
    assert count == Count(0, 100)


def test_hours_are_joined_if_the_database_is_away_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """No click is lost; its hour becomes the last one."""
    monkeypatch.setattr(counter, "MOST_ROWS", 3)
    counts = new_counter()
    keys = [CountKey("029", entry, BEGIN + hour * HOUR) for entry in "ab" for hour in range(3)]
    counts.return_counts(dict.fromkeys(keys, Count(1, 2)))
    last = BEGIN + 2 * HOUR
    assert counts.take_counts() == {CountKey("029", "a", last): Count(3, 6), CountKey("029", "b", last): Count(3, 6)}


CLICKS = st.lists(
    st.tuples(
        st.integers(0, 60).map(lambda quarters: quarters / 4),
        st.sampled_from("abc"),
        st.sampled_from(["n1", "n2"]),
        st.sampled_from(["Firefox", "Safari"]),
        st.booleans(),
    ),
    max_size=30,
)


@given(CLICKS, st.lists(st.integers(0, 20), max_size=2), st.lists(st.integers(0, 30), max_size=5), st.integers(0, 20))
def test_every_count_is_as_the_rules_say(
    made: list[tuple[float, str, str, str, bool]], starts: list[int], steps: list[int], offset: int
) -> None:
    """Whenever counts are settled and stored, the sums are those of a count by hand afterwards."""
    # The end of the hour is within the clicks.
    base = BEGIN + HOUR - offset
    clicks = sorted((base + 5 * at, entry, network, agent, program) for at, entry, network, agent, program in made)
    times = [base + 4 * start - CAMPAIGN_START for start in starts]
    counts = new_counter()
    stored: dict[CountKey, tuple[int, int]] = {}

    def store() -> None:
        for key, change in counts.take_counts().items():
            before = stored.get(key, (0, 0))
            stored[key] = (before[0] + change.certain, before[1] + change.doubtful)

    for number, (at, entry, network, agent, program) in enumerate(clicks):
        counts.add(Click(at, "029", entry, network, agent, program=program))
        if number in steps:
            counts.settle(at, {"029": times}, known_until=at)
            store()
    counts.settle_all({"029": times})
    store()

    readers: dict[tuple[str, int], dict[tuple[str, str], bool]] = defaultdict(dict)
    for at, entry, network, agent, program in clicks:
        burst = any(n == network and e != entry and abs(at - t) <= BURST for t, e, n, _, _ in clicks)
        early = any(0 <= at - start < CAMPAIGN_START for start in times)
        mine = readers[entry, int(at // HOUR) * HOUR]
        mine[network, agent] = mine.get((network, agent), False) or not (program or burst or early)
    expected = {
        CountKey("029", entry, hour): (sum(found.values()), len(found) - sum(found.values()))
        for (entry, hour), found in readers.items()
    }
    assert {key: value for key, value in stored.items() if value != (0, 0)} == expected
