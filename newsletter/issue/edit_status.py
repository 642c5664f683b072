"""An issue's status set in the author's file: one word, and nothing else is touched."""

from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, below, end_of, in_brackets, inside, spliced
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.model import Status


def with_status(source: Source, status: Status) -> str:
    """The text of an issue's file with its status.

    Raises:
        DocumentError: the YAML cannot be read, or its status cannot be set as it is written.
    """
    root = compose(source)
    if isinstance(root, Mapping):
        text = spliced(source.text, [_splice(source, root, status.value)])
        after = compose(Source(source.name, text))
        set_ = after.values.get("status") if isinstance(after, Mapping) else None
        if isinstance(set_, Scalar) and set_.value == status.value:
            return text
    message, advice = "the status cannot be set as this file is written", f"Write `status: {status.value}` yourself."
    raise DocumentError([source.problem(0, 0, message, advice, "status")])


def _splice(source: Source, root: Mapping, value: str) -> Splice:
    if "status" not in root.values:
        if in_brackets(source, root):
            return inside(source, root, f"status: {value}")
        above = root.values.get("date") or root.values.get("title") or next(iter(root.values.values()))
        return below(source, end_of(source, above), f"{' ' * root.location.column}status: {value}\n")
    node = root.values["status"]
    if isinstance(node, Scalar) and node.blank and node.location.start == node.location.end:
        colon = source.text.index(":", root.keys["status"].location.end) + 1
        return colon, colon, f" {value}"
    return node.location.start, node.location.end, value
