"""Recognise a withdrawal, bounce or complaint in the values of a column that is not known to be about consent.

A value counts if it is a word for a state other than `active`, a list with such a word, or a text that begins with one.
Words in the middle of a text do not count: notes and names of companies are not about consent.
"""

import re

from newsletter.database.states import SubscriberState
from newsletter.subscribers.csv.consent_words import ALSO_IN_NAMES, BEFORE_DATES, LEADING, STATE_WORDS, WITHDRAWALS
from newsletter.subscribers.csv.text_key import text_key

_STATES = {word for word, state in STATE_WORDS.items() if state is not SubscriberState.ACTIVE}
# As a value, `clean` is usually good.
_WORDS = frozenset(_STATES | WITHDRAWALS.keys() | {"bounces", "softbounce", "softbounced"}) - {"clean"}
# At the start of a text, the others count before a date only.
_CLEAR = _WORDS - ALSO_IN_NAMES
# Words of scripts that are written without spaces, or have many endings.
_STEMS = tuple(sorted(word for word in _CLEAR if not word.isascii()))
# The first characters of all words: a fast test that most texts do not pass.
_BEGINNINGS = frozenset(word[:2] for word in _WORDS)
# The most words that one key is made of, as in `do not contact me`.
_MOST_WORDS = 4
_PART = re.compile(r"[^\W_]+")
_SEPARATOR = re.compile(r"[,;|]")
# The most words of a part of a list. Longer parts are ordinary text.
_MOST_IN_PART = 3
# Longer starts of a text have no further words.
_START = 80


def is_withdrawal(text: str) -> bool:
    """Return whether a value is, or begins with, a word for a state other than `active`."""
    words = _split(text[:_START])
    while len(words) > 1 and words[0] in LEADING:
        del words[0]
    if "".join(words[:_MOST_WORDS])[:2] in _BEGINNINGS:
        if len(text) <= _START and "".join(words) in _WORDS:
            return True
        starts = ["".join(words[:count]) for count in range(1, _MOST_WORDS + 1)]
        if not _CLEAR.isdisjoint(starts) or starts[0].startswith(_STEMS):
            return True
        if len(words) > 1 and words[0] in ALSO_IN_NAMES and (words[1][0].isdecimal() or words[1] in BEFORE_DATES):
            return True
    return _is_list_with_withdrawal(text)


def _is_list_with_withdrawal(text: str) -> bool:
    parts = _SEPARATOR.split(text)
    if len(parts) == 1:
        return False
    found = [_split(part) for part in parts]
    return all(len(words) <= _MOST_IN_PART for words in found) and any("".join(words) in _CLEAR for words in found)


def _split(text: str) -> list[str]:
    """Return the keys of the words of a text. Most texts are ASCII, for which lower case is enough and much faster."""
    if text.isascii():
        return _PART.findall(text.lower())
    return [key for word in _PART.findall(text) if (key := text_key(word))]
