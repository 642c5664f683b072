"""Rules on the score of SpamAssassin, which runs without network access, if it is installed."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.message.finished_message import FinishedMessage, SpamVerdict
from newsletter.errors import Severity

rules: Rules[FinishedMessage] = Rules(Subject.MESSAGE)
SUSPECT, SPAM = 2, 5
# The number of SpamAssassin's rules that a finding lists.
_NAMED = 5
_SOURCE = "SpamAssassin 4.0, spamassassin.apache.org; its default threshold is 5 points"


@rules.rule(
    "message-suspect",
    Severity.WARNING,
    "Filters add points for your domain and your links, so there is little margin left.",
    _SOURCE,
)
def suspect(message: FinishedMessage) -> Iterator[Finding]:
    """A SpamAssassin score of 2 points or more, but less than 5.

    Change what adds the most points; the finding lists them.
    """
    if message.verdict and SUSPECT <= message.verdict.score < SPAM:
        yield _finding(message.verdict)


@rules.rule(
    "message-spam", Severity.ERROR, "Many servers reject such a message, or move it to the spam folder.", _SOURCE
)
def spam(message: FinishedMessage) -> Iterator[Finding]:
    """A SpamAssassin score of 5 points or more, which counts as spam.

    Change what adds the most points; the finding lists them.
    """
    if message.verdict and message.verdict.score >= SPAM:
        yield _finding(message.verdict)


def _finding(verdict: SpamVerdict) -> Finding:
    costly = [f"{name} {points:g}" for name, points in verdict.points if points > 0][:_NAMED]
    advice = f"Most points: {', '.join(costly)}. Run `spamassassin -L -t` for a description of each."
    return Finding((), f"SpamAssassin gives the message {verdict.score:g} points; {SPAM} or more are spam", advice)
