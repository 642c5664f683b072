"""Time zones of the system by their IANA names, and the time at which a schedule is due."""

import difflib
import zoneinfo
from datetime import datetime
from zoneinfo import ZoneInfo

from newsletter.errors import CampaignError
from newsletter.schedule.local_time import LocalTime, find_meaning

_ADVICE = "Use a name such as Asia/Tokyo, Europe/Berlin or UTC."


class LocalTimeError(CampaignError):
    """The clocks of a zone do not show a local time exactly once. `choices` are local times to use instead."""

    def __init__(self, message: str, choices: tuple[LocalTime, ...]) -> None:
        super().__init__(message, "Choose " + " or ".join(f'"{choice}"' for choice in choices) + ".")
        self.choices = choices


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        CampaignError: The system does not know it. The advice names similar zones.
    """
    try:
        # A cached zone would keep the rules that it had when a worker started.
        return ZoneInfo.no_cache(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise CampaignError(f"unknown time zone `{name}`", _similar(name)) from error


def utc_time(local: LocalTime, zone_name: str) -> datetime:
    """Return the time in UTC that a local time means.

    Raises:
        CampaignError: The zone is not known.
        LocalTimeError: The clocks of the zone do not show the time exactly once.
    """
    meaning = find_meaning(local, find_zone(zone_name))
    if len(meaning.times) == 1:
        return meaning.times[0]
    what = f"{local.wall:%H:%M} on {local.wall:%Y-%m-%d} in {zone_name}"
    if meaning.times:
        raise LocalTimeError(f"the clocks show {what} twice, because they are set back", meaning.choices)
    if len(meaning.choices) == 1:
        raise LocalTimeError(f"{what} does not have the given offset from UTC", meaning.choices)
    raise LocalTimeError(f"there is no {what}, because the clocks are set forward", meaning.choices)


def _similar(name: str) -> str:
    """Return advice with the zones whose name, or last part of the name, is similar."""
    known = sorted(zoneinfo.available_timezones())
    by_name: dict[str, list[str]] = {}
    for zone in known:
        for key in {zone.lower(), zone.rpartition("/")[2].lower()}:
            by_name.setdefault(key, []).append(zone)
    wanted = name.lower().replace(" ", "_")
    close = difflib.get_close_matches(wanted, by_name, n=3, cutoff=0.8)
    close += difflib.get_close_matches(wanted.rpartition("/")[2], by_name, n=3, cutoff=0.8)
    found = list(dict.fromkeys(zone for key in close for zone in by_name[key] if "/" in zone))[:3]
    return f"Did you mean {' or '.join(found)}?" if found else _ADVICE
