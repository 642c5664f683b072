"""Requires that a file has keys and values."""

from newsletter.documents.nodes import Mapping, Node, Sequence
from newsletter.documents.source import Source
from newsletter.errors import DocumentError


def require_mapping(source: Source, root: Node | None, first: str) -> Mapping:
    """Return the root of a file, which must be a mapping.

    Args:
        source: The text of the file.
        root: Its tree.
        first: The key with which such a file begins.

    Raises:
        DocumentError: The file is empty, or its root is a list or a text.
    """
    if isinstance(root, Mapping):
        return root
    found = "an empty file" if root is None else "a list" if isinstance(root, Sequence) else "text"
    message = f"expected keys and values, found {found}"
    raise DocumentError([source.problem(0, 0, message, f"Start the file with `{first}: …`.")])
