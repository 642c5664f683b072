"""Sets an issue's status in the author's file and changes nothing else."""

from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.source import Source
from newsletter.documents.splices import Splice, apply_splices, end_of, in_brackets, insert_below, insert_inside
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.head import Status


def set_status(source: Source, status: Status) -> str:
    """Return the text of an issue's file with a new status. The text stays the same if it has this status already.

    Raises:
        DocumentError: the YAML cannot be parsed, or its style does not allow the change.
    """
    root = compose(source)
    if isinstance(root, Mapping):
        if _status_of(root) == status.value:
            return source.text
        text = apply_splices(source.text, [_splice(source, root, status.value)])
        after = compose(Source(source.name, text))
        if isinstance(after, Mapping) and _status_of(after) == status.value:
            return text
    message = "cannot set `status`: the file uses an unsupported YAML style"
    advice = f"Add `status: {status.value}` to the file yourself."
    raise DocumentError([source.problem(0, 0, message, advice, "status")])


def _status_of(root: Mapping) -> str:
    node = root.values.get("status")
    return node.value if isinstance(node, Scalar) else ""


def _splice(source: Source, root: Mapping, value: str) -> Splice:
    if "status" not in root.values:
        if in_brackets(source, root):
            return insert_inside(source, root, f"status: {value}")
        above = root.values.get("date") or root.values.get("title") or next(iter(root.values.values()))
        return insert_below(source, end_of(source, above), f"{' ' * root.location.column}status: {value}\n")
    node = root.values["status"]
    if isinstance(node, Scalar) and node.blank and node.location.start == node.location.end:
        colon = source.text.index(":", root.keys["status"].location.end) + 1
        return colon, colon, f" {value}"
    return node.location.start, node.location.end, value
