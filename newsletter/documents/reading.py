"""A located tree becomes a model, or every fault of the file at once, each with its place."""

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from newsletter.documents.located import Mapping, Node, Place, Scalar, Sequence, compose
from newsletter.documents.source import Source
from newsletter.errors import DocumentError, Problem
from newsletter.models.base import Model
from newsletter.models.text import PROSE

Document = TypeVar("Document", bound=Model)
Steps = tuple[str | int, ...]
_QUOTE = 'Put the text in double quotes: "…".'


def require_mapping(source: Source, root: Node | None, model: type[Model]) -> Mapping:
    """The tree of a file that holds keys and values.

    Raises:
        DocumentError: it holds something else, or nothing.
    """
    if isinstance(root, Mapping):
        return root
    found = "nothing" if root is None else "a list" if isinstance(root, Sequence) else "a text"
    message = f"the file must hold keys and values, and it holds {found}"
    raise DocumentError([source.problem(0, 0, message, f"Begin with `{next(iter(model.model_fields))}: …`.")])


def validate(source: Source, root: Mapping, model: type[Document], also: list[Problem]) -> Document:
    """The model that a located tree says; `also` are faults already found in it.

    Raises:
        DocumentError: every fault of the file.
    """
    problems = [*also, *_cut_texts(source, root, model)]
    try:
        document = model.model_validate(plain(root))
    except ValidationError as error:
        raise DocumentError(
            [*problems, *(_problem(source, root, model, detail) for detail in error.errors())]
        ) from error
    if problems:
        raise DocumentError(problems)
    return document


def read_model(source: Source, model: type[Document]) -> Document:
    """The model that a YAML text says.

    Raises:
        DocumentError: its first fault of syntax, or every other fault of it.
    """
    return validate(source, require_mapping(source, compose(source), model), model, [])


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


def suggestion(word: str, known: list[str]) -> str:
    """A did-you-mean, or the list of what is known."""
    near = difflib.get_close_matches(word.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."


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


def _problem(source: Source, root: Mapping, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    steps: Steps = tuple(step for step in detail["loc"] if step != "[key]")
    place, node = place_of(root, steps)
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(steps[-1]) if steps else ""
    advice = ""
    if kind == "missing":
        blank = node is not None
        message = f"`{name}` is blank" if blank else f"`{name}` is missing"
        advice = f"Write `{name}: …`" + (": " + said if (said := _description(model, steps)) else ".")
    elif kind == "extra_forbidden":
        parent, _ = place_of(root, steps[:-1])
        message, advice = f"unknown key `{name}`", suggestion(name, _known(model, steps[:-1]))
        place = _key(root, steps) or parent
    elif kind == "press":
        message, advice = context["message"], context["advice"]
    elif kind in ("enum", "literal_error"):
        found = node.value if isinstance(node, Scalar) else "this"
        message, advice = (
            f"`{found}` is none of {context['expected'].replace(' or ', ', ')}",
            suggestion(str(found), re.findall(r"'([^']*)'", context["expected"])),
        )
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        message, advice = (
            f"keys and values are needed here, and this is {_kind(node)}",
            "Write each on a line of its own, indented: `key: value`.",
        )
    elif kind in ("list_type", "tuple_type"):
        message, advice = (
            f"a list is needed here, and this is {_kind(node)}",
            "Begin each item on a line of its own with `- `.",
        )
    else:
        message = detail["msg"]
    return source.problem(place.line, place.column, message, advice, dotted(steps))


def _key(root: Mapping, steps: Steps) -> Place | None:
    _, parent = place_of(root, steps[:-1])
    return parent.keys[str(steps[-1])].place if isinstance(parent, Mapping) and steps[-1] in parent.keys else None


def _kind(node: Node | None) -> str:
    if node is None or isinstance(node, Scalar):
        return "blank" if node is None or node.blank else "a text"
    return "a list" if isinstance(node, Sequence) else "keys and values"


def _model_at(model: type[BaseModel], steps: Steps) -> type[BaseModel]:
    """The model that the steps lead to."""
    for step in steps:
        if isinstance(step, str):
            field = _fields(model).get(step)
            inner = _inner(field.annotation) if field else None
            model = inner or model
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


@cache
def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _known(model: type[BaseModel], steps: Steps) -> list[str]:
    return list(_fields(_model_at(model, steps)))


def _description(model: type[BaseModel], steps: Steps) -> str:
    field = _fields(_model_at(model, steps[:-1])).get(str(steps[-1]))
    text = (field.description or "") if field else ""
    return text[:1].lower() + text[1:]


@cache
def _prose(model: type[BaseModel]) -> frozenset[str]:
    """The names of the fields that hold words, at any depth."""
    names: set[str] = set()
    for name, field in _fields(model).items():
        inner = _inner(field.annotation)
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
    """Texts without quotes that ` #` cuts short: what follows would silently be a comment."""
    prose = _prose(model)
    for steps, scalar in scalars(root):
        name = next((step for step in reversed(steps) if isinstance(step, str)), "")
        if not scalar.plain or scalar.blank or name not in prose:
            continue
        rest = re.match(r"[ \t]+#[^\r\n]*", source.text[scalar.place.end :])
        if rest:
            before = Source("", source.text[: scalar.place.end]).lines
            column = len(before[-1]) + rest[0].index("#")
            advice = f"{_QUOTE[:-1]}, or set the comment on a line of its own."
            yield source.problem(
                len(before) - 1,
                column,
                "` #` cuts this text short: YAML takes the rest for a comment",
                advice,
                dotted(steps),
            )
