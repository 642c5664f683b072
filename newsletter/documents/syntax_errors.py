"""Explains YAML syntax errors: what is wrong, and how to fix it."""

import re
import unicodedata

import yaml

from newsletter.documents.source import Source
from newsletter.errors import Problem

QUOTE = 'Put the text in double quotes: "…"'
COLON = "text that contains a colon followed by a space must be in quotes"
_VALUE = re.compile(r"\s*(?:-\s+)*(?:[\w-]+:\s+)?(?:-\s+)*(?P<text>\S.*)$")
_GLUED = re.compile(r"(?P<indent>\s*(?:-\s+)*)(?P<key>[\w-]+):(?!//)\S+\s*$")
_LOOKALIKE = re.compile(r"[ \t]*(?:- )?(?:[\w-]+:?)?(?P<wrong>[\u00a0\u2000-\u200a\u202f\u205f\u3000：])")
_CLOSED = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')\s*(?:#.*)?")
_HEADER = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")
_OPENERS = {
    "[": "text that begins with `[` is read as a list",
    "{": "text that begins with `{` is read as keys and values",
    "`": "text cannot begin with a backtick",
    "@": "text cannot begin with `@`",
    "%": "text cannot begin with `%`",
    "*": "text that begins with `*` is read as a YAML alias",
    "&": "text that begins with `&` is read as a YAML anchor",
    "!": "text that begins with `!` is read as a YAML tag",
    '"': "text that begins with a double quote must end with one",
    "'": "text that begins with a single quote must end with one",
    "|": "text that begins with `|` is read as a block",
    ">": "text that begins with `>` is read as a block",
}


def explain(error: yaml.YAMLError, source: Source) -> Problem:
    """Translate an error of the parser into a problem with advice."""
    return _syntax(error, source) if isinstance(error, yaml.MarkedYAMLError) else _character(error, source)


def _syntax(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    words = (error.problem or "unknown error").strip()
    suspects = _suspects(error, line)
    if problem := _conflict(source) or _space(source, suspects):
        return problem
    if "\t" in source.line(line)[: column + 1] or "tab" in words:
        return source.problem(line, column, "expected spaces, found a tab", "Indent with spaces.")
    if "escape" in words:
        message = "unknown escape sequence in double quotes"
        return source.problem(line, column, message, "Write a backslash as `\\\\`.")
    if problem := _above(source, line) or _too_far(source, line, column) or _misplaced_dash(source, line):
        return problem
    if "mapping values are not allowed" in words:
        return source.problem(line, column, COLON, f"{QUOTE}.")
    for number in suspects:
        match = _VALUE.match(source.line(number))
        closed = (match and _CLOSED.fullmatch(match["text"])) or _HEADER.fullmatch(match["text"] if match else "")
        if match and not closed and (opener := _OPENERS.get(match["text"][0])):
            begin = match.start("text")
            advice = "Start the text on the next line, indented." if match["text"][0] in "|>" else f"{QUOTE}."
            return source.problem(number, begin, opener, advice)
    if error.context_mark and "simple key" in (error.context or ""):
        at = error.context_mark
        message = "this line is neither a key with a colon nor part of the text above it"
        return source.problem(at.line, at.column, message, "Add a colon, or indent the line like the text above it.")
    context = f"{error.context.strip()}: " if error.context else ""
    advice = "Check the indentation, quotes and colons of this line and the line above it."
    return source.problem(line, column, f"invalid YAML ({context}{words})", advice)


def _conflict(source: Source) -> Problem | None:
    """Return the problem of a merge conflict, or None."""
    for number, line in enumerate(source.lines):
        if re.match(r"(?:<{7}|={7}|>{7})(?: |$)", line):
            return source.problem(
                number, 0, "unresolved Git merge conflict", "Resolve the conflict and remove its markers."
            )
    return None


def _space(source: Source, suspects: list[int]) -> Problem | None:
    """Return the problem of a character that only looks like a space or a colon, or None."""
    for number in suspects:
        found = _LOOKALIKE.match(source.line(number))
        if found:
            character = found["wrong"][0]
            name = unicodedata.name(character, "unnamed character").lower()
            expected = "colon" if character == "：" else "space"
            message = f"expected a {expected}, found U+{ord(character):04X} ({name})"
            return source.problem(number, found.start("wrong"), message, f"Replace the character with a {expected}.")
    return None


def _above(source: Source, line: int) -> Problem | None:
    """Return the problem of a colon or dash without a space after it on the line above, or None."""
    above = source.line(line - 1) if line else ""
    glued = _GLUED.match(above)
    if glued and glued["indent"] == _indent(source.line(line)):
        return source.problem(
            line - 1, glued.end("key"), "the space after the colon is missing", "Add a space after the colon."
        )
    if dash := re.match(r"\s*-(?=[\w-]+:\s)", above):
        return source.problem(
            line - 1, dash.end() - 1, "the space after the dash is missing", "Add a space after the dash."
        )
    return None


def _too_far(source: Source, line: int, column: int) -> Problem | None:
    """Return the problem of a key that is indented unlike any key above it, or None."""
    key = re.match(r"(\s*)([\w-]+):(?=\s|$)", source.line(line))
    if not key or not line or column not in (len(key[1]), key.end() - 1):
        return None
    wanted = _levels(source, line)
    if len(key[1]) in wanted or not wanted:
        return None
    nearest = min(wanted, key=lambda indent: abs(indent - len(key[1])))
    message = f"`{key[2]}:` is indented by {_spaces(len(key[1]))}, unlike any key above it"
    return source.problem(line, len(key[1]), message, f"Indent it by {nearest}, like the keys of the same level.")


def _misplaced_dash(source: Source, line: int) -> Problem | None:
    """Return the problem of a dash that is indented unlike the items above it, or None."""
    dash = re.match(r"(\s*)-\s", source.line(line))
    wanted = _levels(source, line, r"(\s*)-\s") if dash else []
    if not dash or not wanted or len(dash[1]) in wanted:
        return None
    message = f"this item is indented by {_spaces(len(dash[1]))}, unlike the item above it"
    return source.problem(line, len(dash[1]), message, f"Indent all items of the list by {wanted[0]}.")


def _spaces(number: int) -> str:
    return "1 space" if number == 1 else f"{number} spaces"


def _levels(source: Source, line: int, pattern: str = r"([\s-]*)[\w-]+:(?:\s|$)") -> list[int]:
    """Return where a key may begin: the columns of the key above a line and of the keys that contain it.

    Another pattern finds something else than keys, with the white space before it as the first group.
    """
    levels: list[int] = []
    for number in range(line - 1, -1, -1):
        found = re.match(pattern, source.line(number))
        if found and (not levels or len(found[1]) < levels[-1]):
            levels.append(len(found[1]))
    return levels


def _character(error: yaml.YAMLError, source: Source) -> Problem:
    """Return the problem of a character that YAML does not allow."""
    at = next((i for i, c in enumerate(source.text) if yaml.reader.Reader.NON_PRINTABLE.match(c)), 0)
    line, column = source.position(at)
    character = source.text[at : at + 1]
    message = f"the character U+{ord(character):04X} is not allowed in YAML" if character else str(error)
    return source.problem(line, column, message, "Remove it. Most editors do not show this character.")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" -"))]


def _suspects(error: yaml.MarkedYAMLError, line: int) -> list[int]:
    """Return the lines that may contain the mistake: that of the error, the one before it, and that of its context.

    An unclosed quote extends to the end of the file; then only the line of the context counts.
    """
    context = [error.context_mark.line] if error.context_mark else []
    if "end of stream" in (error.problem or "") and context:
        return context
    return list(dict.fromkeys([line, *([line - 1] if line else []), *context]))
