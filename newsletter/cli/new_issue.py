"""`newsletter new-issue`: the scaffold of the next issue."""

from datetime import date
from pathlib import Path

import click

from newsletter.cli.values import DATE


@click.command("new-issue", epilog="Example: newsletter new-issue 2021-week-11 --title 'Week 11, in short'")
@click.argument("slug", required=False)
@click.option("--number", type=click.IntRange(1, 999_999), help="The issue's number; else the next one.")
@click.option("--date", "day", type=DATE, help="The day it is published, YYYY-MM-DD; else the next of the rhythm.")
@click.option("--title", help="Its title; else that of the publication's pattern.")
def new_issue(slug: str | None, number: int | None, day: date | None, title: str | None) -> None:
    """Scaffold the next issue and print its path.

    Number, date and title follow from the archive and newsletter.yaml. SLUG names the file,
    issues/SLUG.yaml; nothing is ever overwritten.
    """
    from newsletter.app.press import Press
    from newsletter.cli.terminal import tell, visible
    from newsletter.documents.scaffold import issue_text, plan_issue
    from newsletter.documents.source import display
    from newsletter.documents.writing import write_new

    press = Press(Path())
    for fault in press.archive.faults:
        tell(f"Left out of the count: {fault.message}")
    today = date.today()
    new = plan_issue(press.publication, press.archive, today, slug=slug, number=number, day=day, title=title)
    path = press.issues_folder / f"{new.slug}.yaml"
    write_new(path, issue_text(press.folders, new).encode())
    click.echo(visible(display(path)))
    if new.date < today and day is None:
        tell(f"Its date, {new.date}, has passed: it follows the last issue's. Change it in the file, if you like.")
