"""The rule on weeks, months and years that the lines and highlights of an issue name."""

from collections.abc import Iterator
from datetime import date

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedIssue
from newsletter.check.rules.issue.earlier_issues import is_usual_week
from newsletter.documents.paths import Steps
from newsletter.errors import Severity
from newsletter.text import tree
from newsletter.text.periods import NamedPeriod, named_periods, week_in, wrong_periods, wrong_periods_in_prose

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)


@rules.rule(
    "period-out-of-step",
    Severity.WARNING,
    "The line usually remains from the issue whose file was copied, or the date is wrong.",
    f"ISO 8601 weeks; {PUBLISHED}",
)
def period_out_of_step(issue: CheckedIssue) -> Iterator[Finding]:
    """A week, month or year in the title, subtitle, subject or a highlight that does not match the date.

    Correct the line or the date. A month that has just ended, and a text that looks back, are right. In a highlight,
    only a week with its year, and words such as `this week (week 31)`, are compared.
    """
    if issue.date is None:
        return
    for steps, period in _wrong(issue, issue.date):
        message = f"`{period.words}` does not match the date {issue.date}"
        if period.week is not None:
            calendar = issue.date.isocalendar()
            message += f", which is in week {calendar.week} of {calendar.year}"
        yield Finding(steps, message, "Correct one of the two.", within=period.words)


def _wrong(issue: CheckedIssue, day: date) -> Iterator[tuple[Steps, NamedPeriod]]:
    """Yield the first wrong period of each text."""
    draft = issue.document.draft
    # `week-out-of-step` compares the weeks and the years of the title and the file name.
    weeks = {week_in(draft.title), week_in(issue.document.slug)}
    months = {(period.year, period.month) for period in named_periods(draft.title) if period.month}
    title = [period for period in wrong_periods(draft.title, day) if period.week is None]
    for period in title[:1]:
        if period.month is None or period.year in (None, day.year, day.year - (day.month == 1)):
            yield ("title",), period
    lines: list[tuple[Steps, list[NamedPeriod]]] = [
        (("subtitle",), wrong_periods(draft.subtitle, day)),
        (("subject",), wrong_periods(draft.subject, day)),
        (("preheader",), list(wrong_periods_in_prose(draft.preheader, day))),
    ]
    for highlight in issue.highlights:
        words = " ".join(tree.paragraphs(highlight.blocks))
        lines.append((highlight.steps, list(wrong_periods_in_prose(words, day))))
    for steps, periods in lines:
        for period in periods[:1]:
            known = period.week in weeks if period.week is not None else (period.year, period.month) in months
            if not known and not (period.week is not None and is_usual_week(issue, day, period.week)):
                yield steps, period
