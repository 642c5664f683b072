"""`newsletter subscribers import`: import subscribers from a CSV file."""

import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.errors import Problem
    from newsletter.subscribers.csv.column_mapping import ColumnMapping
    from newsletter.subscribers.csv.import_list import ImportResult
    from newsletter.subscribers.csv.merge import Change

# The number of rows with problems to print.
_SHOWN = 200


@click.command(
    "import",
    epilog="""\b
Examples:
  newsletter subscribers import people.csv --consent "moved from Revue, 2023-01" --dry-run
  newsletter subscribers import people.csv --consent "sign-up sheet, May 2023" --map email=Mail --map name="Full name"
  newsletter subscribers import people.csv --consent "our shop" --map unsubscribed=Gone --map "status:ok=active"
  newsletter subscribers import unsubscribed.csv --consent "moved from listmonk" --state unsubscribed
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
    help="The column of a field: email, name, first_name, last_name, language, tags, state or joined. Leave it empty"
    " to ignore the field. Or what a column says: unsubscribed, bounced, complained (yes or a date if so), subscribed,"
    " confirmed (no if not), ignore. Or the state of a value: COLUMN:VALUE=STATE. Repeatable.",
)
@click.option(
    "--state",
    "at_least",
    type=click.Choice(("unsubscribed", "bounced", "complained", "pending")),
    help="The state of everybody in the file, unless a row has a stricter one. For lists of those who unsubscribed.",
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
    at_least: str | None,
    tags: tuple[str, ...],
    encoding: str,
    as_json: bool,
) -> None:
    """Import subscribers from a CSV file.

    Recognises exports from Mailchimp, Substack, Buttondown, Revue, listmonk, Ghost, Constant Contact, HubSpot and
    `newsletter subscribers export`, and common column names in other files. A column that may be about consent and is
    not understood stops the import. Addresses that unsubscribed, bounced or complained do not become active again.
    Invalid rows are reported and skipped; the command then exits with 1. If the import is interrupted, run the same
    command again to continue.
    """
    from newsletter.cli.progress import count_progress
    from newsletter.cli.terminal import print_status
    from newsletter.database.states import SubscriberState
    from newsletter.errors import NewsletterError
    from newsletter.ledger.marked_import import marked_import
    from newsletter.subscribers.attributes import check_consent, check_tag
    from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
    from newsletter.subscribers.csv.merge import MergeOutcome
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    source, mapping, labels = check_consent(consent), _parse_mapping(mapped), [check_tag(tag) for tag in tags]
    workspace, now = Workspace(Path()), int(time.time())
    invalid = _InvalidRows()
    state = SubscriberState(at_least) if at_least else SubscriberState.ACTIVE
    with count_progress("Importing") as progress:
        change = _print_change if dry_run and not as_json else None
        callbacks = ImportCallbacks(invalid.show, progress, change)
        with ListImport(file, mapping, callbacks, encoding, state) as list_import:
            file_read, columns = list_import.file, list_import.columns
            read = f"Reading {file_read.name} as {columns.program.name} in {file_read.encoding}"
            print_status(f"{read}: {columns.describe()}")
            if columns.program.warning and state is SubscriberState.ACTIVE:
                print_status(f"warning: {columns.program.warning}.")
            with open_database(workspace, writes=not dry_run) as database:
                try:
                    with nullcontext() if dry_run else marked_import(workspace.root, database, list_import, file, now):
                        done = list_import.merge_into(database, source, labels, now=now, dry_run=dry_run)
                except (KeyboardInterrupt, NewsletterError, OSError):
                    if not dry_run:
                        _print_interrupted(list_import.result)
                    raise
    if as_json:
        import json

        counts = {outcome.name.lower(): done.outcomes[outcome] for outcome in MergeOutcome}
        click.echo(
            json.dumps(
                {"dry_run": dry_run, **counts, "faults": done.faults, "unclear_dates": done.unclear_times}, indent=2
            )
        )
    if invalid.not_shown:
        print_status(f"… and {invalid.not_shown:,} more rows with problems.")
    skipped = f", {done.faults:,} row{'' if done.faults == 1 else 's'} skipped" if done.faults else ""
    unclear = f" Dates of consent left empty: {done.unclear_times:,}." if done.unclear_times else ""
    print_status(
        f"{_format_outcomes(done) or '0 added'}{skipped}.{unclear}{' Dry run: nothing was changed.' if dry_run else ''}"
    )
    ctx.exit(int(bool(done.faults)))


def _print_interrupted(result: "ImportResult") -> None:
    """Print what was imported before an interruption, and how to continue. Print nothing if nothing was imported."""
    from newsletter.cli.terminal import print_status

    if outcomes := _format_outcomes(result):
        print_status(
            f"Interrupted. Imported so far: {outcomes}. Run the same command again to continue; do not send an issue"
            " before."
        )


def _format_outcomes(result: "ImportResult") -> str:
    """Format the counts of outcomes that are not zero. Returns "" if there is none."""
    from newsletter.subscribers.csv.merge import MergeOutcome

    return ", ".join(f"{result.outcomes[each]:,} {each.value}" for each in MergeOutcome if result.outcomes[each])


class _InvalidRows:
    """Prints problems of rows as they are found, up to a limit."""

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


def _parse_mapping(mapped: tuple[str, ...]) -> "ColumnMapping":
    from newsletter.errors import NewsletterError
    from newsletter.subscribers.csv.column_mapping import parse_mapping

    try:
        return parse_mapping(mapped)
    except NewsletterError as error:
        raise click.UsageError(f"{error.message}. {error.advice}") from error
