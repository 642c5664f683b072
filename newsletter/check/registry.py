"""The registry of rules: every rule that `newsletter check` can apply.

A rule is one function with the decorator `rules.rule(...)`. To add one, write the function in a file of the folder for
its subject: `rules/issue/`, `rules/email/`, `rules/message/`, `rules/medium/` or `rules/network/`.
A new file begins with `rules: Rules[...] = Rules(Subject. ...)` and needs a line in the folder's `__init__.py`.
Every rule also needs a bad and a good example in `tests/check/cases/`. docs/extending.md has a complete example.
"""

from functools import cache
from typing import Any

from newsletter.check import ignore_comments
from newsletter.check.rule import Rule, Rules
from newsletter.check.rules import email, issue, medium, message, network, publication, reading


def all_rule_sets() -> tuple[Rules[Any], ...]:
    """Return all sets of rules in the order of the documentation."""
    rendered: tuple[Rules[Any], ...] = (*email.SETS, *message.SETS, *medium.SETS)
    return (reading.rules, *issue.SETS, *rendered, *network.SETS, ignore_comments.rules, publication.rules)


@cache
def rules_by_id() -> dict[str, Rule[Any]]:
    """Return all rules by their ids."""
    return {rule.id: rule for rules in all_rule_sets() for rule in rules}
