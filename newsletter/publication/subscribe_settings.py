"""The settings under `subscribe`: what the form to subscribe asks for."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import Field

from newsletter.documents.nodes import Mapping, Node
from newsletter.documents.paths import format_path, is_blank, scalars
from newsletter.documents.source import Source
from newsletter.errors import Problem
from newsletter.fields.base import Model


class SubscribeField(StrEnum):
    """A field of the form, besides the address: the name, or the tags in `delivery.tags`."""

    NAME = "name"
    INTERESTS = "interests"


class SubscribeSettings(Model):
    """The form to subscribe."""

    fields: tuple[SubscribeField, ...] = Field(
        (),
        description="What the form asks for besides the address: `name`, and `interests`, which are the tags in"
        " `delivery.tags`. Both are optional for readers.",
    )


def subscribe_problems(source: Source, root: Mapping) -> Iterator[Problem]:
    """Yield a problem if the form asks for interests, but there are none to choose from."""
    fields, tags = _value(root, "subscribe", "fields"), _value(root, "delivery", "tags")
    if fields is None or not (tags is None or is_blank(tags)):
        return
    for steps, scalar in scalars(fields):
        if scalar.value.strip() == SubscribeField.INTERESTS:
            message = "`interests` offers the tags in `delivery.tags`, which is empty"
            advice = "List the tags, such as `delivery: {tags: [papers, tools]}`."
            path = format_path(("subscribe", "fields", *steps))
            yield source.problem(scalar.location.line, scalar.location.column, message, advice, path)


def _value(root: Mapping, name: str, key: str) -> Node | None:
    parent = root.values.get(name)
    return parent.values.get(key) if isinstance(parent, Mapping) else None
