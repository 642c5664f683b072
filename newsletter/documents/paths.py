"""Places in a document: the steps that lead to a value, and the values as plain data."""

from collections.abc import Iterator
from typing import Any

from newsletter.documents.located import Mapping, Node, Place, Scalar, Sequence

Steps = tuple[str | int, ...]


def plain(node: Node) -> Any:
    """The tree as dictionaries, lists and texts; a key with a blank value is an absent one."""
    if isinstance(node, Scalar):
        return None if node.blank else node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.values.items() if not (isinstance(value, Scalar) and value.blank)}


def scalars(node: Node, steps: Steps = ()) -> Iterator[tuple[Steps, Scalar]]:
    """Every text of the tree with the steps that lead to it."""
    if isinstance(node, Scalar):
        yield steps, node
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from scalars(item, (*steps, index))
    else:
        for key, value in node.values.items():
            yield from scalars(value, (*steps, key))


def dotted(steps: Steps) -> str:
    """Steps as a path: `sections.papers[3].url`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def place_of(root: Mapping, steps: Steps) -> tuple[Place, Node | None]:
    """Where the steps lead: the value's place, or that of the nearest thing around it."""
    node: Node = root
    place = root.place
    for step in steps:
        if isinstance(node, Mapping) and step in node.values:
            key, node = node.keys[str(step)], node.values[str(step)]
            place = key.place if isinstance(node, Scalar) and node.blank else node.place
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            place = node.place
        else:
            return place, None
    return place, node
