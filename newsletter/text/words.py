"""Counts words, finds repeated words, and detects scripts without spaces."""

import re
import unicodedata
from collections.abc import Iterator

# Letters per word in scripts without spaces. Measured on translations: per English word about 1.6 letters in Chinese,
# 2 to 2.5 in Japanese.
LETTERS_A_WORD = 2
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
_TWICE = re.compile(r"(?<![\w'’-])(?P<word>[^\W\d_]{2,})\s+(?P=word)(?![\w'’-])", re.IGNORECASE)
# Words that may be repeated in correct English.
_MEANT = frozenset("blah bye far had ha her his is knock long many no really so that very".split())  # noqa: SIM905


def word_count(text: str) -> int:
    """Count the words of a text. In scripts without spaces, two letters count as a word."""
    letters = [character for character in text if character.isalpha() and unspaced(character)]
    rest = text.translate(dict.fromkeys(map(ord, letters), " "))
    return len(_WORD.findall(rest)) + -(-len(letters) // LETTERS_A_WORD)


def repeated_words(text: str) -> Iterator[str]:
    """Yield each repeated English word with its repetition, such as `the the`, but not names such as `Bora Bora`."""
    for found in _TWICE.finditer(text):
        second = found[0][-len(found["word"]) :]
        if found["word"].lower() not in _MEANT and not (found["word"][0].isupper() and second[0].isupper()):
            yield found[0]


def same_words(one: str, other: str) -> bool:
    """Return whether two texts differ only in case, punctuation, blanks and forms of the same letters."""
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c)[0] not in "PZC")


def has_word(text: str) -> bool:
    """Return whether a text contains a letter, a digit, or a symbol such as an emoji."""
    return any(unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "So" for c in text)


def unspaced(character: str) -> bool:
    """Return whether a letter belongs to a script without spaces between words (CSS Text 4, §4.1.3: not Hangul)."""
    wide = bool(character) and unicodedata.east_asian_width(character) in "WF"
    return wide and not "\u1100" <= character <= "\u11ff" and not "\uac00" <= character <= "\ud7a3"
