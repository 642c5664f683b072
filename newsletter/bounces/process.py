"""Read mailboxes and apply their messages: parse, store, then mark each message in its mailbox."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from newsletter.bounces.apply import apply_bounce
from newsletter.bounces.bounce import BounceEffect, BounceForm, BounceResult
from newsletter.bounces.mailboxes.imap import imap_folder
from newsletter.bounces.mailboxes.incoming_message import IncomingMessage, Mark
from newsletter.bounces.parse import parse_bounce
from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.errors import NotFoundError, TransportError
from newsletter.files import read_secret
from newsletter.publication.delivery_settings import Security
from newsletter.text.domains import is_this_machine
from newsletter.workspace.workspace import Workspace

# Effects that leave no reason to keep the message.
_STORED = (
    *(BounceEffect.NOTED, BounceEffect.COUNTED, BounceEffect.SUPPRESSED),
    *(BounceEffect.UNSUBSCRIBED, BounceEffect.REPEATED),
)
# Effects that a person should look at.
_UNCLEAR = (BounceEffect.UNKNOWN, BounceEffect.UNPROVEN)


def process_messages(
    database: Database,
    messages: Iterable[IncomingMessage],
    *,
    dry_run: bool = False,
    delete: bool = False,
    clock: Callable[[], float] = time.time,
) -> Iterator[tuple[IncomingMessage, BounceResult]]:
    """Apply messages, each in a transaction of its own, and mark each in its mailbox after that.

    Args:
        database: The database.
        messages: The messages, read as they are needed.
        dry_run: Change neither the database nor the mailbox.
        delete: Delete from the mailbox what is stored in the database; all else stays there.
        clock: Returns seconds since 1970.

    Yields:
        Each message with its result.

    Raises:
        DatabaseError: The database fails; the message at hand is not marked.
    """
    for message in messages:
        parsed = parse_bounce(message.content)
        with database.write() as connection:
            result = apply_bounce(connection, signing_keys(connection, TOKENS, clock), parsed, int(clock()))
            if dry_run:
                connection.rollback()
        if not dry_run:
            message.mark(_mark(result, delete))
        yield message, result


def _mark(result: BounceResult, delete: bool) -> Mark:
    if delete and result.effect in _STORED:
        return Mark.DELETED
    unclear = result.effect in _UNCLEAR or result.form is BounceForm.OTHER
    return Mark.FLAGGED if unclear else Mark.SEEN


@contextmanager
def imap_mailbox(workspace: Workspace, *, include_seen: bool, dry_run: bool) -> Iterator[Iterator[IncomingMessage]]:
    """Open the mailbox that the settings name, and return its messages; see `imap_folder`.

    Raises:
        NotFoundError: The settings name none, or there is no password.
        AccessError: The password's file cannot be read.
        TransportError: The server cannot be reached or fails, rejects the login, or would get the password in clear.
    """
    bounces = workspace.publication.delivery.bounces
    settings = bounces.imap if bounces else None
    if settings is None:
        advice = "Write host, username and folder under `delivery: bounces: imap:`; see docs/bounces.md."
        raise NotFoundError("newsletter.yaml names no mailbox for bounces", advice)
    if settings.security is Security.NONE and not is_this_machine(settings.host):
        raise TransportError(
            f"the password for {settings.host} would go over the wire in clear",
            "Write `security: tls` or `starttls`; `none` is for a server on this machine.",
        )
    what = f"the password of {settings.username} at {settings.host}"
    password = read_secret(settings.password_variable, os.environ, what)
    with imap_folder(settings, password, changes=not dry_run) as folder:
        yield folder.messages(include_seen=include_seen)
