"""What the rules on the message look at: a finished message to an example recipient, parsed."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage

    from newsletter.check.rules.email.html_elements import Element


@dataclass(frozen=True, slots=True)
class SpamVerdict:
    """The score of SpamAssassin and the points of its rules, most first. A score of 5 or more is spam."""

    score: float
    points: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class FinishedMessage:
    """The bytes of a message, and its spam score if SpamAssassin was asked."""

    content: bytes
    verdict: SpamVerdict | None = None

    @cached_property
    def lines(self) -> list[bytes]:
        """The physical lines, without their ends."""
        return self.content.split(b"\r\n")

    @cached_property
    def message(self) -> "EmailMessage":
        """The message as the standard library reads it."""
        from email import message_from_bytes, policy

        return message_from_bytes(self.content, policy=policy.default)

    def values(self, name: str) -> list[str]:
        """Return the values of the header fields with a name, unfolded."""
        return [str(value) for value in self.message.get_all(name, ())]

    def part(self, kind: str) -> str:
        """Return the part of a type such as `text/html`, decoded, or "" where there is none."""
        parts = (part for part in self.message.walk() if part.get_content_type() == kind)
        return next((str(part.get_content()) for part in parts), "")

    @cached_property
    def html(self) -> "Element":
        """The HTML part as a tree."""
        from lxml import etree

        return etree.fromstring(self.part("text/html") or "<html></html>", etree.HTMLParser())

    @cached_property
    def leaving(self) -> list[str]:
        """The addresses in List-Unsubscribe, in its order (RFC 2369, §3.2)."""
        return [url for value in self.values("List-Unsubscribe") for url in re.findall(r"<\s*([^>]*?)\s*>", value)]
