"""The fetcher: requests with limits on redirects, size, time and concurrency."""

import asyncio
import os
import re
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urljoin, urlsplit

import certifi
import httpcore

from newsletter.errors import AccessError, FetchError, NoAnswerError
from newsletter.http.address_guard import Rule, is_public, request_url, shortened_url
from newsletter.http.body import read_body, too_large
from newsletter.http.connections import CheckedBackend, Resolve, resolve
from newsletter.http.http_cache import DAY, HttpCache
from newsletter.http.http_response import HttpResponse, Redirect

Method = Literal["GET", "HEAD"]
_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = b"text/html,application/xhtml+xml,application/xml;q=0.9,image/*;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The limits of a fetcher.

    Args:
        redirects: how many are followed for one URL.
        bytes: the size of a body after decompression.
        seconds: the time for one URL, redirects included.
        per_host: concurrent requests to one host.
        at_once: concurrent requests to all hosts.
    """

    redirects: int = 5
    bytes: int = 5_000_000
    seconds: float = 20
    per_host: int = 10
    at_once: int = 40


class Fetcher:
    """Fetches URLs inside `async with`, without cookies, and without a proxy, whose connections we could not check."""

    def __init__(
        self,
        user_agent: str,
        *,
        rule: Rule = is_public,
        cache: HttpCache | None = None,
        limits: FetchLimits | None = None,
        resolver: Resolve = resolve,
    ) -> None:
        self.user_agent = user_agent
        self.cache = cache
        self.limits = limits or FetchLimits()
        self._backend = CheckedBackend(rule, resolver)

    async def __aenter__(self) -> Self:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_security(),
            max_connections=None,
            keepalive_expiry=5,
            network_backend=self._backend,
        )
        self._all = asyncio.Semaphore(self.limits.at_once)
        self._hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(self.limits.per_host))
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._pool.__aexit__(kind, error, traceback)
        if self.cache:
            self.cache.prune()

    async def fetch(self, url: str, method: Method = "GET") -> HttpResponse:
        """Fetch a URL. A successful response of the last day comes from the cache.

        Returns:
            The response, whatever its status.

        Raises:
            FetchError: the URL may not be fetched, or its body is too large.
            NoAnswerError: the server cannot be reached, and the cache holds no older response.
        """
        asked = request_url(url)
        kept = self.cache.find(method, asked) if self.cache else None
        if kept and kept.age < DAY:
            return kept
        try:
            response = await self._follow(asked, method)
        except NoAnswerError:
            if kept:
                return kept
            raise
        if self.cache and response.ok:
            self.cache.keep(method, response)
        return response

    async def _follow(self, asked: str, method: Method) -> HttpResponse:
        url, redirects, spent = asked, [], 0.0
        while True:
            async with self._turn(url):
                start = time.monotonic()
                found = await self._ask(url, method, self.limits.seconds - spent)
                spent += time.monotonic() - start
            if isinstance(found, Redirect):
                redirects.append(found)
                url = found.url
                if len(redirects) > self.limits.redirects:
                    raise FetchError(f"{_host(asked)} redirects more than {self.limits.redirects} times")
                continue
            status, content_type, content, size = found
            return HttpResponse(asked, url, status, content_type, content, size, spent, tuple(redirects))

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[None]:
        async with self._hosts[_host(url)], self._all:
            yield

    async def _ask(self, url: str, method: Method, seconds: float) -> Redirect | tuple[int, str, bytes, int | None]:
        """Send one request. Returns a redirect, or the status, content type, content and size."""
        host = _host(url)
        headers = [
            (b"Host", urlsplit(url).netloc.encode()),
            (b"User-Agent", self.user_agent.encode()),
            (b"Accept", _ACCEPT),
            (b"Accept-Encoding", b"gzip"),
        ]
        try:
            async with asyncio.timeout(seconds), self._pool.stream(method, url, headers=headers) as response:
                received = {name.lower(): value.decode("latin-1") for name, value in response.headers}
                location = received.get(b"location", "")
                if response.status in _REDIRECTS and location:
                    return Redirect(response.status, _target(url, location))
                length = received.get(b"content-length", "")
                declared = int(length) if length.isdecimal() and len(length) < 16 else None
                content_type = received.get(b"content-type", "")
                if method == "HEAD":
                    return response.status, content_type, b"", declared
                if (declared or 0) > self.limits.bytes:
                    raise too_large(self.limits.bytes)
                content = await read_body(
                    response.aiter_stream(), received.get(b"content-encoding", ""), self.limits.bytes
                )
                return response.status, content_type, content, len(content)
        except TimeoutError as error:
            raise NoAnswerError(f"{host} took longer than {self.limits.seconds:g} seconds") from error
        except httpcore.ConnectError as error:
            reason = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", str(error))
            raise NoAnswerError(f"there is no secure connection to {host}: {reason}") from error
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise NoAnswerError(f"the connection to {host} was cut") from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            raise FetchError(f"{host} does not answer as a web server does") from error


def _security() -> ssl.SSLContext:
    """Return the trusted certificates: those of the file in SSL_CERT_FILE, as in OpenSSL, or Mozilla's."""
    own = os.environ.get("SSL_CERT_FILE")
    try:
        return ssl.create_default_context(cafile=own or certifi.where())
    except OSError as error:
        message = f"the certificates of SSL_CERT_FILE, {own}, cannot be read: {error.strerror or error}"
        raise AccessError(message, "Name a file of certificates in PEM, or take SSL_CERT_FILE away.") from error


def _target(url: str, location: str) -> str:
    """Return the URL that a redirect leads to."""
    try:
        # A header is bytes; what is not ASCII in it is UTF-8 on most servers that send it.
        location = location.encode("latin-1").decode("utf-8", "replace")
        return request_url(urljoin(url, location))
    except ValueError as error:
        raise FetchError(f"{_host(url)} redirects to {shortened_url(location)}, which is not a URL") from error
    except FetchError as error:
        raise FetchError(f"{_host(url)} redirects, but {error.message}") from error


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
