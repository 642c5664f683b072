"""Rules on an issue's Medium story. They look at a `MediumStory`.

A file of rules is one line of `SETS`, which is in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.medium.checked_story import MediumStory

SETS: tuple[Rules[MediumStory], ...] = rule_sets(
    __name__,
    "medium_editor",
)
