"""Time zones by their IANA names, and the field type for them."""

import re
from typing import TYPE_CHECKING, Annotated

from newsletter.errors import CampaignError
from newsletter.fields.system_zones import load_zone
from newsletter.fields.text import Parsed, json_schema, parse_line, refuse

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_ADVICE = "Use a name such as Asia/Tokyo, Europe/Berlin or UTC."
_UPDATE = "Or update the time zones of this system: `pip install --upgrade tzdata`."


def find_zone(name: str) -> "ZoneInfo":
    """Return a time zone by its IANA name.

    Raises:
        CampaignError: This system does not know it. The advice names similar zones, or how to update the time zones if
            it may be right.
    """
    zone = load_zone(name)
    if zone is None:
        raise CampaignError(f"unknown time zone `{name}`", _advise(name))
    return zone


def _advise(name: str) -> str:
    """Return zones whose name, or last part of the name, is similar, or what to do if this system may lack the zone."""
    import difflib
    import zoneinfo

    known = sorted(zoneinfo.available_timezones())
    if not known:
        return "This system has no time zones. Run `pip install tzdata`."
    by_name: dict[str, list[str]] = {}
    for zone in known:
        for key in {zone.lower(), zone.rpartition("/")[2].lower()}:
            by_name.setdefault(key, []).append(zone)
    wanted = name.lower().replace(" ", "_")
    close = difflib.get_close_matches(wanted, by_name, n=3, cutoff=0.8)
    close += difflib.get_close_matches(wanted.rpartition("/")[2], by_name, n=3, cutoff=0.8)
    found = list(dict.fromkeys(zone for key in close for zone in by_name[key] if "/" in zone))[:3]
    if found:
        return f"Did you mean {' or '.join(found)}?"
    # New zones are added to the areas that exist.
    areas = {zone.partition("/")[0] for zone in known if "/" in zone}
    return f"{_ADVICE} {_UPDATE}" if "/" in name and name.partition("/")[0] in areas else _ADVICE


def _zone_name(value: str) -> str:
    try:
        find_zone(value)
    except CampaignError as error:
        raise refuse(error.message, error.advice) from error
    return value


ZoneName = Annotated[
    str,
    Parsed(parse_line, _zone_name),
    json_schema(type="string", pattern=f"^{_ZONE.pattern}$"),
]
