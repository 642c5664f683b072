"""Check that the links to the archive in mail that was sent still work."""

from collections.abc import Iterator

from newsletter.ledger.sent_slugs import find_slugs_without_issue
from newsletter.preflight.candidate import Candidate
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState
from newsletter.text.timestamps import day


def check_sent_links(candidate: Candidate) -> Iterator[Diagnosis]:
    """Report issues that were renamed or deleted after they were sent, so that links in that mail break."""
    for sent in find_slugs_without_issue(candidate.database, candidate.workspace.issues.names()):
        message = f"{sent.slug} was sent on {day(sent.sent_at)}, but no issue has this slug any more: its links break"
        advice = f"Add `aliases: [{sent.slug}]` to the issue that replaced it."
        yield Diagnosis("sent links", DiagnosisState.WARNING, message, advice)
