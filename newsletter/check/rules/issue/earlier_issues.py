"""Rules that compare an issue with the archive: repeated stories, and its number, aliases, date and week."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import NamedTuple

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedIssue
from newsletter.errors import Severity
from newsletter.issue.aliases import CONFLICT_ADVICE, alias_conflict
from newsletter.issue.issue_list import ListedIssue
from newsletter.text.issue_numbers import number_in
from newsletter.text.periods import week_in

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
# A year next to a week or a month. Any other number in a title may be part of a name.
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_YEAR = re.compile(
    rf"(?<!\d)(?P<before>(?:19|20)\d{{2}})(?:,? week\b|[ -]?w\d|\s?年)"
    rf"|\b(?:week[ -]?\d{{1,2}}|(?:{_MONTHS})[a-z]*\.?(?: \d{{1,2}})?),? (?P<after>(?:19|20)\d{{2}})(?!\d)",
    re.IGNORECASE,
)


@rules.rule(
    "story-ran-before",
    Severity.WARNING,
    "Readers have seen the story before.",
    PUBLISHED,
)
def ran_before(issue: CheckedIssue) -> Iterator[Finding]:
    """A story that an earlier issue contains, even under another URL.

    Remove the entry, or write in the comment what is new. If the issue is a digest, write `digest: true`.
    """
    for entry in () if issue.marked_as_digest else issue.entries:
        if entry.key and not entry.draft.origin and (where := issue.earlier(issue.index.entries_with(entry.key))):
            message = f"repeated story: it was in {where}, line {where.line}"
            yield Finding((*entry.steps, "url"), message, "Remove it, or write in the comment what is new.")


@rules.rule(
    "number-out-of-step",
    Severity.WARNING,
    "If a number is used twice or skipped, readers look for an issue that they have missed.",
    PUBLISHED,
)
def number_out_of_step(issue: CheckedIssue) -> Iterator[Finding]:
    """A number that another issue has, or that does not match the neighbouring issues, the title or the file name.

    Continue the numbering of the other issues, and use the same number in the title and the file name.
    """
    # One wrong number can differ from the neighbours, the title and the file name.
    yield from islice(_wrong_numbers(issue), 1)


@rules.rule(
    "alias-in-use",
    Severity.ERROR,
    "The archive can have only one page at an address.",
    "docs/archive.md",
)
def alias_in_use(issue: CheckedIssue) -> Iterator[Finding]:
    """An alias that another issue has as its slug or as an alias.

    Keep the alias only in the issue that replaced the old one.
    """
    if not issue.document.draft.aliases:
        return
    others = [listed for listed in issue.index.archive.issues if listed.slug != issue.document.slug]
    slugs = {listed.slug for listed in others}
    owners = [(listed.slug, listed.head.aliases) for listed in others]
    for index, alias in enumerate(issue.document.draft.aliases):
        if conflict := alias_conflict(alias.strip(), slugs, owners):
            yield Finding(("aliases", index), conflict, CONFLICT_ADVICE)


@rules.rule(
    "date-out-of-step",
    Severity.WARNING,
    "Feeds, the archive and the list of past issues are sorted by date.",
    PUBLISHED,
)
def date_out_of_step(issue: CheckedIssue) -> Iterator[Finding]:
    """A date that another issue already has.

    Write the day on which the issue is published.
    """
    if not issue.digest and (
        twin := next((listed for listed in issue.siblings if listed.head.date == issue.date), None)
    ):
        yield Finding(
            ("date",),
            f"date {issue.date} is already used by {twin.slug}",
            "Write the day on which the issue is published.",
        )


@rules.rule(
    "week-out-of-step",
    Severity.WARNING,
    "Readers and the archive would assign the issue to a week or year in which it was not published.",
    f"ISO 8601 weeks; {PUBLISHED} (a “Week 31” dated in week 32)",
)
def week_out_of_step(issue: CheckedIssue) -> Iterator[Finding]:
    """A week or year in the title or the file name that does not match the date.

    Correct the title, the file name or the date. A mismatch is not reported if a neighbouring issue has
    the same one.
    """
    if issue.date is None:
        return
    own = _Weeks.of(issue.document.draft.title, issue.document.slug, issue.date)
    before, after = _neighbours(issue)
    near = [_Weeks.of(listed.head.title, listed.slug, listed.head.date) for listed in (before, after) if listed]
    for steps, week_named in ((("title",), own.in_title), (("date",), own.in_slug)):
        if week_named is None or week_named == own.week:
            continue
        # A newsletter may always name the week before or after.
        usual = {weeks.offset for weeks in near if weeks.offset is not None}
        if own.offset is not None and own.offset in usual:
            continue
        where = "the title" if steps == ("title",) else "the file name"
        message = f"{where} has week {week_named}, but {issue.date} is in week {own.week} of {own.year}"
        yield Finding(steps, message, "Correct one of the two.")
        break
    else:
        yield from _same_week(own, before)
    years = {int(found["before"] or found["after"]) for found in _YEAR.finditer(issue.document.draft.title)}
    # An issue in January may look back on the year before.
    right = {issue.date.year, own.year, issue.date.year - (issue.date.month == 1)}
    if years and not years & right:
        wrong = max(years)
        message = f"the title has the year {wrong}, but the date is {issue.date}"
        yield Finding(("title",), message, "Correct one of the two.", within=str(wrong))


def _wrong_numbers(issue: CheckedIssue) -> Iterator[Finding]:
    typed = issue.document.draft.number.strip()
    if not re.fullmatch(r"[0-9]{1,6}", typed):
        return
    number = int(typed)
    before, after = _neighbours(issue)
    if before and before.head.number is not None and number != before.head.number + 1:
        message = f"number {number} follows {before.head.number}, the number of the issue before ({before.slug})"
        yield Finding(("number",), message, f"Write {before.head.number + 1}, or correct the other issue.")
    elif twin := next((fellow for fellow in issue.siblings if fellow.head.number == number), None):
        yield Finding(("number",), f"number {number} is already used by {twin.slug}", "Give each issue its own number.")
    elif after and after.head.number is not None and number >= after.head.number:
        message = f"number {number} precedes {after.head.number}, the number of the issue after ({after.slug})"
        yield Finding(("number",), message, "Number the issues in the order of their dates.")
    in_title, in_slug = number_in(issue.document.draft.title), issue.document.slug
    if in_title is not None and in_title != number:
        message = f"the title has the number {in_title}, but `number` is {number}"
        yield Finding(("title",), message, "Correct one of the two.", within=str(in_title))
    if in_slug.isdigit() and issue.publication.numbered and len(in_slug) < 7 and int(in_slug) != number:
        yield Finding(
            ("number",),
            f"the file name has the number {int(in_slug)}, but `number` is {number}",
            "Correct one of the two.",
        )


def is_usual_week(issue: CheckedIssue, day: date, week: int) -> bool:
    """Return whether a neighbouring issue names the week before or after its own as this issue would with `week`."""
    near = [_Weeks.of(listed.head.title, listed.slug, listed.head.date) for listed in _neighbours(issue) if listed]
    offset = (week - day.isocalendar().week + 26) % 52 - 26
    return offset in {weeks.offset for weeks in near}


class _Weeks(NamedTuple):
    """The ISO 8601 week and year of an issue's date, and the weeks in its title and its slug."""

    week: int
    year: int
    in_title: int | None
    in_slug: int | None

    @staticmethod
    def of(title: str, slug: str, day: date) -> "_Weeks":
        calendar = day.isocalendar()
        return _Weeks(calendar.week, calendar.year, week_in(title), week_in(slug))

    @property
    def week_named(self) -> int | None:
        return self.in_slug if self.in_title is None else self.in_title

    @property
    def offset(self) -> int | None:
        """The week in the title or slug minus the week of the date, also across the end of a year."""
        return None if self.week_named is None else (self.week_named - self.week + 26) % 52 - 26


def _same_week(own: _Weeks, before: ListedIssue | None) -> Iterator[Finding]:
    if before and own.week_named is not None:
        last = _Weeks.of(before.head.title, before.slug, before.head.date)
        if (last.week_named, last.year) == (own.week_named, own.year):
            yield Finding(
                ("title",), f"week {own.week_named} is already used by {before.slug}", "Check the title and the date."
            )


def _neighbours(issue: CheckedIssue) -> tuple[ListedIssue | None, ListedIssue | None]:
    """Return the issues before and after this one by date, or None if there is none."""
    if issue.date is None:
        return None, None
    after = next((at for at, listed in enumerate(issue.siblings) if listed.head.date > issue.date), len(issue.siblings))
    before = [listed for listed in issue.siblings[:after] if listed.head.date < issue.date]
    return (before[-1] if before else None), (issue.siblings[after] if after < len(issue.siblings) else None)
