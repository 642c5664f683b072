"""The response to a request, and the redirects that led to it."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirect: its status, and the URL that it led to."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The response to a URL after its redirects.

    Args:
        content: the body, decompressed.
        size: the length of the body in bytes; for HEAD, what Content-Length says, or None.
        seconds: the time from the request to the last byte.
        age: seconds since it was fetched, where it comes from the cache.
    """

    url: str
    final_url: str
    status: int
    content_type: str
    content: bytes
    size: int | None
    seconds: float
    redirects: tuple[Redirect, ...] = ()
    age: float = 0

    @property
    def ok(self) -> bool:
        """Whether the status is a success (2xx)."""
        return 200 <= self.status < 300

    @property
    def description(self) -> str:
        """The response in a sentence: `example.org answered 404 Not Found`."""
        phrase = f" {HTTPStatus(self.status).phrase}" if self.status in HTTPStatus._value2member_map_ else ""
        return f"{urlsplit(self.final_url).hostname} answered {self.status}{phrase}"
