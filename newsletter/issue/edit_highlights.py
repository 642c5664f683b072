"""Changes, adds and deletes highlights in an author's file. Other lines do not change."""

import re
from typing import Any

from newsletter.documents.nodes import Location, Mapping, Node, Scalar, Sequence
from newsletter.documents.paths import plain
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, apply_splices, below_remarks, end_of, in_brackets, insert_below
from newsletter.documents.writer import INDENT, WIDTH, folded_text, quoted, yaml_text
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.publication.section import SectionKey

_LINE_END = re.compile(r"[^\n]*(?:\n|\Z)")


def with_highlight(source: Source, section: SectionKey, index: int, text: str) -> str:
    """Set a highlight of a section. An index after the last adds one; an empty text deletes it.

    Returns:
        The new text of the file.

    Raises:
        DocumentError: the YAML cannot be parsed, the highlight does not exist, or its style does not allow the change.
    """
    text = text.strip("\n").rstrip()
    if not source.text.endswith("\n"):
        source = Source(source.name, source.text + "\n")
    root = compose(source)
    if not isinstance(root, Mapping) or in_brackets(source, root):
        raise _unsupported(source, None)
    expected = _content(source)
    highlights = expected.setdefault(section, [])
    if not 0 <= index <= len(highlights) or (index == len(highlights) and not text):
        raise _unsupported(source, root)
    highlights[index : index + 1] = [text] if text else []
    changed = Source(source.name, apply_splices(source.text, _splices(source, root, section, index, text)))
    try:
        same = _without_empty(_content(changed)) == _without_empty(expected) and _rest(changed) == _rest(source)
    except DocumentError as error:
        raise _unsupported(source, root) from error
    if not same:
        raise _unsupported(source, root)
    return changed.text


def _splices(source: Source, root: Mapping, section: SectionKey, index: int, text: str) -> list[Splice]:
    groups = root.values.get("highlights")
    if groups is None:
        return [_start(source, root, section, text)]
    key_end = root.keys["highlights"].location.end
    column = root.location.column
    if isinstance(groups, Scalar) and groups.blank:
        return [insert_below(source, key_end, _group(section, text, " " * column + INDENT))]
    if not isinstance(groups, Mapping) or in_brackets(source, groups):
        raise _unsupported(source, root)
    items = groups.values.get(section)
    if items is None:
        at = below_remarks(source, end_of(source, groups), groups.location.column - 1)
        return [insert_below(source, at, _group(section, text, " " * groups.location.column))]
    if isinstance(items, Sequence) and items.items:
        if in_brackets(source, items):
            raise _unsupported(source, root)
        return [_in_list(source, items, index, text)]
    key = groups.keys[section].location
    indent = " " * groups.location.column + INDENT
    empty = [(key.end + 1, items.location.end, "")] if isinstance(items, Sequence) else []
    return [*empty, insert_below(source, key.end, _item(text, indent))]


def _in_list(source: Source, items: Sequence, index: int, text: str) -> Splice:
    indent = " " * items.location.column
    if index == len(items.items):
        return insert_below(source, end_of(source, items), _item(text, indent))
    node = items.items[index]
    if not text:
        start = source.text.rfind("\n", 0, node.location.start) + 1
        end = _LINE_END.match(source.text, end_of(source, node)).end()  # type: ignore[union-attr] # always matches
        return start, end, ""
    if not isinstance(node, Scalar):
        raise _unsupported(source, items)
    start, end = node.location.start, max(end_of(source, node), node.location.start)
    quote = source.text[start : start + 1]
    if quote == "'" and text.isprintable():
        return start, end, "'" + text.replace("'", "''") + "'"
    return start, end, quoted(text) if quote == '"' else _written(text, indent + INDENT)


def _start(source: Source, root: Mapping, section: SectionKey, text: str) -> Splice:
    """Return the splice that starts the highlights above the sections, or else at the end."""
    indent = " " * root.location.column
    lines = f"{indent}highlights:\n{_group(section, text, indent + INDENT)}"
    if "sections" not in root.keys:
        return insert_below(source, end_of(source, root), lines)
    # Above the comments of the sections, if there are any.
    at = source.text.rfind("\n", 0, root.keys["sections"].location.start) + 1
    while at and source.text[source.text.rfind("\n", 0, at - 1) + 1 : at].lstrip().startswith("#"):
        at = source.text.rfind("\n", 0, at - 1) + 1
    return at, at, lines + "\n"


def _group(section: SectionKey, text: str, indent: str) -> str:
    return f"{indent}{section}:\n{_item(text, indent + INDENT)}"


def _item(text: str, indent: str) -> str:
    return f"{indent}- {_written(text, indent + INDENT)}\n"


def _written(text: str, indent: str) -> str:
    short = "\n" not in text and len(text) < WIDTH
    return yaml_text(text) if short else folded_text(text, indent).lstrip(" ")


def _content(source: Source) -> dict[str, Any]:
    """Return the highlights of a file, as lists of texts by section."""
    root = compose(source)
    found = plain(root).get("highlights") if isinstance(root, Mapping) else None
    groups = found if isinstance(found, dict) else {}
    return {
        name: [text.strip("\n").rstrip() if isinstance(text, str) else text for text in texts]
        if isinstance(texts, list)
        else texts
        for name, texts in groups.items()
    }


def _without_empty(groups: dict[str, Any]) -> dict[str, Any]:
    return {name: texts for name, texts in groups.items() if texts}


def _rest(source: Source) -> Any:
    root = compose(source)
    return {name: value for name, value in plain(root).items() if name != "highlights"} if root else None


def _unsupported(source: Source, node: Node | None) -> DocumentError:
    location = node.location if node else Location(0, 0, 0, 0)
    message = "cannot change the highlight: the file uses an unsupported YAML style"
    advice = "Put `highlights:` and each highlight on a separate line, as `newsletter new-issue` does."
    return DocumentError([source.problem(location.line, location.column, message, advice)])
