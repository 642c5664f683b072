"""Generates the JSON Schemas of an issue and a publication for the YAML language servers of editors."""

import json
from enum import StrEnum
from typing import Any

from newsletter.fields.base import Model
from newsletter.issue.model import Issue
from newsletter.publication.section import DEFAULT_SECTIONS, KEY_SCHEMA_PATTERN, SectionKeys
from newsletter.publication.settings import Publication

DRAFT = "http://json-schema.org/draft-07/schema#"
Part = dict[str, Any]
Parts = dict[str, Part]


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


def schema_text(kind: Kind, publication: Publication | None = None) -> str:
    """Return the schema as JSON text (draft 7, which every YAML language server supports).

    Args:
        kind: what the schema describes.
        publication: the settings, whose sections the schema allows. None stands for the default sections.
    """
    schema = kind.model.model_json_schema(by_alias=True)
    definitions: Parts = schema.setdefault("$defs", {})
    if kind is Kind.ISSUE:
        _set_issue_sections(schema, definitions, publication)
    else:
        _set_publication_sections(schema, definitions, publication.section_keys if publication else DEFAULT_SECTIONS)
    for part in (schema, *definitions.values()):
        for name, field in part.get("properties", {}).items():
            _remove_noise(field)
            if name not in part.get("required", []):
                _allow_null(field, definitions)
            elif "string" in field.get("type", ""):
                field.setdefault("pattern", r"\S")
    return json.dumps({"$schema": DRAFT, **schema}, ensure_ascii=False, indent=2) + "\n"


def _set_issue_sections(schema: Part, definitions: Parts, publication: Publication | None) -> None:
    """Allow only the declared sections in an issue, so that an editor completes them."""
    declared = publication.section_keys if publication else DEFAULT_SECTIONS
    for name, what in (("highlights", "Highlights"), ("sections", "Entries")):
        field = schema["properties"][name]
        properties = {}
        for key in declared:
            label = next(iter(publication.sections.get(key, {}).values()), "") if publication else ""
            shown = f"“{label}”" if label else f"`{key}`"
            properties[key] = {**field["additionalProperties"], "description": f"{what} of the section {shown}."}
        title = name.capitalize()
        definitions[title] = {
            "additionalProperties": False,
            "description": field["description"],
            "properties": properties,
            "title": title,
            "type": "object",
        }
        schema["properties"][name] = {"$ref": f"#/$defs/{title}", "description": field["description"]}


def _set_publication_sections(schema: Part, definitions: Parts, declared: SectionKeys) -> None:
    """Allow only valid keys of sections in the settings, and only known ones in `labels` and `capture`."""
    schema["properties"]["sections"]["propertyNames"] = {"pattern": KEY_SCHEMA_PATTERN}
    definitions["Capture"]["properties"]["sections"]["additionalProperties"] = {"enum": list(declared)}
    for labels in schema["properties"]["labels"]["patternProperties"].values():
        label = {**labels.pop("additionalProperties"), "description": "The label of the section."}
        _allow_null(label, definitions)
        labels["properties"] = dict.fromkeys(dict.fromkeys((*declared, *DEFAULT_SECTIONS)), label)
        labels["additionalProperties"] = False


def _remove_noise(field: Part) -> None:
    """Remove the titles and the defaults of nested models that Pydantic adds: they repeat other parts of the schema."""
    field.pop("title", None)
    if field.get("default", "") is None or isinstance(field.get("default"), dict | list):
        del field["default"]


def _allow_null(field: Part, definitions: Parts) -> None:
    """Allow null for a field: YAML reads a key without a value as null.

    Null is added to the types themselves. With `anyOf`, editors only report that no alternative matches.
    """
    kinds = [kind for kind in field.pop("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        field.update(kinds[0])
    elif kinds:
        field["anyOf"] = [*kinds, {"type": "null"}]
        return
    target = definitions[field["$ref"].rpartition("/")[2]] if "$ref" in field else field
    types = target["type"] if isinstance(target["type"], list) else [target["type"]]
    target["type"] = list(dict.fromkeys([*types, "null"]))
    if "enum" in target:
        target["enum"] = list(dict.fromkeys([*target["enum"], None]))
