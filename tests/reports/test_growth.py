"""The growth of the list by week and source, from real actions."""

import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from newsletter.bounces.apply import apply_rejection
from newsletter.database.database import Database
from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.ledger.deliveries import Delivery
from newsletter.reports.bar_chart import draw_bars
from newsletter.reports.growth import GrowthNumbers, GrowthSource, SubscriberGrowth, read_growth
from newsletter.reports.plots import plot_growth
from newsletter.subscribers.admin import add, remove
from newsletter.subscribers.apply_event import change_state
from newsletter.subscribers.consent import confirm, request_subscription, unsubscribe
from newsletter.subscribers.csv.merge import merge_batch
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.state_machine import ConsentEvent
from newsletter.subscribers.subscriber import Subscriber
from newsletter.text.email_address import check_address
from tests.reports.ledger import DAY
from tests.subscribers.people import imported

# A Wednesday.
NOW = int(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp())
PAGES, IMPORT, AUTHOR = GrowthSource.PAGES, GrowthSource.IMPORT, GrowthSource.AUTHOR


class GrowingList:
    """A list on which subscribers act at times."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def find(self, address: str) -> Subscriber:
        """Find a subscriber, who must exist."""
        with self.database.read() as connection:
            found = find_subscriber(connection, address)
        assert found
        return found

    def sign_up(self, address: str, at: int, confirmed_at: int | None = None) -> None:
        """Sign up on the page, and confirm."""
        with self.database.write() as connection:
            signed = request_subscription(connection, check_address(address), "", "page", at)
            if confirmed_at is not None:
                confirm(connection, signed.subscriber_id, at, "page", confirmed_at)

    def add(self, address: str, at: int, *, again: bool = False) -> None:
        """Add a subscriber as the author."""
        add(self.database, check_address(address), consent="asked", again=again, now=at)

    def import_list(self, at: int, **states: SubscriberState) -> None:
        """Import addresses, each with a state."""
        rows = {f"{name}@a.example": imported(f"{name}@a.example", state) for name, state in states.items()}
        with self.database.write() as connection:
            merge_batch(connection, rows, at, lambda _: None)

    def unsubscribe(self, address: str, at: int) -> None:
        """Unsubscribe through a link."""
        with self.database.write() as connection:
            assert unsubscribe(connection, self.find(address).id, 0, "page", at)

    def reject(self, address: str, at: int, code: int, enhanced: str) -> None:
        """Reject a message during sending."""
        found, failed = self.find(address), DeliveryState.FAILED
        row = Delivery(found.id, address, failed, 1, at, at, code, enhanced, "no", f"<{at}@x>", "smtp")
        with self.database.write() as connection:
            apply_rejection(connection, None, row, at)  # type: ignore[arg-type]

    def complain(self, address: str, at: int) -> None:
        """Mark a message as spam."""
        found = self.find(address)
        with self.database.write() as connection:
            change_state(connection, found, ConsentEvent.COMPLAINT, at)

    def growth(self, weeks: int = 3, zone: str = "UTC") -> SubscriberGrowth:
        """Read the growth."""
        with self.database.read() as connection:
            return read_growth(connection, NOW, weeks, ZoneInfo(zone))


@pytest.fixture
def growing(database: Database) -> GrowingList:
    """An empty list, on SQLite and PostgreSQL."""
    return GrowingList(database)


def test_weeks_begin_on_monday_and_the_last_is_the_current_one(growing: GrowingList) -> None:
    """Weeks without events have no numbers."""
    assert [week.monday for week in growing.growth().weeks] == [
        date(2026, 11, 9),
        date(2026, 11, 16),
        date(2026, 11, 23),
    ]
    assert growing.growth().total == GrowthNumbers()


def test_everybody_is_counted_by_week_and_source(growing: GrowingList) -> None:
    """A source is how a subscriber came onto the list; they may leave in another week."""
    before = NOW - 7 * DAY
    growing.sign_up("page@a.example", before, before + 60)
    growing.sign_up("unconfirmed@a.example", before)
    growing.add("author@a.example", before)
    growing.import_list(before, one=SubscriberState.ACTIVE, two=SubscriberState.ACTIVE)
    growing.unsubscribe("page@a.example", NOW)
    growing.unsubscribe("one@a.example", NOW)
    growing.complain("author@a.example", NOW)
    growing.reject("two@a.example", NOW, 550, "5.1.1")
    growth = growing.growth()
    assert growth.weeks[0].sources == {}
    assert growth.weeks[1].sources == {
        PAGES: GrowthNumbers(joined=2, confirmed=1),
        AUTHOR: GrowthNumbers(joined=1),
        IMPORT: GrowthNumbers(joined=2),
    }
    assert growth.weeks[2].sources == {
        PAGES: GrowthNumbers(unsubscribed=1),
        AUTHOR: GrowthNumbers(complained=1),
        IMPORT: GrowthNumbers(unsubscribed=1, bounced=1),
    }
    assert list(growth.sources) == [PAGES, IMPORT, AUTHOR]
    assert growth.total == GrowthNumbers(5, 1, 2, 1, 1)
    assert (growth.total.left, growth.active) == (4, 0)


def test_an_import_counts_only_who_joins_or_leaves(growing: GrowingList) -> None:
    """An address that had left elsewhere never joined; one that is lowered leaves; a repeated one is not counted."""
    growing.import_list(NOW - 7 * DAY, one=SubscriberState.ACTIVE, two=SubscriberState.UNSUBSCRIBED)
    growing.import_list(NOW, one=SubscriberState.UNSUBSCRIBED)
    growing.import_list(NOW, three=SubscriberState.ACTIVE)
    growing.import_list(NOW + 1, three=SubscriberState.ACTIVE)
    _, before, now = growing.growth().weeks
    assert (before.total, now.total) == (GrowthNumbers(joined=1), GrowthNumbers(joined=1, unsubscribed=1))


def test_who_signs_up_after_an_import_keeps_the_import_as_source(growing: GrowingList) -> None:
    """An import records no event, and a later sign-up is not how they came onto the list."""
    growing.import_list(NOW - 7 * DAY, one=SubscriberState.ACTIVE)
    growing.sign_up("one@a.example", NOW)
    assert growing.growth().sources == {IMPORT: GrowthNumbers(joined=1)}


def test_a_soft_bounce_below_the_limit_is_no_loss(growing: GrowingList) -> None:
    """The subscriber still gets issues."""
    growing.add("one@a.example", NOW)
    growing.reject("one@a.example", NOW, 452, "4.2.2")
    assert growing.growth().total == GrowthNumbers(joined=1)


def test_who_comes_back_is_counted_as_confirmed(growing: GrowingList) -> None:
    """They join once, and keep their source."""
    growing.sign_up("one@a.example", NOW - 14 * DAY, NOW - 14 * DAY)
    growing.unsubscribe("one@a.example", NOW - 7 * DAY)
    growing.sign_up("one@a.example", NOW, NOW + 1)
    assert [week.sources.get(PAGES) for week in growing.growth().weeks] == [
        GrowthNumbers(joined=1, confirmed=1),
        GrowthNumbers(unsubscribed=1),
        GrowthNumbers(confirmed=1),
    ]
    assert growing.growth().active == 1


def test_who_has_left_does_not_leave_again(growing: GrowingList) -> None:
    """Some complain after they unsubscribed, or twice. Who came back and unsubscribes again leaves twice."""
    growing.sign_up("one@a.example", NOW - 14 * DAY, NOW - 14 * DAY)
    growing.unsubscribe("one@a.example", NOW - 7 * DAY)
    growing.complain("one@a.example", NOW - 7 * DAY + 1)
    growing.complain("one@a.example", NOW - 7 * DAY + 2)
    growing.sign_up("two@a.example", NOW - 14 * DAY, NOW - 14 * DAY)
    growing.unsubscribe("two@a.example", NOW - 7 * DAY)
    growing.sign_up("two@a.example", NOW, NOW + 1)
    growing.unsubscribe("two@a.example", NOW + 2)
    assert [week.sources.get(PAGES) for week in growing.growth().weeks] == [
        GrowthNumbers(joined=2, confirmed=2),
        GrowthNumbers(unsubscribed=2),
        GrowthNumbers(confirmed=1, unsubscribed=1),
    ]


def test_erased_subscribers_are_not_counted(growing: GrowingList) -> None:
    """Nothing is stored about them."""
    growing.add("one@a.example", NOW)
    remove(growing.database, [check_address("one@a.example")], now=NOW)
    assert growing.growth().total == GrowthNumbers()


@pytest.mark.parametrize(
    ("zone", "at", "week"),
    [
        ("UTC", datetime(2026, 11, 22, 23, 59, tzinfo=UTC), 1),
        ("UTC", datetime(2026, 11, 23, tzinfo=UTC), 2),
        ("Asia/Tokyo", datetime(2026, 11, 22, 15, tzinfo=UTC), 2),
        ("Asia/Tokyo", datetime(2026, 11, 22, 14, 59, tzinfo=UTC), 1),
        ("Asia/Kolkata", datetime(2026, 11, 22, 18, 30, tzinfo=UTC), 2),
        ("America/New_York", datetime(2026, 11, 23, 4, 59, tzinfo=UTC), 1),
        ("America/New_York", datetime(2026, 11, 23, 5, tzinfo=UTC), 2),
    ],
)
def test_weeks_begin_at_midnight_of_the_time_zone(growing: GrowingList, zone: str, at: datetime, week: int) -> None:
    """An event a minute before belongs to the week before."""
    growing.add("one@a.example", int(at.timestamp()))
    assert [one.total.joined for one in growing.growth(3, zone).weeks] == [int(index == week) for index in range(3)]


def test_weeks_are_those_of_the_clocks_when_they_change(growing: GrowingList) -> None:
    """The week of the change is an hour longer in autumn: 25 October 2026 in Berlin."""
    growing.add("one@a.example", int(datetime(2026, 10, 25, 22, 59, tzinfo=UTC).timestamp()))
    growing.add("two@a.example", int(datetime(2026, 10, 25, 23, tzinfo=UTC).timestamp()))
    joined = {week.monday: week.total.joined for week in growing.growth(10, "Europe/Berlin").weeks}
    assert (joined[date(2026, 10, 19)], joined[date(2026, 10, 26)]) == (1, 1)


def test_the_plot_has_the_numbers_in_a_table(growing: GrowingList) -> None:
    """And a title and a description for screen readers, and no script and no style."""
    growing.add("one@a.example", NOW)
    plot = plot_growth(growing.growth())
    assert plot.rows[-1] == ("2026-11-23", "1", "0", "0", "0", "0")
    assert plot.description == "In 3 weeks, 1 joined and 0 left; 1 is active now."
    for part in ("<title", "<desc", 'role="img"', plot.title, plot.description):
        assert part in plot.svg
    for part in ("<script", "<style", "tooltip-overlay", "http:", "pygal"):
        assert part not in plot.svg.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_a_plot_leaves_nothing_that_imports_warn_of() -> None:
    """Python warns of finders without `find_spec` at each import, such as that of the library that draws plots."""
    draw_bars("plot", "Title", "Description", ["a"], [("one", [1])])
    assert [finder for finder in sys.meta_path if not hasattr(finder, "find_spec")] == []
