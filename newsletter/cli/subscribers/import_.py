"""`newsletter subscribers import`: subscribers from a CSV file."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.errors import Problem
    from newsletter.subscribers.csv.merge import Change

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
@click.option("--consent", metavar="TEXT", required=True, help="Where their consent came from; kept with the date.")
@click.option("--dry-run", is_flag=True, help="Change nothing; print what would change, a line a person.")
@click.option(
    "--map",
    "mapped",
    metavar="FIELD=COLUMN",
    multiple=True,
    help="The column of email, name, first_name, last_name, language, tags, state or joined; may be given again."
    " Without a COLUMN the field is not taken.",
)
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="A tag that everybody gets; may be given again.")
@click.option("--encoding", metavar="NAME", default="", help="The file's encoding, where it is not found right.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
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
    """Bring in people from a CSV file.

    The exports of Mailchimp, Substack, Buttondown, Revue, listmonk and Ghost are known, and what `newsletter
    subscribers export` writes; of other lists, columns with the usual names. Consent only goes down: nobody becomes
    active again who has left, bounced or complained. Lines at fault are told, the others taken; it then exits 1.
    """
    from newsletter.cli.progress import following
    from newsletter.cli.terminal import print_status
    from newsletter.subscribers.attributes import check_consent, check_tag
    from newsletter.subscribers.csv.import_list import ImportCallbacks, ListImport
    from newsletter.subscribers.csv.merge import MergeOutcome
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    source, mapping, labels = check_consent(consent), _mapping(mapped), [check_tag(tag) for tag in tags]
    workspace, now = Workspace(Path()), int(time.time())
    faults = _Faults()
    with following("Importing") as progress:
        change = _print_change if dry_run and not as_json else None
        with ListImport(file, mapping, ImportCallbacks(faults.show, progress, change), encoding) as list_import:
            file_read, columns = list_import.file, list_import.columns
            read = f"{file_read.name}, read as {columns.program} in {file_read.encoding}"
            print_status(f"{read}: {columns.describe()}")
            with open_database(workspace, writes=not dry_run) as database:
                done = list_import.merge_into(database, source, labels, now=now, dry_run=dry_run)
    if as_json:
        import json

        counts = {outcome.name.lower(): done.outcomes[outcome] for outcome in MergeOutcome}
        click.echo(json.dumps({"dry_run": dry_run, **counts, "faults": done.faults}, indent=2))
    if faults.left:
        print_status(f"… and {faults.left:,} more lines at fault.")
    counted = ", ".join(
        f"{done.outcomes[outcome]:,} {outcome.value}" for outcome in MergeOutcome if done.outcomes[outcome]
    )
    at_fault = f"; {done.faults:,} line{'' if done.faults == 1 else 's'} at fault" if done.faults else ""
    print_status(f"{counted or 'Nobody'}{at_fault}.{' Nothing was changed: this was a dry run.' if dry_run else ''}")
    ctx.exit(int(bool(done.faults)))


class _Faults:
    """Prints invalid rows as they are found, up to a limit."""

    def __init__(self) -> None:
        self.count = 0

    def show(self, problem: "Problem") -> None:
        from newsletter.cli.terminal import problem_text

        self.count += 1
        if self.count <= _SHOWN:
            click.echo(problem_text(problem), err=True)

    @property
    def left(self) -> int:
        return max(0, self.count - _SHOWN)


def _print_change(change: "Change") -> None:
    from newsletter.cli.terminal import visible
    from newsletter.subscribers.csv.merge import MergeOutcome

    marks = {
        MergeOutcome.ADDED: "+",
        MergeOutcome.CHANGED: "~",
        MergeOutcome.LOWERED: "-",
        MergeOutcome.SUPPRESSED: "!",
    }
    if change.outcome in marks:
        click.echo(f"{marks[change.outcome]} {visible(change.row.address)}  {visible(change.detail)}")


def _mapping(mapped: tuple[str, ...]) -> dict[str, str]:
    from newsletter.subscribers.csv.columns import FIELDS

    mapping = {}
    for text in mapped:
        field, equals, column = text.partition("=")
        if not equals or field not in FIELDS:
            raise click.UsageError(f"--map {text}: write FIELD=COLUMN; the fields are {', '.join(FIELDS)}.")
        mapping[field] = column
    return mapping
