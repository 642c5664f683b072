"""The archive: what earlier issues ran, and where this one stands among its neighbours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedIssue
from newsletter.errors import Severity
from newsletter.issue.issue_list import ListedIssue
from newsletter.text.issue_numbers import number_in

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
_WEEK = re.compile(r"\bweek[ -]?(?P<latin>\d{1,2})\b|第\s?(?P<cjk>\d{1,2})\s?[週周]", re.IGNORECASE)
# A year beside a week or a month; any other number in a title may be a part of a name.
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_YEAR = re.compile(
    rf"(?<!\d)(?P<before>(?:19|20)\d{{2}})(?:,? week\b|[ -]?w\d|\s?年)"
    rf"|\b(?:week[ -]?\d{{1,2}}|(?:{_MONTHS})[a-z]*\.?(?: \d{{1,2}})?),? (?P<after>(?:19|20)\d{{2}})(?!\d)",
    re.IGNORECASE,
)


@rules.rule(
    "story-ran-before",
    Severity.WARNING,
    "Readers have had this story.",
    PUBLISHED,
)
def ran_before(issue: CheckedIssue) -> Iterator[Finding]:
    """A story that an earlier issue ran, by any of its addresses."""
    for entry in issue.entries:
        if entry.key and not entry.draft.origin and (where := issue.earlier(issue.index.entries_with(entry.key))):
            message = f"an earlier issue ran this story: {where} (line {where.line})"
            yield Finding((*entry.steps, "url"), message, "Take it out, or say in the comment what is new.")


@rules.rule(
    "number-out-of-step",
    Severity.WARNING,
    "Two issues of one number, or a number left out, and readers look for the issue that they missed.",
    PUBLISHED,
)
def number_out_of_step(issue: CheckedIssue) -> Iterator[Finding]:
    """A number that another issue has, or that does not fit its neighbours, its title or the file's name."""
    typed = issue.document.draft.number.strip()
    if not re.fullmatch(r"[0-9]{1,6}", typed):
        return
    number = int(typed)
    before, after = _neighbours(issue)
    if before and before.head.number is not None and number != before.head.number + 1:
        message = f"the issue before, {before.slug}, has the number {before.head.number}, and this one {number}"
        yield Finding(("number",), message, f"Should it be {before.head.number + 1}?")
    elif twin := next((fellow for fellow in issue.siblings if fellow.head.number == number), None):
        yield Finding(("number",), f"{twin.slug} has the number {number}, too", "Give each issue a number of its own.")
    elif after and after.head.number is not None and number >= after.head.number:
        message = f"the issue after, {after.slug}, has the number {after.head.number}, and this one {number}"
        yield Finding(("number",), message, "Number the issues in the order of their dates.")
    in_title, in_slug = number_in(issue.document.draft.title), issue.document.slug
    if in_title is not None and in_title != number:
        message = f"the title says {in_title}, and `number` is {number}"
        yield Finding(("title",), message, "Make them agree.", within=str(in_title))
    if in_slug.isdigit() and issue.publication.numbered and len(in_slug) < 7 and int(in_slug) != number:
        yield Finding(("number",), f"the file is called {in_slug}, and `number` is {number}", "Make them agree.")


@rules.rule(
    "date-out-of-step",
    Severity.WARNING,
    "Past issues, feeds and the archive go by the date.",
    PUBLISHED,
)
def date_out_of_step(issue: CheckedIssue) -> Iterator[Finding]:
    """A date that another issue has."""
    if not issue.digest and (
        twin := next((listed for listed in issue.siblings if listed.head.date == issue.date), None)
    ):
        yield Finding(("date",), f"{twin.slug} has this date, too", "Give each issue the day on which it is published.")


@rules.rule(
    "week-out-of-step",
    Severity.WARNING,
    "The title names a week or a year in which the issue does not appear.",
    f"ISO 8601 weeks; {PUBLISHED}, a week 31 that begins in week 32",
)
def week_out_of_step(issue: CheckedIssue) -> Iterator[Finding]:
    """A week or a year, in the title or the file's name, that is not the date's."""
    if issue.date is None:
        return
    own = _Weeks.of(issue.document.draft.title, issue.document.slug, issue.date)
    before, after = _neighbours(issue)
    near = [_Weeks.of(listed.head.title, listed.slug, listed.head.date) for listed in (before, after) if listed]
    for steps, week_named in ((("title",), own.in_title), (("date",), own.in_slug)):
        if week_named is None or week_named == own.week:
            continue
        # A newsletter that always goes by the week before, or after, is in step with itself.
        habits = {weeks.away for weeks in near if weeks.away is not None}
        if own.away is not None and own.away in habits:
            continue
        where = "the title" if steps == ("title",) else "the file's name"
        message = f"{where} says week {week_named}, and {issue.date} lies in week {own.week} of {own.year}"
        yield Finding(steps, message, "Make them agree.")
        break
    else:
        yield from _twin_week(own, before)
    years = {int(found["before"] or found["after"]) for found in _YEAR.finditer(issue.document.draft.title)}
    # What comes out in January looks back on the year before.
    right = {issue.date.year, own.year, issue.date.year - (issue.date.month == 1)}
    if years and not years & right:
        wrong = max(years)
        message = f"the title says {wrong}, and the date is {issue.date}"
        yield Finding(("title",), message, "Make them agree.", within=str(wrong))


@dataclass(frozen=True, slots=True)
class _Weeks:
    """The week and the year (ISO 8601) of an issue's date, and the weeks that its title and its slug say."""

    week: int
    year: int
    in_title: int | None
    in_slug: int | None

    @staticmethod
    def of(title: str, slug: str, day: date) -> "_Weeks":
        calendar = day.isocalendar()
        return _Weeks(calendar.week, calendar.year, _week_in(title), _week_in(slug))

    @property
    def week_named(self) -> int | None:
        return self.in_slug if self.in_title is None else self.in_title

    @property
    def away(self) -> int | None:
        """The difference between the week in the title and that of the date, also across the turn of a year."""
        return None if self.week_named is None else (self.week_named - self.week + 26) % 52 - 26


def _twin_week(own: _Weeks, before: ListedIssue | None) -> Iterator[Finding]:
    if before and own.week_named is not None:
        last = _Weeks.of(before.head.title, before.slug, before.head.date)
        if (last.week_named, last.year) == (own.week_named, own.year):
            yield Finding(
                ("title",), f"{before.slug} is the issue of week {own.week_named} already", "Check title and date."
            )


def _neighbours(issue: CheckedIssue) -> tuple[ListedIssue | None, ListedIssue | None]:
    """The issues before and after this one by their dates."""
    if issue.date is None:
        return None, None
    after = next((at for at, listed in enumerate(issue.siblings) if listed.head.date > issue.date), len(issue.siblings))
    before = [listed for listed in issue.siblings[:after] if listed.head.date < issue.date]
    return (before[-1] if before else None), (issue.siblings[after] if after < len(issue.siblings) else None)


def _week_in(text: str) -> int | None:
    found = _WEEK.search(text)
    return int(found["latin"] or found["cjk"]) if found else None
