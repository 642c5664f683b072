"""Prints lists of objects as JSON."""

import json
from collections.abc import Iterable
from typing import Any

import click


def print_array(objects: Iterable[dict[str, Any]]) -> None:
    """Print objects as a JSON array, one per line. Each is printed as soon as the iterable yields it."""
    before = "["
    for object in objects:
        click.echo(f"{before}\n  {json.dumps(object, ensure_ascii=False)}", nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")
