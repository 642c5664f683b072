"""`newsletter new-issue`: create the next issue, blank, from the inbox, or as a digest."""

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
@click.option("--number", type=click.IntRange(1, 999_999), show_default="the next one", help="The number of the issue.")
@click.option(
    "--date", "day", type=DATE, show_default="derived from `rhythm`", help="The date of publication, YYYY-MM-DD."
)
@click.option("--title", show_default="derived from `issue_title`", help="The title of the issue.")
@click.option("--from-inbox", is_flag=True, help="Move the entries of inbox.yaml into the issue.")
@click.option(
    "--digest", type=PERIOD, metavar="PERIOD", help="Create a digest of the issues of a year or month: 2021-02."
)
@click.option("--from", "first", type=DATE, help="Create a digest of the issues since YYYY-MM-DD.")
@click.option("--to", "last", type=DATE, show_default="today", help="With --from, the last day, YYYY-MM-DD.")
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
    """Create the next issue and print its path.

    Writes issues/SLUG.yaml. Number, date and title are derived from the earlier issues and newsletter.yaml. Existing
    files are never overwritten.

    A digest contains the entries marked `pick: true` and their highlights. If no entry is marked, it contains all
    entries. Each entry appears once, and its `origin` names the issue that it came from.
    """
    from newsletter.cli.terminal import escape_controls, print_status
    from newsletter.files import display
    from newsletter.issue.entry_counts import drafts_without_entries
    from newsletter.issue.scaffold import plan_issue
    from newsletter.workspace.editing import WorkspaceEditor
    from newsletter.workspace.workspace import Workspace

    if last and not first:
        raise click.UsageError("--to needs --from.")
    if (digest is not None) + (first is not None) + from_inbox > 1:
        raise click.UsageError("Only one of --from-inbox, --digest and --from can be used.")
    workspace = Workspace(Path())
    editor = WorkspaceEditor(workspace)
    today = date.today()
    if first:
        from newsletter.issue.digest_issue import Period

        digest = Period(first, last or today)
        if digest.last < digest.first:
            raise click.UsageError(f"--to {digest.last} is before --from {digest.first}.")
    if digest:
        path, compiled = editor.begin_digest(digest, slug=slug, number=number, day=day, title=title)
        click.echo(escape_controls(display(path)))
        print_status(compiled.report)
        return
    for unreadable in workspace.issues.errors:
        print_status(f"This issue was ignored: {unreadable.message}")
    new = plan_issue(workspace.basics, workspace.issues, today, slug=slug, number=number, day=day, title=title)
    empty = drafts_without_entries(workspace.issues)
    workspace.save_validated()
    path = editor.begin_from_inbox(new) if from_inbox else editor.begin(new)
    click.echo(escape_controls(display(path)))
    for untouched in empty:
        print_status(f"{display(untouched.path)} is also a draft without entries.")
    if new.date < today and day is None:
        print_status(
            f"Its date, {new.date}, is in the past, because it is derived from the last issue. Change `date`"
            " in the file if needed."
        )
