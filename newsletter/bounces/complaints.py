"""Recognise complaints: feedback reports (RFC 5965), and mail that providers forward without a report.

Microsoft's Junk Mail Reporting Program forwards the message with `X-HmXmrOriginalRecipient`. Other providers forward it
from an address for feedback. Such a complaint counts only with a token or Message-ID of its own; see `apply`.
"""

import re

from newsletter.bounces.mail_system import is_answer
from newsletter.bounces.report_fields import Fields, first_keyword, first_value

# Fields in which providers write the recipient, if it is not redacted.
RECIPIENTS = ("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient")
# RFC 5965, §7.3 and RFC 6650: the feedback types that are complaints of a recipient. `not-spam`, `virus` and reports on
# DKIM and DMARC (`auth-failure`, RFC 6591) are not complaints, or are sent by machines.
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list", "unsubscribe", "unsubscribe-list", "spam")
_FEEDBACK = re.compile(
    r"(?:^|[<\s])(?:staff|scomp|fbl|fbl-\w+|abuse|complaints?|feedback|feedback-?loop|spam-?reports?|jmrp)@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\s*(?:complaint about message|(?:abuse|spam|junk|complaint)[ -](?:report|complaint|feedback)|e-?mail feedback"
    r" report|feedback loop)",
    re.IGNORECASE,
)


def is_complaint(report: Fields) -> bool:
    """Return whether a feedback report is a complaint."""
    return first_keyword(report, "feedback-type") in _COMPLAINTS


def is_forwarded_complaint(header: Fields, returned: Fields) -> bool:
    """Return whether a message that encloses another is a provider's complaint, and not forwarded by a person."""
    if "x-hmxmroriginalrecipient" in returned:
        return True
    if is_answer(header) or "in-reply-to" in header:
        return False
    if "multipart/report" in first_keyword(header, "content-type"):
        return False
    return bool(_SUBJECT.match(first_value(header, "subject")) or _FEEDBACK.search(first_value(header, "from")))
