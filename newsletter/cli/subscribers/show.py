"""`newsletter subscribers show`: show everything stored about an address."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.ledger.history import SubscriberHistory


@click.command(epilog="Example: newsletter subscribers show ann@example.org --json")
@click.argument("address", metavar="ADDRESS")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(address: str, as_json: bool) -> None:
    """Show everything stored about an address.

    Shows how the subscriber consented, every change since, transactional mail, the delivery of each issue, and mail
    from or about them at the bounce address that was not understood.
    """
    from newsletter.cli.terminal import escape_controls
    from newsletter.ledger.history import read_history
    from newsletter.text.email_address import check_address
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    checked = check_address(address)
    with open_database(Workspace(Path()), writes=False) as database:
        history = read_history(database, checked)
    if as_json:
        import json

        from newsletter.ledger.history_object import history_object

        click.echo(json.dumps(history_object(history), ensure_ascii=False, indent=2))
        return
    for line in _format_lines(checked.typed, history):
        click.echo(escape_controls(line))


def _format_lines(typed: str, history: "SubscriberHistory") -> list[str]:
    from newsletter.text.timestamps import timestamp

    one = history.subscriber
    if one:
        about = (("name", one.name), ("language", one.language), ("tags", ", ".join(one.tags)))
        lines = [f"{one.address}: {one.state}", *(f"  {label}: {value}" for label, value in about if value)]
        lines += [
            f"  consent: {one.consent_source}, {timestamp(one.consent_at) if one.consent_at else 'date unknown'}",
            f"  since: {timestamp(one.created_at)}",
        ]
    else:
        lines = [f"{typed}: not a subscriber"]
    if history.suppression:
        lines.append(f"  suppressed: {history.suppression.reason}, {timestamp(history.suppression.since)}")
    happened = [(event.at, f"{event.kind}{f' ({event.detail})' if event.detail else ''}") for event in history.events]
    for sent in history.deliveries:
        answer = " ".join(filter(None, (str(sent.code or ""), sent.enhanced, sent.text)))
        line = f"issue {sent.slug}: {sent.state}{f' ({answer})' if answer else ''}, {_count_attempts(sent.attempts)}"
        happened.append((sent.at or 0, line))
    for mail in history.transactional_mail:
        sent_at = f" {timestamp(mail.sent_at)}" if mail.sent_at else ""
        error = f" ({mail.last_error})" if mail.last_error else ""
        line = f"mail {mail.kind}: {mail.state}{sent_at}{error}, {_count_attempts(mail.attempts)}"
        happened.append((mail.requested_at, line))
    for received in history.unrecognised_mail:
        whose = f": {received.subject}" if received.sender else ", from somebody else"
        happened.append((received.received_at, f"mail that was not understood{whose}"))
    return [*lines, *(f"  {timestamp(at) if at else 'not yet':<20}  {line}" for at, line in sorted(happened))]


def _count_attempts(attempts: int) -> str:
    return f"{attempts} attempt{'' if attempts == 1 else 's'}"
