"""Reads the JSON files of exports."""

import json
from typing import Any

from newsletter.documents.source import decode
from newsletter.errors import NewsletterError
from newsletter.importing.export_files import Export


def read_json(export: Export, name: str) -> Any:
    """Return the content of a JSON file.

    Raises:
        DocumentError: The file is not UTF-8.
        NewsletterError: The file is not valid JSON.
    """
    shown = export.shown(name)
    try:
        return json.loads(decode(export.read(name), shown))
    except (ValueError, RecursionError) as error:
        raise NewsletterError(
            f"{shown} is not valid JSON: {error}", "Nothing was changed. Check that the export is complete."
        ) from error


def text_of(values: dict[str, Any], key: str) -> str:
    """Return a text in a JSON object, or "" if it is missing or not a text."""
    value = values.get(key)
    return value if isinstance(value, str) else ""
