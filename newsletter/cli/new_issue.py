"""`newsletter new-issue`: the scaffold of the next issue, blank, from the inbox, or as a digest."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.option_types import DATE, PERIOD

if TYPE_CHECKING:
    from newsletter.issue.digest_issue import Period


@click.command(
    "new-issue",
    epilog="Examples: newsletter new-issue 2021-week-11 --title 'Week 11, in short'; "
    "newsletter new-issue --from-inbox; newsletter new-issue --digest 2021-02",
)
@click.argument("slug", required=False)
@click.option("--number", type=click.IntRange(1, 999_999), help="The issue's number; else the next one.")
@click.option("--date", "day", type=DATE, help="The day it is published, YYYY-MM-DD; else the next of the rhythm.")
@click.option("--title", help="Its title; else that of the publication's pattern.")
@click.option("--from-inbox", is_flag=True, help="Move what waits in inbox.yaml into it.")
@click.option("--digest", type=PERIOD, metavar="PERIOD", help="Compile it from the issues of a year or month: 2021-02.")
@click.option("--from", "first", type=DATE, help="Compile it from the issues since a day, YYYY-MM-DD.")
@click.option("--to", "last", type=DATE, help="The last day of --from; else today.")
def new_issue(
    slug: str | None,
    number: int | None,
    day: date | None,
    title: str | None,
    from_inbox: bool,
    digest: "Period | None",
    first: date | None,
    last: date | None,
) -> None:
    """Scaffold the next issue and print its path.

    Number, date and title follow from the archive and newsletter.yaml. SLUG names the file,
    issues/SLUG.yaml; nothing is ever overwritten.

    A digest takes the entries marked `pick: true`, or all where none is, once each, with the
    highlights; every entry says in `origin` which issue it came from.
    """
    from newsletter.cli.terminal import print_status, visible
    from newsletter.files import display
    from newsletter.issue.digest_issue import Period
    from newsletter.issue.scaffold import plan_issue
    from newsletter.workspace.editing import WorkspaceEditor
    from newsletter.workspace.workspace import Workspace

    if last and not first:
        raise click.UsageError("--to needs --from.")
    if (digest is not None) + (first is not None) + from_inbox > 1:
        raise click.UsageError("Only one of --from-inbox, --digest and --from can be given.")
    workspace = Workspace(Path())
    editor = WorkspaceEditor(workspace)
    today = date.today()
    if first:
        digest = Period(first, last or today)
        if digest.last < digest.first:
            raise click.UsageError(f"--to {digest.last} is before --from {digest.first}.")
    if digest:
        path, compiled = editor.begin_digest(digest, slug=slug, number=number, day=day, title=title)
        click.echo(visible(display(path)))
        print_status(compiled.report)
        return
    for unreadable in workspace.issues.errors:
        print_status(f"Left out of the count: {unreadable.message}")
    new = plan_issue(workspace.publication, workspace.issues, today, slug=slug, number=number, day=day, title=title)
    path = editor.begin_from_inbox(new) if from_inbox else editor.begin(new)
    click.echo(visible(display(path)))
    if new.date < today and day is None:
        print_status(
            f"Its date, {new.date}, has passed: it follows the last issue's. Change it in the file, if you like."
        )
