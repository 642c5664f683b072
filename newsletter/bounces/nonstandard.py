"""Parse bounces without a standard format.

flufl.bounce finds the recipients. The status is in the text near them.
"""

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from newsletter.bounces.bounce import RecipientReport
from newsletter.mail.headers import header_text

# flufl.bounce logs each failure of a detector with a traceback, although it also raises it.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

_MAX_LENGTH = 1000
# A status in a server's reply, `550 5.1.1 …`, or in qmail's format, `… (#5.1.1)`.
_STATUS = re.compile(r"(?<![\d.])[45]\d\d[ -]#?([45]\.\d{1,3}\.\d{1,3})(?![\d.])|\(#([45]\.\d{1,3}\.\d{1,3})\)")


def find_failed_recipients(message: Message, text: str) -> tuple[RecipientReport, ...]:
    """Return the recipients that a message reports as failed or delayed.

    Args:
        message: The message.
        text: Its first text part, which contains the replies.
    """
    try:
        delayed, failed = all_failures(message)
    except Exception:  # noqa: BLE001 (the detectors raise any exception for unexpected mail)
        return ()
    reports = []
    for action, addresses in (("failed", failed), ("delayed", delayed - failed)):
        # For damaged headers, flufl.bounce returns names that are not addresses.
        for name in sorted(address.decode("ascii", "replace") for address in addresses if b"@" in address):
            paragraph = _paragraph(text, name)
            reports.append(RecipientReport((name,), action, _status(paragraph), header_text(paragraph)[:_MAX_LENGTH]))
    return tuple(reports)


def _paragraph(text: str, address: str) -> str:
    """Return the text from the first mention of an address to the end of its paragraph (QSBMF, the format of qmail)."""
    begin = text.find(address)
    return "" if begin < 0 else re.split(r"\n[ \t]*\n", text[begin : begin + 2 * _MAX_LENGTH], maxsplit=1)[0]


def _status(paragraph: str) -> str:
    found = _STATUS.search(paragraph)
    return found[1] or found[2] if found else ""
