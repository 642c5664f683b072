"""Merge fields: what sending fills in for each reader, and what no author's text can become.

A template writes `{{ merge.unsubscribe_url }}`, and `{{unsubscribe_url}}` stands in the output.
Both sides are kept apart by noncharacters, which no author's text may hold: a merge field is a
mark between two of them until its template is filled, and every opening brace that a template
is given is put aside as another until the output is finished.
"""

import re
from enum import Enum

_ASIDE = "\ufdd0"
_MARK = "\ufdd2{}\ufdd3"
_WORD_JOINER = "\u2060"


class MergeField(Enum):
    """The closed list of merge fields; each stands in an output as `{{name}}`."""

    UNSUBSCRIBE_URL = "unsubscribe_url"
    PREFERENCES_URL = "preferences_url"
    VIEW_URL = "view_url"
    SUBSCRIBER_NAME = "subscriber_name"
    SUBSCRIBER_EMAIL = "subscriber_email"

    @property
    def text(self) -> str:
        """The field as it stands in an output."""
        return f"{{{{{self.value}}}}}"

    def __str__(self) -> str:
        # Whatever a template joins it with and escapes it as, it stays whole: without an underscore, for Markdown.
        return _MARK.format(self.value.replace("_", "-"))

    def __html__(self) -> str:
        return str(self)


_FIELD = re.compile(rf"{_ASIDE}(?=[{{{_ASIDE}](?:{'|'.join(field.value for field in MergeField)})}}}})")
_PARTED = re.compile(rf"\{{{_WORD_JOINER}(?=[{{](?:{'|'.join(field.value for field in MergeField)})}}}})")


def put_aside(text: str) -> str:
    """A text of an author's, its opening braces put aside."""
    return str.replace(text, "{", _ASIDE)


def set_merge_fields(filled: str) -> str:
    """A filled template with its merge fields as they stand in an output."""
    for field in MergeField if _MARK[0] in filled else ():
        filled = filled.replace(str(field), field.text)
    return filled


def joined_braces(text: str) -> str:
    """A text that `restore_text` wrote, without the word joiners that it set between braces."""
    return _PARTED.sub("{", text)


def restore_html(html: str) -> str:
    """A finished page with the braces put aside written as character references."""
    return html.replace(_ASIDE, "&#123;")


def restore_text(text: str) -> str:
    """A finished text with its braces; where they would make a merge field, a word joiner parts them."""
    return _FIELD.sub("{" + _WORD_JOINER, text).replace(_ASIDE, "{")
