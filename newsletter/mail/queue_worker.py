"""The worker of the mail queue: threads that claim due mail, send it and record the result.

All state is in the database. Mail that is waiting when the process ends is sent by another process, or after a restart.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.states import MailState
from newsletter.errors import DatabaseError, TransportError
from newsletter.mail.headers import header_text
from newsletter.mail.mail_queue import (
    QueuedMail,
    cancel_mail,
    claim_mail,
    due_mail,
    finish_mail,
    next_due_at,
    postpone_mail,
    retry_now,
)
from newsletter.mail.welcome_mail import WelcomeMail, begin_welcome, record_welcome
from newsletter.text.redact import redact
from newsletter.transports.base import Answer, Outgoing, Stage, Transport, Verdict
from newsletter.transports.connection_pool import ConnectionPool

T = TypeVar("T")
_LOGGER = logging.getLogger("newsletter.mail")
# The names of log events, on which other programs may rely: an attempt, mail that could not be composed, an exception
# of a transport, and an error of the database.
_ATTEMPT, _NOT_COMPOSED, _TRANSPORT_FAILED = "mail", "mail not composed", "mail transport failed"
_NOT_READ = "mail queue not read"
# Seconds between the first attempts. Greylisting servers accept a second attempt after a few minutes.
RETRY_WAITS = (60, 300, 1200)
# Seconds between the attempts after those, until the mail expires.
_LATER_WAIT = 3600
# Seconds after which the queue is read again even without a request, because another process may have ended.
_CHECK_EVERY = 60.0
# Seconds between attempts to record a result.
_RESULT_WAIT = 5.0
# More than one, so that a server that does not reply delays no other mail.
_THREADS = 4
_FINAL = {
    Verdict.ACCEPTED: MailState.SENT,
    Verdict.REFUSED: MailState.FAILED,
    Verdict.UNCERTAIN: MailState.UNCERTAIN,
}


class MailQueueWorker:
    """Sends queued mail in the background.

    Args:
        database: The database with the queue.
        writer: Writes to the database.
        transports: The servers to send through.
        compose: Returns the message of a claimed mail, or None if there is nothing to send.
        clock: Returns seconds since 1970 (UTC).
        waits: Seconds between the first attempts. After those, there is one attempt an hour until the mail expires.
    """

    def __init__(
        self,
        database: Database,
        writer: GroupCommitWriter,
        transports: Sequence[Transport],
        compose: Callable[[QueuedMail], Outgoing | WelcomeMail | None],
        clock: Callable[[], float] = time.time,
        waits: Sequence[int] = RETRY_WAITS,
    ) -> None:
        self._database, self._writer, self._compose, self._clock, self._waits = database, writer, compose, clock, waits
        self._pool = ConnectionPool(transports)
        self._changed = threading.Condition()
        # Counts the calls of `wake`, so that a thread that is reading the queue misses none.
        self._wakes = 0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name="mail queue", daemon=True)
            for _ in range(min(_THREADS, self._pool.connections))
        ]

    def start(self) -> None:
        """Start the threads. Mail from earlier processes becomes due.

        Raises:
            DatabaseError: The queue cannot be written.
        """
        self._write(partial(retry_now, now=self._now()))
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for due mail now. Call this after a request is committed."""
        with self._changed:
            self._wakes += 1
            self._changed.notify()

    def close(self, patience: float = 5) -> None:
        """Send due mail and stop. Wait at most `patience` seconds."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        until = time.monotonic() + patience
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0, until - time.monotonic()))

    def _now(self) -> int:
        return int(self._clock())

    def _run(self) -> None:
        while True:
            with self._changed:
                wakes = self._wakes
            wait = _CHECK_EVERY
            try:
                if mail := self._claim():
                    self._send(mail)
                    continue
                wait = self._wait()
                # Do not keep idle connections open.
                self._pool.close_unused()
            except Exception as error:  # an error must not stop the thread
                if isinstance(error, DatabaseError) and error.transient:
                    _LOGGER.warning(_NOT_READ, extra={"fields": {"reason": error.message}})
                else:
                    _LOGGER.exception(_NOT_READ)
            with self._changed:
                if self._closed:
                    return
                if self._wakes == wakes:
                    self._changed.wait(wait)

    def _claim(self) -> QueuedMail | None:
        with self._database.read() as connection:
            ids = due_mail(connection, self._now())
        for id in ids:
            if mail := self._write(partial(self._claim_now, id=id)):
                return mail
        return None

    def _claim_now(self, connection: Connection, id: int) -> QueuedMail | None:
        """Claim a mail. Reads the clock only now, because the write may have waited for the database."""
        return claim_mail(connection, id, self._now())

    def _wait(self) -> float:
        """Return the seconds until the next mail is due or the queue must be read again."""
        with self._database.read() as connection:
            due_at = next_due_at(connection)
        return _CHECK_EVERY if due_at is None else min(max(due_at - self._clock(), 0), _CHECK_EVERY)

    def _send(self, mail: QueuedMail) -> None:
        """Make one attempt to send a claimed mail, and record the result."""
        fields: dict[str, object] = {"kind": mail.kind.value, "subscriber": mail.subscriber.id}
        try:
            message = self._compose(mail)
        except Exception as error:  # the error of one mail must not delay the others
            _LOGGER.exception(_NOT_COMPOSED, extra={"fields": fields})
            self._postpone(mail, f"not composed: {error}", fields)
            return
        if message is None:
            self._write_result(partial(cancel_mail, mail=mail), fields)
            return
        record = _record_nothing
        if isinstance(message, WelcomeMail):
            delivery = self._write(partial(begin_welcome, mail=mail, welcome=message, now=self._now()))
            if delivery is None:
                return
            message, record = message.message, partial(record_welcome, mail=mail, delivery_id=delivery)
        answer = self._transmit(message, mail.attempts - 1, fields)
        text = redact(answer.text, (message.recipient,))
        result = f"{answer.verdict} {answer.code or ''}".rstrip()
        recorded = partial(record, answer=answer, text=header_text(text), now=self._now())
        state = _FINAL.get(answer.verdict)
        again = state is None and mail.attempts <= len(self._waits)
        fields |= {"verdict": answer.verdict.value, "code": answer.code, "text": text, "again": again}
        level = logging.INFO if state is MailState.SENT else logging.WARNING
        try:
            if state:
                finish = partial(finish_mail, mail=mail, state=state, result=result, now=self._now())
                self._write_result(_both(recorded, finish), fields)
            else:
                self._postpone(mail, f"{result} {text}".rstrip(), fields, recorded)
        finally:
            _LOGGER.log(level, _ATTEMPT, extra={"fields": fields})

    def _transmit(self, message: Outgoing, attempt: int, fields: dict[str, object]) -> Answer:
        """Send a message, over a new connection if an earlier attempt failed.

        An unexpected exception of a transport is logged and treated like a failed connection.
        """
        answer = None
        try:
            with self._pool.connection(attempt, fresh=attempt > 0) as connection:
                answer = connection.send(message)
        except TransportError as error:
            failed = Answer(Verdict.UNSENT, Stage.CONNECT, text=error.message)
        except Exception as error:  # the error of one mail must not delay the others
            _LOGGER.exception(_TRANSPORT_FAILED, extra={"fields": dict(fields)})
            failed = Answer(Verdict.UNSENT, Stage.CONNECT, text=f"{type(error).__name__}: {error}")
        # If only closing the connection failed, the answer counts.
        return answer or failed

    def _postpone(
        self,
        mail: QueuedMail,
        error: str,
        fields: dict[str, object],
        recorded: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        wait = self._waits[mail.attempts - 1] if mail.attempts <= len(self._waits) else _LATER_WAIT
        # An exception may contain characters that a database cannot store. Writing them would never succeed.
        text = header_text(redact(error))
        postpone = partial(postpone_mail, mail=mail, due_at=self._now() + wait, error=text)
        self._write_result(_both(recorded, postpone), fields)

    def _write_result(self, work: Callable[[Connection], None], fields: dict[str, object]) -> None:
        """Write the result of a claimed mail. Retry until it succeeds or the worker closes.

        Without a result, sent mail would be sent again, and other mail would stay claimed until the lease ends.
        """
        while True:
            try:
                return self._write(work)
            except DatabaseError:
                _LOGGER.exception("mail result not recorded", extra={"fields": fields})
                with self._changed:
                    if self._closed:
                        raise
                    self._changed.wait_for(lambda: self._closed, _RESULT_WAIT)

    def _write(self, work: Callable[[Connection], T]) -> T:
        """Write to the queue. Wait as long as another program locks the database, so that no mail is sent twice."""
        while True:
            try:
                return self._writer.write(work).result()
            except DatabaseError as error:
                if not error.busy:
                    raise


def _record_nothing(_connection: Connection, *, answer: Answer, text: str, now: int) -> None:
    """Record no answer in the ledger, in which only welcome mail is."""


def _both(first: Callable[[Connection], None], second: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """Return a function that runs both in one transaction."""

    def work(connection: Connection) -> None:
        first(connection)
        second(connection)

    return work
