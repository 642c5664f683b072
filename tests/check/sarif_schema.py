"""The part of the structure of SARIF 2.1.0 that a log of `newsletter check` uses, as a JSON Schema.

Written from the specification; the sections are those of
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. No other properties are allowed, so that a new one is
added here with its section.
"""

from collections.abc import Mapping
from typing import Any


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def _list(item: Mapping[str, Any], **limits: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **limits}


_TEXT, _COUNT = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 1}
_MESSAGE = _object("text", text=_TEXT)  # 3.11 message, 3.12 multiformatMessageString
_LEVEL = {"enum": ["none", "note", "warning", "error"]}  # 3.27.10
_RULE = _object(  # 3.49 reportingDescriptor
    "id",
    id=_TEXT,
    shortDescription=_MESSAGE,
    fullDescription=_MESSAGE,
    help=_MESSAGE,
    defaultConfiguration=_object("", level=_LEVEL),  # 3.50 reportingConfiguration
    properties=_object("", tags=_list(_TEXT, uniqueItems=True)),  # 3.8 property bags
)
_REGION = _object("", startLine=_COUNT, startColumn=_COUNT, snippet=_MESSAGE)  # 3.30
_LOCATION = _object(  # 3.28 location, 3.29 physicalLocation, 3.4 artifactLocation
    "",
    physicalLocation=_object(
        "artifactLocation",
        artifactLocation=_object("", uri={"type": "string", "pattern": r"^[^\s\\]+$"}),
        region=_REGION,
    ),
)
_RESULT = _object(  # 3.27
    "message",
    ruleId=_TEXT,
    ruleIndex={"type": "integer", "minimum": -1},
    level=_LEVEL,
    message=_MESSAGE,
    locations=_list(_LOCATION),
)
_DRIVER = _object(  # 3.19 toolComponent
    "name",
    name=_TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules=_list(_RULE, uniqueItems=True),
)
_RUN = _object(  # 3.14
    "tool",
    tool=_object("driver", driver=_DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=_list(_RESULT),
)
SCHEMA = _object(  # 3.13 sarifLog
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"}, "runs": _list(_RUN)},
)
