"""Read values from JSON that anybody may have sent: what has another type counts as absent."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from newsletter.bounces.providers.webhook import MalformedRequestError
from newsletter.bounces.report_fields import Fields
from newsletter.mail.headers import header_text

# The longest text that is kept, such as a reply of a server.
_MAX_LENGTH = 1000
_MAX_NUMBER = 2**63
# Far in the future, but a date.
_MAX_SECONDS = 2**37
_MESSAGE_ID = re.compile(r"<?([^<>\s]{1,300}@[^<>\s]{1,255})>?")


def decode(body: bytes | str) -> Any:
    """Decode a JSON text.

    Raises:
        MalformedRequestError: It is not valid.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("the body is not valid JSON") from error


def as_object(value: object) -> dict[str, Any]:
    """Return an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """Return a list, or an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return a text in one line, or a whole number as text, or ""."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MAX_NUMBER:
        value = str(value)
    return header_text(value)[:_MAX_LENGTH] if isinstance(value, str) else ""


def as_seconds(value: object) -> int | None:
    """Return a time in seconds since 1970 (UTC), from a number, a number as text, or ISO 8601; None if it is none."""
    if isinstance(value, str):
        value = _seconds_of_text(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # No comparison with a number that is not one is true.
    return int(value) if 0 <= value < _MAX_SECONDS else None


def _seconds_of_text(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def as_header(value: object) -> Fields:
    """Return a list of objects with `name` and `value` as header fields, by name in lower case."""
    fields: Fields = {}
    for header in map(as_object, as_list(value)):
        fields.setdefault(as_text(header.get("name")).lower(), []).append(as_text(header.get("value")))
    return fields


def as_message_ids(value: object) -> tuple[str, ...]:
    """Return a Message-ID with angle brackets, or nothing."""
    found = _MESSAGE_ID.fullmatch(as_text(value))
    return (f"<{found[1]}>",) if found else ()
