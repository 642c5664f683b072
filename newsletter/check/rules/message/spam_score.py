"""What SpamAssassin says of the message, where it is installed; it is asked without the network."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.message.finished_message import FinishedMessage, SpamVerdict
from newsletter.errors import Severity

rules: Rules[FinishedMessage] = Rules(Subject.MESSAGE)
SUSPECT, SPAM = 2, 5
# How many of the rules that cost most are named.
_NAMED = 5
_SOURCE = "SpamAssassin 4.0, spamassassin.apache.org; 5 points are its own threshold"


@rules.rule(
    "message-suspect",
    Severity.WARNING,
    "Filters add what they know of your domain and your links to it: there is little room left.",
    _SOURCE,
)
def suspect(message: FinishedMessage) -> Iterator[Finding]:
    """SpamAssassin gives the message 2 points or more, and less than 5."""
    if message.verdict and SUSPECT <= message.verdict.score < SPAM:
        yield _finding(message.verdict)


@rules.rule("message-spam", Severity.ERROR, "Many servers refuse such a message, or hide it.", _SOURCE)
def spam(message: FinishedMessage) -> Iterator[Finding]:
    """SpamAssassin gives the message 5 points or more, and calls it spam."""
    if message.verdict and message.verdict.score >= SPAM:
        yield _finding(message.verdict)


def _finding(verdict: SpamVerdict) -> Finding:
    costly = [f"{name} {points:g}" for name, points in verdict.points if points > 0][:_NAMED]
    advice = f"What costs most: {', '.join(costly)}. `spamassassin -L -t` describes each."
    return Finding((), f"SpamAssassin gives the message {verdict.score:g} points, and {SPAM} are spam", advice)
