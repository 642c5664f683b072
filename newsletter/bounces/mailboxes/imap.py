"""Read messages over IMAP (RFC 9051, RFC 3501), and mark them after they have been applied."""

import base64
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from newsletter.bounces.mailboxes.imap_connection import READ_SECONDS, ImapConnection, ImapTlsConnection
from newsletter.bounces.mailboxes.incoming_message import IncomingMessage, Mark
from newsletter.bounces.parse import LIMIT
from newsletter.errors import NewsletterError, TransportError
from newsletter.publication.delivery_settings import Authentication, ImapMailbox, Security

# The run ends after this many answers in a row that were too long or too slow.
_MAX_LOST = 3
# The most characters of a server's text in a message.
_MAX_REASON = 300
_UID = re.compile(r"[1-9][0-9]{0,9}")
_FLAGS = {Mark.SEEN: r"(\Seen)", Mark.FLAGGED: r"(\Seen \Flagged)", Mark.DELETED: r"(\Seen \Deleted)"}


@contextmanager
def open_imap_folder(
    settings: ImapMailbox,
    password: str,
    report_error: Callable[[NewsletterError], None],
    *,
    changes: bool = True,
    context: ssl.SSLContext | None = None,
) -> Iterator["ImapFolder"]:
    """Open the folder in the settings, and close its connection afterwards.

    Args:
        settings: The settings of the mailbox.
        password: Its password or access token.
        report_error: Called for each message that cannot be fetched.
        changes: Whether messages may be marked; False opens the folder read-only.
        context: The TLS context; None uses the system's certificate authorities.

    Raises:
        TransportError: The server cannot be reached, or rejects the login.
    """

    def connect() -> ImapConnection:
        with _translate_errors(settings):
            client = _connect(settings, context or ssl.create_default_context())
            try:
                _log_in(client, settings, password)
                _check(client.select(_quote_folder(settings.folder), readonly=not changes), f"folder {settings.folder}")
            except BaseException:
                _log_out(client)
                raise
            return client

    folder = ImapFolder(connect, settings, report_error)
    try:
        yield folder
    finally:
        folder.close()


class ImapFolder:
    """An open folder and its connection."""

    def __init__(
        self,
        connect: Callable[[], ImapConnection],
        settings: ImapMailbox,
        report_error: Callable[[NewsletterError], None],
    ) -> None:
        self._connect, self._settings, self._report_error = connect, settings, report_error
        self._client = connect()

    def close(self) -> None:
        """Log out, and close the connection."""
        _log_out(self._client)

    def messages(self, *, include_seen: bool = False) -> Iterator[IncomingMessage]:
        """Yield the messages that are not marked as seen, or all if `include_seen`.

        Messages that cannot be fetched are reported and skipped.

        Raises:
            TransportError: The server fails.
        """
        with _translate_errors(self._settings):
            found = _check(self._client.uid("SEARCH", "UNDELETED" if include_seen else "UNSEEN UNDELETED"), "search")
            uids = _parse_uids(found)
        lost = 0
        for number, uid in enumerate(uids, 1):
            with _translate_errors(self._settings):
                try:
                    fetched = _check(self._client.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LIMIT}>)"), "fetch")
                    lost = 0
                except imaplib.IMAP4.abort as error:
                    lost += 1
                    if not self._client.exceeded or lost == _MAX_LOST:
                        raise
                    # Its answer is still on its way, so other messages need another connection.
                    self._report(uid, error)
                    _close_socket(self._client)
                    self._client = self._connect()
                    continue
                except imaplib.IMAP4.error as error:
                    self._report(uid, error)
                    continue
            # A message that another client has deleted in the meantime has no content.
            for content in [item[1] for item in fetched if isinstance(item, tuple)][:1]:
                yield IncomingMessage(f"message {uid}", content, number, len(uids), partial(self._mark, uid))

    def _report(self, uid: str, error: imaplib.IMAP4.error) -> None:
        self._report_error(
            TransportError(
                f"message {uid} of {self._settings.username} at {self._settings.host} cannot be read: {_reason(error)}",
                "Look at it in the mailbox. It is not marked, and the other messages were processed.",
            )
        )

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
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        # ValueError: imaplib converts what the server sent, such as a number with thousands of digits.
        raise TransportError(
            f"the mailbox of {settings.username} at {settings.host} cannot be read: {_reason(error)}",
            "Check `delivery.bounces.imap` in newsletter.yaml and the password. Results so far are stored.",
            temporary=isinstance(error, OSError | imaplib.IMAP4.abort),
        ) from error


def _reason(error: Exception) -> str:
    """Return the text of an exception of imaplib or the system, in one line of limited length."""
    reason = error.args[-1] if error.args else "the server closed the connection"
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return " ".join(text.split())[:_MAX_REASON]


def _parse_uids(found: list[Any]) -> list[str]:
    """Return the UIDs in an answer to SEARCH (RFC 3501, §7.2.5).

    Raises:
        imaplib.IMAP4.error: It contains something else.
    """
    words = b" ".join(line for line in found if isinstance(line, bytes)).decode("ascii", "backslashreplace").split()
    for word in words:
        if not _UID.fullmatch(word):
            raise imaplib.IMAP4.error(f"search: `{word[:50]}` in the server's answer is not the number of a message")
    return words


def _connect(settings: ImapMailbox, context: ssl.SSLContext) -> ImapConnection:
    if settings.security is Security.TLS:
        return ImapTlsConnection(settings.host, settings.port or 993, ssl_context=context, timeout=READ_SECONDS)
    client = ImapConnection(settings.host, settings.port or 143, timeout=READ_SECONDS)
    if settings.security is Security.STARTTLS:
        try:
            client.starttls(context)
        except BaseException:
            _close_socket(client)
            raise
    return client


def _log_out(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError, ValueError):
        _close_socket(client)


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
