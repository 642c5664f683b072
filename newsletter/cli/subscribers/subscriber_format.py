"""Format subscribers as JSON objects, and times as ISO 8601."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

from newsletter.subscribers.subscriber import Subscriber


def day(seconds: int) -> str:
    """Return the day (UTC) of a time in seconds since 1970."""
    return timestamp(seconds)[:10]


def timestamp(seconds: int) -> str:
    """Return a time in seconds since 1970 as ISO 8601, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_object(one: Subscriber) -> dict[str, Any]:
    """Return a subscriber as an object for JSON, with the names of the CSV columns."""
    return {
        "email": one.address,
        "name": one.name,
        "language": one.language,
        "tags": list(one.tags),
        "state": one.state.value,
        "consent_source": one.consent_source,
        "consent_at": timestamp(one.consent_at),
        "created_at": timestamp(one.created_at),
    }


def print_array(objects: Iterable[dict[str, Any]]) -> None:
    """Print objects as one JSON array, one line each, as they come."""
    before = "["
    for object in objects:
        click.echo(f"{before}\n  {json.dumps(object, ensure_ascii=False)}", nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")
