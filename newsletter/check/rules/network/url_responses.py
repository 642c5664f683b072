"""What the rules on the network check: the response of each URL of an issue."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.check.rules.issue.checked_issue import CheckedIssue
from newsletter.documents.paths import Steps
from newsletter.errors import FetchError
from newsletter.text import tree

if TYPE_CHECKING:
    from newsletter.http.fetcher import Fetcher
    from newsletter.http.http_response import HttpResponse


@dataclass(frozen=True, slots=True)
class IssueUrl:
    """A URL of an issue, the steps to it, and whether it is an image."""

    steps: Steps
    url: str
    image: bool = False


@dataclass(frozen=True)
class UrlResponses:
    """The URLs of an issue, and the response or the error of each."""

    urls: tuple[IssueUrl, ...]
    by_url: "Mapping[str, HttpResponse | FetchError]"

    def successful(self) -> "Iterator[tuple[IssueUrl, HttpResponse]]":
        """Yield the URLs with a successful response."""
        for url in self.urls:
            response = self.by_url[url.url]
            if not isinstance(response, FetchError) and response.ok:
                yield url, response


def urls_of(issue: CheckedIssue) -> tuple[IssueUrl, ...]:
    """Return the URLs of an issue, each once. Its canonical URL is omitted: it may not be published yet."""
    found: dict[str, IssueUrl] = {}
    for steps, url in issue.urls:
        if steps != ("canonical_url",):
            found.setdefault(url, IssueUrl(steps, url, image=steps[-1] == "image"))
    for passage in issue.passages:
        for child in tree.walk(passage.blocks):
            if isinstance(child, tree.Image):
                found.setdefault(child.source, IssueUrl(passage.steps, child.source, image=True))
    return tuple(issue_url for url, issue_url in found.items() if url.lower().startswith(("http:", "https:")))


def secure(url: str) -> str:
    """Return an http URL with https."""
    return "https" + url[len("http") :]


def urls_to_request(issue_urls: Iterable[IssueUrl]) -> list[str]:
    """Return the URLs to request: those of the issue, and each http URL with https too."""
    urls = [issue_url.url for issue_url in issue_urls]
    return list(dict.fromkeys([*urls, *(secure(url) for url in urls if url.lower().startswith("http:"))]))


async def request_urls(
    fetcher: "Fetcher", urls: Iterable[str], done: Callable[[], None]
) -> "dict[str, HttpResponse | FetchError]":
    """Request URLs concurrently within the fetcher's limits, and call `done` after each."""

    async def one(url: str) -> "tuple[str, HttpResponse | FetchError]":
        try:
            return url, await _request(fetcher, url)
        except FetchError as error:
            return url, error
        finally:
            done()

    async with fetcher:
        return dict(await asyncio.gather(*map(one, urls)))


async def _request(fetcher: "Fetcher", url: str) -> "HttpResponse":
    """Request a URL by HEAD, then by GET: many servers refuse HEAD or handle it wrongly."""
    try:
        response = await fetcher.fetch(url, "HEAD")
        if response.ok:
            return response
    except FetchError:
        pass
    return await fetcher.fetch(url)
