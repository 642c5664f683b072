"""How grave a bounce is, by the action and the status of one recipient (RFC 3464, RFC 3463)."""

import re

from newsletter.bounces.bounce import RecipientReport
from newsletter.database.states import BounceKind

# The mailbox is not there, and will not be: no such address, no such domain, moved, a domain that takes no mail
# (RFC 3463, §3.2; RFC 7505), or a mailbox that was closed (§3.3). Of which address 5.1.0 speaks nobody knows.
_HARD = {(1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 10), (2, 1)}
# What is wrong is the sender's address, or the message's size.
_NOT_THE_READER = {(1, 7), (1, 8), (2, 3)}
# A mail system that fails (which may be the one that we send through), the message's content, and policy.
_SYSTEM, _CONTENT, _POLICY = 3, 6, 7
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\S)")
# The first reply that a server gave, with a status of its own: `smtp; 550-5.1.1 No such user`.
_REPLY = re.compile(r"\s*(?:smtp\s*;\s*)?[245]\d\d[ -]#?([245]\.\d{1,3}\.\d{1,3})(?![\d.])", re.IGNORECASE)


def kind_of(report: RecipientReport) -> BounceKind:
    """How grave it is what a bounce says of a recipient.

    A failure without a status is soft: nobody is lost by one of which nothing is known.
    """
    status = exact_status(report)
    # OpenSMTPD writes `error`. Without an action a permanent status is a failure, and any other may still go well.
    failed = report.action.startswith(("fail", "error")) if report.action else status.startswith("5")
    if not failed:
        return BounceKind.NOTICE
    if not status:
        return BounceKind.SOFT
    group, subject, detail = map(int, status.split("."))
    if subject in (_SYSTEM, _CONTENT, _POLICY) or (subject, detail) in _NOT_THE_READER:
        return BounceKind.REFUSED
    return BounceKind.HARD if group == 5 and (subject, detail) in _HARD else BounceKind.SOFT


def exact_status(report: RecipientReport) -> str:
    """The status of a recipient; where it is `5.0.0`, which says nothing, the one in what the server replied."""
    found = _STATUS.match(report.status)
    if not found:
        return ""
    status = ".".join(str(int(number)) for number in found.groups())
    if status.endswith(".0.0"):
        reply = _REPLY.match(report.diagnostic)
        if reply and reply[1][0] == status[0]:
            return reply[1]
    return status
