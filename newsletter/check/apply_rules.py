"""Applies rules, and turns each finding into a problem with a location, unless a comment ignores it."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from newsletter.check.ignore_comments import IgnoreComments
from newsletter.check.rule import Finding, Rule, Rules, Target
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
    for rule in _applied(rules, ignored):
        found = _apply_rule(rule, target, document, None if rules.mandatory else comments)
        problems = (problem for problem, _ in found)
        yield from _combine(list(problems), rule.combined) if rule.combined else problems


def apply_with_fixes(
    rules: Rules[Target],
    target: Target,
    document: Document,
    ignored: Collection[str],
    comments: IgnoreComments | None = None,
) -> Iterator[tuple[Problem, Finding | None]]:
    """Apply a set of rules as `apply_rules` does, and yield each problem with its finding. None are combined.

    A problem that a rule has located itself has no finding.
    """
    for rule in _applied(rules, ignored):
        yield from _apply_rule(rule, target, document, None if rules.mandatory else comments)


def _applied(rules: Rules[Target], ignored: Collection[str]) -> Iterator[Rule[Target]]:
    return (rule for rule in rules if rules.mandatory or rule.id not in ignored)


def _apply_rule(
    rule: Rule[Target], target: Target, document: Document, comments: IgnoreComments | None
) -> Iterator[tuple[Problem, Finding | None]]:
    for found in rule.find(target):
        if isinstance(found, Problem):
            yield replace(found, rule=rule.id, severity=rule.severity), None
            continue
        problem = document.problem(found.steps, found.message, found.advice, rule.severity, found.line, found.within)
        if comments is None or not comments.ignores(rule.id, found.steps, problem.line - 1):
            yield replace(problem, rule=rule.id), found


def _combine(problems: list[Problem], message: str) -> list[Problem]:
    """Return one problem for several, at the first line."""
    if len(problems) < 2:
        return problems
    problems.sort(key=lambda problem: (problem.line, problem.column))
    lines = [str(line) for line in dict.fromkeys(problem.line for problem in problems)]
    named = f"lines {', '.join(lines[:-1])} and {lines[-1]}" if len(lines) > 1 else f"line {lines[0]}"
    return [replace(problems[0], message=message.format(count=len(problems), lines=named))]
