"""The header: the fields that every message has once, and lines that every server takes."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.message.finished_message import FinishedMessage
from newsletter.errors import Severity

rules: Rules[FinishedMessage] = Rules(Subject.MESSAGE)
LONGEST_LINE = 998
_ONCE = ("Date", "From", "To", "Message-ID")
_PRESS = "The workspace writes it by itself: please report this with the issue."


@rules.rule(
    "message-field",
    Severity.ERROR,
    "Servers refuse a message without them, and one that has them twice looks forged.",
    "RFC 5322, 3.6 Field Definitions; SpamAssassin 4.0, rules MISSING_DATE and MISSING_MID",
)
def field(message: FinishedMessage) -> Iterator[Finding]:
    """A Date, From, To or Message-ID that is missing, empty, or there twice."""
    for name in _ONCE:
        values = message.values(name)
        if not any(value.strip() for value in values):
            yield Finding((), f"the message has no {name}", _PRESS)
        elif len(values) > 1:
            yield Finding((), f"the message has {name} {len(values)} times", _PRESS)


@rules.rule(
    "message-id-domain",
    Severity.ERROR,
    "Without a domain nobody can tell that the id is the only one of its kind, and filters count it as spam.",
    "RFC 5322, 3.6.4 Identification Fields; SpamAssassin 4.0, rule INVALID_MSGID",
)
def id_domain(message: FinishedMessage) -> Iterator[Finding]:
    """A Message-ID without a domain."""
    for value in message.values("Message-ID"):
        domain = value.strip().strip("<>").partition("@")[2]
        if value.strip() and "." not in domain.strip("."):
            advice = "It is that of `from` in newsletter.yaml: write an address that has one."
            yield Finding((), f"the Message-ID `{value}` has no domain", advice)


@rules.rule(
    "message-line",
    Severity.ERROR,
    "Servers break such a line wherever they like, or refuse the message, and its signature breaks with it.",
    "RFC 5321, 4.5.3.1.6 Text Line; RFC 5322, 2.1.1 Line Length Limits",
)
def line(message: FinishedMessage) -> Iterator[Finding]:
    """A physical line of more than 998 bytes."""
    for number, text in enumerate(message.lines, 1):
        if len(text) > LONGEST_LINE:
            yield Finding((), f"line {number:,} of the message has {len(text):,} bytes", _PRESS)


@rules.rule(
    "message-feedback-id",
    Severity.INFORMATION,
    "With it, Gmail's Postmaster Tools say which issue readers reported as spam.",
    "support.google.com/mail/answer/6254652, Feedback Loop",
)
def feedback_id(message: FinishedMessage) -> Iterator[Finding]:
    """A message without a Feedback-ID."""
    if not message.values("Feedback-ID"):
        yield Finding((), "the message has no Feedback-ID", _PRESS)
