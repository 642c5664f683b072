"""Requests the URLs of an issue, at most two at a time per host and each once a day."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from newsletter.check.rules.network.reachability import HEAVIEST_PAGE
from newsletter.check.rules.network.url_responses import request_urls
from newsletter.errors import FetchError
from newsletter.http.fetcher import FetchLimits
from newsletter.http.http_response import HttpResponse
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.workspace.workspace import Workspace

# No more load on a host than a reader who follows the links of an issue.
POLITE = FetchLimits(bytes=HEAVIEST_PAGE, per_host=2)
Progress = Callable[[int], AbstractContextManager[Callable[[], None]]]


def url_requester(
    workspace: Workspace, progress: Progress, *, allow_private: bool = False
) -> Callable[[list[str]], dict[str, HttpResponse | FetchError]]:
    """Return a function that requests URLs with the publication's fetcher.

    Args:
        workspace: the publication, which has the cache of the fetcher.
        progress: called with the number of URLs; its context gives a function to call after each.
        allow_private: whether to send requests to this computer and its network.
    """

    def request(urls: list[str]) -> dict[str, HttpResponse | FetchError]:
        fetcher = open_fetcher(workspace, allow_private=allow_private, limits=POLITE)
        with progress(len(urls)) as done:
            return asyncio.run(request_urls(fetcher, urls, done))

    return request
