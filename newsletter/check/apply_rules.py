"""Applies rules, and turns each finding into a problem with a location, unless a comment ignores it."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from newsletter.check.ignore_comments import IgnoreComments
from newsletter.check.rule import Rules, Target
from newsletter.documents.located_document import Document
from newsletter.errors import Problem


def apply_rules(
    rules: Rules[Target],
    target: Target,
    document: Document,
    ignored: Collection[str],
    comments: IgnoreComments | None = None,
) -> Iterator[Problem]:
    """Apply a set of rules to their target and yield the problems.

    Args:
        rules: the rules.
        target: what they check.
        document: the file in which findings are located.
        ignored: ids of rules that are not applied, unless the set is mandatory.
        comments: the ignore comments of the file, or None.
    """
    for rule in rules:
        if rule.id in ignored and not rules.mandatory:
            continue
        for found in rule.find(target):
            if isinstance(found, Problem):
                yield replace(found, rule=rule.id, severity=rule.severity)
                continue
            problem = document.problem(
                found.steps, found.message, found.advice, rule.severity, found.line, found.within
            )
            if rules.mandatory or comments is None or not comments.ignores(rule.id, found.steps, problem.line - 1):
                yield replace(problem, rule=rule.id)
