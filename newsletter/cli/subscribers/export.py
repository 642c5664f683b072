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
    import sys

    from newsletter.subscribers.csv.write_list import ListWriter
    from newsletter.subscribers.queries import list_subscribers
    from newsletter.subscribers.segments import build_segment_condition, parse_segment
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    segment = parse_segment(filter, "--filter")
    workspace = Workspace(Path())
    writer = ListWriter(sys.stdout, raw=raw)
    with open_database(workspace, writes=False) as database, database.read() as connection:
        writer.write(list_subscribers(connection, build_segment_condition(segment, workspace.publication.language)))
