"""A message that came in, and how its mailbox is told what became of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What a mailbox is told of a message: it is read, read and worth a person's look, or no longer needed."""

    SEEN = "seen"
    FLAGGED = "flagged"
    DELETED = "deleted"


def no_mark(_: Mark) -> None:
    """Where messages are only read."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came, cut where it is huge.

    `name` tells a person which it is; `done` of `total` says how far its mailbox is read, and
    `mark` is called when what the message says is stored.
    """

    name: str
    content: bytes
    done: int = 0
    total: int = 0
    mark: Callable[[Mark], None] = no_mark
