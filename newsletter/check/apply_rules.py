"""Rules at work: each looks, and what it finds becomes a problem with its place, unless it is silenced."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from newsletter.check.rule import Looked, Rules
from newsletter.check.silence import Silences
from newsletter.documents.located_document import Document
from newsletter.errors import Problem


def problems_found(
    rules: Rules[Looked], looked: Looked, document: Document, ignored: Collection[str], silences: Silences | None = None
) -> Iterator[Problem]:
    """What the rules find; those that are ignored do not look, unless they are firm."""
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
            if rules.firm or silences is None or not silences.silence(rule.id, found.steps, problem.line - 1):
                yield replace(problem, rule=rule.id)
