"""Bounces that follow no standard: flufl.bounce finds the recipients, and the text around them has the status."""

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from newsletter.bounces.bounce import RecipientReport
from newsletter.mail.headers import header_text

# It logs each failure of a detector with a traceback, and raises it as well.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

_LONGEST = 1000
# A status as a server's reply carries it, or in qmail's way: `550 5.1.1 …`, `… (#5.1.1)`.
_STATUS = re.compile(r"(?<![\d.])[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})(?![\d.])|\(#([45]\.\d{1,3}\.\d{1,3})\)")


def failed_recipients(message: Message, text: str) -> tuple[RecipientReport, ...]:
    """Return the recipients that a message reports as failed, or as delayed.

    Args:
        message: The message.
        text: Its first text, in which the replies are.
    """
    try:
        delayed, failed = all_failures(message)
    except Exception:  # noqa: BLE001 (the detectors raise anything for mail they do not expect)
        return ()
    reports = []
    for action, addresses in (("failed", failed), ("delayed", delayed - failed)):
        # Damaged headers give names that are not addresses.
        for name in sorted(address.decode("ascii", "replace") for address in addresses if b"@" in address):
            paragraph = _paragraph(text, name)
            reports.append(RecipientReport((name,), action, _status(paragraph), header_text(paragraph)[:_LONGEST]))
    return tuple(reports)


def _paragraph(text: str, address: str) -> str:
    """Return the text from the first mention of an address to the end of its paragraph (QSBMF, qmail's format)."""
    begin = text.find(address)
    return "" if begin < 0 else re.split(r"\n[ \t]*\n", text[begin : begin + 2 * _LONGEST], maxsplit=1)[0]


def _status(paragraph: str) -> str:
    found = _STATUS.search(paragraph)
    return found[1] or found[2] if found else ""
