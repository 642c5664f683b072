"""The time in UTC at which a schedule is due."""

from datetime import datetime

from newsletter.errors import CampaignError
from newsletter.fields.zone import find_zone
from newsletter.schedule.local_time import LocalTime, find_meaning


class LocalTimeError(CampaignError):
    """The clocks of a zone do not show a local time exactly once. `choices` are local times to use instead."""

    def __init__(self, message: str, choices: tuple[LocalTime, ...]) -> None:
        super().__init__(message, "Choose " + " or ".join(f'"{choice}"' for choice in choices) + ".")
        self.choices = choices


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
