"""`newsletter list`: list the issues."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.issue.entry_counts import EntryCounts
    from newsletter.issue.issue_list import ListedIssue


@click.command("list", epilog="Example: newsletter list --json | jq -r '.[0].slug'")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def list_issues(ctx: click.Context, as_json: bool) -> None:
    """List the issues, newest first.

    Shows the slug, date, status, number, entries (in total, per section, and how many are sponsored) and title of each
    issue.
    """
    from newsletter.cli.terminal import print_error, print_status
    from newsletter.errors import NewsletterError
    from newsletter.files import display
    from newsletter.issue.entry_counts import CachedCounts
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    errors, counts = list(workspace.issues.errors), CachedCounts(workspace.root)
    rows: list[tuple[ListedIssue, EntryCounts | None]] = []
    for listed in reversed(workspace.issues.issues):
        try:
            rows.append((listed, counts.count(listed).with_declared(workspace.basics.section_keys)))
        except NewsletterError as error:
            rows.append((listed, None))
            errors.append(error)
    workspace.save_validated()
    counts.save()
    if as_json:
        import json

        listing = [
            {
                "slug": listed.slug,
                "date": listed.head.date.isoformat(),
                "status": listed.head.status.value,
                "number": listed.head.number,
                "entries": counts.total if counts else None,
                "sections": counts.sections if counts else None,
                "title": listed.head.title,
            }
            # A key of later versions: the list of a publication without sponsored entries stays the same.
            | ({"sponsored": counts.sponsored} if counts and counts.sponsored else {})
            for listed, counts in rows
        ]
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
    elif rows:
        _print_table(rows)
    elif not errors:
        print_status(f"No issues in {display(workspace.issues_folder)}/. Create one with `newsletter new-issue`.")
    for unreadable in errors:
        print_error(unreadable)
    ctx.exit(int(bool(errors)))


def _print_table(rows: "list[tuple[ListedIssue, EntryCounts | None]]") -> None:
    """Print one row per issue. On a narrow terminal only the titles are shortened."""
    from rich.cells import cell_len, set_cell_size

    from newsletter.cli.terminal import escape_controls

    table = [("Slug", "Date", "Status", "Number", "Entries", "Title")]
    for listed, counts in rows:
        head = listed.head
        entries = f"{counts.total} ({'+'.join(map(str, counts.sections.values()))})" if counts else "?"
        entries += f", {counts.sponsored} sponsored" if counts and counts.sponsored else ""
        number = str(head.number or "–")
        table.append((listed.slug, head.date.isoformat(), head.status.value, number, entries, head.title))
    widths = [max(cell_len(row[column]) for row in table) for column in range(5)]
    room = shutil.get_terminal_size().columns - sum(widths) - 2 * len(widths) if _is_terminal() else 10_000
    for index, (slug, day, status, number, entries, title) in enumerate(table):
        shown = title if cell_len(title) <= room else set_cell_size(title, max(room - 1, 0)) + "…"
        cells = [
            click.style(set_cell_size(slug, widths[0]), bold=True),
            set_cell_size(day, widths[1]),
            click.style(set_cell_size(status, widths[2]), fg={"draft": "yellow", "published": "green"}.get(status)),
            number.rjust(widths[3]),
            entries.rjust(widths[4]),
            escape_controls(shown),
        ]
        click.echo(click.style("  ".join(cells), bold=index == 0 or None))


def _is_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty())
