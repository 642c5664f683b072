"""`newsletter subscribers list`: list the subscribers."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.subscribers.filter_option import filter_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from newsletter.subscribers.subscriber import Subscriber

_HEAD = ("Address", "State", "Since", "Language", "Tags", "Name")


@click.command("list", epilog="Example: newsletter subscribers list --filter 'tag:beta language:ja'")
@filter_option
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_subscribers(filter: str, as_json: bool) -> None:
    """List the subscribers.

    Subscribers are listed in the order in which they were added. For CSV, use `newsletter subscribers export`.
    """
    from newsletter.cli.print_array import print_array
    from newsletter.cli.terminal import print_status
    from newsletter.subscribers.queries import count_subscribers, list_subscribers
    from newsletter.subscribers.segments import build_segment_condition, parse_segment
    from newsletter.subscribers.subscriber_object import subscriber_object
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    segment = parse_segment(filter, "--filter")
    workspace = Workspace(Path())
    condition = build_segment_condition(segment, workspace.publication.language)
    with open_database(workspace, writes=False) as database, database.read() as connection:
        found = list_subscribers(connection, condition)
        if as_json:
            print_array(subscriber_object(subscriber) for subscriber in found)
            return
        _print_table(found)
        counts = count_subscribers(connection, condition)
    counted = ", ".join(f"{count:,} {state.value}" for state, count in counts.items())
    print_status(
        f"{counted}."
        if counted
        else "0 subscribers match the filter."
        if filter
        else "0 subscribers. Import a list with `newsletter subscribers import FILE`."
    )


def _print_table(found: "Iterable[Subscriber]") -> None:
    """Print one row per subscriber. The first 1,000 determine the widths of the columns."""
    from rich.cells import cell_len, set_cell_size

    from newsletter.cli.terminal import escape_controls
    from newsletter.text.timestamps import day

    rows = (
        (one.address, one.state.value, day(one.created_at), one.language, ", ".join(one.tags), one.name)
        for one in found
    )
    first = list(islice(rows, 1000))
    if not first:
        return
    first.insert(0, _HEAD)
    widths = [max(cell_len(row[column]) for row in first) for column in range(5)]
    for page in (first, rows):
        for row in page:
            cells = [
                set_cell_size(escape_controls(cell), max(width, cell_len(cell)))
                for cell, width in zip(row[:5], widths, strict=True)
            ]
            click.echo("  ".join((*cells, escape_controls(row[5]))).rstrip())
