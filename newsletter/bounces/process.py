"""Process the messages of a mailbox: parse each message, store its result, then mark it in the mailbox."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from newsletter.bounces.apply import apply_bounce
from newsletter.bounces.bounce import BounceEffect, BounceForm, BounceResult
from newsletter.bounces.mailboxes.imap import open_imap_folder
from newsletter.bounces.mailboxes.incoming_message import IncomingMessage, Mark
from newsletter.bounces.parse import parse_bounce
from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.errors import NewsletterError, NotFoundError, TransportError
from newsletter.files import read_secret
from newsletter.publication.delivery_settings import ImapMailbox, Security
from newsletter.text.domains import is_this_machine
from newsletter.workspace.workspace import Workspace

# With these effects, the result is in the database, and the message can be deleted.
_STORED = (
    *(BounceEffect.NOTED, BounceEffect.COUNTED, BounceEffect.SUPPRESSED),
    *(BounceEffect.UNSUBSCRIBED, BounceEffect.REPEATED),
)
# With these effects, the author should read the message.
_UNCLEAR = (BounceEffect.UNKNOWN, BounceEffect.UNPROVEN)


def process_messages(
    database: Database,
    messages: Iterable[IncomingMessage],
    *,
    dry_run: bool = False,
    delete: bool = False,
    clock: Callable[[], float] = time.time,
) -> Iterator[tuple[IncomingMessage, BounceResult]]:
    """Apply messages, each in its own transaction, and then mark them in their mailbox.

    Args:
        database: The database.
        messages: The messages; they are read one at a time.
        dry_run: Change neither the database nor the mailbox.
        delete: Delete messages from the mailbox once their results are in the database; others stay.
        clock: Returns seconds since 1970 (UTC).

    Yields:
        Each message with its result.

    Raises:
        DatabaseError: The database fails; the current message is not marked.
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
def open_imap_mailbox(
    workspace: Workspace, report_error: Callable[[NewsletterError], None], *, include_seen: bool, dry_run: bool
) -> Iterator[Iterator[IncomingMessage]]:
    """Open the mailbox in the settings. Yields its messages; see `open_imap_folder`.

    Raises:
        NotFoundError: The settings contain no mailbox, or the password is missing.
        AccessError: The password file cannot be read.
        TransportError: The server cannot be reached, fails or rejects the login, or the password would be sent
            unencrypted.
    """
    bounces = workspace.publication.delivery.bounces
    settings = bounces.imap if bounces else None
    if settings is None:
        advice = "Add `host`, `username` and `folder` to it; see docs/bounces.md."
        raise NotFoundError("`delivery.bounces.imap` is missing in newsletter.yaml", advice)
    password = imap_password(settings, os.environ)
    with open_imap_folder(settings, password, report_error, changes=not dry_run) as folder:
        yield folder.messages(include_seen=include_seen)


def imap_password(settings: ImapMailbox, environment: Mapping[str, str]) -> str:
    """Return the password of the mailbox in the settings.

    Raises:
        NotFoundError: It is missing.
        AccessError: Its file cannot be read.
        TransportError: It would be sent unencrypted.
    """
    if settings.security is Security.NONE and not is_this_machine(settings.host):
        raise TransportError(
            f"the password for {settings.host} would be sent unencrypted",
            "Set `security` to `tls` or `starttls`. Use `none` only for a server on this machine.",
        )
    what = f"the password of {settings.username} at {settings.host}"
    return read_secret(settings.password_variable, environment, what)
