"""Find the cause of a bounce, in the words and the status of the server's reply, and the kind that follows.

The words count before the status, and the status in the reply counts before the one in the report (RFC 3464, §2.3.4),
because the reply is the evidence and the report an interpretation of it.
"""

import re
from functools import lru_cache

from newsletter.bounces.bounce import RecipientReport
from newsletter.bounces.cause import Cause
from newsletter.bounces.reply_patterns.filters import FILTERS
from newsletter.bounces.reply_patterns.mail_servers import MAIL_SERVERS
from newsletter.bounces.reply_patterns.mailbox_providers import MAILBOX_PROVIDERS
from newsletter.bounces.reply_patterns.pattern import MAX_REPLY, ReplyPattern, normalise_reply
from newsletter.bounces.reply_patterns.wording import VAGUE, WORDING
from newsletter.database.states import BounceKind

# The sender first: `Sender address rejected: User unknown` does not say that the recipient is unknown.
PATTERNS = tuple(
    sorted((*MAILBOX_PROVIDERS, *FILTERS, *MAIL_SERVERS, *WORDING), key=lambda row: row.cause is not Cause.SENDER)
)
# Status codes by subject and detail (RFC 3463, §3; 5.1.10 from RFC 7505; 5.7.13 and 5.7.20 to 5.7.29 from RFC 5248's
# registry), and subjects whose details mean the same.
_DETAILS = {
    **dict.fromkeys(((1, 1), (1, 3), (1, 4)), Cause.NO_MAILBOX),
    **dict.fromkeys(((1, 2), (1, 10)), Cause.NO_DOMAIN),
    **dict.fromkeys(((1, 7), (1, 8)), Cause.SENDER),
    **dict.fromkeys(((2, 1), (7, 13)), Cause.DISABLED),
    **dict.fromkeys(((2, 3), (3, 4)), Cause.TOO_LARGE),
    **dict.fromkeys(((7, detail) for detail in range(20, 27)), Cause.AUTHENTICATION),
    (1, 6): Cause.MOVED,
    (2, 2): Cause.FULL,
    (4, 7): Cause.EXPIRED,
    (7, 28): Cause.SENDER_RATE,
}
_SUBJECTS = {3: Cause.SYSTEM, 4: Cause.NETWORK, 6: Cause.CONTENT, 7: Cause.POLICY}
# Codes of RFC 5321, §4.2.3, RFC 1846 and RFC 7504 that name a cause.
_CODES = {
    **dict.fromkeys(("452", "552"), Cause.FULL),
    **dict.fromkeys(("521", "556"), Cause.NO_DOMAIN),
    "551": Cause.NO_MAILBOX,
    "571": Cause.POLICY,
}
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\S)")
# The first reply of a server, with its own status: `smtp; 550-5.1.1 No such user`; qmail writes `… (#5.1.1)`.
_REPLY = re.compile(r"(?<![\d.])[245]\d\d[ -]{1,3}#?([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BARE = re.compile(r"\s*(?:[a-z-]{1,20}\s*;)?\s*#?([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])", re.IGNORECASE)
_QMAIL = re.compile(r"\(#([245])\.(\d{1,3})\.(\d{1,3})[ )-]")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?:[ -]|$)")
_LOCAL = re.compile(r"\s*x-unix\s*;", re.IGNORECASE)


def classify_bounce(report: RecipientReport) -> BounceKind:
    """Return the kind of bounce of a report. A failure whose cause is unknown is soft."""
    action, status = report.action, find_status(report)
    if action and not action.startswith(("fail", "error", "expired")):
        return BounceKind.NOTICE
    transient = is_transient(report)
    if not action and (transient or status.startswith("2")):
        return BounceKind.NOTICE
    kind = find_cause(report).kind
    return BounceKind.SOFT if kind is BounceKind.HARD and transient else kind


def find_cause(report: RecipientReport) -> Cause:
    """Return the cause of a failure: by the words of the reply, else its status, else its code and vague words."""
    cause = find_stated_cause(report)
    if cause is not Cause.OTHER:
        return cause
    if report.action.startswith("expired"):
        return Cause.EXPIRED
    code = _CODE.search(report.diagnostic[:MAX_REPLY])
    if code and code[1] in _CODES:
        return _CODES[code[1]]
    vague = find_pattern(report.diagnostic, VAGUE, address="@")
    return vague.cause if vague else Cause.OTHER


def find_stated_cause(report: RecipientReport) -> Cause:
    """Return the cause that the words or the status of a report state, or `OTHER`."""
    cause = _match_words(report.diagnostic)
    return _cause_of_status(find_status(report)) if cause is Cause.OTHER else cause


def is_transient(report: RecipientReport) -> bool:
    """Return whether the reply, or else the status, is about a temporary failure."""
    code = None if _LOCAL.match(report.diagnostic) else _CODE.search(report.diagnostic[:MAX_REPLY])
    return (code[1] if code else find_status(report)).startswith("4")


def find_status(report: RecipientReport) -> str:
    """Return the status, such as `5.1.1`, or "" if there is none.

    The status in the server's reply counts before the status of the report, unless it is x.0.0, which carries no
    information.
    """
    reported = _format(_STATUS.match(report.status))
    text = report.diagnostic[:MAX_REPLY]
    if _LOCAL.match(text):
        return reported
    replied = _format(_BARE.match(text) or _REPLY.search(text) or _QMAIL.search(text))
    if replied.endswith(".0.0") and reported:
        return reported
    return replied or reported


@lru_cache(maxsize=1024)
def _match_words(reply: str) -> Cause:
    found = find_pattern(reply, PATTERNS)
    return found.cause if found else Cause.OTHER


def find_pattern(reply: str, patterns: tuple[ReplyPattern, ...], address: str = "") -> ReplyPattern | None:
    """Return the first pattern that matches a reply in which a text replaces addresses, or None."""
    text = normalise_reply(reply, address)
    return next((pattern for pattern in patterns if pattern.matches(text)), None) if text.strip() else None


def _cause_of_status(status: str) -> Cause:
    if not status or status.endswith(".0.0"):
        return Cause.OTHER
    _, subject, detail = map(int, status.split("."))
    return _DETAILS.get((subject, detail)) or _SUBJECTS.get(subject, Cause.OTHER)


def _format(found: re.Match[str] | None) -> str:
    return ".".join(str(int(number)) for number in found.groups()) if found else ""
