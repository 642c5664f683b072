"""Parse the tags of a subscriber, in the forms of several programs."""

import json
import re
from collections.abc import Iterable
from typing import Any

from newsletter.subscribers.attributes import check_tag

# A tag in double quotes up to a separator, or text without separators.
_PART = re.compile(r'\s*"[^"]*"(?=\s*(?:[,;]|$))|[^,;]+')


def read_tags(text: str) -> list[str]:
    """Parse tags: a JSON list of names or of objects with a name, or names separated by commas or semicolons.

    A tag that contains a separator is in double quotes: `"Bristol, UK",early`.

    Raises:
        NewsletterError: a tag is not valid.
    """
    text = text.strip()
    if not text:
        return []
    parts = _read_json(text) if text.startswith(("[", "{")) else None
    if parts is None:
        parts = _split(text.removeprefix("[").removesuffix("]"))
    return [check_tag(part) for part in dict.fromkeys(parts) if part]


def format_tags(tags: Iterable[str]) -> str:
    """Join tags with commas, so that `read_tags` returns them."""
    return ",".join(f'"{tag}"' if set(tag) & set(",;'[]{") else tag for tag in tags)


def _read_json(text: str) -> list[str] | None:
    """Return the names in a JSON list. Returns None if the text is not one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return [_name(one).strip() for one in found] if isinstance(found, list) else [] if found == {} else None


def _name(one: Any) -> str:
    if isinstance(one, dict):
        one = one.get("name", "")
    return "" if one is None else str(one)


def _split(text: str) -> list[str]:
    return [part.strip().strip("\"'").strip() for part in _PART.findall(text)]
