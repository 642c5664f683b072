"""`newsletter db adopt`: send from a restored or another database, without sending an issue twice."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter db adopt && newsletter send 029 --resume")
def adopt() -> None:
    """Accept a restored backup or another database for sending.

    The files in `receipts/` show how far each campaign may have been sent. If the database is older than a receipt, all
    recipients who may have received the issue since become `uncertain`. They do not get it again, unless you use
    `--uncertain retry`. See docs/delivery-guarantee.md.
    """
    import time

    from newsletter.campaign.receipt_check import adopt
    from newsletter.campaign.sending_lock import sending_lock
    from newsletter.cli.terminal import print_status
    from newsletter.workspace.open_database import existing_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    with existing_database(workspace) as database, sending_lock(database):
        adopted = adopt(database, workspace.root, int(time.time()))
        if not adopted:
            print_status(f"{database.name} agrees with all receipts.")
        for found in adopted:
            recipients = "recipient" if found.uncertain == 1 else "recipients"
            print_status(
                f"{found.slug}: {found.uncertain:,} {recipients} may have received it and are now uncertain."
                f" To continue: `newsletter send {found.slug}{' --resume' if found.unfinished else ''}`."
            )
