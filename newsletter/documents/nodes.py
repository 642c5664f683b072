"""Nodes of a YAML document: each text, list and mapping with its location in the file."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Location(NamedTuple):
    """The start and end of a node. Lines and columns count from 0, offsets are in code points."""

    line: int
    column: int
    start: int
    end: int


class Scalar(NamedTuple):
    """A text, unconverted. It is `plain` without quotes and block header, and `block` with a block header."""

    location: Location
    value: str
    plain: bool
    block: bool

    @property
    def blank(self) -> bool:
        """Whether the value is missing: empty or only white space."""
        return not self.value.strip()


@dataclass(slots=True)
class Sequence:
    """A list."""

    location: Location
    items: "list[Node]" = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys and values, in the order of the file."""

    location: Location
    keys: dict[str, Scalar] = field(default_factory=dict)
    values: "dict[str, Node]" = field(default_factory=dict)


Node = Scalar | Sequence | Mapping
