"""Rules on the finished message, as a server is given it. They look at a `FinishedMessage`.

A file of rules is one line of `SETS`, which is in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.message.finished_message import FinishedMessage

SETS: tuple[Rules[FinishedMessage], ...] = rule_sets(
    __name__,
    "header_fields",
    "unsubscribe_links",
    "spam_score",
)
