"""Local times and what they mean in UTC."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import CampaignError
from newsletter.fields.zone import find_zone
from newsletter.schedule.local_time import (
    LocalTime,
    find_meaning,
    format_duration,
    parse_duration,
    parse_local_time,
    write_duration,
)
from newsletter.schedule.zones import LocalTimeError, utc_time

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_ZONES = sorted(zone for zone in available_timezones() if not zone.startswith(("posix", "right", "Factory")))


def _clock_shows(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the times in UTC at which the clocks show a time, found by trying each offset of the days around it."""
    around = [wall.replace(tzinfo=UTC) + hours * _HOUR for hours in range(-48, 49)]
    offsets = {time.astimezone(zone).utcoffset() or timedelta() for time in around}
    times = {(wall - offset).replace(tzinfo=UTC) for offset in offsets}
    return sorted(time for time in times if time.astimezone(zone).replace(tzinfo=None) == wall)


def _near_a_change(zone: ZoneInfo, start: datetime, chance: random.Random) -> datetime:
    """Return a local time within two hours of the next change of the clocks; a random one if there is none."""
    step = timedelta(days=1)
    for _ in range(400):
        if start.astimezone(zone).utcoffset() != (start + step).astimezone(zone).utcoffset():
            if step == timedelta(minutes=15):
                shown = start.astimezone(zone) + chance.randrange(-60, 120) * _MINUTE
                return shown.replace(tzinfo=None, second=0, microsecond=0)
            step = timedelta(minutes=15)
            continue
        start += step
    return start.replace(tzinfo=None)


def test_500_random_times_in_random_zones_mean_what_zoneinfo_says() -> None:
    """A time means each time at which the clocks show it. If that is not one time, there are two choices, which do."""
    chance = random.Random(2026)
    numbers = {0: 0, 1: 0, 2: 0}
    for _ in range(500):
        name = chance.choice(_ZONES)
        zone = ZoneInfo(name)
        start = datetime(2000, 1, 1, tzinfo=UTC) + chance.randrange(40 * 366 * 24 * 60) * _MINUTE
        wall = _near_a_change(zone, start, chance) if chance.random() < 0.7 else start.replace(tzinfo=None)
        meaning = find_meaning(LocalTime(wall), zone)
        assert list(meaning.times) == _clock_shows(wall, zone), (name, wall)
        numbers[len(meaning.times)] += 1
        if len(meaning.times) == 1:
            assert meaning.choices == ()
            continue
        chosen = []
        for choice in meaning.choices:
            text = str(choice)
            read = parse_local_time(text)
            assert read == choice, (name, text)
            (time,) = find_meaning(choice, zone).times
            chosen.append(time)
        assert len(chosen) == 2, (name, wall)
        assert chosen[0] < chosen[1]
        if meaning.times:
            assert tuple(chosen) == meaning.times
    assert min(numbers.values()) >= 5, numbers


@given(
    st.datetimes(datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2999-12-31")),
    st.integers(-1439, 1439) | st.none(),
)
def test_a_local_time_is_read_as_it_is_written(wall: datetime, minutes: int | None) -> None:
    """Also with an offset from UTC."""
    wall = wall.replace(second=0, microsecond=0)
    local = LocalTime(wall, None if minutes is None else minutes * _MINUTE)
    assert parse_local_time(str(local)) == local


@pytest.mark.parametrize("text", ["", "09:00", "2026-12-06", "2026-13-06 09:00", "2026-12-06 24:00", "2026-12-06 9:00"])
def test_other_forms_of_a_time_are_not_read(text: str) -> None:
    """There is no guessing."""
    assert parse_local_time(text) is None


def test_a_time_that_the_clocks_skip_or_repeat_is_refused_with_both_choices() -> None:
    """The choices are times that the clocks show once, or the offset that tells two of them apart."""
    for wall, message, choices in (
        ("2027-03-28 02:30", "set forward", ["2027-03-28 01:30", "2027-03-28 03:30"]),
        ("2027-10-31 02:30", "set back", ["2027-10-31 02:30+02:00", "2027-10-31 02:30+01:00"]),
        ("2027-06-01 02:30+01:00", "does not have the given offset", ["2027-06-01 02:30"]),
    ):
        local = parse_local_time(wall)
        assert local
        with pytest.raises(LocalTimeError, match=message) as refused:
            utc_time(local, "Europe/Berlin")
        assert [str(choice) for choice in refused.value.choices] == choices


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("Asia/Tokio", "Did you mean Asia/Tokyo"),
        ("tokyo", "Did you mean Asia/Tokyo"),
        ("europe/berlin", "Did you mean Europe/Berlin"),
        ("New York", "America/New_York"),
        ("../../etc/passwd", "Use a name such as"),
        ("", "Use a name such as"),
        ("Mars/Olympus", "or UTC."),
        ("Europe/Zzyzx", "pip install --upgrade tzdata"),
    ],
)
def test_an_unknown_zone_is_refused_with_similar_ones(name: str, advice: str) -> None:
    """A city without its continent is enough for the advice."""
    with pytest.raises(CampaignError, match="unknown time zone") as refused:
        find_zone(name)
    assert advice in refused.value.advice


@pytest.mark.parametrize(
    ("text", "seconds", "shown"),
    [("90s", 90, "1 min"), ("2h", 7200, "2 h"), ("90m", 5400, "1 h 30 min"), ("1d", 86400, "1 d")],
)
def test_durations(text: str, seconds: int, shown: str) -> None:
    """They are read as the options take them, and shown in their two largest units."""
    assert parse_duration(text) == seconds
    assert parse_duration(write_duration(seconds)) == seconds
    assert format_duration(seconds) == shown
    assert parse_duration(text[:-1]) is None
