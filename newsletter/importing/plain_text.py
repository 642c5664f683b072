"""Cleans text of exports: characters that a file of an issue cannot contain, and entities in titles."""

import html
import re

# White space that YAML and HTML do not allow in text.
_SPACES = re.compile(r"[\v\f\x1c-\x1f\x85\u2028\u2029]")
# Control characters, characters that are not valid in Unicode text, and the byte order mark.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufeff\ufffe\uffff\ud800-\udfff]")


def without_controls(text: str) -> str:
    """Remove control characters from a text. Unusual line breaks and separators become spaces."""
    return _CONTROLS.sub("", _SPACES.sub(" ", text))


def title_text(markup: str) -> str:
    """Return the text of a title with HTML tags and entities, such as `Wind &#8211; gust`."""
    return html.unescape(re.sub(r"</?[A-Za-z][^>]*>", "", markup))
