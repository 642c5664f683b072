"""Rules on the message as it is sent to a server. They check a `FinishedMessage`.

`SETS` lists the files of rules in the order of docs/checks.md.
"""

from newsletter.check.rule import Rules, rule_sets
from newsletter.check.rules.message.finished_message import FinishedMessage

SETS: tuple[Rules[FinishedMessage], ...] = rule_sets(
    __name__,
    "header_fields",
    "unsubscribe_links",
    "spam_score",
)
