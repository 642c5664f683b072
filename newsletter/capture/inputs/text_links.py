"""URLs in any text: one a line, a mail, a note in Markdown."""

import re
from collections.abc import Iterator

from newsletter.capture.inputs.link import InputLink

# Ends at white space, at what no URL holds (RFC 3986 §2), and at the punctuation of typography and East Asian text.
_URL = re.compile(
    r"https?://[^\s<>\"`|\\^{}\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’«»—…]+",
    re.IGNORECASE,
)


def links_in_text(text: str) -> Iterator[InputLink]:
    """Every http and https URL, without the punctuation of the sentence that it stands in."""
    for match in _URL.finditer(text):
        yield InputLink(_bare(match[0]))


def _bare(url: str) -> str:
    """A URL without what stands after it: of a Markdown link, `[words](url)`, the bracket and what follows it."""
    for opening, closing in ("()", "[]"):
        depth = 0
        for index, character in enumerate(url):
            depth += (character == opening) - (character == closing)
            if depth < 0:
                url = url[:index]
                break
    return url.rstrip(".,;:!?'*_~([")
