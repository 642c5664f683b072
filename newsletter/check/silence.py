"""Silence: rules that an author does not want, in `newsletter.yaml` or at a place of the issue's file.

A comment `# check: ignore=RULE[,RULE]` counts for its line. For an entry, a highlight or a field
that begins on the line, it counts for all of that, and so it does on a line of its own directly above.
"""

import re
from bisect import bisect
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from newsletter.check.rule import Rules, Subject
from newsletter.documents.located_document import Document
from newsletter.documents.paths import Steps, location_of, scalars
from newsletter.documents.validation_errors import suggestion
from newsletter.errors import Problem, Severity

_COMMENT = re.compile(r"(?:^|(?<=\s))#[ \t]*check:\s*ignore\s*=\s*(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)")


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule that a comment silences: the line of the comment and the column of the rule's id, from 0."""

    line: int
    column: int
    rule: str
    alone: bool


@dataclass
class Silences:
    """The comments of a file that silence rules, and what they have silenced so far."""

    document: Document
    wishes: tuple[Wish, ...]
    heard: set[Wish] = field(default_factory=set)

    @cached_property
    def _by_place(self) -> dict[tuple[str, int], Wish]:
        return {(wish.rule, wish.line): wish for wish in self.wishes}

    def silence(self, rule: str, steps: Steps, line: int) -> bool:
        """Whether a comment silences what a rule found at the end of some steps, on a line counted from 0."""
        if not self.wishes:
            return False
        lines = {line, *self._begins(steps)}
        beside = [self._by_place.get((rule, begin)) for begin in lines]
        above = [self._by_place.get((rule, comment)) for begin in lines for comment in self._above(begin)]
        heard = [wish for wish in beside if wish and not wish.alone] + [wish for wish in above if wish]
        self.heard.update(heard)
        return bool(heard)

    def _begins(self, steps: Steps) -> Iterator[int]:
        """The lines where the item of a list that the steps lead into begins, and the field in it."""
        for length in range(3 if len(steps) > 1 else 1, len(steps) + 1):
            _, parent = location_of(self.document.root, steps[: length - 1])
            keys = getattr(parent, "keys", {})
            if steps[length - 1] in keys:
                yield keys[steps[length - 1]].location.line
            else:
                yield location_of(self.document.root, steps[:length])[0].line

    def _above(self, line: int) -> Iterator[int]:
        """The lines of comments directly above a line."""
        while line and self.document.source.line(line - 1).lstrip().startswith("#"):
            line -= 1
            yield line


def silences_in(document: Document) -> Silences:
    """The comments of a file that silence rules; a text that only quotes one is none."""
    source = document.source
    if "check:" not in source.text:
        return Silences(document, ())
    # Where each text begins, in the order of the file; a comment may stand beside the mark of a block.
    texts = [
        (source.text.find("\n", scalar.location.start) if scalar.block else scalar.location.start, scalar.location.end)
        for _, scalar in scalars(document.root)
    ]
    texts.sort()
    wishes: list[Wish] = []
    for found in _COMMENT.finditer(source.text):
        before = bisect(texts, (found.start(), len(source.text)))
        if not before or found.start() >= texts[before - 1][1]:
            line, column = source.position(found.start("rules"))
            alone = not source.line(line).partition("#")[0].strip()
            ids = re.finditer(r"[\w-]+", found["rules"])
            wishes += [Wish(line, column + rule.start(), rule[0], alone) for rule in ids]
    return Silences(document, tuple(wishes))


def unknown_rule(name: str, known: Collection[str]) -> tuple[str, str]:
    """What is wrong with the id of a rule that there is not, and what to do."""
    near = suggestion(name, known)
    return f"`{name}` is the id of no rule", near if near.startswith("Did") else "docs/checks.md has the ids of all."


@dataclass(frozen=True)
class Silenced:
    """What is known of a file's silences when every rule has looked: all rules there are, and those that looked."""

    silences: Silences
    known: Collection[str]
    looked: Collection[str]


rules: Rules[Silenced] = Rules(Subject.ISSUE)


@rules.rule(
    "useless-ignore",
    Severity.WARNING,
    "A fault that comes later would be silenced by a comment that nobody needs.",
    "ESLint and mypy report theirs, too",
)
def useless_ignore(silenced: Silenced) -> Iterable[Problem]:
    """A comment that silences nothing, or names a rule that there is not."""
    for wish in silenced.silences.wishes:
        message, advice = "", ""
        if wish.rule not in silenced.known:
            message, advice = unknown_rule(wish.rule, silenced.known)
        elif wish.rule in silenced.looked and wish not in silenced.silences.heard:
            message, advice = f"`{wish.rule}` finds nothing here", "Take the comment out."
        if message:
            yield silenced.silences.document.source.problem(wish.line, wish.column, message, advice)
