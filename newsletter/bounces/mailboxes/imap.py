"""Read messages over IMAP (RFC 9051, RFC 3501), and mark them after they have been applied."""

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

_TIMEOUT_SECONDS = 30
_FLAGS = {Mark.SEEN: r"(\Seen)", Mark.FLAGGED: r"(\Seen \Flagged)", Mark.DELETED: r"(\Seen \Deleted)"}


@contextmanager
def open_imap_folder(
    settings: ImapMailbox, password: str, *, changes: bool = True, context: ssl.SSLContext | None = None
) -> Iterator["ImapFolder"]:
    """Open the folder in the settings, and close its connection afterwards.

    Args:
        settings: The settings of the mailbox.
        password: Its password or access token.
        changes: Whether messages may be marked; False opens the folder read-only.
        context: The TLS context; None uses the system's certificate authorities.

    Raises:
        TransportError: The server cannot be reached, or rejects the login.
    """
    with _translate_errors(settings):
        client = _connect(settings, context or ssl.create_default_context())
    try:
        with _translate_errors(settings):
            _log_in(client, settings, password)
            _check(client.select(_quote_folder(settings.folder), readonly=not changes), f"folder {settings.folder}")
        yield ImapFolder(client, settings)
    finally:
        try:
            client.logout()
        except (imaplib.IMAP4.error, OSError):
            _close_socket(client)


class ImapFolder:
    """An open folder and its connection."""

    def __init__(self, client: imaplib.IMAP4, settings: ImapMailbox) -> None:
        self._client, self._settings = client, settings

    def messages(self, *, include_seen: bool = False) -> Iterator[IncomingMessage]:
        """Yield the messages that are not marked as seen, or all if `include_seen`.

        Raises:
            TransportError: The server fails.
        """
        with _translate_errors(self._settings):
            found = _check(self._client.uid("SEARCH", "UNDELETED" if include_seen else "UNSEEN UNDELETED"), "search")
        uids = b" ".join(line for line in found if isinstance(line, bytes)).decode("ascii", "replace").split()
        for number, uid in enumerate(uids, 1):
            with _translate_errors(self._settings):
                fetched = _check(self._client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LIMIT}>)"), "fetch")
            # A message that another client has deleted in the meantime has no content.
            for content in [item[1] for item in fetched if isinstance(item, tuple)][:1]:
                yield IncomingMessage(f"message {uid}", content, number, len(uids), partial(self._mark, uid))

    def _mark(self, uid: str, mark: Mark) -> None:
        with _translate_errors(self._settings):
            _check(self._client.uid("STORE", uid, "+FLAGS.SILENT", _FLAGS[mark]), "mark")
            if mark is Mark.DELETED and "UIDPLUS" in self._client.capabilities:
                # Without UIDPLUS (RFC 4315), EXPUNGE would also remove messages that other clients marked as deleted.
                _check(self._client.uid("EXPUNGE", uid), "expunge")


@contextmanager
def _translate_errors(settings: ImapMailbox) -> Iterator[None]:
    """Translate exceptions of imaplib and the system into `TransportError`."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError) as error:
        reason = error.args[-1] if error.args else "the server closed the connection"
        raise TransportError(
            f"the mailbox of {settings.username} at {settings.host} cannot be read:"
            f" {reason.decode('utf-8', 'replace') if isinstance(reason, bytes) else reason}",
            "Check `delivery.bounces.imap` in newsletter.yaml and the password. Results so far are stored.",
            temporary=isinstance(error, OSError | imaplib.IMAP4.abort),
        ) from error


def _connect(settings: ImapMailbox, context: ssl.SSLContext) -> imaplib.IMAP4:
    if settings.security is Security.TLS:
        return imaplib.IMAP4_SSL(settings.host, settings.port or 993, ssl_context=context, timeout=_TIMEOUT_SECONDS)
    client = imaplib.IMAP4(settings.host, settings.port or 143, timeout=_TIMEOUT_SECONDS)
    if settings.security is Security.STARTTLS:
        try:
            client.starttls(context)
        except BaseException:
            _close_socket(client)
            raise
    return client


def _close_socket(client: imaplib.IMAP4) -> None:
    # After a TLS failure, the socket is already closed.
    with suppress(OSError):
        client.shutdown()


def _log_in(client: imaplib.IMAP4, settings: ImapMailbox, password: str) -> None:
    if settings.authentication is Authentication.XOAUTH2:
        login = f"user={settings.username}\1auth=Bearer {password}\1\1".encode()
        client.authenticate("XOAUTH2", lambda _: login)
    elif "AUTH=PLAIN" in client.capabilities:
        client.authenticate("PLAIN", lambda _: f"\0{settings.username}\0{password}".encode())
    else:
        client.login(settings.username, password)


def _check(response: tuple[str, list[Any]], what: str) -> list[Any]:
    """Return the data of a response. Raises an error that names `what`, unless the status is OK."""
    status, found = response
    if status != "OK":
        reply = next((line.decode("utf-8", "replace") for line in found if isinstance(line, bytes)), "")
        raise imaplib.IMAP4.error(f"{what}: {reply or status}")
    return found


def _quote_folder(name: str) -> str:
    """Encode a folder name in modified UTF-7 (RFC 3501, §5.1.3), and quote it."""

    def encoded(found: re.Match[str]) -> str:
        octets = base64.b64encode(found[0].encode("utf-16-be")).rstrip(b"=").replace(b"/", b",")
        return f"&{octets.decode('ascii')}-"

    name = re.sub(r"[^\x20-\x7e]+", encoded, name.replace("&", "&-"))
    return '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))
