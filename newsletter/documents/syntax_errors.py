"""Syntax errors in the author's words: what the parser found, and what to write instead."""

import re
import unicodedata

import yaml

from newsletter.documents.source import Source
from newsletter.errors import Problem

QUOTE = 'Put the text in double quotes: "…"'
_VALUE = re.compile(r"\s*(?:-\s+)*(?:[\w-]+:\s+)?(?:-\s+)*(?P<text>\S.*)$")
_GLUED = re.compile(r"(?P<indent>\s*(?:-\s+)*)(?P<key>[\w-]+):(?!//)\S+\s*$")
_LOOKALIKE = re.compile(r"[ \t]*(?:- )?(?:[\w-]+:?)?(?P<wrong>[\u00a0\u2000-\u200a\u202f\u205f\u3000：])")
_CLOSED = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')\s*(?:#.*)?")
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
    """Return the parser's error as a problem, with advice for the errors that are common."""
    return _syntax(error, source) if isinstance(error, yaml.MarkedYAMLError) else _character(error, source)


def _syntax(error: yaml.MarkedYAMLError, source: Source) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    words = (error.problem or "this cannot be read").strip()
    suspects = _suspects(error, line)
    if problem := _conflict(source) or _space(source, suspects):
        return problem
    if "\t" in source.line(line)[: column + 1] or "tab" in words:
        return source.problem(line, column, "a tab, where YAML wants spaces", "Indent with spaces.")
    if "escape" in words:
        message = "a backslash in double quotes begins an escape, and this is none"
        return source.problem(line, column, message, "Write `\\\\` for a backslash.")
    if problem := _above(source, line) or _too_far(source, line, column):
        return problem
    if "mapping values are not allowed" in words:
        return source.problem(line, column, "a colon followed by a space, inside a text without quotes", f"{QUOTE}.")
    for number in suspects:
        match = _VALUE.match(source.line(number))
        closed = (match and _CLOSED.fullmatch(match["text"])) or _HEADER.fullmatch(match["text"] if match else "")
        if match and not closed and (opener := _OPENERS.get(match["text"][0])):
            begin = match.start("text")
            advice = "Begin the text on the next line, indented." if match["text"][0] in "|>" else f"{QUOTE}."
            return source.problem(number, begin, opener, advice)
    if error.context_mark and "simple key" in (error.context or ""):
        at = error.context_mark
        message = "this line is neither a key with a colon nor part of the text above it"
        return source.problem(at.line, at.column, message, "Indent it like the lines of the text it belongs to.")
    context = f"{error.context.strip()}: " if error.context else ""
    advice = "Check the indentation, the quotes and the colons of this line and the one above."
    return source.problem(line, column, f"not YAML ({context}{words})", advice)


def _conflict(source: Source) -> Problem | None:
    """Find the marker of a merge conflict."""
    for number, line in enumerate(source.lines):
        if re.match(r"(?:<{7}|={7}|>{7})(?: |$)", line):
            return source.problem(
                number, 0, "a mark of a merge conflict in git", "Settle the conflict, and take the marks out."
            )
    return None


def _space(source: Source, suspects: list[int]) -> Problem | None:
    """Find a character that looks like a space or a colon and is another."""
    for number in suspects:
        found = _LOOKALIKE.match(source.line(number))
        if found:
            character = found["wrong"][0]
            name = unicodedata.name(character, "a space of its own").lower()
            message = f"U+{ord(character):04X} ({name}), where YAML wants a {'colon' if character == '：' else 'space'}"
            return source.problem(number, found.start("wrong"), message, "Type it again on the keyboard.")
    return None


def _above(source: Source, line: int) -> Problem | None:
    """Find a key or a dash on the line above that has no space after it."""
    above = source.line(line - 1) if line else ""
    glued = _GLUED.match(above)
    if glued and glued["indent"] == _indent(source.line(line)):
        return source.problem(
            line - 1, glued.end("key"), "a key whose colon has no space after it", "Write a space after the colon."
        )
    if dash := re.match(r"\s*-(?=[\w-]+:\s)", above):
        return source.problem(
            line - 1, dash.end() - 1, "a dash with no space after it", "Write a space after the dash."
        )
    return None


def _too_far(source: Source, line: int, column: int) -> Problem | None:
    """Find a key whose indentation is that of no key above it."""
    key = re.match(r"(\s*)([\w-]+):(?=\s|$)", source.line(line))
    if not key or not line or column not in (len(key[1]), key.end() - 1):
        return None
    wanted = [len(number) for number in dict.fromkeys(_indents(source, line)) if len(number) != len(key[1])]
    if len(key[1]) in {len(indent) for indent in _indents(source, line)} or not wanted:
        return None
    nearest = min(wanted, key=lambda indent: abs(indent - len(key[1])))
    message = f"`{key[2]}:` is indented by {len(key[1])} spaces, and no key above it is"
    return source.problem(line, len(key[1]), message, f"Indent it by {nearest}, like the key that it belongs beside.")


def _indents(source: Source, line: int) -> list[str]:
    """Return the indentation of the keys above a line, with their dashes, nearest first."""
    keys = (re.match(r"([\s-]*)[\w-]+:(?:\s|$)", source.line(number)) for number in range(line - 1, -1, -1))
    return [key[1] for key in keys if key]


def _character(error: yaml.YAMLError, source: Source) -> Problem:
    """Return the problem of a character that YAML does not allow."""
    at = next((i for i, c in enumerate(source.text) if yaml.reader.Reader.NON_PRINTABLE.match(c)), 0)
    line, column = source.position(at)
    character = source.text[at : at + 1]
    message = f"the character U+{ord(character):04X} is not allowed" if character else str(error)
    return source.problem(line, column, message, "Take it out; it cannot be seen, and no inbox shows it.")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" -"))]


def _suspects(error: yaml.MarkedYAMLError, line: int) -> list[int]:
    """Return the lines that may have the mistake: the error's, the one before, and its context's.

    An unclosed quote runs to the end of the file, so that only the context's line counts.
    """
    context = [error.context_mark.line] if error.context_mark else []
    if "end of stream" in (error.problem or "") and context:
        return context
    return list(dict.fromkeys([line, *([line - 1] if line else []), *context]))
