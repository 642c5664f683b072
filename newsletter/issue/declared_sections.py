"""Compares the sections of an issue with those that its publication declares."""

from collections.abc import Iterator
from dataclasses import replace

from newsletter.documents.nodes import Mapping, Scalar, Sequence
from newsletter.documents.paths import format_path
from newsletter.documents.similar_names import similar
from newsletter.documents.source import Source
from newsletter.errors import NewsletterError, Problem, Severity
from newsletter.issue.head import Status
from newsletter.publication.section import SectionKey, SectionKeys, key_error

_PARTS = ("highlights", "sections")


def section_problems(source: Source, root: Mapping, declared: SectionKeys) -> Iterator[Problem]:
    """Yield an error for each section of an issue that is not declared, or a warning if the issue is published.

    Keys that no publication can declare are left out: the model reports them.
    """
    severity = Severity.WARNING if _is_published(root) else Severity.ERROR
    for part in _PARTS:
        parent = root.values.get(part)
        for name, key in parent.keys.items() if isinstance(parent, Mapping) else ():
            if name in declared or key_error(name):
                continue
            advice = undeclared_advice(name, declared)
            message = f"the section `{name}` is not declared"
            line, column = key.location.line, key.location.column
            yield source.problem(line, column, message, advice, format_path((part, name)), severity)


def require_declared(name: str, declared: SectionKeys) -> SectionKey:
    """Return the key of a declared section.

    Raises:
        NewsletterError: the section is not declared.
    """
    if name not in declared:
        raise NewsletterError(f"the section `{name}` is not declared", undeclared_advice(name, declared))
    return SectionKey(name)


def undeclared_advice(name: str, declared: SectionKeys) -> str:
    """Return advice for a section that is not declared: the most similar section, and all sections."""
    near = similar(name, declared)
    guess = f"Did you mean `{near}`? " if near else ""
    return f"{guess}The sections are {', '.join(declared)}. Declare another one under `sections` in newsletter.yaml."


def without_misplaced_keys(root: Mapping, declared: SectionKeys) -> Mapping:
    """Return the tree of a draft without undeclared sections that are not lists, which need only one error."""
    if _is_published(root):
        return root
    kept = dict(root.values)
    for part in _PARTS:
        parent = root.values.get(part)
        if isinstance(parent, Mapping) and not parent.values.keys() <= set(declared):
            values = {
                name: node
                for name, node in parent.values.items()
                if name in declared or isinstance(node, Sequence) or key_error(name)
            }
            kept[part] = replace(parent, values=values)
    return replace(root, values=kept)


def _is_published(root: Mapping) -> bool:
    status = root.values.get("status")
    return isinstance(status, Scalar) and status.value.strip() == Status.PUBLISHED
