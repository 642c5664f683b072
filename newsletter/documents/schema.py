"""The JSON Schemas of an issue and a publication, as an editor's YAML language server reads them."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from newsletter.models.base import Model
from newsletter.models.issue import Issue
from newsletter.models.publication import Publication


class Kind(StrEnum):
    """What a schema describes."""

    ISSUE = "issue"
    PUBLICATION = "publication"

    @property
    def model(self) -> type[Model]:
        """The model that the schema is derived from."""
        return Issue if self is Kind.ISSUE else Publication

    @property
    def file(self) -> str:
        """The file's name under `schemas/`."""
        return f"{self.value}.schema.json"


def schema_text(kind: Kind) -> str:
    """The schema as JSON (draft 7, which every YAML language server reads)."""
    schema = kind.model.model_json_schema(by_alias=True)
    for part in _objects(schema):
        required = part.get("required", [])
        for name, field in part["properties"].items():
            _tidy(field)
            if name not in required:
                part["properties"][name] = _or_blank(field)
    return (
        json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **schema}, ensure_ascii=False, indent=2)
        + "\n"
    )


def _objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            yield part


def _tidy(field: dict[str, Any]) -> None:
    """Pydantic's titles and defaults of parts only repeat what stands beside them."""
    field.pop("title", None)
    if isinstance(field.get("default"), dict | list) or field.get("default", "") is None:
        field.pop("default", None)


def _or_blank(field: dict[str, Any]) -> dict[str, Any]:
    """A blank value, which YAML reads as null, is an absent one."""
    said: dict[str, Any] = {key: field[key] for key in ("description", "default") if key in field}
    kinds = [
        kind
        for kind in field.get("anyOf", [{key: value for key, value in field.items() if key not in said}])
        if kind != {"type": "null"}
    ]
    return {**said, "anyOf": [*kinds, {"type": "null"}]}
