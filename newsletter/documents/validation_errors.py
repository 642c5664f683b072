"""Validation errors in the author's words: where they are, what is wrong, and what to write."""

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from newsletter.documents.nodes import Location, Mapping, Node, Scalar, Sequence
from newsletter.documents.paths import Steps, dotted, location_of
from newsletter.documents.source import Source
from newsletter.documents.syntax_errors import QUOTE
from newsletter.errors import Problem
from newsletter.fields.text import REFUSED

# Comparing a word with more names than this takes too long.
MANY = 200


def validation_problem(source: Source, root: Mapping, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    """Return one of Pydantic's errors as a problem of the file."""
    steps: Steps = tuple(step for step in detail["loc"] if step != "[key]")
    location, node = location_of(root, steps)
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(steps[-1]) if steps else ""
    advice = ""
    if kind == "missing":
        blank = node is not None
        message = f"`{name}` is blank" if blank else f"`{name}` is missing"
        advice = f"Write `{name}: …`" + (f": {description}" if (description := _description(model, steps)) else ".")
    elif kind == "extra_forbidden":
        parent, _ = location_of(root, steps[:-1])
        message, advice = f"unknown key `{name}`", suggestion(name, _known(model, steps[:-1]))
        if odd := next((character for character in name if character.isspace() and character != " "), None):
            spelled = f"U+{ord(odd):04X} ({unicodedata.name(odd, 'white space').lower()})"
            message, advice = f"{spelled} in a key, where YAML wants a space", "Type it again on the keyboard."
        location = _key(root, steps) or parent
    elif (
        kind == REFUSED
        and steps
        and isinstance(node, Mapping)
        and node.keys
        and source.text[node.location.start] != "{"
    ):
        # A text without quotes that has a colon in it was read as a key and its value.
        line, column = source.position(next(iter(node.keys.values())).location.end)
        message = "a colon followed by a space, inside a text without quotes"
        return source.problem(line, column, message, f"{QUOTE}.", dotted(steps))
    elif kind == REFUSED:
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
    return source.problem(location.line, location.column, message, advice, dotted(steps))


def _key(root: Mapping, steps: Steps) -> Location | None:
    _, parent = location_of(root, steps[:-1])
    return parent.keys[str(steps[-1])].location if isinstance(parent, Mapping) and steps[-1] in parent.keys else None


def _kind(node: Node | None) -> str:
    if node is None or isinstance(node, Scalar):
        return "blank" if node is None or node.blank else "a text"
    return "a list" if isinstance(node, Sequence) else "keys and values"


def suggestion(word: str, known: Collection[str]) -> str:
    """Return advice for an unknown name: the known one that is most like it, or the list of them."""
    import difflib

    if len(known) > MANY:
        return f"There are {len(known)} of them: check the spelling."
    spelled = (word.lower(), word.lower().replace("-", "_"))
    near = [match for form in spelled for match in difflib.get_close_matches(form, known, n=1, cutoff=0.6)]
    return f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."


@cache
def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of a model by the names that an author writes."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def model_inside(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside a type, at any depth, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := model_inside(part))), None)


def _model_at(model: type[BaseModel], steps: Steps) -> type[BaseModel]:
    """Return the model to which steps lead."""
    for step in steps:
        if isinstance(step, str):
            field = fields_of(model).get(step)
            inner = model_inside(field.annotation) if field else None
            model = inner or model
    return model


def _known(model: type[BaseModel], steps: Steps) -> list[str]:
    return list(fields_of(_model_at(model, steps)))


def _description(model: type[BaseModel], steps: Steps) -> str:
    field = fields_of(_model_at(model, steps[:-1])).get(str(steps[-1]))
    text = (field.description or "") if field else ""
    return text[:1].lower() + text[1:]
