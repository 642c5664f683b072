"""The language in which an audience is named: `tag:beta language:ja,zh -domain:example.com`.

Conditions stand side by side, and all of them hold. Each is a trait, a colon and one value or several, any of which
will do, with commas between them; a hyphen before it turns it round. A value with a space or a comma stands in
double quotes.
"""

import difflib
import re
from datetime import date

from newsletter.database.states import SubscriberState
from newsletter.errors import DocumentError, Problem
from newsletter.subscribers.audience import Audience, Condition, Trait

_CONDITION = re.compile(r'(?P<no>-?)(?P<trait>[^\s:",]*)(?P<colon>:?)(?P<values>(?:"[^"]*"?|[^\s"])*)')
_VALUE = re.compile(r'"(?P<quoted>[^"]*)(?P<end>"?)|(?P<bare>[^,"]+)')
_NAMES = tuple(trait.value for trait in Trait)
_TRAITS = ", ".join(f"{name}:" for name in _NAMES)
_STATES = tuple(state.value for state in SubscriberState)


def read_audience(text: str, option: str) -> Audience:
    """The audience that a filter names; `option` is where it was written, such as `--to`.

    Raises:
        DocumentError: it cannot be read; all that is wrong, each at its column.
    """
    conditions, problems = [], []
    for match in _CONDITION.finditer(text):
        if not match[0]:
            continue
        try:
            conditions.append(_condition(match))
        except _FaultError as fault:
            problems.append(Problem(option, 1, fault.column + 1, fault.message, fault.advice, source=text))
    if problems:
        raise DocumentError(problems)
    return Audience(tuple(conditions))


class _FaultError(Exception):
    def __init__(self, column: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.column, self.message, self.advice = column, message, advice


def _condition(match: re.Match[str]) -> Condition:
    name, begin = match["trait"], match.start("trait")
    if not match["colon"]:
        advice = f"Write a trait and a value, such as tag:{name or 'beta'}; there are {_TRAITS}."
        raise _FaultError(match.start(), f"`{match[0]}` names no trait", advice)
    if name not in _NAMES:
        near = difflib.get_close_matches(name, _NAMES, n=1)
        advice = f"Did you mean {near[0]}:?" if near else f"There are {_TRAITS}."
        raise _FaultError(begin, f"`{name}:` is no trait of a subscriber", advice)
    trait = Trait(name)
    return Condition(trait, tuple(_values(trait, match)), bool(match["no"]))


def _values(trait: Trait, match: re.Match[str]) -> list[str]:
    text, begin = match["values"], match.start("values")
    found, at = [], 0
    while True:
        value = _VALUE.match(text, at)
        if value is None or not (value["quoted"] or value["bare"]):
            raise _FaultError(
                begin + at, f"`{trait.value}:` has no value here", f"Write one, such as {_example(trait)}."
            )
        if value["quoted"] and not value["end"]:
            raise _FaultError(begin + at, "this quote is not closed", 'Write a `"` after the value.')
        found.append(_checked(trait, value["quoted"] or value["bare"], begin + at))
        at = value.end()
        if at == len(text):
            return found
        if text[at] != ",":
            advice = "Write a comma between two values, and a space between two conditions."
            raise _FaultError(begin + at, "a value ends here, and another begins", advice)
        at += 1


def _checked(trait: Trait, value: str, column: int) -> str:
    if trait is Trait.STATE and value not in _STATES:
        raise _FaultError(column, f"`{value}` is no state of a subscriber", f"There are {', '.join(_STATES)}.")
    if trait in (Trait.SINCE, Trait.BEFORE):
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
        raise _FaultError(column, f"`{value}` is no day", "Write it as YYYY-MM-DD, such as 2023-01-31.")
    return value


def _example(trait: Trait) -> str:
    examples = {
        Trait.TAG: "beta",
        Trait.LANGUAGE: "ja",
        Trait.DOMAIN: "example.org",
        Trait.STATE: "active",
        Trait.SINCE: "2023-01-31",
        Trait.BEFORE: "2023-01-31",
    }
    return f"{trait.value}:{examples[trait]}"
