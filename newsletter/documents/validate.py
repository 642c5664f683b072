"""Turns a located tree into a model, or into all problems of the file, each with its location."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from newsletter.documents.nodes import Mapping, Node, Sequence
from newsletter.documents.paths import dotted, plain, scalars
from newsletter.documents.source import Source
from newsletter.documents.syntax_errors import QUOTE
from newsletter.documents.validation_errors import fields_of, model_inside, validation_problem
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError, Problem
from newsletter.fields.base import Model
from newsletter.fields.text import PROSE

Document = TypeVar("Document", bound=Model)
# A comment that ignores a rule of the checker is meant as a comment.
_COMMENT = re.compile(r"[ \t]+#(?![ \t]*check:\s*ignore\s*=)")
# After a blank value a comment is fine; what begins with a hash and goes on at once is meant as a text.
_HASHTAG = re.compile(r"[ \t]+#(?=[^\s#])")


def require_mapping(source: Source, root: Node | None, model: type[Model]) -> Mapping:
    """Return the tree of a file that must hold keys and values.

    Raises:
        DocumentError: the file holds something else, or nothing.
    """
    if isinstance(root, Mapping):
        return root
    found = "nothing" if root is None else "a list" if isinstance(root, Sequence) else "a text"
    message = f"the file must hold keys and values, and it holds {found}"
    raise DocumentError([source.problem(0, 0, message, f"Begin with `{next(iter(model.model_fields))}: …`.")])


def validate(source: Source, root: Mapping, model: type[Document], also: list[Problem]) -> Document:
    """Return the model of a located tree.

    Args:
        source: the file's text.
        root: its tree.
        model: the model's class.
        also: problems that were found in the file before.

    Raises:
        DocumentError: all problems of the file.
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
    """Return the model of a YAML text.

    Raises:
        DocumentError: the first syntax error, or all validation errors.
    """
    return validate(source, require_mapping(source, compose(source), model), model, [])


@cache
def _prose(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of the fields that hold prose, at any depth."""
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
    """Yield the problems of texts without quotes that ` #` cuts short: the rest would silently be a comment."""
    if " #" not in source.text and "\t#" not in source.text:
        return
    prose = _prose(model)
    for steps, scalar in scalars(root):
        name = next((step for step in reversed(steps) if isinstance(step, str)), "")
        cut = _HASHTAG if scalar.blank else _COMMENT if name in prose else None
        rest = cut.match(source.text, scalar.location.end) if scalar.plain and cut else None
        if rest:
            line, column = source.position(rest.end())
            advice = f"{QUOTE}, or set the comment on a line of its own."
            message = "` #` cuts this text short: YAML takes the rest for a comment"
            yield source.problem(line, column - 1, message, advice, dotted(steps))
