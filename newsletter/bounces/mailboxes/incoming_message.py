"""A message from a mailbox, and the mark that it gets after it has been applied."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """The mark of a message in its mailbox. `flagged`: seen, and the author should read it."""

    SEEN = "seen"
    FLAGGED = "flagged"
    DELETED = "deleted"


def ignore_mark(_: Mark) -> None:
    """Ignore a mark, because files are never changed."""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message of a mailbox or a file.

    Attributes:
        name: How messages to the author identify it.
        content: The message, up to `parse.LIMIT` bytes.
        done: Its number in the mailbox; 0 if the number of messages is unknown.
        total: The number of messages in the mailbox; 0 if unknown.
        mark: Called after the message has been applied, to mark it in the mailbox.
    """

    name: str
    content: bytes
    done: int = 0
    total: int = 0
    mark: Callable[[Mark], None] = ignore_mark
