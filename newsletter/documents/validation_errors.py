"""Explains validation errors: where they are, what is wrong, and how to fix it."""

import re
import unicodedata
from dataclasses import replace
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from newsletter.documents.nodes import Location, Mapping, Node, Scalar, Sequence
from newsletter.documents.paths import Steps, format_path, location_of
from newsletter.documents.similar_names import similar, suggestion
from newsletter.documents.source import Source
from newsletter.documents.syntax_errors import COLON, QUOTE
from newsletter.errors import Problem
from newsletter.fields.text import REFUSED

# The names of keys that may hold a secret, whose lines are not printed.
_SECRET = re.compile(r"password|passwd|secret|token|api_?key", re.IGNORECASE)


def validation_problem(source: Source, root: Mapping, model: type[BaseModel], detail: ErrorDetails) -> Problem:
    """Translate an error of Pydantic into a problem of the file."""
    steps: Steps = tuple(step for step in detail["loc"] if step not in ("[key]", "[every]"))
    location, node = _place(root, steps, of_key="[key]" in detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    name = str(steps[-1]) if steps else ""
    advice = ""
    if kind == "missing":
        message = f"`{name}` is missing"
        advice = f"Add `{name}: …`" + (f": {description}" if (description := _description(model, steps)) else ".")
    elif kind == "extra_forbidden":
        parent, _ = location_of(root, steps[:-1])
        message, advice = f"unknown key `{name}`", suggestion(name, _known(model, steps[:-1]))
        if odd := next((character for character in name if character.isspace() and character != " "), None):
            spelled = f"U+{ord(odd):04X} ({unicodedata.name(odd, 'white space').lower()})"
            message, advice = f"expected a space, found {spelled}", "Replace the character with a space."
        location = _key(root, steps) or parent
        if _SECRET.search(name):
            message = f"`{name}` must not be in a file that is kept in git"
            advice = "Remove the line. Set an environment variable, such as NEWSLETTER_SMTP_PASSWORD, instead."
    elif (
        kind == REFUSED
        and steps
        and isinstance(node, Mapping)
        and node.keys
        and source.text[node.location.start] != "{"
    ):
        return _keys_instead_of_text(source, root, node, steps)
    elif kind == REFUSED:
        message, advice = context["message"], context["advice"]
    elif kind in ("enum", "literal_error"):
        found = f"`{node.value}`" if isinstance(node, Scalar) else _kind(node)
        known = re.findall(r"'([^']*)'", context["expected"])
        names = [f"`{value}`" for value in known]
        expected = " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or context["expected"]
        near = similar(found.strip("`"), known)
        advice = f"Did you mean `{near}`?" if near else f"Write one of them, such as {names[0]}." if names else ""
        message = f"expected {expected}, found {found}"
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        message, advice = (
            f"expected keys and values, found {_kind(node)}",
            "Write each key on its own indented line: `key: value`.",
        )
    elif kind in ("list_type", "tuple_type"):
        message, advice = (
            f"expected a list, found {_kind(node)}",
            "Start each item on its own line with `- `.",
        )
    else:
        message = detail["msg"]
    problem = source.problem(location.line, location.column, message, advice, format_path(steps))
    return replace(problem, source="") if _SECRET.search(name) else problem


def _place(root: Mapping, steps: Steps, *, of_key: bool) -> tuple[Location, Node | None]:
    """Return the location of a value and the value, or the location of its key and None."""
    key = _key(root, steps) if of_key else None
    return (key, None) if key else location_of(root, steps)


def _keys_instead_of_text(source: Source, root: Mapping, node: Mapping, steps: Steps) -> Problem:
    """Return the problem of keys where text is expected: a key that is indented too far, or a text with a colon."""
    name, key = next(iter(node.keys.items()))
    outer = _key(root, steps)
    if outer is not None and key.location.line > outer.line:
        message = f"`{name}:` is indented below `{steps[-1]}:`, which expects text"
        advice = f"Indent it like `{steps[-1]}:`, or put the text in quotes."
        return source.problem(key.location.line, key.location.column, message, advice, format_path(steps))
    # YAML has read a text with a colon as a key and its value.
    line, column = source.position(key.location.end)
    return source.problem(line, column, COLON, f"{QUOTE}.", format_path(steps))


def _key(root: Mapping, steps: Steps) -> Location | None:
    _, parent = location_of(root, steps[:-1])
    return parent.keys[str(steps[-1])].location if isinstance(parent, Mapping) and steps[-1] in parent.keys else None


def _kind(node: Node | None) -> str:
    if node is None or isinstance(node, Scalar):
        return "no value" if node is None or node.blank else "text"
    return "a list" if isinstance(node, Sequence) else "keys and values"


@cache
def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of a model by their names in the file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def model_inside(annotation: Any) -> type[BaseModel] | None:
    """Return the first model in a type, at any depth, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := model_inside(part))), None)


def _model_at(model: type[BaseModel], steps: Steps) -> type[BaseModel]:
    """Return the model at a path."""
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
