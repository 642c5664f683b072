"""The hours and weekdays in which issues may be sent."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from newsletter.fields.hours import Hours
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.publication.issue_dates import Weekday
from newsletter.publication.sending_window import make_window

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
)
# Days around which clocks change in 2026, and any other day.
DAYS = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC))


def minute(text: str) -> int:
    """Return minutes since midnight."""
    hour, _, minutes = text.partition(":")
    return int(hour) * 60 + int(minutes)


def allowed(local: datetime, hours: Hours | None, weekdays: tuple[Weekday, ...]) -> bool:
    """Return whether a clock and a calendar on the wall show a time at which issues may be sent."""
    now, names = local.hour * 60 + local.minute, list(Weekday)
    today, yesterday = (names[(local.weekday() - back) % 7] in (weekdays or names) for back in (0, 1))
    if hours is None:
        return today
    if hours.start < hours.end:
        return today and hours.start <= now < hours.end
    return (today and now >= hours.start) or (yesterday and now < hours.end)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.sampled_from(DAYS) | st.integers(1_735_689_600, 1_893_456_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
    st.integers(-2 * 1_440, 2 * 1_440),
    st.none() | st.tuples(st.integers(0, 1_439), st.integers(1, 1_440)).filter(lambda both: both[0] != both[1]),
    st.sets(st.sampled_from(Weekday), max_size=7),
)
def test_a_window_changes_when_the_clock_on_the_wall_says(
    zone: str, day: datetime, shift: int, hours: tuple[int, int] | None, weekdays: set[Weekday]
) -> None:
    """The next change is the first minute of a loop over all minutes at which it differs."""
    days = tuple(sorted(weekdays))
    both = Hours(*hours) if hours else None
    window = make_window(both, days, ZoneInfo(zone))
    start = day.replace(second=0, microsecond=0) + timedelta(minutes=shift)
    now = allowed(start.astimezone(ZoneInfo(zone)), both, days)
    assert window.is_open(start.timestamp()) == now
    change = window.next_change(start.timestamp())
    for step in range(1, 9 * 1_440):
        at = start + timedelta(minutes=step)
        if allowed(at.astimezone(ZoneInfo(zone)), both, days) != now:
            assert change == at.timestamp()
            return
    assert change > (start + timedelta(days=9)).timestamp()


@pytest.mark.parametrize(
    ("hours", "weekdays", "now", "changes"),
    [
        # From Friday evening to Monday morning.
        ("08:00-20:00", "monday friday", "2026-12-04T20:00+01:00", "2026-12-07T08:00+01:00"),
        # Past midnight, on the day after the weekday.
        ("20:00-02:00", "friday", "2026-12-05T01:59+01:00", "2026-12-05T02:00+01:00"),
        ("20:00-02:00", "friday", "2026-12-05T02:00+01:00", "2026-12-11T20:00+01:00"),
        # The clocks skip 02:00 to 03:00, and the window opens at 03:00.
        ("02:30-05:00", "", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
        # The clocks show 02:00 to 03:00 twice, and the window opens twice.
        ("02:30-02:45", "", "2026-10-25T02:45+02:00", "2026-10-25T02:30+01:00"),
        ("", "monday", "2026-12-04T20:00+01:00", "2026-12-07T00:00+01:00"),
    ],
)
def test_a_window_opens_and_closes(hours: str, weekdays: str, now: str, changes: str) -> None:
    """In Berlin, in 2026."""
    start, _, end = hours.partition("-")
    both = Hours(minute(start), minute(end)) if hours else None
    window = make_window(both, [Weekday(day) for day in weekdays.split()], ZoneInfo("Europe/Berlin"))
    found = window.next_change(datetime.fromisoformat(now).timestamp())
    assert found == datetime.fromisoformat(changes).timestamp()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00-20:00", Hours(480, 1_200)),
        ("8:00 – 24:00", Hours(480, 1_440)),
        ("20:00-02:00", Hours(1_200, 120)),
        *((text, None) for text in ("", "8-20", "08:00", "24:00-02:00", "08:60-20:00", "08:00-24:01", "08:00-08:00")),
    ],
)
def test_hours_are_read_from_text(text: str, expected: Hours | None) -> None:
    """The error says how to write them."""
    if expected:
        assert DeliverySettings.model_validate({"hours": text}).hours == expected
    else:
        with pytest.raises(ValidationError, match="hours"):
            DeliverySettings.model_validate({"hours": text})
