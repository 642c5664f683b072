"""Mail at the bounce address that was not understood. It is kept for the author, and is part of a person's data.

At most `MAX_MAIL` messages are kept, each with the first characters of its text. The oldest are deleted.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, delete, func, select, text

from newsletter.database.tables import unrecognised_mail

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MAIL = 200
# Characters that are kept of a header field and of the text.
MAX_FIELD, MAX_TEXT = 300, 4000
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class UnrecognisedMail:
    """A message that was not understood.

    Attributes:
        received_at: When it was processed, in seconds since 1970 (UTC).
        sender: Its `From`.
        text: The beginning of its text.
    """

    id: int
    received_at: int
    sender: str
    subject: str
    text: str


def keep_mail(
    connection: Connection, digest: bytes, subscriber_id: int | None, sender: str, subject: str, body: str, now: int
) -> None:
    """Keep a message, unless it is kept already, and delete the oldest if there are too many.

    Args:
        connection: A write transaction.
        digest: The SHA-256 of the message.
        subscriber_id: The subscriber to which the message was an answer, or None if unknown.
        sender: Its `From`.
        subject: Its `Subject`.
        body: Its text.
        now: Seconds since 1970 (UTC).
    """
    query = text(
        "INSERT INTO unrecognised_mail (digest, subscriber_id, received_at, sender, subject, text)"
        " VALUES (:digest, :subscriber, :at, :sender, :subject, :text) ON CONFLICT DO NOTHING"
    )
    values = {
        "sender": _clean(sender, MAX_FIELD),
        "subject": _clean(subject, MAX_FIELD),
        "text": _clean(body, MAX_TEXT),
    }
    connection.execute(query, values | {"digest": digest, "subscriber": subscriber_id, "at": now})
    newest = select(unrecognised_mail.c.id).order_by(unrecognised_mail.c.id.desc()).limit(MAX_MAIL)
    connection.execute(delete(unrecognised_mail).where(unrecognised_mail.c.id.not_in(newest.scalar_subquery())))


def list_mail(connection: Connection) -> list[UnrecognisedMail]:
    """Return all messages that are kept, oldest first."""
    return [_mail(row) for row in connection.execute(select(unrecognised_mail).order_by(unrecognised_mail.c.id))]


def list_mail_about(connection: Connection, compared: str, subscriber_id: int | None) -> list[UnrecognisedMail]:
    """Return the messages that answer a message to a subscriber, or that contain an address.

    The sender, subject and text of a message are empty unless the address is the sender's: somebody else wrote it.
    """
    return [
        _mail(row) if _contains(row.sender, compared) else UnrecognisedMail(row.id, row.received_at, "", "", "")
        for row in _find(connection, compared, subscriber_id)
    ]


def forget_mail(connection: Connection) -> int:
    """Delete all messages that are kept. Returns their number."""
    number: int = connection.execute(select(func.count()).select_from(unrecognised_mail)).scalar_one()
    connection.execute(delete(unrecognised_mail))
    return number


def forget_mail_about(connection: Connection, compared: str, subscriber_id: int | None) -> bool:
    """Delete the messages of `list_mail_about`. Returns whether there were any."""
    ids = [row.id for row in _find(connection, compared, subscriber_id)]
    connection.execute(delete(unrecognised_mail).where(unrecognised_mail.c.id.in_(ids)))
    return bool(ids)


def _find(
    connection: Connection, compared: str, subscriber_id: int | None
) -> "Iterator[Row[tuple[int, bytes, int, int, str, str, str]]]":
    for row in connection.execute(select(unrecognised_mail).order_by(unrecognised_mail.c.id)).all():
        contained = any(_contains(value, compared) for value in (row.sender, row.subject, row.text))
        if contained or (subscriber_id is not None and row.subscriber_id == subscriber_id):
            yield row


def _contains(value: str, address: str) -> bool:
    """Whether a text contains an address, not only as a part of a longer one such as `joann@…` or `….org.uk`."""
    return bool(re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)", value.casefold()))


def _mail(row: "Row[tuple[int, bytes, int, int, str, str, str]]") -> UnrecognisedMail:
    return UnrecognisedMail(row.id, row.received_at, row.sender, row.subject, row.text)


def _clean(value: str, limit: int) -> str:
    """Return the beginning of a text, without characters that a database or a terminal does not accept."""
    return _CONTROL.sub(" ", value[:limit])
