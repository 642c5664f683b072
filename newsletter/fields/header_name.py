"""The field type for the name of an additional header field."""

import re
from typing import Annotated

from newsletter.fields.text import Parsed, json_schema, parse_line, refuse

# RFC 5322, §3.6.8. Longer names would leave no room in a line of 78 characters.
_NAME = re.compile(r"[!-9;-~]{1,76}", re.ASCII)
# Header fields that a message has or that servers add, and those that mail programs act on.
_STANDARD = frozenset(
    """
    authentication-results auto-submitted bcc bounces-to cc comments date delivered-to dkim-signature errors-to
    feedback-id from in-reply-to keywords message-id mime-version precedence received received-spf references reply-to
    return-path sender subject to
    """.split()  # noqa: SIM905 (names read better as words)
)
_STANDARD_STARTS = ("arc-", "content-", "list-", "resent-")


def _require_header_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise refuse("not a valid name of a header", "Use letters, digits and hyphens, such as Resend-Idempotency-Key.")
    if value.lower() in _STANDARD or value.lower().startswith(_STANDARD_STARTS):
        raise refuse(
            f"`{value}` is a standard header of messages",
            "Use the name from the documentation of your mail service, such as Resend-Idempotency-Key.",
        )
    return value


HeaderName = Annotated[
    str,
    Parsed(parse_line, _require_header_name),
    json_schema(type="string", pattern="^[!-9;-~]{1,76}$"),
]
