"""Time zones that this system knows. Commands that only list issues use it, and import no field types."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def load_zone(name: str) -> "ZoneInfo | None":
    """Return a time zone by its IANA name with the rules that the system has now, or None if it does not know it."""
    import zoneinfo

    try:
        # A cached zone would keep the rules that it had when a worker started.
        return zoneinfo.ZoneInfo.no_cache(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None
