"""The rules on an issue, in the order of their modules."""

from newsletter.checks.issue.proof import Proof
from newsletter.checks.rule import Rules, Subject

PUBLISHED = "nineteen issues of one newsletter, read closely: published so"
rules: Rules[Proof] = Rules(Subject.ISSUE)
