"""`newsletter list`: the issues of the publication."""

import sys
from pathlib import Path

import click


@click.command("list", epilog="Example: newsletter list --json | jq -r '.[0].slug'")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@click.pass_context
def list_issues(ctx: click.Context, as_json: bool) -> None:
    """List the issues, newest first.

    Each with its slug, date, status, number, entries (in all, and in each section) and title.
    """
    from newsletter.app.press import Press
    from newsletter.cli.terminal import tell, tell_error
    from newsletter.documents.archive import Listed, count_entries
    from newsletter.documents.source import display
    from newsletter.errors import PressError

    press = Press(Path())
    faults = list(press.archive.faults)
    rows: list[tuple[Listed, dict[str, int]]] = []
    for listed in reversed(press.archive.issues):
        try:
            rows.append((listed, count_entries(listed.path)))
        except PressError as error:
            rows.append((listed, {}))
            faults.append(error)
    if as_json:
        import json

        listing = [
            {
                "slug": listed.slug,
                "date": listed.head.date.isoformat(),
                "status": listed.head.status.value,
                "number": listed.head.number,
                "entries": sum(counts.values()) if counts else None,
                "sections": counts or None,
                "title": listed.head.title,
            }
            for listed, counts in rows
        ]
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
    elif rows:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(width=None if sys.stdout and sys.stdout.isatty() else 200, highlight=False)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for name in ("Slug", "Date", "Status"):
            table.add_column(name, no_wrap=True)
        for name in ("Number", "Entries"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("Title", overflow="ellipsis", no_wrap=True)
        for listed, counts in rows:
            status = Text(listed.head.status.value, style="yellow" if listed.head.status.value == "draft" else "green")
            number = str(listed.head.number or "–")
            table.add_row(
                Text(listed.slug, style="bold"),
                listed.head.date.isoformat(),
                status,
                number,
                _said(counts),
                Text(listed.head.title),
            )
        console.print(table)
    else:
        tell(f"No issue yet in {display(press.issues_folder)}/. Begin one with `newsletter new-issue`.")
    for fault in faults:
        tell_error(fault)
    ctx.exit(int(bool(faults)))


def _said(counts: dict[str, int]) -> str:
    return f"{sum(counts.values())} ({'+'.join(map(str, counts.values()))})" if counts else "?"
