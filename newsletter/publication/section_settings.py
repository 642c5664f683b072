"""Checks the settings of a publication that name sections: each must be one that the publication has."""

from collections.abc import Collection, Iterator

from newsletter.documents.nodes import Mapping, Node, Scalar
from newsletter.documents.paths import Steps, format_path
from newsletter.documents.similar_names import suggestion
from newsletter.documents.source import Source
from newsletter.errors import Problem
from newsletter.publication.section import DEFAULT_SECTIONS, key_error


def section_problems(source: Source, root: Mapping) -> Iterator[Problem]:
    """Yield a problem for each section without a label, and for each other setting that names an unknown section.

    `labels` may also name the default sections, which issues published earlier may have.
    """
    sections = _values(root, "sections")
    for key, label in sections.items():
        if isinstance(label, Scalar) and label.blank:
            message = f"the section `{key}` has no label"
            yield _problem(source, label, ("sections", key), message, f"Add its label: `{key}: …`.")
    declared = list(sections) or list(DEFAULT_SECTIONS)
    capture = root.values.get("capture")
    for domain, value in (_values(capture, "sections") if isinstance(capture, Mapping) else {}).items():
        if isinstance(value, Scalar) and not value.blank:
            yield from _unknown(source, value, ("capture", "sections", domain), value.value.strip(), declared)
    known = dict.fromkeys((*declared, *DEFAULT_SECTIONS))
    for language, labels in _values(root, "labels").items():
        for name, named in labels.keys.items() if isinstance(labels, Mapping) else ():
            yield from _unknown(source, named, ("labels", language, name), name, known)


def _unknown(source: Source, node: Node, steps: Steps, name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known and not key_error(name):
        yield _problem(source, node, steps, f"unknown section `{name}`", suggestion(name, known))


def _values(parent: Mapping, name: str) -> dict[str, Node]:
    found = parent.values.get(name)
    return found.values if isinstance(found, Mapping) else {}


def _problem(source: Source, node: Node, steps: Steps, message: str, advice: str) -> Problem:
    return source.problem(node.location.line, node.location.column, message, advice, format_path(steps))
