"""Check the issue and its message with the rules of `newsletter check`."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace

from newsletter.check.runner import Checker
from newsletter.check.spamassassin import spam_scorer
from newsletter.errors import Problem, Severity
from newsletter.files import working_path
from newsletter.preflight.candidate import Candidate
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, error_diagnosis

# How many warnings are shown.
SHOWN_WARNINGS = 5


def with_placeholders_as_errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems of an issue as the preflight counts them: readers must not get a placeholder such as TODO.

    While an issue is written, `newsletter check` only warns of placeholders.
    """
    return tuple(
        replace(problem, severity=Severity.ERROR) if problem.rule == "placeholder" else problem for problem in problems
    )


def check_issue(candidate: Candidate) -> Iterator[Diagnosis]:
    """Count the problems of the issue and of `newsletter.yaml`, and the sponsored entries.

    Every error is shown, and the first warnings.
    """
    spam = spam_scorer(working_path(candidate.workspace.root), os.environ)
    checker = Checker(candidate.renderer, ask_spam=spam)
    checked = checker.issue(str(candidate.document.path))
    if checked.failure:
        yield error_diagnosis("check", checked.failure)
        return
    # Placeholders have their own check.
    settings = [problem for problem in checker.publication().problems if problem.rule != "scaffold-left"]
    problems = (*settings, *with_placeholders_as_errors(checked.problems))
    errors = tuple(problem for problem in problems if problem.severity is Severity.ERROR)
    warnings = tuple(problem for problem in problems if problem.severity is Severity.WARNING)
    counts = [
        f"{len(group)} {noun}{'' if len(group) == 1 else 's'}"
        for group, noun in ((errors, "error"), (warnings, "warning"))
        if group
    ]
    counts += [] if counts else ["no problems found"]
    counts += [f"{checked.sponsored} sponsored"] if checked.sponsored else []
    shown = errors + warnings[:SHOWN_WARNINGS]
    advice = f"Run `newsletter check {candidate.document.slug}` to see all." if len(shown) < len(problems) else ""
    if errors:
        yield Diagnosis("check", DiagnosisState.ERROR, ", ".join(counts), advice, shown)
    elif warnings:
        yield Diagnosis("check", DiagnosisState.WARNING, ", ".join(counts), advice, shown)
    else:
        yield Diagnosis("check", DiagnosisState.GOOD, ", ".join(counts))
