"""A message from a mailbox, and the mark that it gets there once it is applied."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """The mark of a message in its mailbox: read, read and flagged for a person to look at, or deleted."""

    SEEN = "seen"
    FLAGGED = "flagged"
    DELETED = "deleted"


def ignore_mark(_: Mark) -> None:
    """Ignore a mark: files are only read."""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message of a mailbox or a file.

    Attributes:
        name: What messages to the author call it.
        content: The message, up to `parse.LIMIT` bytes.
        done: Its number in the mailbox; 0 where the number of messages is not known.
        total: The number of messages.
        mark: Marks it in the mailbox; called once it is applied.
    """

    name: str
    content: bytes
    done: int = 0
    total: int = 0
    mark: Callable[[Mark], None] = ignore_mark
