"""Check the issue and its message with the rules of `newsletter check`."""

import os
from collections.abc import Iterator

from newsletter.check.runner import Checker
from newsletter.check.spamassassin import spam_scorer
from newsletter.errors import Severity
from newsletter.preflight.candidate import Candidate
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, error_diagnosis

# How many warnings are shown.
SHOWN_WARNINGS = 5


def check_issue(candidate: Candidate) -> Iterator[Diagnosis]:
    """Count the problems of the issue and of `newsletter.yaml`: every error is shown, and the first warnings."""
    spam = spam_scorer(candidate.workspace.root / ".newsletter", os.environ)
    checker = Checker(candidate.renderer, ask_spam=spam)
    checked = checker.issue(str(candidate.document.path))
    if checked.failure:
        yield error_diagnosis("check", checked.failure)
        return
    # Placeholders have their own check.
    settings = [problem for problem in checker.publication().problems if problem.rule != "scaffold-left"]
    problems = (*settings, *checked.problems)
    errors = tuple(problem for problem in problems if problem.severity is Severity.ERROR)
    warnings = tuple(problem for problem in problems if problem.severity is Severity.WARNING)
    counts = [
        f"{len(group)} {noun}{'' if len(group) == 1 else 's'}"
        for group, noun in ((errors, "error"), (warnings, "warning"))
        if group
    ]
    shown = errors + warnings[:SHOWN_WARNINGS]
    advice = f"Run `newsletter check {candidate.document.slug}` to see all." if len(shown) < len(problems) else ""
    if errors:
        yield Diagnosis("check", DiagnosisState.ERROR, ", ".join(counts), advice, shown)
    elif warnings:
        yield Diagnosis("check", DiagnosisState.WARNING, ", ".join(counts), advice, shown)
    else:
        yield Diagnosis("check", DiagnosisState.GOOD, "no problems found")
