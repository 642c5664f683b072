"""Letters that pages cause, sent in the background: what fails is tried again and told in the journal, never shown."""

import heapq
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from newsletter.mail.mail_queue import LetterKind
from newsletter.mail.queue_connections import Carrier, Servers
from newsletter.transports.base import Answer, Outgoing, Transport, Verdict

_LOGGER = logging.getLogger("newsletter.mail")
# Seconds until it is tried again; greylisting servers let a second attempt in after some minutes.
WAITS = (60.0, 300.0, 1200.0)
# After these answers the letter is still owed.
AGAIN = (Verdict.DEFERRED, Verdict.UNSENT)
# One letter behind a server that hangs holds up no other.
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Note:
    """A letter to be written; `asked_at` is when it was asked for, in seconds since 1970 (UTC)."""

    kind: LetterKind
    subscriber_id: int
    language: str
    asked_at: int

    def is_for(self, other: "Note") -> bool:
        """Whether it is the same letter, perhaps in another language."""
        return (self.kind, self.subscriber_id, self.asked_at) == (other.kind, other.subscriber_id, other.asked_at)


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: float
    number: int
    note: Note = field(compare=False)
    attempts: int = field(default=0, compare=False)


class Postbox:
    """A few threads that write letters and hand them over.

    `write` makes a note's letter, or nothing where it is not wanted any more; `written` is told after
    each attempt what became of it. What is still in the box when the process ends is owed by the next one.
    """

    def __init__(
        self,
        transports: Sequence[Transport],
        write: Callable[[Note], Outgoing | None],
        written: Callable[[Note, Answer], None],
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._servers, self._write, self._written, self._waits = Servers(transports), write, written, waits
        self._box: list[_Due] = []
        self._number = 0
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name="postbox", daemon=True)
            for _ in range(min(_THREADS, self._servers.connections))
        ]
        for thread in self._threads:
            thread.start()

    def put(self, note: Note) -> None:
        """Have a letter sent soon, unless it is in the box already."""
        with self._changed:
            if any(due.note.is_for(note) for due in self._box):
                return
        self._push(_Due(time.monotonic(), 0, note))

    def close(self, patience: float = 5) -> None:
        """End when what is due is sent, or after so many seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0, until - time.monotonic()))

    def _push(self, due: _Due) -> None:
        with self._changed:
            self._number += 1
            heapq.heappush(self._box, replace(due, number=self._number))
            self._changed.notify()

    def _run(self) -> None:
        carrier = Carrier(self._servers)
        while due := self._next(carrier):
            try:
                self._send(due, carrier)
            except Exception:  # one message's error must not stop the others
                fields = {"kind": due.note.kind.value, "subscriber": due.note.subscriber_id}
                _LOGGER.exception("letter not written", extra={"fields": fields})
        carrier.hang_up()

    def _next(self, carrier: Carrier) -> _Due | None:
        """The letter that is due next, when it is; nothing when the box is closed and nothing is due."""
        with self._changed:
            while True:
                wait = self._box[0].at - time.monotonic() if self._box else None
                if wait is not None and wait <= 0:
                    # Another thread must wait for the next one meanwhile.
                    self._changed.notify()
                    return heapq.heappop(self._box)
                if self._closed:
                    return None
                if carrier.connected:
                    break
                self._changed.wait(wait)
        carrier.hang_up()
        return self._next(carrier)

    def _send(self, due: _Due, carrier: Carrier) -> None:
        note = due.note
        message = self._write(note)
        if message is None:
            return
        answer = carrier.carry(message, due.attempts)
        self._written(note, answer)
        again = answer.verdict in AGAIN and due.attempts < len(self._waits)
        if again:
            self._push(_Due(time.monotonic() + self._waits[due.attempts], 0, note, due.attempts + 1))
        fields = {
            "kind": note.kind.value,
            "subscriber": note.subscriber_id,
            "verdict": answer.verdict.value,
            "code": answer.code,
            "text": re.sub(re.escape(message.recipient), "…", answer.text, flags=re.IGNORECASE),
            "again": again,
        }
        level = logging.INFO if answer.verdict is Verdict.ACCEPTED else logging.WARNING
        _LOGGER.log(level, "letter", extra={"fields": fields})
