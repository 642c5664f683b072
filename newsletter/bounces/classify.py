"""Classify a bounce by the action and the status of one recipient (RFC 3464, RFC 3463)."""

import re

from newsletter.bounces.bounce import RecipientReport
from newsletter.database.states import BounceKind

# The mailbox does not exist: no such address, no such domain, moved, a domain that accepts no mail (RFC 3463, §3.2;
# RFC 7505), or a closed mailbox (§3.3). 5.1.0 does not specify which address it is about.
_HARD = {(1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 10), (2, 1)}
# The server rejected the sender's address or the size of the message.
_NOT_THE_RECIPIENT = {(1, 7), (1, 8), (2, 3)}
# Subjects of RFC 3463: a mail system failure (perhaps the sender's own), the content of the message, and policy.
_SYSTEM, _CONTENT, _POLICY = 3, 6, 7
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\S)")
# The first reply of the server, with its own status: `smtp; 550-5.1.1 No such user`.
_REPLY = re.compile(r"\s*(?:smtp\s*;\s*)?[245]\d\d[ -]#?([245]\.\d{1,3}\.\d{1,3})(?![\d.])", re.IGNORECASE)


def classify_bounce(report: RecipientReport) -> BounceKind:
    """Return the kind of bounce of a report. A failure without a status is soft, because its cause is unknown."""
    status = find_status(report)
    # OpenSMTPD writes `error`. Without an action, only a permanent status is a failure.
    failed = report.action.startswith(("fail", "error")) if report.action else status.startswith("5")
    if not failed:
        return BounceKind.NOTICE
    if not status:
        return BounceKind.SOFT
    group, subject, detail = map(int, status.split("."))
    if subject in (_SYSTEM, _CONTENT, _POLICY) or (subject, detail) in _NOT_THE_RECIPIENT:
        return BounceKind.REFUSED
    return BounceKind.HARD if group == 5 and (subject, detail) in _HARD else BounceKind.SOFT


def find_status(report: RecipientReport) -> str:
    """Return the status of a report, such as `5.1.1`, or "" if it has none.

    `5.0.0` and `4.0.0` carry no information. They are replaced by the status in the server's reply, if it has one.
    """
    found = _STATUS.match(report.status)
    if not found:
        return ""
    status = ".".join(str(int(number)) for number in found.groups())
    if status.endswith(".0.0"):
        reply = _REPLY.match(report.diagnostic)
        if reply and reply[1][0] == status[0]:
            return reply[1]
    return status
