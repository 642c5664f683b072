"""What the rules on the message check: the message to an example recipient, and its spam score."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage

    from newsletter.check.rules.html_elements import Element


@dataclass(frozen=True, slots=True)
class SpamVerdict:
    """The score of SpamAssassin, and the points of its rules in descending order. A score of 5 or more is spam."""

    score: float
    points: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class FinishedMessage:
    """The bytes of a message, and its spam score, or None if SpamAssassin did not run."""

    content: bytes
    verdict: SpamVerdict | None = None

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines without their line ends."""
        return self.content.split(b"\r\n")

    @cached_property
    def message(self) -> "EmailMessage":
        """The message as parsed by the standard library."""
        from email import message_from_bytes, policy

        return message_from_bytes(self.content, policy=policy.default)

    def values(self, name: str) -> list[str]:
        """Return the values of the header fields with a name, unfolded."""
        return [str(value) for value in self.message.get_all(name, ())]

    def part(self, kind: str) -> str:
        """Return the decoded part of a type such as `text/html`, or "" if there is none."""
        parts = (part for part in self.message.walk() if part.get_content_type() == kind)
        return next((str(part.get_content()) for part in parts), "")

    @cached_property
    def html(self) -> "Element":
        """The HTML part as a tree."""
        from lxml import etree

        return etree.fromstring(self.part("text/html") or "<html></html>", etree.HTMLParser())

    @cached_property
    def unsubscribe_urls(self) -> list[str]:
        """The URLs in List-Unsubscribe, in order (RFC 2369, section 3.2)."""
        return [url for value in self.values("List-Unsubscribe") for url in re.findall(r"<\s*([^>]*?)\s*>", value)]
