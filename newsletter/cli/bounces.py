"""`newsletter bounces`: what came back is read, and who is not to be written to again is suppressed."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from newsletter.bounces.bounce import Settled
    from newsletter.bounces.mailboxes.incoming_message import Incoming
    from newsletter.errors import NewsletterError
    from newsletter.workspace.workspace import Workspace


@click.command(
    epilog="""\b
Examples:
  newsletter bounces bounces.mbox --dry-run
  newsletter bounces --maildir ~/Maildir/.bounces
  newsletter bounces --imap --json | jq '.[] | select(.effect == "suppressed")'
""",
)
@click.argument("files", metavar="[FILE|-]...", nargs=-1)
@click.option("--maildir", metavar="DIR", type=click.Path(path_type=Path), help="Read a maildir.")
@click.option("--imap", is_flag=True, help="Read the mailbox that newsletter.yaml names (`delivery: bounces: imap:`).")
@click.option("--again", is_flag=True, help="Of a mailbox, read what was seen before, too.")
@click.option("--delete", is_flag=True, help="Delete from the mailbox what has been stored; else it is marked as seen.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what each message would do by itself.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def bounces(
    ctx: click.Context,
    files: tuple[str, ...],
    maildir: Path | None,
    imap: bool,
    again: bool,
    delete: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take in bounces and complaints: who is not to be written to.

    FILE is a message or an mbox; `-` is standard input. Says for each message what was found and done. A mailbox that
    is gone is suppressed, one that is full after three of five campaigns, somebody who complained at once.
    """
    from newsletter.bounces.process import take_in
    from newsletter.cli.progress import following
    from newsletter.cli.subscribers.subscriber_format import print_array
    from newsletter.cli.terminal import tell, tell_error
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    if bool(files) + bool(maildir) + imap != 1:
        raise click.UsageError("Name files, or --maildir DIR, or --imap.")
    if files and (again or delete):
        raise click.UsageError("--again and --delete are for a mailbox; files are only read.")
    workspace = Workspace(Path())
    faults: list[NewsletterError] = []
    counts = Counter[str]()

    def fault(error: "NewsletterError") -> None:
        faults.append(error)
        tell_error(error)

    def settled() -> "Iterator[tuple[Incoming, Settled]]":
        for message, outcome in take_in(database, messages, dry_run=dry_run, delete=delete):
            progress(message.done, message.total)
            counts[outcome.effect.value] += 1
            yield message, outcome

    with ExitStack() as opened:
        messages = _messages(opened, workspace, files, maildir, fault, again=again, dry_run=dry_run)
        database = opened.enter_context(open_database(workspace, writes=not dry_run))
        progress = opened.enter_context(following("Reading bounces"))
        if as_json:
            print_array(_as_object(*each) for each in settled())
        else:
            for each in settled():
                click.echo(_line(*each))
    said = ", ".join(f"{number:,} {effect}" for effect, number in counts.items())
    dry = " Nothing was changed: this was a dry run." if dry_run else ""
    number = counts.total()
    tell(f"{number:,} message{'' if number == 1 else 's'}{f': {said}' if said else ''}.{dry}")
    ctx.exit(int(bool(faults)))


def _messages(
    opened: ExitStack,
    workspace: "Workspace",
    files: tuple[str, ...],
    maildir: Path | None,
    fault: "Callable[[NewsletterError], None]",
    *,
    again: bool,
    dry_run: bool,
) -> "Iterator[Incoming]":
    from newsletter.bounces.mailboxes.maildir_folder import maildir_messages
    from newsletter.bounces.process import imap_mailbox

    if files:
        return _of_files(files, fault)
    if maildir:
        return maildir_messages(maildir, again=again)
    return opened.enter_context(imap_mailbox(workspace, again=again, dry_run=dry_run))


def _of_files(files: tuple[str, ...], fault: "Callable[[NewsletterError], None]") -> "Iterator[Incoming]":
    """The messages of all files; a file that cannot be read is told, and the others are read."""
    from newsletter.bounces.mailboxes.mbox import messages_in
    from newsletter.errors import AccessError

    for name in files:
        try:
            with click.open_file(name, "rb") as stream:
                yield from messages_in(stream, "standard input" if name == "-" else name)
        except OSError as error:
            fault(AccessError(f"{name}: {error.strerror or error}", "Check the name and the permissions."))


def _line(message: "Incoming", settled: "Settled") -> str:
    """A message in one line: `bounces.mbox:3: hard bounce of ann@example.org (5.1.1), campaign 7: suppressed`."""
    from newsletter.cli.terminal import visible
    from newsletter.database.states import BounceKind

    kinds = {
        BounceKind.NOTICE: "notice for",
        BounceKind.REFUSED: "message refused for",
        BounceKind.SOFT: "soft bounce of",
        BounceKind.HARD: "hard bounce of",
        BounceKind.COMPLAINT: "complaint of",
    }
    about = settled.address or ", ".join(settled.named)
    if settled.kind is None:
        what = f"{settled.form} of {about}" if about else settled.form.value
    else:
        what = f"{kinds[settled.kind]} {about or 'an unnamed recipient'}"
    what += f" ({settled.status})" if settled.status else ""
    what += f", campaign {settled.campaign_id}" if settled.campaign_id else ""
    what += f", by its {settled.proof}" if settled.proof else ""
    return visible(f"{message.name}: {what}: {settled.effect}")


def _as_object(message: "Incoming", settled: "Settled") -> dict[str, Any]:
    return {
        "message": message.name,
        "form": settled.form.value,
        "kind": settled.kind and settled.kind.value,
        "effect": settled.effect.value,
        "address": settled.address or None,
        "named": list(settled.named),
        "campaign": settled.campaign_id,
        "proof": settled.proof and settled.proof.value,
        "status": settled.status,
        "diagnostic": settled.diagnostic,
    }
