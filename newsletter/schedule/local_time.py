"""Local times and the times in UTC that they mean, by the rules of a time zone. Pure functions."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_LOCAL_TIME = re.compile(r"(2\d{3}-\d{2}-\d{2})[ T](\d{2}:\d{2}) ?(?:([+-])(\d{2}):(\d{2}))?", re.ASCII)
_WITH_ZONE = re.compile(
    r"2\d{3}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})? ?(?:[A-Za-z][A-Za-z0-9_/+-]*|[+-]\d{4})", re.ASCII
)
_LATER = re.compile(r"[3-9]\d{3}(-\d{2}-\d{2}[ T]\d{2}:\d{2}.*)", re.ASCII)
_DURATION = re.compile(r"(\d{1,6})([smhd])", re.ASCII)
_LONGER = re.compile(r"\d{7,}[smhd]", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FORM = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A time as the author gave it.

    Attributes:
        wall: What the clocks show, without a time zone.
        offset: The offset from UTC, which selects one of the two times that the clocks show twice; usually None.
    """

    wall: datetime
    offset: timedelta | None = None

    def __str__(self) -> str:
        """Return the form that `parse_local_time` reads, such as `2026-12-06 09:00` or `2026-10-25 02:30+01:00`."""
        return f"{self.wall:{_FORM}}" + ("" if self.offset is None else _format_offset(self.offset))


@dataclass(frozen=True, slots=True)
class Meaning:
    """The times in UTC at which the clocks of a zone show a local time.

    Attributes:
        times: Usually one, and two if the clocks are set back over it. None if they are set forward over it.
        choices: Without exactly one time, the two local times that the author may mean instead.
    """

    times: tuple[datetime, ...]
    choices: tuple[LocalTime, ...] = ()


def parse_local_time(text: str) -> LocalTime | None:
    """Parse `YYYY-MM-DD HH:MM`, optionally with an offset from UTC. Returns None if the text is something else."""
    found = _LOCAL_TIME.fullmatch(text.strip())
    if not found:
        return None
    day, time, sign, hours, minutes = found.groups()
    try:
        wall = datetime.strptime(f"{day} {time}", _FORM)  # noqa: DTZ007 (a local time has no zone)
        if sign is None:
            return LocalTime(wall)
        offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
        timezone(offset)
    except ValueError:
        return None
    return LocalTime(wall, offset)


def has_zone(text: str) -> bool:
    """Return whether a text that is no local time is one with a zone behind it, such as `2026-12-06 09:00 JST`."""
    return bool(_WITH_ZONE.fullmatch(text.strip()))


def is_too_late(text: str) -> bool:
    """Return whether a text that is no local time would be one if its year were before 3000."""
    found = _LATER.fullmatch(text.strip())
    # 2996 is a leap year, as the later ones may be.
    return bool(found and parse_local_time(f"2996{found[1]}"))


def find_meaning(local: LocalTime, zone: tzinfo) -> Meaning:
    """Find the times at which the clocks of a zone show a local time; with an offset, only those with that offset."""
    candidates = {local.wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    times = [time for time in sorted(candidates) if time.astimezone(zone).replace(tzinfo=None, fold=0) == local.wall]
    if local.offset is not None:
        matching = [time for time in times if time.astimezone(zone).utcoffset() == local.offset]
        if matching or len(times) == 1:
            return Meaning(tuple(matching), () if matching else (LocalTime(local.wall),))
    if len(times) == 1:
        return Meaning(tuple(times))
    shown = [time.astimezone(zone) for time in sorted(candidates)]
    if times:
        return Meaning(tuple(times), tuple(LocalTime(local.wall, time.utcoffset()) for time in shown))
    return Meaning((), tuple(LocalTime(time.replace(tzinfo=None, fold=0)) for time in shown))


def parse_duration(text: str) -> int | None:
    """Parse a duration such as `90s`, `30m`, `2h` or `1d`. Returns seconds, or None if it is something else."""
    found = _DURATION.fullmatch(text.strip())
    return int(found[1]) * _SECONDS[found[2]] if found else None


def is_too_long(text: str) -> bool:
    """Return whether a text that is no duration has the form of one, but too many digits."""
    return bool(_LONGER.fullmatch(text.strip()))


def write_duration(seconds: int) -> str:
    """Return a duration in the form that `parse_duration` reads, in the largest unit that divides it."""
    unit = next(unit for unit in "dhms" if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def format_duration(seconds: float) -> str:
    """Format a duration in its two largest units: `2 d 3 h`, `1 h 30 min`, `45 s`."""
    left = int(seconds)
    if left < 60:
        return f"{left} s"
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def _format_offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return "{}{:02}:{:02}".format(sign, *divmod(abs(minutes), 60))
