"""Check `newsletter.yaml` with the rules of `newsletter check`."""

from collections.abc import Iterator

from newsletter.check.runner import Checker
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import Severity
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState
from newsletter.render.renderer import Renderer


def check_publication_settings(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report each problem in `newsletter.yaml` with its line."""
    name = examined.workspace.document.source.name
    # Placeholders are reported by `sending_settings`, as errors.
    found = Checker(Renderer(examined.workspace)).publication().problems
    problems = [problem for problem in found if problem.rule != "scaffold-left"]
    for problem in problems:
        state = DiagnosisState.ERROR if problem.severity is Severity.ERROR else DiagnosisState.WARNING
        yield Diagnosis(f"{name}:{problem.line}", state, problem.message, problem.advice)
    if not problems:
        message = "no other problems found" if found else "no problems found"
        yield Diagnosis(name, DiagnosisState.GOOD, message)
