"""`newsletter subscribers import`: import subscribers from a CSV file."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.errors import Problem
    from newsletter.subscribers.csv.merge import Change

# The number of invalid rows to print.
_SHOWN = 200


@click.command(
    "import",
    epilog="""\b
Examples:
  newsletter subscribers import people.csv --consent "moved from Revue, 2023-01" --dry-run
  newsletter subscribers import people.csv --consent "sign-up sheet, May 2023" --map email=Mail --map name="Full name"
""",
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--consent", metavar="TEXT", required=True, help="Where the consent came from. Stored with the date.")
@click.option("--dry-run", is_flag=True, help="Change nothing. Print a line for each subscriber that would change.")
@click.option(
    "--map",
    "mapped",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="The column of a field: email, name, first_name, last_name, language, tags, state or joined. Repeatable."
    " Leave COLUMN empty to ignore a field.",
)
@click.option(
    "--tag", "tags", metavar="TAG", multiple=True, help="Add this tag to every imported subscriber. Repeatable."
)
@click.option("--encoding", metavar="NAME", default="", show_default="detected", help="The encoding of the file.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_context
def import_subscribers(
    ctx: click.Context,
    file: Path,
    consent: str,
    dry_run: bool,
    mapped: tuple[str, ...],
    tags: tuple[str, ...],
    encoding: str,
    as_json: bool,
) -> None:
    """Import subscribers from a CSV file.

    Recognises exports from Mailchimp, Substack, Buttondown, Revue, listmonk, Ghost and `newsletter subscribers export`,
    and common column names in other files. Addresses that unsubscribed, bounced or complained do not become active
    again. Invalid rows are reported and skipped; the command then exits with 1.
    """
    from newsletter.cli.progress import count_progress
    from newsletter.cli.terminal import print_status
    from newsletter.subscribers.attributes import check_consent, check_tag
    from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
    from newsletter.subscribers.csv.merge import MergeOutcome
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    source, mapping, labels = check_consent(consent), _parse_mapping(mapped), [check_tag(tag) for tag in tags]
    workspace, now = Workspace(Path()), int(time.time())
    invalid = _InvalidRows()
    with count_progress("Importing") as progress:
        change = _print_change if dry_run and not as_json else None
        with ListImport(file, mapping, ImportCallbacks(invalid.show, progress, change), encoding) as list_import:
            file_read, columns = list_import.file, list_import.columns
            read = f"Reading {file_read.name} as {columns.program} in {file_read.encoding}"
            print_status(f"{read}: {columns.describe()}")
            with open_database(workspace, writes=not dry_run) as database:
                done = list_import.merge_into(database, source, labels, now=now, dry_run=dry_run)
    if as_json:
        import json

        counts = {outcome.name.lower(): done.outcomes[outcome] for outcome in MergeOutcome}
        click.echo(json.dumps({"dry_run": dry_run, **counts, "faults": done.faults}, indent=2))
    if invalid.not_shown:
        print_status(f"… and {invalid.not_shown:,} more invalid rows.")
    counted = ", ".join(
        f"{done.outcomes[outcome]:,} {outcome.value}" for outcome in MergeOutcome if done.outcomes[outcome]
    )
    skipped = f", {done.faults:,} row{'' if done.faults == 1 else 's'} skipped" if done.faults else ""
    print_status(f"{counted or '0 added'}{skipped}.{' Dry run: nothing was changed.' if dry_run else ''}")
    ctx.exit(int(bool(done.faults)))


class _InvalidRows:
    """Prints invalid rows as they are found, up to a limit."""

    def __init__(self) -> None:
        self.count = 0

    def show(self, problem: "Problem") -> None:
        from newsletter.cli.terminal import format_problem

        self.count += 1
        if self.count <= _SHOWN:
            click.echo(format_problem(problem), err=True)

    @property
    def not_shown(self) -> int:
        return max(0, self.count - _SHOWN)


def _print_change(change: "Change") -> None:
    from newsletter.cli.terminal import escape_controls
    from newsletter.subscribers.csv.merge import MergeOutcome

    marks = {
        MergeOutcome.ADDED: "+",
        MergeOutcome.CHANGED: "~",
        MergeOutcome.LOWERED: "-",
        MergeOutcome.SUPPRESSED: "!",
    }
    if change.outcome in marks:
        click.echo(f"{marks[change.outcome]} {escape_controls(change.row.address)}  {escape_controls(change.detail)}")


def _parse_mapping(mapped: tuple[str, ...]) -> dict[str, str]:
    from newsletter.subscribers.csv.columns import FIELDS

    mapping = {}
    for text in mapped:
        field, equals, column = text.partition("=")
        if not equals or field not in FIELDS:
            raise click.UsageError(
                f"--map {text} is not valid. Write FIELD=COLUMN; the fields are {', '.join(FIELDS)}."
            )
        mapping[field] = column
    return mapping
