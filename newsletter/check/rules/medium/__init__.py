"""Rules on an issue's Medium story. They check a `MediumStory`.

`SETS` lists the files of rules in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.medium.checked_story import MediumStory

SETS: tuple[Rules[MediumStory], ...] = rule_sets(
    __name__,
    "medium_editor",
    "story_words",
)
