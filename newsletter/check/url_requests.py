"""The network, asked for an issue's addresses: politely, and each once a day."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from newsletter.check.rules.network.reachability import HEAVIEST_PAGE
from newsletter.check.rules.network.url_answers import ask
from newsletter.errors import FetchError
from newsletter.http.fetcher import FetchLimits
from newsletter.http.http_response import HttpResponse
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.workspace.workspace import Workspace

# At a time, to one host: a reader who follows the links of an issue makes no more.
POLITE = FetchLimits(bytes=HEAVIEST_PAGE, per_host=2)
Progress = Callable[[int], AbstractContextManager[Callable[[], None]]]


def url_asker(
    workspace: Workspace, progress: Progress, *, allow_private: bool = False
) -> Callable[[list[str]], dict[str, HttpResponse | FetchError]]:
    """Asks for URLs with the publication's fetcher; `progress` is opened with their number, and notified of each."""

    def asked(urls: list[str]) -> dict[str, HttpResponse | FetchError]:
        fetcher = open_fetcher(workspace, allow_private=allow_private, limits=POLITE)
        with progress(len(urls)) as done:
            return asyncio.run(ask(fetcher, urls, done))

    return asked
