"""The fetcher: sends requests with limits on redirects, size, time and concurrency."""

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
        redirects: the maximum number of redirects for one URL.
        bytes: the maximum size of a body after decompression.
        seconds: the maximum time for one URL, including redirects.
        per_host: the maximum number of concurrent requests to one host.
        at_once: the maximum number of concurrent requests to all hosts.
    """

    redirects: int = 5
    bytes: int = 5_000_000
    seconds: float = 20
    per_host: int = 10
    at_once: int = 40


class Fetcher:
    """Fetches URLs inside `async with`.

    It sends no cookies. It does not use a proxy, because the addresses that a proxy connects to cannot be checked.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        rule: Rule = is_public,
        cache: HttpCache | None = None,
        kept_seconds: float = DAY,
        limits: FetchLimits | None = None,
        resolver: Resolve = resolve,
    ) -> None:
        self.user_agent = user_agent
        self.cache = cache
        self.kept_seconds = kept_seconds
        self.limits = limits or FetchLimits()
        self._backend = CheckedBackend(rule, resolver)

    async def __aenter__(self) -> Self:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls_context(),
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
        """Fetch a URL. A successful response that is less than a day old comes from the cache.

        Returns:
            The response, with any status. If the server cannot be reached, an older response from the cache.

        Raises:
            FetchError: the URL must not be fetched, or its body is too large or damaged.
            NoAnswerError: the server cannot be reached, and the cache has no older response.
        """
        requested = request_url(url)
        cached = self.cache.find(method, requested) if self.cache else None
        if cached and cached.age < self.kept_seconds:
            return cached
        try:
            response = await self._follow(requested, method)
        except NoAnswerError:
            if cached and self.kept_seconds >= DAY:
                return cached
            raise
        if self.cache and response.ok:
            self.cache.keep(method, response)
        return response

    def forget(self, url: str) -> None:
        """Remove the response of a URL from the cache, so that the next `fetch` requests it again."""
        if self.cache:
            self.cache.remove("GET", request_url(url))

    async def _follow(self, requested: str, method: Method) -> HttpResponse:
        """Request a URL and follow its redirects."""
        url, redirects, spent = requested, [], 0.0
        while True:
            async with self._limit_concurrency(url):
                start = time.monotonic()
                found = await self._request(url, method, self.limits.seconds - spent)
                spent += time.monotonic() - start
            if isinstance(found, Redirect):
                redirects.append(found)
                url = found.url
                if len(redirects) > self.limits.redirects:
                    raise FetchError(f"{_host(requested)} redirects more than {self.limits.redirects} times")
                continue
            status, content_type, content, size = found
            return HttpResponse(requested, url, status, content_type, content, size, spent, tuple(redirects))

    @asynccontextmanager
    async def _limit_concurrency(self, url: str) -> AsyncIterator[None]:
        async with self._hosts[_host(url)], self._all:
            yield

    async def _request(self, url: str, method: Method, seconds: float) -> Redirect | tuple[int, str, bytes, int | None]:
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
            raise NoAnswerError(f"{host} did not respond within {self.limits.seconds:g} seconds") from error
        except httpcore.ConnectError as error:
            reason = re.sub(r"^\[[^]]*\] | \(_ssl\.c:\d+\)$", "", str(error))
            raise NoAnswerError(f"cannot open a secure connection to {host}: {reason}") from error
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise NoAnswerError(f"the connection to {host} was lost") from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            raise FetchError(f"{host} sent an invalid HTTP response") from error


def _tls_context() -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates in SSL_CERT_FILE, or Mozilla's if it is not set."""
    cert_file = os.environ.get("SSL_CERT_FILE")
    try:
        return ssl.create_default_context(cafile=cert_file or certifi.where())
    except OSError as error:
        message = f"the certificates in SSL_CERT_FILE ({cert_file}) cannot be read: {error.strerror or error}"
        raise AccessError(message, "Set SSL_CERT_FILE to a PEM file of certificates, or unset it.") from error


def _target(url: str, location: str) -> str:
    """Return the absolute URL of a redirect."""
    try:
        # Most servers that send non-ASCII characters in this header encode them in UTF-8.
        location = location.encode("latin-1").decode("utf-8", "replace")
        return request_url(urljoin(url, location))
    except ValueError as error:
        raise FetchError(f"{_host(url)} redirects to {shortened_url(location)}, which is not a valid URL") from error
    except FetchError as error:
        raise FetchError(f"{_host(url)} redirects to a URL that is not allowed: {error.message}") from error


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
