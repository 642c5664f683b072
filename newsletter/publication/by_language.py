"""Texts of the settings that may depend on the language: one text, or a text for each language."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidatorFunctionWrapHandler, WrapValidator

from newsletter.fields.text import SCALAR, Language, Line, Markdown, json_schema
from newsletter.text.languages import fallbacks

EVERY_LANGUAGE = "[every]"
"""The language of a text that all languages use."""


def _language_or_every(value: str, validate: ValidatorFunctionWrapHandler) -> str:
    return EVERY_LANGUAGE if value == EVERY_LANGUAGE else str(validate(value))


def _by_language(value: Any) -> Any:
    return value if isinstance(value, dict) else {EVERY_LANGUAGE: value}


_Tag = Annotated[Language, WrapValidator(_language_or_every)]
_SCHEMA = json_schema(type=["string", "number", "boolean", "object"], additionalProperties=SCALAR)

LineByLanguage = Annotated[dict[_Tag, Line], BeforeValidator(_by_language), _SCHEMA]
"""A line by language; `EVERY_LANGUAGE` is the language of one that is only text."""

MarkdownByLanguage = Annotated[dict[_Tag, Markdown], BeforeValidator(_by_language), _SCHEMA]
"""Markdown by language; `EVERY_LANGUAGE` is the language of one that is only text."""


def text_in(texts: Mapping[str, str], language: str, default: str) -> str:
    """Return the text in a language, else in the language `default`, else the first; "" if there is none."""
    known = (*fallbacks(language), EVERY_LANGUAGE, *fallbacks(default), *texts)
    return next((texts[tag] for tag in known if tag in texts), "")
