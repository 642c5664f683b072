"""The one door to the network: bounded in what it asks, how often, how much it takes, and how long it waits."""

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
from newsletter.http.address_guard import Rule, is_public, request_url, shown
from newsletter.http.answer import Answer, Hop
from newsletter.http.body import read_body, too_large
from newsletter.http.connections import CheckedBackend, Resolve, resolve
from newsletter.http.http_cache import DAY, Cache

Method = Literal["GET", "HEAD"]
_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = b"text/html,application/xhtml+xml,application/xml;q=0.9,image/*;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one URL may cost: redirects followed, bytes after unpacking, seconds in all.

    `per_host` and `at_once` are the requests that run at a time, to one host and to all.
    """

    redirects: int = 5
    bytes: int = 5_000_000
    seconds: float = 20
    per_host: int = 10
    at_once: int = 40


class Fetcher:
    """Fetches URLs inside of `async with`. It keeps no cookies, and asks no proxy: which could not be checked."""

    def __init__(
        self,
        user_agent: str,
        *,
        rule: Rule = is_public,
        cache: Cache | None = None,
        limits: Limits | None = None,
        resolver: Resolve = resolve,
    ) -> None:
        self.user_agent = user_agent
        self.cache = cache
        self.limits = limits or Limits()
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

    async def fetch(self, url: str, method: Method = "GET") -> Answer:
        """What a URL answers, whatever its status; a good answer of the last day is not asked for again.

        Raises:
            FetchError: it may not be fetched, or is too large.
            NoAnswerError: it cannot be reached, and no answer of before was kept.
        """
        asked = request_url(url)
        kept = self.cache.find(method, asked) if self.cache else None
        if kept and kept.age < DAY:
            return kept
        try:
            answer = await self._follow(asked, method)
        except NoAnswerError:
            if kept:
                return kept
            raise
        if self.cache and answer.ok:
            self.cache.keep(method, answer)
        return answer

    async def _follow(self, asked: str, method: Method) -> Answer:
        url, hops, spent = asked, [], 0.0
        while True:
            async with self._turn(url):
                start = time.monotonic()
                found = await self._ask(url, method, self.limits.seconds - spent)
                spent += time.monotonic() - start
            if isinstance(found, Hop):
                hops.append(found)
                url = found.url
                if len(hops) > self.limits.redirects:
                    raise FetchError(f"{_host(asked)} redirects more than {self.limits.redirects} times")
                continue
            status, content_type, content, size = found
            return Answer(asked, url, status, content_type, content, size, spent, tuple(hops))

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[None]:
        async with self._hosts[_host(url)], self._all:
            yield

    async def _ask(self, url: str, method: Method, seconds: float) -> Hop | tuple[int, str, bytes, int | None]:
        """One request: the redirect that it answers, or its status, type, content and size."""
        host = _host(url)
        headers = [
            (b"Host", urlsplit(url).netloc.encode()),
            (b"User-Agent", self.user_agent.encode()),
            (b"Accept", _ACCEPT),
            (b"Accept-Encoding", b"gzip"),
        ]
        try:
            async with asyncio.timeout(seconds), self._pool.stream(method, url, headers=headers) as response:
                said = {name.lower(): value.decode("latin-1") for name, value in response.headers}
                location = said.get(b"location", "")
                if response.status in _REDIRECTS and location:
                    return Hop(response.status, _target(url, location))
                length = said.get(b"content-length", "")
                declared = int(length) if length.isdecimal() and len(length) < 16 else None
                content_type = said.get(b"content-type", "")
                if method == "HEAD":
                    return response.status, content_type, b"", declared
                if (declared or 0) > self.limits.bytes:
                    raise too_large(self.limits.bytes)
                content = await read_body(response.aiter_stream(), said.get(b"content-encoding", ""), self.limits.bytes)
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
    """The certificates that are believed: of the file that SSL_CERT_FILE names, as OpenSSL reads it, or Mozilla's."""
    own = os.environ.get("SSL_CERT_FILE")
    try:
        return ssl.create_default_context(cafile=own or certifi.where())
    except OSError as error:
        message = f"the certificates of SSL_CERT_FILE, {own}, cannot be read: {error.strerror or error}"
        raise AccessError(message, "Name a file of certificates in PEM, or take SSL_CERT_FILE away.") from error


def _target(url: str, location: str) -> str:
    """Where a redirect leads, as it is asked for."""
    try:
        # A header is bytes; what is not ASCII in it is UTF-8 on most servers that send it.
        location = location.encode("latin-1").decode("utf-8", "replace")
        return request_url(urljoin(url, location))
    except ValueError as error:
        raise FetchError(f"{_host(url)} redirects to {shown(location)}, which is not a URL") from error
    except FetchError as error:
        raise FetchError(f"{_host(url)} redirects, but {error.message}") from error


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
