"""Decide whether a server's reply is about the sender, so that a campaign should pause if many servers reply so."""

from newsletter.bounces.bounce import RecipientReport
from newsletter.bounces.cause import Cause
from newsletter.bounces.classify import find_cause, find_stated_cause

# A status that may be about the sender's address (RFC 3463, §3.2). Servers also send it in replies to RCPT.
_UNSPECIFIC = "5.1.0"
# A slower pace helps against limits of the rate; a campaign need not pause for them.
_WORDED = frozenset({Cause.REPUTATION, Cause.AUTHENTICATION, Cause.CONTENT})


def is_about_sender(code: int, enhanced: str, text: str) -> bool:
    """Return whether the reply of a rejection is about the sender or the message.

    Args:
        code: The reply code (RFC 5321).
        enhanced: The enhanced status code (RFC 3463); may be empty.
        text: The text of the reply, without the codes.
    """
    cause = find_cause(_report(code, enhanced, text))
    return cause.about_us or (enhanced == _UNSPECIFIC and cause is Cause.OTHER)


def is_worded_about_sender(code: int, text: str) -> bool:
    """Return whether the words of a reply name the sender's reputation or authentication, or the content.

    For a deferral, a status alone is no evidence: greylisting replies with 4.7.1.
    """
    return find_stated_cause(_report(code, "", text)) in _WORDED


def _report(code: int, enhanced: str, text: str) -> RecipientReport:
    return RecipientReport((), "failed", enhanced, f"{code} {text}")
