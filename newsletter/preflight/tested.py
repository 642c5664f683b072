"""Check that a test of exactly this content was sent."""

from collections.abc import Iterator

from newsletter.ledger.sent_tests import has_test_send
from newsletter.preflight.candidate import Candidate
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState


def check_tested(candidate: Candidate) -> Iterator[Diagnosis]:
    """Report that no test of the current content was sent."""
    slug = candidate.document.slug
    with candidate.database.read() as connection:
        tested = has_test_send(connection, slug, candidate.prepared.digests)
    if tested:
        yield Diagnosis("test", DiagnosisState.GOOD, "a test of this content was sent")
    else:
        state = DiagnosisState.ERROR if candidate.needs_test else DiagnosisState.WARNING
        option = " --correction" if candidate.correction else ""
        advice = f"Send one and look at it: `newsletter send {slug}{option} --test ADDRESS`."
        yield Diagnosis("test", state, f"the current content of {slug} has not been tested", advice)
