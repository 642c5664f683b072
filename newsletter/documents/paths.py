"""Paths in a document: the keys and indexes that lead to a value. Also turns a tree into plain data."""

from typing import Any

from newsletter.documents.nodes import Location, Mapping, Node, Scalar, Sequence

Steps = tuple[str | int, ...]


def plain(node: Node) -> Any:
    """Return a tree as dictionaries, lists and texts, without the keys whose values are blank."""
    if isinstance(node, Scalar):
        return None if node.blank else node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.values.items() if not (isinstance(value, Scalar) and value.blank)}


def is_blank(node: Node) -> bool:
    """Return whether a node contains no text at any depth."""
    if isinstance(node, Scalar):
        return node.blank
    return all(map(is_blank, node.items if isinstance(node, Sequence) else node.values.values()))


def drop_blank_entries(root: Mapping) -> None:
    """Remove blank entries, such as those of the scaffold, from a tree that has other entries."""
    sections = root.values.get("sections")
    lists = (
        [node for node in sections.values.values() if isinstance(node, Sequence)]
        if isinstance(sections, Mapping)
        else []
    )
    if all(is_blank(items) for items in lists):
        return
    for items in lists:
        items.items = [item for item in items.items if not (isinstance(item, Mapping) and is_blank(item))]


def scalars(node: Node) -> list[tuple[Steps, Scalar]]:
    """Return each text of a tree with its path."""
    found: list[tuple[Steps, Scalar]] = []
    _collect(node, (), found)
    return found


def _collect(node: Node, steps: Steps, found: list[tuple[Steps, Scalar]]) -> None:
    if isinstance(node, Scalar):
        found.append((steps, node))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            _collect(item, (*steps, index), found)
    else:
        for key, value in node.values.items():
            _collect(value, (*steps, key), found)


def format_path(steps: Steps) -> str:
    """Format a path as text, such as `sections.papers[3].url`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def location_of(root: Mapping, steps: Steps) -> tuple[Location, Node | None]:
    """Return the location and the node at a path.

    Returns:
        The location and the node. If the path does not exist, the location of the nearest node above it, and None.
    """
    node: Node = root
    location = root.location
    for step in steps:
        if isinstance(node, Mapping) and step in node.values:
            key, node = node.keys[str(step)], node.values[str(step)]
            location = key.location if isinstance(node, Scalar) and node.blank else node.location
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            location = node.location
        else:
            return location, None
    return location, node
