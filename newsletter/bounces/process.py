"""Bounces brought in: each message is read, what follows is stored, and then its mailbox is told."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from newsletter.bounces.apply import settle
from newsletter.bounces.bounce import BounceEffect, BounceForm, Settled
from newsletter.bounces.mailboxes.imap import imap_folder
from newsletter.bounces.mailboxes.incoming_message import Incoming, Mark
from newsletter.bounces.parse import read_bounce
from newsletter.database.database import Database
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.errors import NotFoundError, TransportError
from newsletter.files import read_secret
from newsletter.publication.delivery_settings import Security
from newsletter.text.domains import is_this_machine
from newsletter.workspace.workspace import Workspace

_STORED = (
    *(BounceEffect.NOTED, BounceEffect.COUNTED, BounceEffect.SUPPRESSED),
    *(BounceEffect.UNSUBSCRIBED, BounceEffect.REPEATED),
)
_PUZZLING = (BounceEffect.STRANGER, BounceEffect.UNPROVEN)


def take_in(
    database: Database,
    messages: Iterable[Incoming],
    *,
    dry_run: bool = False,
    delete: bool = False,
) -> Iterator[tuple[Incoming, Settled]]:
    """Do what follows from each message, in a transaction of its own, and only then tell its mailbox.

    A dry run changes nothing, neither in the database nor in the mailbox. With `delete`, what is
    stored is deleted from the mailbox; all else stays there.

    Raises:
        DatabaseError: the database fails; the message that was at hand is as it was.
    """
    for message in messages:
        finding = read_bounce(message.content)
        with database.write() as connection:
            settled = settle(connection, signing_keys(connection, TOKENS), finding, int(time.time()))
            if dry_run:
                connection.rollback()
        if not dry_run:
            message.mark(_mark(settled, delete))
        yield message, settled


def _mark(settled: Settled, delete: bool) -> Mark:
    if delete and settled.effect in _STORED:
        return Mark.DELETED
    puzzling = settled.effect in _PUZZLING or settled.form is BounceForm.OTHER
    return Mark.FLAGGED if puzzling else Mark.SEEN


@contextmanager
def imap_mailbox(workspace: Workspace, *, again: bool, dry_run: bool) -> Iterator[Iterator[Incoming]]:
    """The messages of the mailbox that the settings name; see `imap_folder`.

    Raises:
        NotFoundError: the settings name none, or there is no password.
        AccessError: the password's file cannot be read.
        TransportError: the server cannot be reached, refuses us, fails, or would get the password in clear.
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
        yield folder.messages(again=again)
