"""`newsletter subscribers growth`: show how many subscribers joined and left, by week and source."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.reports.growth import GrowthNumbers, SubscriberGrowth

# A bar has so many characters.
_BAR = 16


@click.command(epilog="Example: newsletter subscribers growth --weeks 52 --csv > growth.csv")
@click.option("--weeks", type=click.IntRange(1, 520), default=12, show_default=True, help="How many weeks to show.")
@click.option("--json", "as_json", is_flag=True, help="Print the growth as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one CSV row per week and source.")
def growth(weeks: int, as_json: bool, as_csv: bool) -> None:
    """Show how many subscribers joined, confirmed and left, by week and source.

    Weeks begin on Monday in the time zone of the publication; the last one is the current week. A source is how a
    subscriber came onto the list: through the public `pages`, an `import`, or added by the `author`.

    Erased subscribers are not counted, since nothing is stored about them. Sign-ups that are never confirmed are erased
    after a week.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot be used together.")
    import time

    from newsletter.fields.zone import find_zone
    from newsletter.reports.growth import read_growth
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    zone = find_zone(workspace.publication.timezone)
    with open_database(workspace, writes=False) as database, database.read() as connection:
        found = read_growth(connection, time.time(), weeks, zone)
    if as_json:
        import json

        from newsletter.reports.report_json import growth_object

        click.echo(json.dumps(growth_object(found), ensure_ascii=False, indent=2))
    elif as_csv:
        _print_csv(found)
    else:
        _print_tables(found)


def _print_csv(found: "SubscriberGrowth") -> None:
    import csv
    import sys

    writer = csv.writer(sys.stdout)
    writer.writerow(("week", "source", "joined", "confirmed", "unsubscribed", "bounced", "complained"))
    for week in found.weeks:
        for source, one in week.sources.items():
            writer.writerow((week.monday.isoformat(), source.value, *_numbers(one)))


def _print_tables(found: "SubscriberGrowth") -> None:
    from newsletter.cli.bars import format_bar, print_table

    totals = [week.total for week in found.weeks]
    most = max(one.joined for one in totals)
    head = ("Joined", "Confirmed", "Unsubscribed", "Bounced", "Complained")
    rows = [
        (week.monday.isoformat(), *_cells(one), format_bar(one.joined, most, _BAR))
        for week, one in zip(found.weeks, totals, strict=True)
    ]
    print_table(("Week of", *head, ""), rows, left=(0, 6))
    if found.sources:
        click.echo()
        sources = [(source.value, *_cells(one)) for source, one in found.sources.items()]
        print_table(("Source", *head), [*sources, ("all", *_cells(found.total))])
    click.echo()
    active = "1 subscriber is" if found.active == 1 else f"{found.active:,} subscribers are"
    click.echo(f"{active} active now.")


def _numbers(one: "GrowthNumbers") -> tuple[int, ...]:
    return one.joined, one.confirmed, one.unsubscribed, one.bounced, one.complained


def _cells(one: "GrowthNumbers") -> tuple[str, ...]:
    """Return the numbers for a table, in which zeros are left out."""
    return tuple(f"{number:,}" if number else "" for number in _numbers(one))
