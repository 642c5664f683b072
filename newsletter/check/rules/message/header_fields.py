"""Rules on the header fields and the line length of a message."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.message.finished_message import FinishedMessage
from newsletter.errors import Severity

rules: Rules[FinishedMessage] = Rules(Subject.MESSAGE)
LONGEST_LINE = 998
_ONCE = ("Date", "From", "To", "Message-ID")
_REPORT = "This is a bug in `newsletter`: please report it with the issue."


@rules.rule(
    "message-field",
    Severity.ERROR,
    "Servers reject a message without them, and a message that has one twice looks forged.",
    "RFC 5322, 3.6 Field Definitions; SpamAssassin 4.0, rules MISSING_DATE and MISSING_MID",
)
def field(message: FinishedMessage) -> Iterator[Finding]:
    """A Date, From, To or Message-ID field that is missing, empty or repeated.

    `newsletter` writes these fields itself: please report this as a bug, and attach the issue's file.
    """
    for name in _ONCE:
        values = message.values(name)
        if not any(value.strip() for value in values):
            yield Finding((), f"`{name}` is missing in the message", _REPORT)
        elif len(values) > 1:
            yield Finding((), f"`{name}` appears {len(values)} times in the message", _REPORT)


@rules.rule(
    "message-id-domain",
    Severity.ERROR,
    "Without a domain, the id may not be unique, and spam filters add points for it.",
    "RFC 5322, 3.6.4 Identification Fields; SpamAssassin 4.0, rule INVALID_MSGID",
)
def id_domain(message: FinishedMessage) -> Iterator[Finding]:
    """A Message-ID without a domain.

    Write a `from` address with a full domain in `newsletter.yaml`.
    """
    for value in message.values("Message-ID"):
        domain = value.strip().strip("<>").partition("@")[2]
        if value.strip() and "." not in domain.strip("."):
            advice = "Write a `from` address with a full domain in newsletter.yaml."
            yield Finding((), f"no domain in the Message-ID `{value}`", advice)


@rules.rule(
    "message-line",
    Severity.ERROR,
    "Servers break such a line anywhere or reject the message, and its signature becomes invalid.",
    "RFC 5321, 4.5.3.1.6 Text Line; RFC 5322, 2.1.1 Line Length Limits",
)
def line(message: FinishedMessage) -> Iterator[Finding]:
    """A line of more than 998 bytes.

    `newsletter` wraps lines itself: please report this as a bug, and attach the issue's file.
    """
    for number, text in enumerate(message.lines, 1):
        if len(text) > LONGEST_LINE:
            yield Finding(
                (), f"line {number:,} of the message has {len(text):,} bytes, more than {LONGEST_LINE}", _REPORT
            )


@rules.rule(
    "message-feedback-id",
    Severity.INFORMATION,
    "Gmail's Postmaster Tools use it to show which issue readers reported as spam.",
    "support.google.com/mail/answer/6254652, Feedback Loop",
)
def feedback_id(message: FinishedMessage) -> Iterator[Finding]:
    """A message without a Feedback-ID.

    `newsletter` writes this field itself: please report this as a bug, and attach the issue's file.
    """
    if not message.values("Feedback-ID"):
        yield Finding((), "`Feedback-ID` is missing in the message", _REPORT)
