"""Bookmarks as every browser and bookmark service exports them: Netscape's HTML, in which hardly a tag is closed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser

from newsletter.capture.inputs.link import Link
from newsletter.capture.words import one_line


def links_in_bookmarks(text: str) -> Iterator[Link]:
    """Its http and https bookmarks, with their titles and the days on which they were added."""
    # Read tag by tag: as a tree, each unclosed <DT> would stand in the one before it, deeper than any parser follows.
    reader = _Anchors()
    reader.feed(text)
    reader.close()
    for attributes, words in reader.anchors:
        url = (attributes.get("href") or "").strip()
        if re.match(r"https?://", url, re.IGNORECASE):
            stamp = attributes.get("add_date") or ""
            # Seconds since 1970; some services write milliseconds or microseconds.
            seconds = int(stamp[:10]) if re.fullmatch(r"\d{9,16}", stamp, re.ASCII) else None
            day = datetime.fromtimestamp(seconds, UTC).date() if seconds else None
            yield Link(url, one_line("".join(words)), day)


class _Anchors(HTMLParser):
    """Every link's attributes, and the texts in it."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[tuple[dict[str, str | None], list[str]]] = []
        self.within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link begins, or the text of one ends at what it cannot hold."""
        if tag == "a":
            self.anchors.append((dict(attrs), []))
        self.within = tag == "a" or (self.within and tag not in ("dt", "dd", "dl", "li", "p"))

    def handle_endtag(self, tag: str) -> None:
        """A link ends."""
        self.within = self.within and tag != "a"

    def handle_data(self, data: str) -> None:
        """The text of a link, or another."""
        if self.within:
            self.anchors[-1][1].append(data)
