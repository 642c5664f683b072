"""Subscribers as a program reads them, and times as a person does."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click

from newsletter.subscribers.subscriber import Subscriber


def day(seconds: int) -> str:
    """The day of a time, in UTC."""
    return moment(seconds)[:10]


def moment(seconds: int) -> str:
    """A time as ISO 8601, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_object(one: Subscriber) -> dict[str, Any]:
    """A subscriber for JSON; the names are those of the CSV."""
    return {
        "email": one.address,
        "name": one.name,
        "language": one.language,
        "tags": list(one.tags),
        "state": one.state.value,
        "consent_source": one.consent_source,
        "consent_at": moment(one.consent_at),
        "created_at": moment(one.created_at),
    }


def print_array(objects: Iterable[dict[str, Any]]) -> None:
    """Objects as one JSON array, a line each, without holding them all."""
    before = "["
    for object in objects:
        click.echo(f"{before}\n  {json.dumps(object, ensure_ascii=False)}", nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")
