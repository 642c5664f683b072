"""What a URL answered."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: its status, and the URL that it led to."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the URL that was asked for, at the end of its redirects.

    `content` is unpacked; `size` is its length in bytes, or what the head of an answer without content
    says it would be. `seconds` is the time from asking to the last byte, `age` the seconds since, for one
    that was kept.
    """

    url: str
    final_url: str
    status: int
    content_type: str
    content: bytes
    size: int | None
    seconds: float
    redirects: tuple[Hop, ...] = ()
    age: float = 0

    @property
    def ok(self) -> bool:
        """Whether it is what was asked for, and not an error."""
        return 200 <= self.status < 300

    @property
    def says(self) -> str:
        """The answer in a sentence: `example.org answered 404 Not Found`."""
        phrase = f" {HTTPStatus(self.status).phrase}" if self.status in HTTPStatus._value2member_map_ else ""
        return f"{urlsplit(self.final_url).hostname} answered {self.status}{phrase}"
