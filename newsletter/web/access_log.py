"""What is told of the pages' work: a line of JSON for each thing, on stderr; of a person, only a keyed hash."""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

# What PostgreSQL says below its message: the values that were in its way, of which an address may be one.
_VALUES = re.compile(r"^(?:DETAIL|CONTEXT): .*\n?", re.MULTILINE)
_LOGGER = logging.getLogger("newsletter.web")


def tell(said: str, /, **fields: object) -> None:
    """One line; of addresses and networks only their keyed hashes belong into the fields, and of tokens nothing."""
    _LOGGER.info(said, extra={"fields": fields})


def warn(said: str, /, **fields: object) -> None:
    """A line on what somebody may have to look after."""
    _LOGGER.warning(said, extra={"fields": fields})


def tell_fault(said: str, error: BaseException, /, **fields: object) -> None:
    """A line on what failed, with where."""
    _LOGGER.error(said, extra={"fields": fields}, exc_info=error)


@contextmanager
def journal(stream: TextIO) -> Iterator[None]:
    """Let our own lines, and the server's, go to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines())
    loggers = [(logging.getLogger("newsletter"), logging.INFO), (logging.getLogger("uvicorn"), logging.WARNING)]
    for logger, level in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(level)
    try:
        yield
    finally:
        for logger, _ in loggers:
            logger.removeHandler(handler)


class _Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "said": record.getMessage(),
        }
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = _VALUES.sub("", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
