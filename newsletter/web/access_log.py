"""The access log: one JSON line per request, mail and error, on stderr. Addresses and networks are keyed hashes."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from newsletter.text.redact import redact

# The lines below a PostgreSQL message. They show values of the row, which may be an address.
_VALUES = re.compile(r"^(?:DETAIL|CONTEXT): .*\n?", re.MULTILINE)
# For one more release, the key `said` has the names that events had in version 0.1.
_OLD_NAMES = {
    "error": "fault",
    "mail": "letter",
    "mail not composed": "letter not written",
    "unconfirmed removed": "forgotten",
    "unconfirmed not removed": "not forgotten",
}
# Seconds between lines of a warning that is repeated.
_LOG_EVERY = 60.0
_LIBRARIES = ("uvicorn", "asyncio", "procrastinate", "psycopg")
_LOGGER = logging.getLogger("newsletter.web")


def log_event(name: str, /, **fields: object) -> None:
    """Log an event. Fields contain keyed hashes instead of addresses and networks, and never a token."""
    _LOGGER.info(name, extra={"fields": fields})


class ThrottledLog:
    """Logs warnings that may come in floods. `timer` returns seconds and never goes back."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._logged: dict[str, float] = {}

    def warn(self, name: str, reason: str, /, **fields: object) -> None:
        """Log an event with its reason, once a minute for each reason; the fields are as in `log_event`."""
        now = self._timer()
        if now - self._logged.get(reason, -_LOG_EVERY) >= _LOG_EVERY:
            self._logged[reason] = now
            _LOGGER.warning(name, extra={"fields": {"reason": reason, **fields}})


class ThrottledMessages(logging.Filter):
    """Lets each kind of message of a library through once a minute. `timer` is as in `ThrottledLog`."""

    def __init__(self, timer: Callable[[], float]) -> None:
        super().__init__()
        self._timer = timer
        self._logged: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged. Its kind is the message without its values."""
        now = self._timer()
        if now - self._logged.get(record.msg, -_LOG_EVERY) < _LOG_EVERY:
            return False
        self._logged[record.msg] = now
        return True


def log_error(name: str, error: BaseException, /, **fields: object) -> None:
    """Log an error with its traceback; the fields are as in `log_event`."""
    _LOGGER.error(name, extra={"fields": fields}, exc_info=error)


@contextmanager
def access_log(stream: TextIO) -> Iterator[None]:
    """Write the log lines of newsletter, and the warnings of the libraries that have a log, to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLines())
    levels = {"newsletter": logging.INFO} | dict.fromkeys(_LIBRARIES, logging.WARNING)
    loggers = [(logging.getLogger(name), level) for name, level in levels.items()]
    for logger, level in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, _ in loggers:
            logger.removeHandler(handler)


class _JsonLines(logging.Formatter):
    """Formats a record as one line of JSON. Texts are redacted, since they may quote a server or a driver."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": redact(record.getMessage()),
            "said": redact(_OLD_NAMES.get(record.getMessage(), record.getMessage())),
        }
        fields: dict[str, object] = getattr(record, "fields", {})
        line |= {name: redact(value) if isinstance(value, str) else value for name, value in fields.items()}
        if record.exc_info:
            line["traceback"] = redact(_VALUES.sub("", self.formatException(record.exc_info)))
        return json.dumps(line, ensure_ascii=False)
