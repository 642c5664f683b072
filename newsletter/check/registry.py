"""All rules there are, whatever they look at."""

from functools import cache
from typing import Any

from newsletter.check import silence
from newsletter.check.rule import Rule, Rules
from newsletter.check.rules import email, issue, medium, message, network, publication, reading


def sets() -> tuple[Rules[Any], ...]:
    """The sets of rules, in the order of the documentation."""
    rendered = (*email.SETS, *message.SETS, *medium.SETS)
    return (reading.rules, *issue.SETS, *rendered, *network.SETS, silence.rules, publication.rules)


@cache
def catalogue() -> dict[str, Rule[Any]]:
    """Every rule by its id."""
    return {rule.id: rule for rules in sets() for rule in rules}
