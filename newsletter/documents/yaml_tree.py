"""Composes YAML text into a tree of located nodes.

The tree is built from the events of PyYAML's C parser. Every scalar keeps the text that was
typed (`No`, `3.10`, `12:30`); the models decide what it means. Aliases, tags, repeated keys,
a second document and files beyond the limits below are errors. The limits apply while parsing,
before memory is used: composing 50,000 nested brackets crashes the process.
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
# A named tuple without its own constructor, which takes twice as long: a file has hundreds of locations.
_new: Any = tuple.__new__
Collection = TypeVar("Collection", Sequence, Mapping)


def compose(source: Source) -> Node | None:
    """Return the tree of a document, or None if it has only comments.

    Raises:
        DocumentError: the first syntax error, or YAML that is not accepted.
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
        # The stubs know neither the events' own attributes nor that the C parser always sets their marks.
        self.next: Callable[[], Any] = parser.get_event
        self.source = source
        self.nodes = 0

    def document(self) -> Node | None:
        self.next()  # the stream's start
        if self.parser.check_event(yaml.StreamEndEvent):
            return None
        self.next()  # the document's start
        root = self.node(self.next(), 1)
        self.next()  # the document's end
        event = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.refusal(
                event, "a second document begins here", "Keep one document a file: take the line of `---` out."
            )
        return None if isinstance(root, Scalar) and root.blank else root

    def node(self, event: Any, depth: int) -> Node:
        """Return the node that an event begins. The event classes have no subclasses, so types are compared."""
        self.nodes += 1
        # An alias has an anchor, too.
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
                raise self.refusal(event, "a key must be text", "Quote a text that begins with `[` or `{`.")
            name = key.value
            if name in keys:
                message = f"the key `{name}` stands twice: the first is on line {keys[name].location.line + 1}"
                raise self.refusal(event, message, "Keep one of the two.")
            keys[name] = key
            values[name] = self.node(self.next(), depth)
        return _closed(node, event) if flow else node

    def refused(self, event: Any, depth: int) -> DocumentError:
        """Return the error for an event that begins no node."""
        if self.nodes > MAX_NODES:
            return self.refusal(event, f"more than {MAX_NODES:,} values in one file", "Is this the right file?")
        if depth > MAX_DEPTH:
            return self.refusal(
                event,
                f"nested more than {MAX_DEPTH} levels deep",
                "Is there a bracket too many? Quote a text that begins with `[` or `{`.",
            )
        if isinstance(event, yaml.AliasEvent):
            return self.refusal(
                event,
                f"`*{event.anchor}` refers to another part of the file (a YAML alias)",
                "Aliases are not used here. Quote a text that begins with `*`; else write the value out.",
            )
        if event.anchor is not None:
            return self.refusal(
                event,
                f"`&{event.anchor}` names a part of the file (a YAML anchor)",
                "Anchors are not used here. Quote a text that begins with `&`; else take the mark out.",
            )
        return self.refusal(
            event,
            f"`{event.tag}` sets a type (a YAML tag)",
            "Tags are not used here. Quote a text that begins with `!`; else take the mark out.",
        )

    def refusal(self, event: Any, message: str, advice: str) -> DocumentError:
        mark = event.start_mark
        return DocumentError([self.source.problem(mark.line, mark.column, message, advice)])


def _typed(event: Any) -> bool:
    """Whether an event has a tag; a scalar's bare `!` is none."""
    return event.tag is not None and not (event.tag == "!" and isinstance(event, yaml.ScalarEvent))


def _closed(node: Collection, end: Any) -> Collection:
    """Set the end of a list or mapping in brackets to its closing bracket. Others end where their children end."""
    node.location = node.location._replace(end=end.end_mark.index)
    return node
