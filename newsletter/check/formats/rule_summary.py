"""Formats the number of findings of each rule as a table."""

from collections import Counter
from collections.abc import Sequence

from newsletter.errors import Problem, Severity

_ORDER = list(Severity)


def rule_summary(problems: Sequence[Problem]) -> list[str]:
    """Return a line for each rule with its severity, its number of findings and of files, the most frequent first.

    Errors come before warnings, and warnings before information.
    """
    counts = Counter((problem.severity, problem.rule) for problem in problems)
    files = Counter((severity, rule) for severity, rule, _ in {(p.severity, p.rule, p.file) for p in problems})
    rows = sorted(counts.items(), key=lambda row: (_ORDER.index(row[0][0]), -row[1], row[0][1]))
    digits = max((len(f"{count:,}") for count in counts.values()), default=0)
    width = max((len(rule) for _, rule in counts), default=0)
    return [
        f"{severity.value:<11}  {count:>{digits},}  {rule:<{width}}  in {_files(files[severity, rule])}"
        for (severity, rule), count in rows
    ]


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"
