"""Parses bookmarks in Netscape's HTML format, which all browsers and bookmark services export, and Pocket's HTML.

Most of its tags have no end tag.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from newsletter.capture.clean_text import MAX_ABSTRACT, clean_line
from newsletter.capture.inputs.day import parse_day
from newsletter.capture.inputs.link import InputLink


def links_in_bookmarks(text: str) -> Iterator[InputLink]:
    """Yield the http and https bookmarks of a file with their titles, the days they were added, and their notes."""
    # In a tree, each unclosed <DT> would be inside the previous one, deeper than parsers support. So read tag by tag.
    reader = _Anchors()
    reader.feed(text)
    reader.close()
    for anchor in reader.anchors:
        # A bookmark may contain spaces. Browsers request them as %20.
        url = (anchor.attributes.get("href") or "").strip().replace(" ", "%20")
        if re.match(r"https?://", url, re.IGNORECASE):
            # Pocket has an attribute of its own.
            day = parse_day(anchor.attributes.get("add_date") or anchor.attributes.get("time_added") or "")
            yield InputLink(url, clean_line("".join(anchor.words)), day, clean_line("".join(anchor.note), MAX_ABSTRACT))


@dataclass
class _Anchor:
    """The attributes and the text of a link, and the text of the `<DD>` element after it."""

    attributes: dict[str, str | None]
    words: list[str] = field(default_factory=list)
    note: list[str] = field(default_factory=list)


class _Anchors(HTMLParser):
    """Collects links and notes. `into` is the list that text is appended to, or None to ignore it."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[_Anchor] = []
        self.into: list[str] | None = None
        self.heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a link or a note, or end a text at a block element. A `<DD>` after a heading belongs to a folder."""
        if tag == "a":
            self.anchors.append(_Anchor(dict(attrs)))
            self.into, self.heading = self.anchors[-1].words, False
        elif tag == "dd" and self.anchors and not self.heading:
            self.into = self.anchors[-1].note
        elif tag in ("dt", "dd", "dl", "li", "p", "h1", "h3"):
            self.into, self.heading = None, self.heading or tag in ("h1", "h3")

    def handle_endtag(self, tag: str) -> None:
        """End a text."""
        if tag in ("a", "dl"):
            self.into = None

    def handle_data(self, data: str) -> None:
        """Append text to a link or a note."""
        if self.into is not None:
            self.into.append(data)
