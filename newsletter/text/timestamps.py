"""Format times for the output of commands: ISO 8601 in UTC."""

from datetime import UTC, datetime


def timestamp(seconds: int) -> str:
    """Format seconds since 1970 as `2023-01-31T09:30:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(seconds: int) -> str:
    """Format the day of a time as `2023-01-31`."""
    return timestamp(seconds)[:10]
