"""Merge fields: placeholders that sending fills in for each recipient. No author's text can become one.

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
    """The closed list of merge fields; each is written as `{{name}}` in an output."""

    UNSUBSCRIBE_URL = "unsubscribe_url"
    PREFERENCES_URL = "preferences_url"
    VIEW_URL = "view_url"
    SUBSCRIBER_NAME = "subscriber_name"
    SUBSCRIBER_EMAIL = "subscriber_email"

    @property
    def text(self) -> str:
        """The field as written in an output."""
        return f"{{{{{self.value}}}}}"

    def __str__(self) -> str:
        # Whatever a template joins it with and escapes it as, it stays whole: without an underscore, for Markdown.
        return _MARK.format(self.value.replace("_", "-"))

    def __html__(self) -> str:
        return str(self)


_FIELD = re.compile(rf"{_ASIDE}(?=[{{{_ASIDE}](?:{'|'.join(field.value for field in MergeField)})}}}})")
_PARTED = re.compile(rf"\{{{_WORD_JOINER}(?=[{{](?:{'|'.join(field.value for field in MergeField)})}}}})")


def replace_braces(text: str) -> str:
    """Replace the opening braces in an author's text, so that they cannot make a merge field."""
    return str.replace(text, "{", _ASIDE)


def write_merge_fields(filled: str) -> str:
    """Write the merge fields of a filled template as they stand in an output."""
    for field in MergeField if _MARK[0] in filled else ():
        filled = filled.replace(str(field), field.text)
    return filled


def remove_word_joiners(text: str) -> str:
    """Remove the word joiners that `restore_text` set between braces."""
    return _PARTED.sub("{", text)


def restore_html(html: str) -> str:
    """Write replaced braces as character references in a finished page."""
    return html.replace(_ASIDE, "&#123;")


def restore_text(text: str) -> str:
    """Write replaced braces in a finished text; a word joiner parts those that would make a merge field."""
    return _FIELD.sub("{" + _WORD_JOINER, text).replace(_ASIDE, "{")
