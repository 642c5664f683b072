"""Rules: one small function each, registered with its id, its severity, a reason and the source of it."""

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
    """One place where a rule is broken: the steps that lead there in the issue's file, what is wrong, what to do.

    Of a text of several lines, `line` is one of them, counted from 0, and `within` a word in it.
    """

    steps: Steps
    message: str
    advice: str
    within: str = ""
    line: int | None = None


Find = Callable[[Looked], Iterable[Finding | Problem]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[Looked]):
    """A rule: `reason` says in one line why it is there, `source` where that is known from.

    What `find` gives is a finding, or a problem where reading the file has found it with its place.
    """

    id: str
    subject: Subject
    severity: Severity
    reason: str
    source: str
    find: "Find[Looked]"

    @property
    def says(self) -> str:
        """What the rule finds, in a line."""
        return (self.find.__doc__ or "").partition("\n")[0]


@dataclass
class Rules(Generic[Looked]):
    """The rules over one subject, in the order in which they were written.

    Those that are `firm` cannot be silenced: what they find, no output can be made of.
    """

    subject: Subject
    firm: bool = False
    rules: dict[str, Rule[Looked]] = field(default_factory=dict)

    def rule(self, id: str, severity: Severity, reason: str, source: str) -> Callable[[Find[Looked]], Find[Looked]]:
        """Register the function below as a rule; the first line of its docstring says what it finds."""

        def register(find: Find[Looked]) -> Find[Looked]:
            self.rules[id] = Rule(id, self.subject, severity, reason, source, find)
            return find

        return register

    def __iter__(self) -> Iterator[Rule[Looked]]:
        return iter(self.rules.values())


def rule_sets(package: str, *files: str) -> tuple[Rules[Any], ...]:
    """Import files of a package and return the constant `rules` of each, in the same order."""
    return tuple(import_module(f"{package}.{file}").rules for file in files)
