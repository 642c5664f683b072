"""Nodes of a YAML document: every text, list and mapping with its location in the file."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Location(NamedTuple):
    """Where a node begins and ends: lines and columns from 0, offsets in code points."""

    line: int
    column: int
    start: int
    end: int


class Scalar(NamedTuple):
    """A text as it was typed; `plain` if it has neither quotes nor a block header, `block` if it is a block."""

    location: Location
    value: str
    plain: bool
    block: bool

    @property
    def blank(self) -> bool:
        """Whether the value is absent: only white space."""
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
