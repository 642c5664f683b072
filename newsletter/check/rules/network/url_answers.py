"""What the addresses of an issue answer: each asked for once, by HEAD, and by GET where that is not answered well."""

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
    """A web address of an issue, with the steps that lead to it."""

    steps: Steps
    url: str
    image: bool = False


@dataclass(frozen=True)
class UrlAnswers:
    """The addresses of an issue, and by URL what each answered, or why none came."""

    addresses: tuple[IssueUrl, ...]
    by_url: "Mapping[str, HttpResponse | FetchError]"

    def answered(self) -> "Iterator[tuple[IssueUrl, HttpResponse]]":
        """The addresses that were answered well."""
        for address in self.addresses:
            answer = self.by_url[address.url]
            if not isinstance(answer, FetchError) and answer.ok:
                yield address, answer


def addresses_of(issue: CheckedIssue) -> tuple[IssueUrl, ...]:
    """Every web address of an issue, each URL once, where it stands first; its own home may not be there yet."""
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
    """An http address with https."""
    return "https" + url[len("http") :]


def to_ask(addresses: Iterable[IssueUrl]) -> list[str]:
    """The URLs to ask for: those of the issue, and with https those that have http."""
    urls = [address.url for address in addresses]
    return list(dict.fromkeys([*urls, *(secure(url) for url in urls if url.lower().startswith("http:"))]))


async def ask(
    fetcher: "Fetcher", urls: Iterable[str], done: Callable[[], None]
) -> "dict[str, HttpResponse | FetchError]":
    """What URLs answer, all at once as far as the fetcher's limits go; `done` is called after each."""

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
    """The answer to HEAD; many servers refuse that, or answer it wrongly, and are asked again."""
    try:
        answer = await fetcher.fetch(url, "HEAD")
        if answer.ok:
            return answer
    except FetchError:
        pass
    return await fetcher.fetch(url)
