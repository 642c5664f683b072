"""Check the mailbox for bounces: its password, when a bounce was last processed and, with `connects`, the login."""

from collections.abc import Iterator
from datetime import UTC, datetime

from newsletter.bounces.bounce_queries import last_bounce
from newsletter.bounces.process import imap_password, open_imap_mailbox
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.preflight.diagnosis import Diagnosis, diagnose_attempt
from newsletter.workspace.open_database import open_database


def check_bounce_mailbox(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report the mailbox in the settings, if there is one. It is not changed."""
    settings = examined.delivery.bounces.imap if examined.delivery.bounces else None
    if settings is None:
        return
    name = f"the mailbox of {settings.username} at {settings.host}"

    def look() -> str:
        imap_password(settings, examined.environment)
        if not examined.connects:
            return f"{name} is configured; use --connect to test it"
        with open_imap_mailbox(examined.workspace, lambda _: None, include_seen=False, dry_run=True):
            return f"connected to {name}"

    yield diagnose_attempt("bounces", look)
    yield diagnose_attempt("bounces", lambda: _describe_last(examined))


def _describe_last(examined: ExaminedPublication) -> str:
    with open_database(examined.workspace, writes=False) as database, database.read() as connection:
        at = last_bounce(connection)
    if at is None:
        return "no bounce was processed so far"
    return f"a bounce was last processed on {datetime.fromtimestamp(at, UTC):%Y-%m-%d at %H:%M} UTC"
