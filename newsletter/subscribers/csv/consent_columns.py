"""Find the columns that are about consent, and read their values.

A value says nothing against a subscriber, or gives a state, or is not understood. Nothing is guessed: the values of a
column whose name may be about consent, and is not known, are not understood.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from newsletter.database.states import SubscriberState
from newsletter.subscribers.csv.consent_words import (
    AMBIGUOUS_WITHDRAWALS,
    BLANK,
    CHOICE_NAMES,
    CHOICES,
    GRANTS,
    HARMLESS,
    NO,
    REASONS,
    SHORT,
    SINCE,
    STATE_WORDS,
    STATES,
    SUSPICIOUS,
    WITHDRAWALS,
    YES,
    Words,
)
from newsletter.subscribers.csv.read_time import UnclearTime, read_time
from newsletter.subscribers.csv.text_key import text_key
from newsletter.subscribers.csv.withdrawal_values import is_withdrawal
from newsletter.subscribers.state_machine import strictest

_ACTIVE = SubscriberState.ACTIVE
# Parts before and after a word that do not change the meaning of a name.
_BEFORE = re.compile(r"^(?:is|has|was|email|user|contact|date|time|member|subscriber|list|datum|fecha|data)(?=.{4})")
_AFTER = re.compile(
    r"(?<=.{4})(?:at|on|date|datetime|time|timestamp|utc|gmt|flag|fromall|fromallemails?|fromlist|fromnewsletter|emails?"
    r"|am|le|el|il|em|op|日時|日)$"
)
_MOST_CACHED = 10_000


class ColumnKind(StrEnum):
    """What the values of a column say."""

    STATE = "a word for a state"
    WITHDRAWAL = "yes or a time if the subscriber is not active"
    GRANT = "yes or a time if the subscriber is active"
    SINCE = "a time, and no if the subscriber is not active"
    REASON = "a text if the subscriber is not active"
    CHOICE = "what a subscriber wants to receive, and no or blank if that may be nothing"
    OTHER = "something else, unless a value is a word for a withdrawal"
    UNKNOWN = "not understood"


@dataclass(frozen=True)
class ColumnMeaning:
    """The kind of a column, and the state that it gives a subscriber who is not active.

    `words` are the states of values by their keys, and replace the common words.
    """

    kind: ColumnKind
    state: SubscriberState = SubscriberState.UNSUBSCRIBED
    words: Words = field(default_factory=dict)


@dataclass(frozen=True)
class ConsentColumn:
    """A column that is about consent. `values` are the states of values by their keys, chosen by the author."""

    position: int
    name: str
    meaning: ColumnMeaning
    values: Mapping[str, SubscriberState] = field(default_factory=dict)
    _cache: dict[str, SubscriberState | None] = field(default_factory=dict, compare=False, repr=False)

    def read(self, text: str) -> SubscriberState | None:
        """Return the state that a value gives; `active` if it says nothing against the subscriber.

        Returns:
            The state, or None if the value is not understood.
        """
        if text in self._cache:
            return self._cache[text]
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        if self.meaning.kind is ColumnKind.OTHER and not self.values:
            # Most columns of a file are of this kind, and need no key.
            state = _read_other(text)
        else:
            key = value_key(text)
            state = self.values[key] if key in self.values else _read_value(self.meaning, text, key)
        self._cache[text] = state
        return state


def find_meaning(name: str) -> ColumnMeaning | None:
    """Return the meaning of a column by its name, or None if it is not about consent."""
    key = text_key(name)
    if key in STATES:
        return ColumnMeaning(ColumnKind.STATE)
    if key in REASONS:
        return ColumnMeaning(ColumnKind.REASON, REASONS[key])
    if key in SINCE:
        return ColumnMeaning(ColumnKind.SINCE)
    if key in HARMLESS:
        return None
    for word in _cores(key):
        if word in WITHDRAWALS and word not in AMBIGUOUS_WITHDRAWALS:
            return ColumnMeaning(ColumnKind.WITHDRAWAL, WITHDRAWALS[word])
        if word in GRANTS:
            return ColumnMeaning(ColumnKind.GRANT, GRANTS[word])
    if key.startswith("optedoutofemail"):
        return ColumnMeaning(ColumnKind.WITHDRAWAL)
    if _is_suspicious(name, key):
        return ColumnMeaning(ColumnKind.UNKNOWN)
    choice = any(part in key for part in CHOICES) or not CHOICE_NAMES.isdisjoint(_cores(key))
    return ColumnMeaning(ColumnKind.CHOICE) if choice else None


def value_key(text: str) -> str:
    """Return the key of a value: its letters and digits, or the value itself if it has none or is a number."""
    text = text.strip()
    # `-1` and `1.0` are not `1`.
    return text if re.match(r"[-+.]?\d+\D", text) or text[:1] in ("-", "+") else text_key(text) or text


def _cores(key: str) -> set[str]:
    """Return a name without parts such as `is` and `date`, in all ways to remove them."""
    found, waiting = set[str](), [key]
    while waiting:
        word = waiting.pop()
        if word not in found:
            found.add(word)
            waiting += [_BEFORE.sub("", word), *(word[: match.start()] for match in [_AFTER.search(word)] if match)]
    return found


def _is_suspicious(name: str, key: str) -> bool:
    # `optOut` and `opt_out` have two words.
    words = {text_key(word) for word in re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", name)} | _cores(key)
    parts = {word + ending for word in SHORT for ending in ("", "s", "d", "ed", "ned")} | WITHDRAWALS.keys()
    return not words.isdisjoint(parts) or any(part in key for part in SUSPICIOUS)


def _read_value(meaning: ColumnMeaning, text: str, key: str) -> SubscriberState | None:
    if meaning.kind in (ColumnKind.UNKNOWN, ColumnKind.OTHER):
        return _read_other(text) if meaning.kind is ColumnKind.OTHER else None
    if meaning.words:
        return meaning.words.get(key)
    time = read_time(text)
    blank = key in BLANK or not key.strip("-–— ") or (time is UnclearTime.BLANK and key not in NO)
    match meaning.kind:
        case ColumnKind.STATE:
            return STATE_WORDS.get(key)
        case ColumnKind.REASON:
            return _ACTIVE if blank or key in NO else meaning.state
        case ColumnKind.CHOICE:
            return None if blank or key in NO else _read_other(text)
        case ColumnKind.WITHDRAWAL:
            return _read_withdrawal(meaning.state, key, time, blank=blank)
        case ColumnKind.GRANT:
            return _read_grant(meaning.state, key, time, blank=blank)
        case ColumnKind.SINCE:
            # A text with a year is a time, even if it cannot be read.
            if blank or _is_time(time) or re.search(r"\d{4}", text):
                return _ACTIVE
            return meaning.state if key in NO else STATE_WORDS.get(key)


def _read_other(text: str) -> SubscriberState | None:
    return None if is_withdrawal(text) else _ACTIVE


def _read_withdrawal(
    state: SubscriberState, key: str, time: int | UnclearTime, *, blank: bool
) -> SubscriberState | None:
    if blank or key in NO:
        return _ACTIVE
    if key in YES or _is_time(time):
        return state
    if key.startswith("not") and WITHDRAWALS.get(key[3:]) is state:
        return _ACTIVE
    # `active` may be about the withdrawal. A word for another withdrawal is clear.
    given = STATE_WORDS.get(key, _ACTIVE)
    if given is not _ACTIVE:
        return strictest(state, given)
    return _ACTIVE if key == "subscribed" else None


def _read_grant(state: SubscriberState, key: str, time: int | UnclearTime, *, blank: bool) -> SubscriberState | None:
    if blank:
        # Whoever has not confirmed is pending. Otherwise, a blank value says neither yes nor no.
        return state if state is SubscriberState.PENDING else None
    if key in NO:
        return state
    return _ACTIVE if key in YES or _is_time(time) else STATE_WORDS.get(key)


def _is_time(time: int | UnclearTime) -> bool:
    return isinstance(time, int) or time is UnclearTime.AMBIGUOUS
