"""Bookmarks as every browser and bookmark service exports them: Netscape's HTML, in which hardly a tag is closed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser

from newsletter.capture.clean_text import MAX_ABSTRACT, clean_line
from newsletter.capture.inputs.link import InputLink


def links_in_bookmarks(text: str) -> Iterator[InputLink]:
    """Its http and https bookmarks, with their titles, the days on which they were added, and what was noted."""
    # Read tag by tag: as a tree, each unclosed <DT> would stand in the one before it, deeper than any parser follows.
    reader = _Anchors()
    reader.feed(text)
    reader.close()
    for anchor in reader.anchors:
        # What is pasted as a link may hold spaces; a browser asks for them so.
        url = (anchor.attributes.get("href") or "").strip().replace(" ", "%20")
        if re.match(r"https?://", url, re.IGNORECASE):
            stamp = anchor.attributes.get("add_date") or ""
            # Seconds since 1970; some services write milliseconds or microseconds.
            seconds = int(stamp[:10]) if re.fullmatch(r"\d{9,16}", stamp, re.ASCII) else None
            day = datetime.fromtimestamp(seconds, UTC).date() if seconds else None
            yield InputLink(url, clean_line("".join(anchor.words)), day, clean_line("".join(anchor.note), MAX_ABSTRACT))


@dataclass
class _Anchor:
    """A link's attributes, the texts in it, and those of the `<DD>` below it."""

    attributes: dict[str, str | None]
    words: list[str] = field(default_factory=list)
    note: list[str] = field(default_factory=list)


class _Anchors(HTMLParser):
    """Every link; `into` is where a text goes, if anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[_Anchor] = []
        self.into: list[str] | None = None
        self.heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link or a note begins, or a text ends at what it cannot hold; a `<DD>` under a heading is a folder's."""
        if tag == "a":
            self.anchors.append(_Anchor(dict(attrs)))
            self.into, self.heading = self.anchors[-1].words, False
        elif tag == "dd" and self.anchors and not self.heading:
            self.into = self.anchors[-1].note
        elif tag in ("dt", "dd", "dl", "li", "p", "h1", "h3"):
            self.into, self.heading = None, self.heading or tag in ("h1", "h3")

    def handle_endtag(self, tag: str) -> None:
        """A text ends."""
        if tag in ("a", "dl"):
            self.into = None

    def handle_data(self, data: str) -> None:
        """The text of a link or a note, or another."""
        if self.into is not None:
            self.into.append(data)
