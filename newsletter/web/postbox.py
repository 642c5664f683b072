"""Letters that pages cause, sent in the background: what fails is tried again and told in the journal, never shown."""

import heapq
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from newsletter.errors import TransportError
from newsletter.models.delivery import Answer, Outgoing, Stage, Verdict
from newsletter.transports.transport import Connection, Transport
from newsletter.web.journal import tell, tell_fault, warn

# Seconds until it is tried again; greylisting servers let a second attempt in after some minutes.
WAITS = (60.0, 300.0, 1200.0)
# After these answers the letter is still owed.
AGAIN = (Verdict.DEFERRED, Verdict.UNSENT)


@dataclass(frozen=True, slots=True)
class Note:
    """A letter to be written: `kind` is what the journal calls it, `asked_at` when it was asked for."""

    kind: str
    subscriber_id: int
    language: str
    asked_at: int


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: float
    number: int
    note: Note = field(compare=False)
    attempts: int = field(default=0, compare=False)


class Postbox:
    """A thread that writes letters and hands them over.

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
        self._transports, self._write, self._written, self._waits = transports, write, written, waits
        self._box: list[_Due] = []
        self._number = 0
        self._changed = threading.Condition()
        self._closed = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="postbox", daemon=True)
        self._thread.start()

    def put(self, note: Note) -> None:
        """Have a letter sent soon."""
        self._push(_Due(time.monotonic(), 0, note))

    def close(self, patience: float = 5) -> None:
        """End when what is due is sent, or after so many seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(patience)

    def _push(self, due: _Due) -> None:
        with self._changed:
            self._number += 1
            heapq.heappush(self._box, replace(due, number=self._number))
            self._changed.notify()

    def _run(self) -> None:
        while due := self._next():
            try:
                self._send(due)
            except Exception as error:  # noqa: BLE001 (one letter's fault must not keep the others; it is told whole)
                tell_fault("letter not written", error, kind=due.note.kind, subscriber=due.note.subscriber_id)
        self._hang_up()

    def _next(self) -> _Due | None:
        """The letter that is due next, when it is; nothing when the box is closed and nothing is due."""
        with self._changed:
            while True:
                wait = self._box[0].at - time.monotonic() if self._box else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._box)
                if self._closed:
                    return None
                if self._connection:
                    break
                self._changed.wait(wait)
        self._hang_up()
        return self._next()

    def _send(self, due: _Due) -> None:
        note = due.note
        message = self._write(note)
        if message is None:
            return
        answer = self._hand_over(message, due.attempts)
        self._written(note, answer)
        again = answer.verdict in AGAIN and due.attempts < len(self._waits)
        if again:
            self._push(_Due(time.monotonic() + self._waits[due.attempts], 0, note, due.attempts + 1))
        say = tell if answer.verdict is Verdict.ACCEPTED else warn
        text = re.sub(re.escape(message.recipient), "…", answer.text, flags=re.IGNORECASE)
        who, what = note.subscriber_id, answer.verdict.value
        say("letter", kind=note.kind, subscriber=who, verdict=what, code=answer.code, text=text, again=again)

    def _hand_over(self, message: Outgoing, attempts: int) -> Answer:
        """One attempt, at another server each time where there are several."""
        transport = self._transports[attempts % len(self._transports)]
        if attempts:
            self._hang_up()
        try:
            if self._connection is None or not self._connection.usable:
                self._hang_up()
                self._connection = transport.connect()
            return self._connection.send(message)
        except TransportError as error:
            return Answer(Verdict.UNSENT, Stage.CONNECT, text=error.message)

    def _hang_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
