"""Messages of a mailbox over IMAP (RFC 9051, RFC 3501), marked once they are applied."""

import base64
import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from newsletter.bounces.mailboxes.incoming_message import IncomingMessage, Mark
from newsletter.bounces.parse import LIMIT
from newsletter.errors import TransportError
from newsletter.publication.delivery_settings import Authentication, ImapMailbox, Security

_SECONDS = 30
_FLAGS = {Mark.SEEN: r"(\Seen)", Mark.FLAGGED: r"(\Seen \Flagged)", Mark.DELETED: r"(\Seen \Deleted)"}


@contextmanager
def imap_folder(
    settings: ImapMailbox, password: str, *, changes: bool = True, context: ssl.SSLContext | None = None
) -> Iterator["ImapFolder"]:
    """Open the folder that the settings name.

    Args:
        settings: The mailbox.
        password: Its password or access token.
        changes: False opens the folder read-only.
        context: The TLS context; None trusts the system's authorities.

    Raises:
        TransportError: The server cannot be reached, or rejects the login.
    """
    with _translated_errors(settings):
        client = _connected(settings, context or ssl.create_default_context())
    try:
        with _translated_errors(settings):
            _log_in(client, settings, password)
            _ask(client.select(_folder_name(settings.folder), readonly=not changes), f"folder {settings.folder}")
        yield ImapFolder(client, settings)
    finally:
        try:
            client.logout()
        except (imaplib.IMAP4.error, OSError):
            _hang_up(client)


class ImapFolder:
    """A folder of a mailbox, with its connection."""

    def __init__(self, client: imaplib.IMAP4, settings: ImapMailbox) -> None:
        self._client, self._settings = client, settings

    def messages(self, *, include_seen: bool = False) -> Iterator[IncomingMessage]:
        """Yield the messages that are not marked as seen; with `include_seen`, all.

        Raises:
            TransportError: The server fails.
        """
        with _translated_errors(self._settings):
            found = _ask(self._client.uid("SEARCH", "UNDELETED" if include_seen else "UNSEEN UNDELETED"), "search")
        uids = b" ".join(line for line in found if isinstance(line, bytes)).decode("ascii", "replace").split()
        for number, uid in enumerate(uids, 1):
            with _translated_errors(self._settings):
                fetched = _ask(self._client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LIMIT}>)"), "fetch")
            # A message that was deleted since has no content.
            for content in [item[1] for item in fetched if isinstance(item, tuple)][:1]:
                yield IncomingMessage(f"message {uid}", content, number, len(uids), partial(self._mark, uid))

    def _mark(self, uid: str, mark: Mark) -> None:
        with _translated_errors(self._settings):
            _ask(self._client.uid("STORE", uid, "+FLAGS.SILENT", _FLAGS[mark]), "mark")
            if mark is Mark.DELETED and "UIDPLUS" in self._client.capabilities:
                # Without UIDPLUS (RFC 4315) EXPUNGE would remove messages that others marked: the server does it later.
                _ask(self._client.uid("EXPUNGE", uid), "expunge")


@contextmanager
def _translated_errors(settings: ImapMailbox) -> Iterator[None]:
    """Translate what imaplib and the system raise."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError) as error:
        reason = error.args[-1] if error.args else "it hung up"
        raise TransportError(
            f"the mailbox of {settings.username} at {settings.host} cannot be read:"
            f" {reason.decode('utf-8', 'replace') if isinstance(reason, bytes) else reason}",
            "Check `delivery.bounces.imap` in newsletter.yaml, and the password. What was read so far is stored.",
            temporary=isinstance(error, OSError | imaplib.IMAP4.abort),
        ) from error


def _connected(settings: ImapMailbox, context: ssl.SSLContext) -> imaplib.IMAP4:
    if settings.security is Security.TLS:
        return imaplib.IMAP4_SSL(settings.host, settings.port or 993, ssl_context=context, timeout=_SECONDS)
    client = imaplib.IMAP4(settings.host, settings.port or 143, timeout=_SECONDS)
    if settings.security is Security.STARTTLS:
        try:
            client.starttls(context)
        except BaseException:
            _hang_up(client)
            raise
    return client


def _hang_up(client: imaplib.IMAP4) -> None:
    # A socket on which TLS failed is closed already.
    with suppress(OSError):
        client.shutdown()


def _log_in(client: imaplib.IMAP4, settings: ImapMailbox, password: str) -> None:
    if settings.authentication is Authentication.XOAUTH2:
        response = f"user={settings.username}\1auth=Bearer {password}\1\1".encode()
        client.authenticate("XOAUTH2", lambda _: response)
    elif "AUTH=PLAIN" in client.capabilities:
        client.authenticate("PLAIN", lambda _: f"\0{settings.username}\0{password}".encode())
    else:
        client.login(settings.username, password)


def _ask(answer: tuple[str, list[Any]], what: str) -> list[Any]:
    status, found = answer
    if status != "OK":
        reply = next((line.decode("utf-8", "replace") for line in found if isinstance(line, bytes)), "")
        raise imaplib.IMAP4.error(f"{what}: {reply or status}")
    return found


def _folder_name(name: str) -> str:
    """Quote a folder's name in IMAP's UTF-7 (RFC 3501, §5.1.3)."""

    def encoded(found: re.Match[str]) -> str:
        octets = base64.b64encode(found[0].encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
        return f"&{octets.decode('ascii')}-"

    name = re.sub(r"[^\x20-\x7e]+", encoded, name.replace("&", "&-"))
    return '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))
