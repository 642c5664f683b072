"""What the rules on the network look at: the response of each URL of an issue."""

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
    """A URL of an issue, with the steps that lead to it."""

    steps: Steps
    url: str
    image: bool = False


@dataclass(frozen=True)
class UrlAnswers:
    """The URLs of an issue, and the response or the error of each."""

    addresses: tuple[IssueUrl, ...]
    by_url: "Mapping[str, HttpResponse | FetchError]"

    def answered(self) -> "Iterator[tuple[IssueUrl, HttpResponse]]":
        """Yield the URLs with a successful response."""
        for address in self.addresses:
            answer = self.by_url[address.url]
            if not isinstance(answer, FetchError) and answer.ok:
                yield address, answer


def addresses_of(issue: CheckedIssue) -> tuple[IssueUrl, ...]:
    """Return the URLs of an issue, each once, without its canonical URL, which may not be published yet."""
    found: dict[str, IssueUrl] = {}
    for steps, url in issue.urls:
        if steps != ("canonical_url",):
            found.setdefault(url, IssueUrl(steps, url, image=steps[-1] == "image"))
    for passage in issue.passages:
        for child in tree.walk(passage.blocks):
            if isinstance(child, tree.Image):
                found.setdefault(child.source, IssueUrl(passage.steps, child.source, image=True))
    return tuple(address for url, address in found.items() if url.lower().startswith(("http:", "https:")))


def secure(url: str) -> str:
    """Return an http URL with https."""
    return "https" + url[len("http") :]


def to_ask(addresses: Iterable[IssueUrl]) -> list[str]:
    """Return the URLs to request: those of the issue, and each http URL with https too."""
    urls = [address.url for address in addresses]
    return list(dict.fromkeys([*urls, *(secure(url) for url in urls if url.lower().startswith("http:"))]))


async def ask(
    fetcher: "Fetcher", urls: Iterable[str], done: Callable[[], None]
) -> "dict[str, HttpResponse | FetchError]":
    """Request URLs concurrently within the fetcher's limits; `done` is called after each."""

    async def one(url: str) -> "tuple[str, HttpResponse | FetchError]":
        try:
            return url, await _asked(fetcher, url)
        except FetchError as error:
            return url, error
        finally:
            done()

    async with fetcher:
        return dict(await asyncio.gather(*map(one, urls)))


async def _asked(fetcher: "Fetcher", url: str) -> "HttpResponse":
    """Request a URL by HEAD, then by GET: many servers refuse HEAD or handle it wrongly."""
    try:
        answer = await fetcher.fetch(url, "HEAD")
        if answer.ok:
            return answer
    except FetchError:
        pass
    return await fetcher.fetch(url)
