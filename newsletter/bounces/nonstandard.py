"""Parse bounces without a standard format: find the recipients and the replies in a text.

flufl.bounce finds the recipients in the formats it knows. Otherwise, they are the addresses in the text.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from newsletter.bounces.bounce import RecipientReport
from newsletter.bounces.cause import Cause
from newsletter.bounces.classify import find_cause, find_stated_cause, find_status
from newsletter.bounces.identifiers import DELIVERED, find_addresses
from newsletter.bounces.mail_system import has_null_sender, is_failure_notice, reports_delay, reports_failure
from newsletter.bounces.report_fields import Fields
from newsletter.mail.headers import header_text

# flufl.bounce logs each failure of a detector with a traceback, although it also raises it.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())
logging.getLogger("flufl.bounce").propagate = False

_MAX_LENGTH = 1000
# Addresses in a text, and replies of servers, that are read.
_MAX_FOUND = 20
_MAILBOX = re.compile(r"[^\s<>,;:\"'()\[\]=]{1,64}@[^\s<>,;:\"'()\[\]=]{1,253}\.[a-z]{2,24}", re.IGNORECASE)
_SYSTEM = re.compile(r"mailer-daemon@|post-?master@|support@|help@|abuse@|root@|noreply@|no-reply@", re.IGNORECASE)
# A reply: a code, an optional status, and words up to the end of the paragraph.
_REPLY = re.compile(
    r"(?<![\d.:/\[-])[45]\d\d(?:[ -]#?[45]\.\d{1,3}\.\d{1,3})?[ :-]{1,3}(?=[^\d\s])(?:[^\n]|\n(?=[ \t]*[^\s<>])){1,400}"
)
_BLANK = re.compile(r"\n[ \t>|]*\n")


@dataclass(frozen=True, slots=True)
class Notification:
    """What a text reports.

    Attributes:
        reports: The recipients. If none is named, one without address.
        recognised: Whether the message is a notification, by its format or its words.
    """

    reports: tuple[RecipientReport, ...]
    recognised: bool


def read_notification(message: Message, header: Fields, text: str) -> Notification:
    """Find the recipients that a message reports as failed or delayed, each with the reply about it.

    Args:
        message: The message.
        header: Its header.
        text: The text of the notification, without the returned message.
    """
    delayed = reports_delay(header, text)
    if reports := _find_by_format(message, text, delayed=delayed):
        return Notification(reports, recognised=True)
    own = find_addresses(header, (*DELIVERED, "from", "reply-to", "sender", "cc"))
    report = _find_by_words(text, "delayed" if delayed else "failed", frozenset(map(str.lower, own)))
    if has_null_sender(header) and find_stated_cause(report) is not Cause.OTHER:
        return Notification((report,), recognised=True)
    words = reports_failure(header) or find_cause(report) is not Cause.OTHER
    recognised = bool(text.strip()) and is_failure_notice(header) and words
    return Notification((report,), recognised)


def _find_by_format(message: Message, text: str, *, delayed: bool) -> tuple[RecipientReport, ...]:
    """Return the recipients that flufl.bounce finds."""
    try:
        waiting, failed = all_failures(message)
    except Exception:  # noqa: BLE001 (the detectors raise any exception for unexpected mail)
        return ()
    return tuple(
        describe_recipient((name,), "delayed" if delayed else action, text, name)
        for action, addresses in (("failed", failed), ("delayed", waiting - failed))
        # For damaged headers, flufl.bounce returns names that are not addresses.
        for name in sorted(address.decode("ascii", "replace") for address in addresses if b"@" in address)
    )


def _find_by_words(text: str, action: str, own: frozenset[str]) -> RecipientReport:
    """Return a report with the addresses in a text that are not those of the notification itself."""
    found = (address.rstrip(".") for address in _MAILBOX.findall(text)[: 2 * _MAX_FOUND])
    named = tuple(name for name in dict.fromkeys(found) if name.lower() not in own and not _SYSTEM.match(name))
    return describe_recipient(named[:_MAX_FOUND], action, text, named[0] if named else "")


def describe_recipient(addresses: tuple[str, ...], action: str, text: str, name: str) -> RecipientReport:
    """Build the report on a recipient, with the part of the text that states the cause."""
    reports = [RecipientReport(addresses, action, "", header_text(part)[:_MAX_LENGTH]) for part in _parts(text, name)]
    stated = (report for report in reports if find_stated_cause(report) is not Cause.OTHER)
    vague = (report for report in reports if find_cause(report) is not Cause.OTHER)
    best = next(stated, None) or next(vague, None) or next(filter(_has_text, reports), reports[0])
    return RecipientReport(addresses, action, find_status(best), best.diagnostic)


def _has_text(report: RecipientReport) -> bool:
    return bool(report.diagnostic)


def _parts(text: str, name: str) -> Iterator[str]:
    """Yield the parts of a text that may state the cause, most specific first.

    They are the paragraph from the first mention of the address (QSBMF, the format of qmail), the replies of servers,
    and everything.
    """
    begin = text.find(name) if name else -1
    paragraph = _BLANK.split(text[begin : begin + 2 * _MAX_LENGTH], maxsplit=1)[0] if begin >= 0 else ""
    yield paragraph
    if replies := [found[0] for found in _REPLY.finditer(text)][:_MAX_FOUND]:
        yield from replies
    for start in range(0, min(len(text), 8 * _MAX_LENGTH), _MAX_LENGTH - 100):
        yield text[start : start + _MAX_LENGTH]
