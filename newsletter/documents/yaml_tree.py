"""Composes YAML text into a tree of located nodes.

The tree is built from the events of PyYAML's C parser. Scalars stay text (`No`, `3.10`, `12:30`); the models convert
them. Aliases, anchors, tags, repeated keys, a second document and files beyond the limits below are errors. The limits
apply while parsing: composing 50,000 nested brackets crashes the process.
"""

from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from newsletter.documents.nodes import Location, Mapping, Node, Scalar, Sequence
from newsletter.documents.source import Source
from newsletter.documents.syntax_errors import explain
from newsletter.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 16
MAX_NODES = 100_000


_BLOCKS = ("|", ">")
# Bypasses the constructor of named tuples, which takes twice as long: a file has hundreds of locations.
_new: Any = tuple.__new__
Collection = TypeVar("Collection", Sequence, Mapping)


def compose(source: Source) -> Node | None:
    """Parse a document into a tree.

    Returns:
        The root node, or None if the document is empty or contains only comments.

    Raises:
        DocumentError: The text has a syntax error, or uses a part of YAML that is not supported.
    """
    parser = yaml.CSafeLoader(source.text)
    try:
        return _Composer(parser, source).document()
    except yaml.YAMLError as error:
        raise DocumentError([explain(error, source)]) from error
    finally:
        parser.dispose()


class _Composer:
    def __init__(self, parser: yaml.CSafeLoader, source: Source) -> None:
        self.parser = parser
        # The stubs lack the attributes of events, and declare marks optional that the C parser always sets.
        self.next: Callable[[], Any] = parser.get_event
        self.source = source
        self.nodes = 0

    def document(self) -> Node | None:
        self.next()  # start of the stream
        if self.parser.check_event(yaml.StreamEndEvent):
            return None
        self.next()  # start of the document
        root = self.node(self.next(), 1)
        self.next()  # end of the document
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.refusal(
                event, "found a second YAML document", "Keep one document per file: remove the line `---`."
            )
        return None if isinstance(root, Scalar) and root.blank else root

    def node(self, event: Any, depth: int) -> Node:
        """Return the node that starts with an event. Types are compared, since event classes have no subclasses."""
        self.nodes += 1
        # Alias events have an anchor too.
        if self.nodes > MAX_NODES or depth > MAX_DEPTH or event.anchor is not None or _typed(event):
            raise self.refused(event, depth)
        start = event.start_mark
        location = _new(Location, (start.line, start.column, start.index, event.end_mark.index))
        kind = type(event)
        if kind is yaml.ScalarEvent:
            style = event.style
            scalar: Scalar = _new(Scalar, (location, event.value, not style, style in _BLOCKS))
            return scalar
        if kind is yaml.SequenceStartEvent:
            return self.sequence(Sequence(location), depth + 1, event.flow_style)
        return self.mapping(Mapping(location), depth + 1, event.flow_style)

    def sequence(self, node: Sequence, depth: int, flow: bool) -> Sequence:
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            node.items.append(self.node(event, depth))
        return _closed(node, event) if flow else node

    def mapping(self, node: Mapping, depth: int, flow: bool) -> Mapping:
        keys, values = node.keys, node.values
        while type(event := self.next()) is not yaml.MappingEndEvent:
            key = self.node(event, depth)
            if not isinstance(key, Scalar):
                raise self.refusal(
                    event, "a key must be text", "Put text that begins with `[` or `{` in double quotes."
                )
            name = key.value
            if name in keys:
                message = f"repeated key `{name}`: first used on line {keys[name].location.line + 1}"
                raise self.refusal(event, message, "Remove one of the two.")
            keys[name] = key
            values[name] = self.node(self.next(), depth)
        return _closed(node, event) if flow else node

    def refused(self, event: Any, depth: int) -> DocumentError:
        """Return the error for an event that is not supported or exceeds a limit."""
        if self.nodes > MAX_NODES:
            return self.refusal(
                event, f"the file has more than {MAX_NODES:,} values", "Check that this is the right file."
            )
        if depth > MAX_DEPTH:
            return self.refusal(
                event,
                f"nested more than {MAX_DEPTH} levels deep",
                "Remove extra brackets, or put text that begins with `[` or `{` in double quotes.",
            )
        if isinstance(event, yaml.AliasEvent):
            return self.refusal(
                event,
                f"`*{event.anchor}` is a YAML alias, which is not supported",
                "Put text that begins with `*` in double quotes, or write out the value.",
            )
        if event.anchor is not None:
            return self.refusal(
                event,
                f"`&{event.anchor}` is a YAML anchor, which is not supported",
                "Put text that begins with `&` in double quotes, or remove the anchor.",
            )
        return self.refusal(
            event,
            f"`{event.tag}` is a YAML tag, which is not supported",
            "Put text that begins with `!` in double quotes, or remove the tag.",
        )

    def refusal(self, event: Any, message: str, advice: str) -> DocumentError:
        mark = event.start_mark
        return DocumentError([self.source.problem(mark.line, mark.column, message, advice)])


def _typed(event: Any) -> bool:
    """Return whether an event has a tag. A bare `!` before a scalar does not count."""
    return event.tag is not None and not (event.tag == "!" and isinstance(event, yaml.ScalarEvent))


def _closed(node: Collection, end: Any) -> Collection:
    """Set the end of a list or mapping in brackets to its closing bracket."""
    node.location = node.location._replace(end=end.end_mark.index)
    return node
