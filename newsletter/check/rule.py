"""Defines a rule: a function with an id, a severity, a reason, and the source of the reason."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar

from newsletter.documents.paths import Steps
from newsletter.errors import Problem, Severity

Target = TypeVar("Target")


class Subject(StrEnum):
    """What a rule checks."""

    ISSUE = "issue"
    PUBLICATION = "publication"
    EMAIL = "email"
    MESSAGE = "message"
    MEDIUM = "medium"
    NETWORK = "network"


class UrlFix(NamedTuple):
    """A URL to write in place of the one that a finding is about.

    Args:
        old: the URL in the file.
        new: the URL to write.
        verify: whether the new URL must be requested before it is written, since its page may not exist.
    """

    old: str
    new: str
    verify: bool = False


class Finding(NamedTuple):
    """One place where a rule is broken.

    Args:
        steps: the keys and indexes of the field in the file; () is the file.
        message: what is wrong, in lower case without a full stop.
        advice: what to do, as a sentence.
        within: words of the field whose column the finding has, or "" for the start of the field.
        line: the line within a text of several lines, from 0, or None.
        fix: what `newsletter check --fix` writes, or None if only the author can decide.
    """

    steps: Steps
    message: str
    advice: str
    within: str = ""
    line: int | None = None
    fix: UrlFix | None = None


Find = Callable[[Target], Iterable[Finding | Problem]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[Target]):
    """A rule.

    Args:
        id: its id, for ignore comments and settings.
        subject: what it checks.
        severity: the severity of its findings.
        reason: why it matters, in one line.
        source: the source of the reason.
        find: yields findings, or problems that already have a location.
        combined: the message of one finding for several places of a file, with `{count}` and `{lines}`, or "" if each
            place has a finding of its own.
    """

    id: str
    subject: Subject
    severity: Severity
    reason: str
    source: str
    find: "Find[Target]"
    combined: str = ""

    @property
    def description(self) -> str:
        """What the rule finds, in one line."""
        return (self.find.__doc__ or "").partition("\n")[0]

    @property
    def fix(self) -> str:
        """How to fix a finding, in one line; "" if the docstring has only a description."""
        return " ".join((self.find.__doc__ or "").partition("\n")[2].split())


@dataclass
class Rules(Generic[Target]):
    """A set of rules with one subject, in the order of definition.

    Args:
        subject: what the rules check.
        mandatory: whether the rules cannot be ignored, since an issue with such a problem cannot be rendered.
        rules: the rules by their ids.
    """

    subject: Subject
    mandatory: bool = False
    rules: dict[str, Rule[Target]] = field(default_factory=dict)

    def rule(
        self, id: str, severity: Severity, reason: str, source: str, combined: str = ""
    ) -> Callable[[Find[Target]], Find[Target]]:
        """Register the decorated function as a rule.

        The first line of its docstring is the rule's description; the rest says how to fix a finding.
        """

        def register(find: Find[Target]) -> Find[Target]:
            self.rules[id] = Rule(id, self.subject, severity, reason, source, find, combined)
            return find

        return register

    def __iter__(self) -> Iterator[Rule[Target]]:
        return iter(self.rules.values())


def rule_sets(package: str, *files: str) -> tuple[Rules[Any], ...]:
    """Import files of a package and return the constant `rules` of each, in the same order."""
    return tuple(import_module(f"{package}.{file}").rules for file in files)
