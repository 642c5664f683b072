"""Words: what sets them apart, how many a text has, and those that stand twice."""

import re
import unicodedata
from collections.abc import Iterator

# In scripts without spaces two letters are taken for a word: translations of an English text have about 1.6
# letters a word in Chinese, and 2 to 2.5 in Japanese.
LETTERS_A_WORD = 2
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
_TWICE = re.compile(r"(?<![\w'’-])(?P<word>[^\W\d_]{2,})\s+(?P=word)(?![\w'’-])", re.IGNORECASE)
# English has sentences with each of these twice.
_MEANT = frozenset("blah bye far had ha her his is knock long many no really so that very".split())  # noqa: SIM905


def word_count(text: str) -> int:
    """How many words a reader has before them; of scripts without spaces, two letters count as one."""
    letters = [character for character in text if character.isalpha() and unspaced(character)]
    rest = text.translate(dict.fromkeys(map(ord, letters), " "))
    return len(_WORD.findall(rest)) + -(-len(letters) // LETTERS_A_WORD)


def doubled_words(text: str) -> Iterator[str]:
    """The places where an English word stands twice in a row, as they are written; not names such as `Bora Bora`."""
    for found in _TWICE.finditer(text):
        second = found[0][-len(found["word"]) :]
        if found["word"].lower() not in _MEANT and not (found["word"][0].isupper() and second[0].isupper()):
            yield found[0]


def has_word(text: str) -> bool:
    """Whether a text says anything: a letter or a digit of any script, or a symbol such as an emoji."""
    return any(unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "So" for c in text)


def unspaced(character: str) -> bool:
    """Whether a letter is of a script that sets no spaces between words (CSS Text 4, §4.1.3: not Hangul)."""
    wide = bool(character) and unicodedata.east_asian_width(character) in "WF"
    return wide and not "\u1100" <= character <= "\u11ff" and not "\uac00" <= character <= "\ud7a3"
