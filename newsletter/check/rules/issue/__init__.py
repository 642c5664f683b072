"""Rules on an issue's file, whether or not it is complete. They look at a `CheckedIssue`.

A file of rules is one line of `SETS`, which is in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.issue.checked_issue import CheckedIssue

SETS: tuple[Rules[CheckedIssue], ...] = rule_sets(
    __name__,
    "entries",
    "highlights",
    "earlier_issues",
    "urls",
    "entry_content",
)
