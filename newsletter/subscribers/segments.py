"""Segments: filters for subscribers, such as `tag:beta language:ja,zh -domain:example.com`.

Conditions are separated by spaces, and all must match. A condition is a field, a colon, and values separated by commas,
of which one must match. A hyphen negates a condition. A value with a space or a comma is enclosed in double quotes.
`parse_segment` parses a filter, and `build_segment_condition` translates it into SQL.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from newsletter.database.states import SubscriberState
from newsletter.database.tables import subscriber, subscriber_tag
from newsletter.errors import DocumentError, Problem


class FilterField(StrEnum):
    """The attribute that a condition tests. The value is its name in a filter."""

    TAG = "tag"
    LANGUAGE = "language"
    DOMAIN = "domain"
    STATE = "state"
    SINCE = "since"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Condition:
    """Matches if the field has one of the values, or none of them if `negated`.

    The values of `since` and `before` are days as YYYY-MM-DD (UTC).
    """

    field: FilterField
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """Matches subscribers for which all conditions match. Without conditions, it matches all subscribers."""

    conditions: tuple[Condition, ...] = ()


_CONDITION = re.compile(r'(?P<no>-?)(?P<field>[^\s:",]*)(?P<colon>:?)(?P<values>(?:"[^"]*"?|[^\s"])*)')
_VALUE = re.compile(r'"(?P<quoted>[^"]*)(?P<end>"?)|(?P<bare>[^,"]+)')
_EXAMPLES = {
    FilterField.TAG: "beta",
    FilterField.LANGUAGE: "ja",
    FilterField.DOMAIN: "example.org",
    FilterField.STATE: "active",
    FilterField.SINCE: "2023-01-31",
    FilterField.BEFORE: "2023-01-31",
}
_NAMES = tuple(field.value for field in FilterField)
_FIELDS = ", ".join(f"{name}:" for name in _NAMES)
_STATES = tuple(state.value for state in SubscriberState)


def parse_segment(text: str, option: str) -> Segment:
    """Parse a segment.

    Args:
        text: the filter; empty for all subscribers.
        option: the option with the filter, such as `--to`, for error messages.

    Raises:
        DocumentError: the filter has syntax errors. It contains all of them, with their columns.
    """
    conditions, problems = [], []
    for match in _CONDITION.finditer(text):
        if not match[0]:
            continue
        try:
            conditions.append(_read_condition(match))
        except _SegmentSyntaxError as error:
            problems.append(Problem(option, 1, error.column + 1, error.message, error.advice, source=text))
    if problems:
        raise DocumentError(problems)
    return Segment(tuple(conditions))


class _SegmentSyntaxError(Exception):
    """A syntax error in one condition; `column` counts from 0."""

    def __init__(self, column: int, message: str, advice: str) -> None:
        super().__init__(message)
        self.column, self.message, self.advice = column, message, advice


def _read_condition(match: re.Match[str]) -> Condition:
    name, begin = match["field"], match.start("field")
    if not match["colon"]:
        advice = f"Write a condition and a value, such as tag:{name or 'beta'}; the conditions are {_FIELDS}."
        raise _SegmentSyntaxError(match.start(), f"expected a condition, found `{match[0]}`", advice)
    if name not in _NAMES:
        near = difflib.get_close_matches(name, _NAMES, n=1)
        advice = f"Did you mean {near[0]}:?" if near else f"The conditions are {_FIELDS}."
        raise _SegmentSyntaxError(begin, f"unknown condition `{name}:`", advice)
    field = FilterField(name)
    return Condition(field, tuple(_read_values(field, match)), bool(match["no"]))


def _read_values(field: FilterField, match: re.Match[str]) -> list[str]:
    text, begin = match["values"], match.start("values")
    values, position = [], 0
    while True:
        value = _VALUE.match(text, position)
        column = begin + position
        if value is None or not (value["quoted"] or value["bare"]):
            example = f"Add one, such as {field.value}:{_EXAMPLES[field]}."
            raise _SegmentSyntaxError(column, f"the value of `{field.value}:` is missing", example)
        if value["quoted"] and not value["end"]:
            raise _SegmentSyntaxError(column, "unclosed quote", 'Add a `"` after the value.')
        values.append(_check_value(field, value["quoted"] or value["bare"], column))
        position = value.end()
        if position == len(text):
            return values
        if text[position] != ",":
            advice = "Write a comma between two values, and a space between two conditions."
            raise _SegmentSyntaxError(begin + position, "expected a comma or a space after the value", advice)
        position += 1


def _check_value(field: FilterField, value: str, column: int) -> str:
    if field is FilterField.STATE and value not in _STATES:
        raise _SegmentSyntaxError(column, f"unknown state `{value}`", f"The states are {', '.join(_STATES)}.")
    if field in (FilterField.SINCE, FilterField.BEFORE):
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
        raise _SegmentSyntaxError(
            column, f"`{value}` is not a valid date", "Write it as YYYY-MM-DD, such as 2023-01-31."
        )
    return value


def build_segment_condition(segment: Segment, language: str) -> ColumnElement[bool]:
    """Translate a segment into a condition on the table `subscriber`.

    Args:
        segment: the segment.
        language: the publication's language, which applies to subscribers without a language.
    """
    return and_(true(), *(_sql_of_condition(condition, language) for condition in segment.conditions))


def _sql_of_condition(condition: Condition, language: str) -> ColumnElement[bool]:
    matches = or_(*(_sql_of_value(condition.field, value, language) for value in condition.values))
    return ~matches if condition.negated else matches


def _sql_of_value(field: FilterField, value: str, language: str) -> ColumnElement[bool]:
    match field:
        case FilterField.TAG:
            return subscriber.c.id.in_(select(subscriber_tag.c.subscriber_id).where(subscriber_tag.c.tag == value))
        case FilterField.LANGUAGE:
            # zh also matches zh-Hant, but zh-Hant does not match zh (RFC 4647, 3.3.1).
            language_tag = func.lower(func.coalesce(func.nullif(subscriber.c.language, ""), language))
            return or_(language_tag == value.lower(), language_tag.startswith(f"{value.lower()}-", autoescape=True))
        case FilterField.DOMAIN:
            return subscriber.c.compared.endswith(f"@{value.lower()}", autoescape=True)
        case FilterField.STATE:
            return subscriber.c.state == value
        case FilterField.SINCE:
            return subscriber.c.created_at >= _seconds(value)
        case FilterField.BEFORE:
            return subscriber.c.created_at < _seconds(value)


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
