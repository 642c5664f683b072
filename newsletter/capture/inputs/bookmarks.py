"""Bookmarks as every browser and bookmark service exports them: Netscape's HTML."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from newsletter.capture.inputs.link import Link
from newsletter.capture.markup import parse
from newsletter.capture.words import one_line


def links_in_bookmarks(text: str) -> Iterator[Link]:
    """Its http and https bookmarks, with their titles and the days on which they were added."""
    for anchor in parse(text, "").tree.iter("a"):
        url = anchor.get("href", "").strip()
        if re.match(r"https?://", url, re.IGNORECASE):
            stamp = anchor.get("add_date", "")
            # Seconds since 1970; some services write milliseconds or microseconds.
            seconds = int(stamp[:10]) if re.fullmatch(r"\d{9,16}", stamp, re.ASCII) else None
            day = datetime.fromtimestamp(seconds, UTC).date() if seconds else None
            yield Link(url, one_line(anchor.text_content()), day)
