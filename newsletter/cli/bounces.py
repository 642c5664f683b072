"""`newsletter bounces`: process bounces and complaints."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from newsletter.bounces.bounce import BounceEffect, BounceResult
    from newsletter.bounces.mailboxes.incoming_message import IncomingMessage
    from newsletter.errors import NewsletterError
    from newsletter.workspace.workspace import Workspace


@click.command(
    epilog="""\b
Examples:
  newsletter bounces bounces.mbox --dry-run
  newsletter bounces --maildir ~/Maildir/.bounces
  newsletter bounces --imap --json | jq '.[] | select(.effect == "suppressed")'
  newsletter bounces --unknown
""",
)
@click.argument("files", metavar="[FILE|-]...", nargs=-1)
@click.option("--maildir", metavar="DIR", type=click.Path(path_type=Path), help="Read a Maildir folder.")
@click.option("--imap", is_flag=True, help="Read the IMAP mailbox in newsletter.yaml (`delivery: bounces: imap:`).")
@click.option("--again", is_flag=True, help="Also read messages in the mailbox that are marked as seen.")
@click.option(
    "--delete", is_flag=True, help="Delete processed messages from the mailbox, instead of marking them as seen."
)
@click.option("--unknown", is_flag=True, help="List earlier mail that was not understood, instead of reading mail.")
@click.option("--forget", is_flag=True, help="With --unknown: delete this mail from the database.")
@click.option(
    "--dry-run", is_flag=True, help="Change nothing. Show what each message would do on its own, ignoring the others."
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.pass_context
def bounces(
    ctx: click.Context,
    files: tuple[str, ...],
    maildir: Path | None,
    imap: bool,
    again: bool,
    delete: bool,
    unknown: bool,
    forget: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Process bounces and complaints.

    Prints a line for each message, and suppresses addresses that must not be mailed again. A hard bounce or a complaint
    suppresses an address at once, soft bounces after three of the last five campaigns. FILE is a message or an mbox
    file. Use - for standard input.
    """
    if bool(files) + bool(maildir) + imap + unknown != 1:
        raise click.UsageError("Use exactly one of FILE, --maildir, --imap and --unknown.")
    if (files or unknown) and (again or delete):
        raise click.UsageError("--again and --delete need --maildir or --imap.")
    if forget and (not unknown or as_json or dry_run):
        raise click.UsageError("--forget needs --unknown, without --json and --dry-run.")
    if unknown:
        from newsletter.cli.unknown_mail import forget_unknown_mail, list_unknown_mail

        if forget:
            forget_unknown_mail()
        else:
            list_unknown_mail(as_json=as_json)
        return
    source = (files, maildir)
    ctx.exit(_process(source, again=again, delete=delete, dry_run=dry_run, as_json=as_json))


def _process(
    source: "tuple[tuple[str, ...], Path | None]", *, again: bool, delete: bool, dry_run: bool, as_json: bool
) -> int:
    """Process the messages of files, a maildir or else the IMAP mailbox. Returns the exit code."""
    from newsletter.bounces.process import process_messages
    from newsletter.cli.print_array import print_array
    from newsletter.cli.progress import count_progress
    from newsletter.cli.terminal import escape_controls, print_error, print_status
    from newsletter.database.states import BounceKind
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    errors: list[NewsletterError] = []
    counts, kinds = Counter[str](), Counter[str]()

    def report_error(error: "NewsletterError") -> None:
        errors.append(error)
        print_error(error)

    def results() -> "Iterator[tuple[IncomingMessage, BounceResult]]":
        for message, result in process_messages(database, messages, dry_run=dry_run, delete=delete):
            progress(message.done, message.total)
            counts[_format_effect(result.effect)] += 1
            kinds[result.kind.value] += 1
            if result.paused and not dry_run:
                print_status(f"Campaign #{result.campaign_id} was paused: {escape_controls(result.paused)}.")
            yield message, result

    with ExitStack() as opened:
        messages = _open_messages(opened, workspace, *source, report_error, again=again, dry_run=dry_run)
        database = opened.enter_context(open_database(workspace, writes=not dry_run))
        progress = opened.enter_context(count_progress("Reading bounces"))
        if as_json:
            print_array(_as_object(*each) for each in results())
        else:
            for each in results():
                click.echo(_format_result(*each))
    effects = ", ".join(f"{number:,} {effect}" for effect, number in counts.items())
    dry = " Dry run: nothing was changed." if dry_run else ""
    number = counts.total()
    messages_read = f"Read {number:,} message{'' if number == 1 else 's'}"
    print_status(f"{messages_read}{f': {effects}' if effects else ''}.{dry}")
    if not dry_run and kinds[BounceKind.UNKNOWN.value]:
        print_status("Some mail was not understood. List it with `newsletter bounces --unknown`.")
    return int(bool(errors))


def _open_messages(
    opened: ExitStack,
    workspace: "Workspace",
    files: tuple[str, ...],
    maildir: Path | None,
    report_error: "Callable[[NewsletterError], None]",
    *,
    again: bool,
    dry_run: bool,
) -> "Iterator[IncomingMessage]":
    from newsletter.bounces.mailboxes.maildir_folder import read_maildir
    from newsletter.bounces.process import open_imap_mailbox

    if files:
        return _read_files(files, report_error)
    if maildir:
        return read_maildir(maildir, include_seen=again)
    return opened.enter_context(open_imap_mailbox(workspace, report_error, include_seen=again, dry_run=dry_run))


def _read_files(
    files: tuple[str, ...], report_error: "Callable[[NewsletterError], None]"
) -> "Iterator[IncomingMessage]":
    """Yield the messages of all files. Files that cannot be read are reported and skipped."""
    from newsletter.bounces.mailboxes.mbox import read_mbox
    from newsletter.errors import AccessError

    for name in files:
        try:
            with click.open_file(name, "rb") as stream:
                yield from read_mbox(stream, "standard input" if name == "-" else name)
        except OSError as error:
            report_error(AccessError(f"{name}: {error.strerror or error}", "Check the name and the permissions."))


def _format_effect(effect: "BounceEffect") -> str:
    from newsletter.bounces.bounce import BounceEffect

    return "ignored" if effect is BounceEffect.NOTHING else effect.value


def _format_result(message: "IncomingMessage", result: "BounceResult") -> str:
    """Format a result: `bounces.mbox:3: hard bounce of ann@example.org (5.1.1), campaign 7: suppressed`."""
    from newsletter.bounces.bounce import BounceForm
    from newsletter.cli.terminal import escape_controls
    from newsletter.database.states import BounceKind

    kinds = {
        BounceKind.NOTICE: "notice for",
        BounceKind.POLICY: "message rejected for",
        BounceKind.SOFT: "soft bounce of",
        BounceKind.HARD: "hard bounce of",
        BounceKind.COMPLAINT: "complaint from",
    }
    if result.form is BounceForm.OTHER:
        return escape_controls(f"{message.name}: not a bounce or complaint; {_format_effect(result.effect)}")
    about = result.address or ", ".join(result.named)
    if result.kind not in kinds or result.form is BounceForm.FEEDBACK:
        what = f"{result.form} of {about}" if about else result.form.value
    else:
        what = f"{kinds[result.kind]} {about or 'an unknown recipient'}"
    what += f" ({result.status})" if result.status else ""
    what += f", campaign {result.campaign_id}" if result.campaign_id else ""
    what += f", identified by {result.evidence}" if result.evidence else ""
    return escape_controls(f"{message.name}: {what}: {_format_effect(result.effect)}")


def _as_object(message: "IncomingMessage", result: "BounceResult") -> dict[str, Any]:
    return {
        "message": message.name,
        "form": result.form.value,
        "kind": result.kind.value,
        "effect": result.effect.value,
        "address": result.address or None,
        "named": list(result.named),
        "campaign": result.campaign_id,
        "proof": result.evidence and result.evidence.value,
        "status": result.status,
        "diagnostic": result.diagnostic,
    }
