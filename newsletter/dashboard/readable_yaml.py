"""Finds the part of a YAML text that can be parsed, while the author is in the middle of a line."""

from newsletter.documents.nodes import Location, Mapping
from newsletter.documents.root_mapping import require_mapping
from newsletter.documents.source import Source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError

# How many lines, from that of the error upwards, may be its cause, such as a quotation mark that is not closed.
MAX_DISTANCE = 25
# How many errors are left out, one after another.
MAX_ERRORS = 10


def readable_part(source: Source) -> tuple[Source, Mapping, DocumentError | None]:
    """Parse a text, without the lines that YAML cannot parse.

    Left-out lines become empty, so that line numbers stay.

    Returns:
        The text that was parsed, its tree (empty if there is nothing to read), and the error of the whole text.
    """
    try:
        return source, _parse(source), None
    except DocumentError as found:
        error = found
    lines, last = source.text.split("\n"), error
    for _ in range(MAX_ERRORS):
        number = min(last.problems[0].line, len(lines))
        for index in range(number - 1, max(number - MAX_DISTANCE, 0) - 1, -1):
            part = Source(source.name, "\n".join([*lines[:index], "", *lines[index + 1 :]]))
            try:
                return part, _parse(part), error
            except DocumentError as found:
                last = found if index == number - 1 else last
        lines[number - 1] = ""
    return (*_beginning(source, error.problems[0].line), error)


def _parse(source: Source) -> Mapping:
    root = compose(source)
    return Mapping(Location(0, 0, 0, 0)) if root is None else require_mapping(source, root, "title")


def _beginning(source: Source, number: int) -> tuple[Source, Mapping]:
    """Return the lines above one with an error, as many as can be parsed."""
    lines = source.text.split("\n")
    for end in range(number - 1, max(number - MAX_DISTANCE, 0), -1):
        part = Source(source.name, "\n".join(lines[:end]) + "\n")
        try:
            return part, _parse(part)
        except DocumentError:
            continue
    nothing = Source(source.name, "")
    return nothing, _parse(nothing)
