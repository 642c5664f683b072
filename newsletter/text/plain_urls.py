"""Recognizes plain URLs, which are valid without further checks. Most URLs are."""

import re

_PLAIN = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*(?::(?:[1-5]?[0-9]{1,4}|6[0-4][0-9]{3}))?(?:/[\w./?=&%#~+:@,;!*()'-]*)?", re.ASCII
)


def is_plain_url(text: str) -> bool:
    """Return whether a text is an http or https URL of a common form. Other URLs may be valid, too."""
    return _PLAIN.fullmatch(text) is not None
