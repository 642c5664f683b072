"""Merge fields: what sending fills in for each reader, and what no author's text can become.

A template writes `{{ merge.unsubscribe_url }}`, and `{{unsubscribe_url}}` stands in the output.
Whatever else a template is given has its opening braces put aside as a noncharacter, which
no author's text may hold, until the output is finished.
"""

import re
from enum import StrEnum

_ASIDE = "\ufdd0"
_WORD_JOINER = "\u2060"


class MergeField(StrEnum):
    """The closed list of merge fields; each stands in an output as `{{name}}`."""

    UNSUBSCRIBE_URL = "unsubscribe_url"
    PREFERENCES_URL = "preferences_url"
    VIEW_URL = "view_url"
    SUBSCRIBER_NAME = "subscriber_name"
    SUBSCRIBER_EMAIL = "subscriber_email"

    @property
    def mark(self) -> str:
        """The field as it stands in an output."""
        return f"{{{{{self.value}}}}}"


_FIELD = re.compile(rf"{_ASIDE}(?=[{{{_ASIDE}](?:{'|'.join(MergeField)})}}}})")


def put_aside(text: str) -> str:
    """A text of an author's, its opening braces put aside."""
    return text.replace("{", _ASIDE)


def restore_html(html: str) -> str:
    """A finished page with the braces put aside written as character references."""
    return html.replace(_ASIDE, "&#123;")


def restore_text(text: str) -> str:
    """A finished text with its braces; where they would make a merge field, a word joiner parts them."""
    return _FIELD.sub("{" + _WORD_JOINER, text).replace(_ASIDE, "{")
