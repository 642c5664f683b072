"""Rules on the sections of an issue."""

from collections.abc import Iterable

from newsletter.check.rule import Rules, Subject
from newsletter.check.rules.issue.checked_issue import CheckedIssue
from newsletter.errors import Problem, Severity
from newsletter.issue.declared_sections import section_problems

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)


@rules.rule(
    "section-undeclared",
    Severity.WARNING,
    "The section is shown after the others, and its label may be missing.",
    "docs/publication.md",
)
def section_undeclared(issue: CheckedIssue) -> Iterable[Problem]:
    """A section of a published issue that `newsletter.yaml` does not declare. In a draft, it is a `schema` error.

    Declare the section under `sections` in `newsletter.yaml`, or give the old issue one of the declared sections.
    """
    found = section_problems(issue.document.source, issue.document.root, issue.publication.section_keys)
    return (problem for problem in found if problem.severity is Severity.WARNING)
