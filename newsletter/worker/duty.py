"""A duty of the worker, and the loop that does it again and again: on time, until the worker stops."""

from collections.abc import Callable
from typing import Protocol

from newsletter.errors import DatabaseError, NewsletterError
from newsletter.web.access_log import ThrottledLog, log_error
from newsletter.worker.waiting import WaitEnd

# The most seconds to wait before the clock is read again: it may have been set, or the machine was suspended.
MOST_WAIT = 30.0
# Seconds before a duty is tried again: if the database is away, and after another error.
_AWAY_WAIT, _ERROR_WAIT = 5.0, 60.0


class Duty(Protocol):
    """Something that the worker does again and again."""

    @property
    def name(self) -> str:
        """Its name in the log."""

    def run(self) -> float:
        """Do what is due now. Returns the seconds after which it should be done again.

        Raises:
            NewsletterError: It failed; it is tried again.
        """

    def close(self) -> None:
        """Stop what it has started."""


def repeat(
    duty: Duty,
    clock: Callable[[], float],
    wait: Callable[[float], WaitEnd],
    log: ThrottledLog,
) -> None:
    """Do a duty again and again until the worker stops.

    Args:
        duty: The duty.
        clock: Returns seconds since 1970 (UTC).
        wait: Waits for some seconds, and returns why the wait ended; see `Waiting.wait`.
        log: Logs errors, each once a minute.
    """
    end = WaitEnd.ELAPSED
    while end is not WaitEnd.STOPPED:
        now = clock()
        due = now + _attempt(duty, log)
        end = WaitEnd.ELAPSED
        while end is WaitEnd.ELAPSED:
            before, now = now, clock()
            # A clock that was set back must not delay a duty.
            due = min(due, due + now - before)
            if due <= now:
                break
            end = wait(min(due - now, MOST_WAIT))
    duty.close()


def _attempt(duty: Duty, log: ThrottledLog) -> float:
    """Do a duty once, and log an error. Returns the seconds after which it should be done again."""
    try:
        return duty.run()
    except DatabaseError as error:
        log.warn(f"{duty.name} waits", error.message, advice=error.advice)
        return _AWAY_WAIT if error.transient else _ERROR_WAIT
    except NewsletterError as error:
        log.warn(f"{duty.name} failed", error.message, advice=error.advice)
    except Exception as error:  # noqa: BLE001 (one duty must not end the others)
        log_error(f"{duty.name} failed", error)
    return _ERROR_WAIT
