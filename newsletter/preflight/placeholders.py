"""Check that no example text of `newsletter init` and `newsletter new-issue` is left."""

from collections.abc import Iterator

from newsletter.check.rule import Finding
from newsletter.check.rules.publication import scaffold_left
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, located
from newsletter.publication.publication_file import PublicationDocument


def placeholders(document: PublicationDocument) -> list[Finding]:
    """Return the examples that are left in `newsletter.yaml`."""
    return [finding for finding in scaffold_left(document) if isinstance(finding, Finding)]


def check_placeholders(document: PublicationDocument) -> Iterator[Diagnosis]:
    """Report each example in `newsletter.yaml`. Unlike the rule of `newsletter check`, it cannot be ignored."""
    found = placeholders(document)
    for finding in found:
        yield located(DiagnosisState.ERROR, document.problem(finding.steps, finding.message, finding.advice))
    if not found:
        yield Diagnosis("settings", DiagnosisState.GOOD, f"no placeholders in {document.source.name}")
