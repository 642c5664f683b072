"""Run the preflight: all checks of a candidate, in the order of the report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newsletter.preflight.audience import check_audience
from newsletter.preflight.candidate import Candidate
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState
from newsletter.preflight.issue_checks import check_issue
from newsletter.preflight.issue_date import check_issue_date
from newsletter.preflight.online import check_online
from newsletter.preflight.sent_links import check_sent_links
from newsletter.preflight.settings import check_settings
from newsletter.preflight.tested import check_tested

Check = Callable[[Candidate], Iterator[Diagnosis]]


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """The results of the checks, in order."""

    diagnoses: tuple[Diagnosis, ...]

    def count(self, state: DiagnosisState) -> int:
        """Count the results in a state."""
        return sum(diagnosis.state is state for diagnosis in self.diagnoses)

    @property
    def failed(self) -> bool:
        """Whether there is an error, so that the issue must not be sent."""
        return self.count(DiagnosisState.ERROR) > 0


def _check_settings(candidate: Candidate) -> Iterator[Diagnosis]:
    return check_settings(candidate.workspace)


# A new check is one module and one line here.
CHECKS: tuple[Check, ...] = (
    _check_settings,
    check_issue,
    check_issue_date,
    check_online,
    check_sent_links,
    check_audience,
    check_tested,
)


def run_preflight(candidate: Candidate) -> PreflightReport:
    """Run all checks.

    Raises:
        NewsletterError: The audience's filter, the database or a template cannot be read.
    """
    return PreflightReport(tuple(diagnosis for check in CHECKS for diagnosis in check(candidate)))
