"""Bounces of servers that keep to no standard: flufl.bounce says whom they name, their words how grave it is."""

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from newsletter.bounces.bounce import RecipientReport
from newsletter.mail.headers import one_line

# It tells each failure of a detector with its traceback, and raises it beside.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

_LONGEST = 1000
# A status as a server's reply carries it, or in qmail's way: `550 5.1.1 …`, `… (#5.1.1)`.
_STATUS = re.compile(r"(?<![\d.])[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})(?![\d.])|\(#([45]\.\d{1,3}\.\d{1,3})\)")


def failed_recipients(message: Message, text: str) -> tuple[RecipientReport, ...]:
    """The recipients that a message says could not be reached; `text` is what it says in words.

    Those that the server still tries to reach are `delayed`.
    """
    try:
        delayed, failed = all_failures(message)
    except Exception:  # noqa: BLE001 (detectors are written for what bounces were, not for all that comes)
        return ()
    reports = []
    for action, addresses in (("failed", failed), ("delayed", delayed - failed)):
        # Of damaged headers it makes addresses that are none.
        for name in sorted(address.decode("ascii", "replace") for address in addresses if b"@" in address):
            paragraph = _paragraph(text, name)
            reports.append(RecipientReport((name,), action, _status(paragraph), one_line(paragraph)[:_LONGEST]))
    return tuple(reports)


def _paragraph(text: str, address: str) -> str:
    """From where an address first stands to the end of its paragraph, as qmail's format has it (QSBMF)."""
    begin = text.find(address)
    return "" if begin < 0 else re.split(r"\n[ \t]*\n", text[begin : begin + 2 * _LONGEST], maxsplit=1)[0]


def _status(paragraph: str) -> str:
    found = _STATUS.search(paragraph)
    return found[1] or found[2] if found else ""
