"""What a rule is: a function with an id, a severity, a reason, and the source of the reason."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any, Generic, TypeVar

from newsletter.documents.paths import Steps
from newsletter.errors import Problem, Severity

Looked = TypeVar("Looked")


class Subject(StrEnum):
    """What a rule looks at."""

    ISSUE = "issue"
    PUBLICATION = "publication"
    EMAIL = "email"
    MESSAGE = "message"
    MEDIUM = "medium"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken.

    Args:
        steps: the keys and indexes that lead to the field in the file; () is the file.
        message: what is wrong.
        advice: what to do.
        within: a word of the field, where the column is that of the word.
        line: the line within a text of several lines, from 0.
    """

    steps: Steps
    message: str
    advice: str
    within: str = ""
    line: int | None = None


Find = Callable[[Looked], Iterable[Finding | Problem]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[Looked]):
    """A rule.

    Args:
        id: its id, which ignore comments and settings use.
        subject: what it looks at.
        severity: the severity of its findings.
        reason: why it exists, in one line.
        source: the source of the reason.
        find: yields findings; or problems, where they have their location already.
    """

    id: str
    subject: Subject
    severity: Severity
    reason: str
    source: str
    find: "Find[Looked]"

    @property
    def description(self) -> str:
        """What the rule finds, in one line."""
        return (self.find.__doc__ or "").partition("\n")[0]


@dataclass
class Rules(Generic[Looked]):
    """A set of rules with one subject, in the order of definition.

    Rules of a `firm` set cannot be ignored: an issue with such a problem cannot be rendered.
    """

    subject: Subject
    firm: bool = False
    rules: dict[str, Rule[Looked]] = field(default_factory=dict)

    def rule(self, id: str, severity: Severity, reason: str, source: str) -> Callable[[Find[Looked]], Find[Looked]]:
        """Register the decorated function as a rule; the first line of its docstring is its description."""

        def register(find: Find[Looked]) -> Find[Looked]:
            self.rules[id] = Rule(id, self.subject, severity, reason, source, find)
            return find

        return register

    def __iter__(self) -> Iterator[Rule[Looked]]:
        return iter(self.rules.values())


def rule_sets(package: str, *files: str) -> tuple[Rules[Any], ...]:
    """Import files of a package and return the constant `rules` of each, in the same order."""
    return tuple(import_module(f"{package}.{file}").rules for file in files)
