"""Turns a located tree into a model, or reports all problems of the file with their locations."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import format_path, plain, scalars
from newsletter.documents.root_mapping import require_mapping
from newsletter.documents.source import Source
from newsletter.documents.syntax_errors import QUOTE
from newsletter.documents.validation_errors import fields_of, model_inside, validation_problem
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError, Problem
from newsletter.fields.base import Model
from newsletter.fields.text import PROSE

Document = TypeVar("Document", bound=Model)
# `# check: ignore=…` is a comment for the checker, not part of the text.
_COMMENT = re.compile(r"[ \t]+#(?![ \t]*check:\s*ignore\s*=)")
# After a blank value, `# words` is a comment, but `#words` is meant as text.
_HASHTAG = re.compile(r"[ \t]+#(?=[^\s#])")


def validate(source: Source, root: Mapping, model: type[Document], also: list[Problem]) -> Document:
    """Create the model of a located tree.

    Args:
        source: The text of the file.
        root: Its tree.
        model: The class of the model.
        also: Problems of the file that are already known, and reported with the others.

    Raises:
        DocumentError: The file has problems; the error contains all of them.
    """
    problems = [*also, *_cut_texts(source, root, model)]
    try:
        document = model.model_validate(plain(root))
    except ValidationError as error:
        problems += (validation_problem(source, root, model, detail) for detail in error.errors())
        raise DocumentError(problems) from error
    if problems:
        raise DocumentError(problems)
    return document


def read_model(source: Source, model: type[Document]) -> Document:
    """Parse a YAML text into a model.

    Raises:
        DocumentError: The text has a syntax error, of which the first is reported, or validation errors, of which all
            are.
    """
    return validate(source, require_mapping(source, compose(source), next(iter(model.model_fields))), model, [])


@cache
def _prose(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the fields that contain prose, at any depth."""
    names: set[str] = set()
    for name, field in fields_of(model).items():
        inner = model_inside(field.annotation)
        if inner:
            names |= _prose(inner)
        elif _is_prose(field):
            names.add(name)
    return frozenset(names)


def _is_prose(field: Any) -> bool:
    parts = (field, *_annotated(field.annotation))
    return any(PROSE in (*getattr(part, "metadata", ()), *getattr(part, "__metadata__", ())) for part in parts)


def _annotated(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _annotated(part)


def _cut_texts(source: Source, root: Mapping, model: type[BaseModel]) -> Iterator[Problem]:
    """Yield a problem for each text without quotes that contains ` #`: YAML ignores the rest as a comment."""
    if " #" not in source.text and "\t#" not in source.text:
        return
    prose = _prose(model)
    for steps, scalar in scalars(root):
        name = next((step for step in reversed(steps) if isinstance(step, str)), "")
        cut = _HASHTAG if scalar.blank else _COMMENT if name in prose or steps[0] in prose else None
        rest = cut.match(source.text, scalar.location.end) if scalar.plain and cut else None
        if rest:
            line, column = source.position(rest.end())
            advice = f"{QUOTE}, or move the comment to its own line."
            message = "` #` starts a YAML comment: the rest of the line is ignored"
            yield source.problem(line, column - 1, message, advice, format_path(steps))
