"""Rules on what the addresses of an issue answer, on request only. They look at `UrlAnswers`.

A file of rules is one line of `SETS`, which is in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.network.url_answers import UrlAnswers

SETS: tuple[Rules[UrlAnswers], ...] = rule_sets(
    __name__,
    "reachability",
)
