"""Templates of bytes with slots, for many messages that differ only in a few values."""

from collections.abc import Sequence
from typing import Generic, TypeVar

Slot = TypeVar("Slot")


class ByteTemplate(Generic[Slot]):
    """A template of bytes and slots.

    Attributes:
        slots: Each distinct slot once, in the order of the values that `fill` expects.
    """

    def __init__(self, pieces: Sequence[bytes | Slot]) -> None:
        distinct: list[Slot] = []
        self._joined: list[bytes] = [b""]
        self._at: list[tuple[int, int]] = []
        for piece in pieces:
            if isinstance(piece, bytes):
                self._joined[-1] += piece
                continue
            if piece not in distinct:
                distinct.append(piece)
            self._at.append((len(self._joined), distinct.index(piece)))
            self._joined += [b"", b""]
        self.slots = tuple(distinct)

    def fill(self, values: Sequence[bytes]) -> bytes:
        """Return the bytes with a value in each slot."""
        joined = self._joined.copy()
        for at, slot in self._at:
            joined[at] = values[slot]
        return b"".join(joined)
