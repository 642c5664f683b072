"""YAML's traps, explained in the author's words: what the parser found, and what to write instead."""

import re

import yaml

from newsletter.documents.source import Source
from newsletter.errors import Problem

_QUOTE = 'Put the text in double quotes: "…".'
_VALUE = re.compile(r"\s*(?:-\s+)*(?:[\w-]+:\s+)?(?:-\s+)*(?P<text>\S.*)$")
_GLUED = re.compile(r"(?P<indent>\s*(?:-\s+)*)(?P<key>[\w-]+):(?!//)\S+\s*$")
_HEADER = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")
_OPENERS = {
    "[": "a text that begins with `[` is read as a list",
    "{": "a text that begins with `{` is read as keys and values",
    "`": "a text cannot begin with a backtick",
    "@": "a text cannot begin with `@`",
    "%": "a text cannot begin with `%`",
    "*": "a text that begins with `*` is read as a reference (a YAML alias)",
    "&": "a text that begins with `&` is read as a mark (a YAML anchor)",
    "!": "a text that begins with `!` is read as a type (a YAML tag)",
    '"': "a text that begins with a double quote must end with one",
    "'": "a text that begins with a single quote must end with one",
    "|": "nothing may follow `|` on its line",
    ">": "a text that begins with `>` is read as a block",
}


def explain(error: yaml.YAMLError, source: Source) -> Problem:
    """The parser's first complaint as a problem, with a hint where we know the trap."""
    return _syntax(error, source) if isinstance(error, yaml.MarkedYAMLError) else _character(error, source)


def _syntax(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    words = (error.problem or "this cannot be read").strip()
    if "\t" in source.line(line)[: column + 1] or "tab" in words:
        return source.problem(line, column, "a tab, where YAML wants spaces", "Indent with spaces.")
    if "escape" in words:
        return source.problem(
            line,
            column,
            "a backslash in double quotes begins an escape, and this is none",
            "Write `\\\\` for a backslash.",
        )
    if line and (glued := _GLUED.match(source.line(line - 1))) and glued["indent"] == _indent(source.line(line)):
        return source.problem(
            line - 1, glued.end("key"), "a key whose colon has no space after it", "Write a space after the colon."
        )
    if "mapping values are not allowed" in words:
        return source.problem(line, column, "a colon followed by a space, inside a text without quotes", _QUOTE)
    for number in _suspects(error, line):
        match = _VALUE.match(source.line(number))
        if match and not _HEADER.fullmatch(match["text"]) and (trap := _OPENERS.get(match["text"][0])):
            begin = match.start("text")
            advice = "Begin the text on the next line, indented." if match["text"][0] in "|>" else _QUOTE
            return source.problem(number, begin, trap, advice)
    context = f"{error.context.strip()}: " if error.context else ""
    advice = "Look at the indentation, the quotes and the colons of this line and the one above."
    return source.problem(line, column, f"not YAML ({context}{words})", advice)


def _character(error: yaml.YAMLError, source: Source) -> Problem:
    """A character that YAML does not allow at all."""
    at = next((i for i, c in enumerate(source.text) if yaml.reader.Reader.NON_PRINTABLE.match(c)), 0)
    line, column = source.position(at)
    character = source.text[at : at + 1]
    message = f"the character U+{ord(character):04X} is not allowed" if character else str(error)
    return source.problem(line, column, message, "Take it out; it cannot be seen, and no inbox shows it.")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" -"))]


def _suspects(error: yaml.MarkedYAMLError, line: int) -> list[int]:
    """The lines on which the trap may lie: the complaint's own, its context's, and the one before."""
    context = [error.context_mark.line] if error.context_mark else []
    return list(dict.fromkeys([line, *([line - 1] if line else []), *context]))
