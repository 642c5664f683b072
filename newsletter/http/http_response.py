"""The response to a request, and the redirects that led to it."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect: its status and its target URL."""

    status: int
    url: str


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The final response to a request, after its redirects.

    Args:
        url: the requested URL.
        final_url: the URL after the redirects.
        status: the HTTP status code.
        content_type: the value of Content-Type, or "".
        content: the decompressed body.
        size: the length of the body in bytes; for HEAD, the value of Content-Length, or None if it is missing.
        seconds: the time from the request to the last byte.
        redirects: the redirects from `url` to `final_url`.
        age: the seconds since the request if the response is from the cache, otherwise 0.
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
        """The response in words: `example.org answered 404 Not Found`."""
        phrase = f" {HTTPStatus(self.status).phrase}" if self.status in HTTPStatus._value2member_map_ else ""
        return f"{urlsplit(self.final_url).hostname} answered {self.status}{phrase}"
