"""A template of bytes: what is the same in many messages, with slots for what differs."""

from collections.abc import Sequence
from typing import Generic, TypeVar

Place = TypeVar("Place")


class Frame(Generic[Place]):
    """Bytes and slots. `places` has each distinct slot once, in the order of the values that `filled` takes."""

    def __init__(self, pieces: Sequence[bytes | Place]) -> None:
        distinct: list[Place] = []
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
        self.places = tuple(distinct)

    def filled(self, values: Sequence[bytes]) -> bytes:
        """Return the bytes with a value in each slot."""
        joined = self._joined.copy()
        for at, place in self._at:
            joined[at] = values[place]
        return b"".join(joined)
