"""Rules on an issue's file, which may be incomplete. They check a `CheckedIssue`.

`SETS` lists the files of rules in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.issue.checked_issue import CheckedIssue

SETS: tuple[Rules[CheckedIssue], ...] = rule_sets(
    __name__,
    "entries",
    "source_titles",
    "sponsorship",
    "highlights",
    "earlier_issues",
    "periods",
    "urls",
    "sections",
    "entry_content",
)
