"""Applies rules: a finding becomes a problem with a location in the file, unless a comment ignores it."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from newsletter.check.ignore_comments import IgnoreComments
from newsletter.check.rule import Looked, Rules
from newsletter.documents.located_document import Document
from newsletter.errors import Problem


def apply_rules(
    rules: Rules[Looked],
    looked: Looked,
    document: Document,
    ignored: Collection[str],
    comments: IgnoreComments | None = None,
) -> Iterator[Problem]:
    """Apply a set of rules to what they look at and yield the problems.

    Args:
        rules: the rules.
        looked: what they look at.
        document: the file in which findings are located.
        ignored: ids of rules that are not applied, unless the set is firm.
        comments: the ignore comments of the file.
    """
    for rule in rules:
        if rule.id in ignored and not rules.firm:
            continue
        for found in rule.find(looked):
            if isinstance(found, Problem):
                yield replace(found, rule=rule.id, severity=rule.severity)
                continue
            problem = document.problem(
                found.steps, found.message, found.advice, rule.severity, found.line, found.within
            )
            if rules.firm or comments is None or not comments.silences(rule.id, found.steps, problem.line - 1):
                yield replace(problem, rule=rule.id)
