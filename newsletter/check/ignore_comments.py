"""Ignore comments in an issue, and the rule on unused ones.

A comment `# check: ignore=RULE[,RULE]` applies to its line. If an entry, a highlight or a field begins on the line,
the comment applies to all of it. A comment on a line of its own applies to the line below.
"""

import re
from bisect import bisect
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from newsletter.check.rule import Rules, Subject
from newsletter.documents.located_document import Document
from newsletter.documents.paths import Steps, location_of, scalars
from newsletter.documents.similar_names import suggestion
from newsletter.errors import Problem, Severity

_COMMENT = re.compile(r"(?:^|(?<=\s))#[ \t]*check:\s*ignore\s*=\s*(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)")


class IgnoreComment(NamedTuple):
    """A rule id in a comment.

    Args:
        line: the line of the comment, from 0.
        column: the column of the rule id, from 0.
        rule: the rule id.
        own_line: whether the comment is on a line of its own.
    """

    line: int
    column: int
    rule: str
    own_line: bool


@dataclass
class IgnoreComments:
    """The ignore comments of a file, and those that have ignored a finding so far."""

    document: Document
    comments: tuple[IgnoreComment, ...]
    used: set[IgnoreComment] = field(default_factory=set)

    @cached_property
    def _by_line(self) -> dict[tuple[str, int], IgnoreComment]:
        return {(comment.rule, comment.line): comment for comment in self.comments}

    def ignores(self, rule: str, steps: Steps, line: int) -> bool:
        """Return whether a comment ignores a finding, and record that the comment is used.

        Args:
            rule: the id of the rule.
            steps: the steps of the finding.
            line: the line of the finding, from 0.
        """
        if not self.comments:
            return False
        lines = {line, *self._begins(steps)}
        beside = [self._by_line.get((rule, begin)) for begin in lines]
        above = [self._by_line.get((rule, comment)) for begin in lines for comment in self._above(begin)]
        used = [comment for comment in beside if comment and not comment.own_line] + [
            comment for comment in above if comment
        ]
        self.used.update(used)
        return bool(used)

    def _begins(self, steps: Steps) -> Iterator[int]:
        """Yield the lines where the list item on the path of the steps begins, and its field."""
        for length in range(3 if len(steps) > 1 else 1, len(steps) + 1):
            _, parent = location_of(self.document.root, steps[: length - 1])
            keys = getattr(parent, "keys", {})
            if steps[length - 1] in keys:
                yield keys[steps[length - 1]].location.line
            else:
                yield location_of(self.document.root, steps[:length])[0].line

    def _above(self, line: int) -> Iterator[int]:
        """Yield the lines of the comments directly above a line."""
        while line and self.document.source.line(line - 1).lstrip().startswith("#"):
            line -= 1
            yield line


def find_ignore_comments(document: Document) -> IgnoreComments:
    """Find the ignore comments of a file. Text values are not searched."""
    source = document.source
    if "check:" not in source.text:
        return IgnoreComments(document, ())
    # The range of each text, in the order of the file. A comment may follow the indicator of a block (`|`).
    texts = [
        (source.text.find("\n", scalar.location.start) if scalar.block else scalar.location.start, scalar.location.end)
        for _, scalar in scalars(document.root)
    ]
    texts.sort()
    comments: list[IgnoreComment] = []
    for found in _COMMENT.finditer(source.text):
        before = bisect(texts, (found.start(), len(source.text)))
        if not before or found.start() >= texts[before - 1][1]:
            line, column = source.position(found.start("rules"))
            own_line = not source.line(line).partition("#")[0].strip()
            ids = re.finditer(r"[\w-]+", found["rules"])
            comments += [IgnoreComment(line, column + rule.start(), rule[0], own_line) for rule in ids]
    return IgnoreComments(document, tuple(comments))


def unknown_rule(name: str, known: Collection[str]) -> tuple[str, str]:
    """Return the message and the advice for an unknown rule id."""
    near = suggestion(name, known)
    return f"unknown rule `{name}`", near if near.startswith("Did") else "docs/checks.md lists all rules."


class IgnoreUse(NamedTuple):
    """The ignore comments of a file, after all other rules were applied.

    Args:
        file: the comments.
        known: the ids of all rules.
        applied: the ids of the rules that were applied.
    """

    file: IgnoreComments
    known: Collection[str]
    applied: Collection[str]


rules: Rules[IgnoreUse] = Rules(Subject.ISSUE)


@rules.rule(
    "useless-ignore",
    Severity.WARNING,
    "An unused comment would hide a problem that appears later.",
    "ESLint and mypy report unused ignore comments too",
)
def useless_ignore(use: IgnoreUse) -> Iterable[Problem]:
    """An ignore comment that has no effect, or contains an unknown rule id.

    Remove the comment, or correct the rule id.
    """
    for comment in use.file.comments:
        message, advice = "", ""
        if comment.rule not in use.known:
            message, advice = unknown_rule(comment.rule, use.known)
        elif comment.rule in use.applied and comment not in use.file.used:
            message, advice = f"unused ignore comment: `{comment.rule}` finds nothing here", "Remove it."
        if message:
            yield use.file.document.source.problem(comment.line, comment.column, message, advice)
