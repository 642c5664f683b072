"""The field type for the key of a section."""

from typing import Annotated

from pydantic import AfterValidator

from newsletter.fields.text import refuse
from newsletter.publication.section import SectionKey, key_error


def _require_key(value: str) -> str:
    if error := key_error(value):
        raise refuse(*error)
    return value


Key = Annotated[SectionKey, AfterValidator(_require_key)]
"""A field with the key of a section."""
