"""`newsletter bounces --unknown`: list mail that was not understood, or delete it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.subscribers.unrecognised_mail import UnrecognisedMail

# Lines of a message's text that are shown; JSON has all that is kept.
_MAX_LINES = 6


def list_unknown_mail(*, as_json: bool) -> None:
    """Print the mail that was not understood, as text or as JSON."""
    from newsletter.cli.print_array import print_array
    from newsletter.cli.terminal import escape_controls, print_status
    from newsletter.subscribers.unrecognised_mail import list_mail
    from newsletter.text.timestamps import timestamp
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    with open_database(Workspace(Path()), writes=False) as database, database.read() as connection:
        kept = list_mail(connection)
    if as_json:
        print_array(
            {
                "id": mail.id,
                "at": timestamp(mail.received_at),
                "sender": mail.sender,
                "subject": mail.subject,
                "text": mail.text,
            }
            for mail in kept
        )
        return
    for mail in kept:
        for line in _format_mail(mail):
            click.echo(escape_controls(line))
    if kept:
        print_status(f"{_count(len(kept))}. When you have read them, use `newsletter bounces --unknown --forget`.")
    else:
        print_status("All mail was understood.")


def forget_unknown_mail() -> None:
    """Delete the mail that was not understood from the database."""
    from newsletter.cli.terminal import print_status
    from newsletter.subscribers.unrecognised_mail import forget_mail
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    with open_database(Workspace(Path())) as database, database.write() as connection:
        number = forget_mail(connection)
    print_status(f"{_count(number)}. Deleted from the database.")


def _format_mail(mail: "UnrecognisedMail") -> list[str]:
    """Format a message: a line with its header, and the first lines of its text."""
    from newsletter.text.timestamps import timestamp

    lines = [line for line in mail.text.split("\n") if line.strip()]
    more = ["  …"] if len(lines) > _MAX_LINES else []
    head = f"{timestamp(mail.received_at)}  {mail.sender or 'no sender'}: {mail.subject or 'no subject'}"
    return [head, *(f"  {line}" for line in lines[:_MAX_LINES]), *more]


def _count(number: int) -> str:
    return "1 message was not understood" if number == 1 else f"{number} messages were not understood"
