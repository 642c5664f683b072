"""Format subscribers as JSON objects."""

import json
from collections.abc import Iterable
from typing import Any

import click

from newsletter.subscribers.subscriber import Subscriber
from newsletter.text.timestamps import timestamp


def subscriber_object(one: Subscriber) -> dict[str, Any]:
    """Return a subscriber as an object for JSON. Its keys are the columns of the CSV export."""
    return {
        "email": one.address,
        "name": one.name,
        "language": one.language,
        "tags": list(one.tags),
        "state": one.state.value,
        "consent_source": one.consent_source,
        "consent_at": timestamp(one.consent_at) if one.consent_at else "",
        "created_at": timestamp(one.created_at),
    }


def print_array(objects: Iterable[dict[str, Any]]) -> None:
    """Print objects as a JSON array, one per line. Each is printed as soon as the iterable yields it."""
    before = "["
    for object in objects:
        click.echo(f"{before}\n  {json.dumps(object, ensure_ascii=False)}", nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")
