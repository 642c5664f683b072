"""Merge fields: placeholders that a campaign replaces for each recipient. An author's text cannot create one.

A template contains `{{ merge.unsubscribe_url }}`, and the output contains `{{unsubscribe_url}}`. Until the output is
finished, Unicode noncharacters keep the two apart, because validation rejects them in an author's text. A merge field
is a name between two noncharacters until its template is filled. Every opening brace in a value is replaced by another
noncharacter, and restored in the finished output.
"""

import re
from enum import Enum

_ASIDE = "\ufdd0"
_MARK = "\ufdd2{}\ufdd3"
_WORD_JOINER = "\u2060"


class MergeField(Enum):
    """A merge field. In an output it is written as `{{name}}`. The list is fixed."""

    UNSUBSCRIBE_URL = "unsubscribe_url"
    PREFERENCES_URL = "preferences_url"
    VIEW_URL = "view_url"
    SUBSCRIBER_NAME = "subscriber_name"
    SUBSCRIBER_EMAIL = "subscriber_email"

    # For each message, members are looked up several times. `Enum` has a hash function in Python, which is slower.
    __hash__ = object.__hash__

    @property
    def text(self) -> str:
        """The field as written in an output."""
        return f"{{{{{self.value}}}}}"

    def __str__(self) -> str:
        # No kind of escaping changes it: an underscore would be escaped in Markdown, so a hyphen replaces it.
        return _MARK.format(self.value.replace("_", "-"))

    def __html__(self) -> str:
        return str(self)


_FIELD = re.compile(rf"{_ASIDE}(?=[{{{_ASIDE}](?:{'|'.join(field.value for field in MergeField)})}}}})")
_SEPARATED = re.compile(rf"\{{{_WORD_JOINER}(?=[{{](?:{'|'.join(field.value for field in MergeField)})}}}})")


def replace_braces(text: str) -> str:
    """Replace the opening braces in an author's text, so that they cannot form a merge field."""
    return str.replace(text, "{", _ASIDE)


def write_merge_fields(filled: str) -> str:
    """Convert the merge fields of a filled template to their form in an output."""
    for field in MergeField if _MARK[0] in filled else ():
        filled = filled.replace(str(field), field.text)
    return filled


def remove_word_joiners(text: str) -> str:
    """Remove the word joiners that `restore_text` inserted between braces."""
    return _SEPARATED.sub("{", text)


def restore_html(html: str) -> str:
    """Restore replaced braces in a finished page, as character references."""
    return html.replace(_ASIDE, "&#123;")


def restore_text(text: str) -> str:
    """Restore replaced braces in a finished text. A word joiner separates braces that would form a merge field."""
    return _FIELD.sub("{" + _WORD_JOINER, text).replace(_ASIDE, "{")
