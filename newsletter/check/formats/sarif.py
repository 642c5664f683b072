"""Formats findings as SARIF (Static Analysis Results Interchange Format) for code hosts and editors.

SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from newsletter import __version__
from newsletter.check.rule import Rule
from newsletter.errors import Problem, Severity

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "note"}


def sarif_log(problems: Iterable[Problem], rules: Mapping[str, Rule[Any]]) -> dict[str, Any]:
    """Return a log of one run, with all rules and the findings."""
    order = {name: index for index, name in enumerate(rules)}
    driver = {
        "name": "newsletter-press",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        # Columns count code points (3.14.17), as `Problem` does.
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, order) for problem in problems],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule[Any]) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.description},
        "fullDescription": {"text": rule.reason},
        "help": {"text": f"{rule.description} {rule.reason} Source: {rule.source}."},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.subject.value]},
    }


def _result(problem: Problem, order: Mapping[str, int]) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": problem.line, "startColumn": problem.column}
    if problem.source:
        region["snippet"] = {"text": problem.source}
    return {
        "ruleId": problem.rule,
        "ruleIndex": order[problem.rule],
        "level": _LEVELS[problem.severity],
        "message": {"text": f"{problem.message}. {problem.advice}".rstrip(". ") + "."},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(problem.file)}, "region": region}}],
    }
