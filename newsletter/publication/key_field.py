"""The field type for the key of a section."""

from typing import Annotated

from newsletter.fields.text import Checked, refuse
from newsletter.publication.section import SectionKey, key_error


def _require_key(value: str) -> str:
    if error := key_error(value):
        raise refuse(*error)
    return value


Key = Annotated[SectionKey, Checked(_require_key)]
"""A field with the key of a section."""
