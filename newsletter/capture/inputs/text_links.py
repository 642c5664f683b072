"""Finds URLs in plain text or Markdown."""

import re
from collections.abc import Iterator

from newsletter.capture.inputs.link import InputLink

# A URL ends at white space, at characters that URLs cannot contain (RFC 3986 §2), and at typographic or East Asian
# punctuation.
_URL = re.compile(
    r"https?://[^\s<>\"`|\\^{}\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’«»—…]+",
    re.IGNORECASE,
)


def links_in_text(text: str) -> Iterator[InputLink]:
    """Yield every http and https URL of a text, without the punctuation of the sentence around it."""
    for match in _URL.finditer(text):
        yield InputLink(_bare(match[0]))


def _bare(url: str) -> str:
    """Return a URL without trailing punctuation. In a Markdown link, it ends before the closing bracket."""
    for opening, closing in ("()", "[]"):
        depth = 0
        for index, character in enumerate(url):
            depth += (character == opening) - (character == closing)
            if depth < 0:
                url = url[:index]
                break
    return url.rstrip(".,;:!?'*_~([")
