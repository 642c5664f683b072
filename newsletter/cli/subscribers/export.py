"""`newsletter subscribers export`: print the subscribers as CSV."""

from pathlib import Path

import click

from newsletter.cli.raw_option import raw_option
from newsletter.cli.subscribers.filter_option import filter_option


@click.command(epilog="Example: newsletter subscribers export --filter state:active > active.csv")
@filter_option
@raw_option
def export(filter: str, raw: bool) -> None:
    """Print the subscribers as CSV.

    The CSV is in UTF-8 and has every column that `newsletter subscribers import` reads. Suppressions are stored as
    hashes and are not exported. Text that begins like a formula has an apostrophe before it, which the import removes.
    """
    import csv
    import sys

    from newsletter.cli.subscribers.subscriber_format import subscriber_object
    from newsletter.subscribers.csv.read_tags import format_tags
    from newsletter.subscribers.queries import list_subscribers
    from newsletter.subscribers.segments import build_segment_condition, parse_segment
    from newsletter.text.csv_cells import guard_cell
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    segment = parse_segment(filter, "--filter")
    workspace = Workspace(Path())
    columns = ("email", "name", "language", "tags", "state", "consent_source", "consent_at", "created_at")
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    with open_database(workspace, writes=False) as database, database.read() as connection:
        for one in list_subscribers(connection, build_segment_condition(segment, workspace.publication.language)):
            row = subscriber_object(one) | {"tags": format_tags(one.tags)}
            writer.writerow(row if raw else {name: guard_cell(value) for name, value in row.items()})
