"""Replaces parts of a text value in a YAML file. Quotes, escapes, line breaks and comments around them stay."""

import re
from difflib import SequenceMatcher

from newsletter.documents.nodes import Scalar
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice

_ESCAPE = re.compile(
    r"\\(?:x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8})|(?P<line>\r?\n[ \t]*)|(?P<one>.))",
    re.DOTALL,
)
# YAML 1.1, section 5.7.
_ONE = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}


def scalar_splices(source: Source, scalar: Scalar, old: str, new: str, chosen: list[int]) -> list[Splice]:
    """Return the splices that replace occurrences of a part of a text value.

    Args:
        source: the file.
        scalar: the value.
        old: the part, on one line.
        new: the part that replaces it.
        chosen: which occurrences of `old` in the value to replace, from 0.

    Returns:
        The splices; [] if the occurrences in the file are not those in the value.
    """
    text, offsets = _characters(source, scalar)
    places = [found.start() for found in re.finditer(re.escape(old), text)]
    if len(places) != scalar.value.count(old):
        return []
    quote = source.text[scalar.location.start]
    splices: list[Splice] = []
    for index in chosen:
        for start, end, added in _changes(old, new):
            first, last = offsets[places[index] + start], offsets[places[index] + end]
            splices.append((first, last, _written(added, quote)))
    return splices


def _changes(old: str, new: str) -> list[tuple[int, int, str]]:
    """Return the parts to remove if that is enough, so that the rest keeps its escapes; else the whole."""
    changes = [code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
    if all(tag == "delete" for tag, *_ in changes):
        return [(start, end, "") for _, start, end, _, _ in changes]
    return [(0, len(old), new)]


def _written(text: str, quote: str) -> str:
    if quote == '"':
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace("'", "''") if quote == "'" else text


def _characters(source: Source, scalar: Scalar) -> tuple[str, list[int]]:
    """Return the characters of a value as they stand in the file, without escapes, and the offset of each."""
    text, (start, end) = source.text, scalar.location[2:]
    if scalar.block:
        # The header may have a comment.
        start = text.find("\n", start, end) + 1 or end
    if scalar.block or scalar.plain:
        return text[start:end], list(range(start, end + 1))
    characters, offsets, at = [], [], start + 1
    while at < end - 1:
        after, decoded = at + 1, text[at]
        if text[start] == "'" and decoded == "'":
            after += 1
        elif text[start] == '"' and (escape := _ESCAPE.match(text, at)):
            after, decoded = escape.end(), _decoded(escape)
        characters.append(decoded)
        offsets += [at] * len(decoded)
        at = after
    return "".join(characters), [*offsets, end - 1]


def _decoded(escape: re.Match[str]) -> str:
    code = escape["x"] or escape["u"] or escape["U"]
    if code:
        return chr(int(code, 16))
    return "" if escape["line"] else _ONE.get(escape["one"], escape["one"])
