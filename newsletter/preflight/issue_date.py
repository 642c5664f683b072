"""Check that the issue's date is not in the future."""

from collections.abc import Iterator
from datetime import timedelta

from newsletter.preflight.candidate import Candidate
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, located


def check_issue_date(candidate: Candidate) -> Iterator[Diagnosis]:
    """Warn if the issue is dated more than a day ahead."""
    day = candidate.document.issue.date
    ahead = day - candidate.today
    if ahead > timedelta(days=1):
        message = f"the issue is dated {day}, {ahead.days:,} days ahead"
        advice = "Correct the date, or send the issue on that day."
        yield located(DiagnosisState.WARNING, candidate.document.problem(("date",), message, advice))
    else:
        yield Diagnosis("date", DiagnosisState.GOOD, f"{day}")
