"""Check that what readers open is online: the images of the email, its web page, and the archive's home."""

import asyncio
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.check.rules.network.url_responses import request_urls
from newsletter.errors import FetchError
from newsletter.http.fetcher import FetchLimits
from newsletter.http.http_response import HttpResponse
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.preflight.candidate import Candidate, may_reach_readers
from newsletter.preflight.click_links import check_click_links
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState
from newsletter.preflight.unsubscribing import check_pages_online
from newsletter.render.format import Format
from newsletter.text.domains import host_of, is_reserved
from newsletter.workspace.workspace import Workspace

# The maximum number of URLs, the seconds for all of them, and the seconds for which an answer is cached.
MAX_URLS, MAX_SECONDS, KEPT_SECONDS = 200, 90, 600
# How many broken URLs are listed.
_LISTED = 5
_LIMITS = FetchLimits(seconds=15, per_host=6, bytes=20_000_000)
_SOURCE = re.compile(r"""<img\b[^>]*?\bsrc\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
# Statuses that a server may send to programs but not to readers.
_REFUSALS = (401, 403, 429)


@dataclass(frozen=True, slots=True)
class _Page:
    """A URL that must answer 200 with a type that begins with `kind`."""

    url: str
    name: str
    kind: str


def check_online(candidate: Candidate) -> Iterator[Diagnosis]:
    """Request the unsubscribe page, the images, the web page of the issue and the home, unless that is not allowed."""
    publication = candidate.workspace.publication
    allow_private = publication.preflight.allow_private
    if candidate.offline:
        message = "the unsubscribe page, images and web pages were not requested"
        yield Diagnosis("online", DiagnosisState.WARNING, message, "Run the command without --offline to check them.")
        return
    if not (may_reach_readers(publication) or allow_private):
        message = "messages do not reach readers, so images and web pages were not requested"
        advice = "Write `preflight: {allow_private: true}` in newsletter.yaml to request them anyway."
        yield Diagnosis("online", DiagnosisState.NOTE, message, advice)
        return
    if pages_url := publication.delivery.pages_url:
        fetcher = open_fetcher(candidate.workspace, allow_private=allow_private, limits=_LIMITS, kept_seconds=0)
        yield check_pages_online(pages_url, candidate.keys, fetcher, int(candidate.clock()))
        if publication.clicks:
            fetcher = open_fetcher(candidate.workspace, allow_private=allow_private, limits=_LIMITS, kept_seconds=0)
            yield check_click_links(pages_url, candidate.document, fetcher)
    yield from check_readers_pages(candidate)


def check_readers_pages(candidate: Candidate) -> Iterator[Diagnosis]:
    """Request the images, the web page of the issue and the home."""
    found = _pages(candidate)
    pages = found[:MAX_URLS]
    if not pages:
        return
    yield from _report(candidate.document.slug, pages, _request(candidate.workspace, pages))
    if left := len(found) - len(pages):
        message = f"{left:,} {'image was' if left == 1 else 'images were'} not requested, after the first {MAX_URLS}"
        yield Diagnosis("online", DiagnosisState.WARNING, message, "Open the email in a browser and look at them.")


def _pages(candidate: Candidate) -> list[_Page]:
    """Return the URLs that readers open, each once, images last. Reserved domains have their own check."""
    email = candidate.renderer.render(candidate.document, (Format.EMAIL,)).texts[Format.EMAIL]
    images = [html.unescape(url) for url in _SOURCE.findall(email)]
    found = [
        _Page(candidate.prepared.head.view_url, "the web page of the issue", "text/html"),
        _Page(candidate.workspace.publication.site_url, "the home page of the archive", "text/html"),
        *(_Page(url, "an image", "image/") for url in images if url.startswith(("http:", "https:"))),
    ]
    reachable = {page.url: page for page in reversed(found) if not is_reserved(host_of(page.url))}
    return list(reachable.values())[::-1]


def _request(workspace: Workspace, pages: list[_Page]) -> dict[str, HttpResponse | FetchError]:
    """Request pages with HEAD, or with GET if that fails, within `MAX_SECONDS`. Successful answers are cached."""
    allow_private = workspace.publication.preflight.allow_private

    async def request(urls: list[str], kept_seconds: float) -> dict[str, HttpResponse | FetchError]:
        fetcher = open_fetcher(workspace, allow_private=allow_private, limits=_LIMITS, kept_seconds=kept_seconds)
        return await request_urls(fetcher, urls, lambda: None)

    async def request_all() -> dict[str, HttpResponse | FetchError]:
        async with asyncio.timeout(MAX_SECONDS):
            responses = await request([page.url for page in pages], KEPT_SECONDS)
            # Request pages with errors again without the cache: they may have been corrected.
            wrong = [page.url for page in pages if _fault(page, responses[page.url])]
            return responses | await request(wrong, 0)

    try:
        return asyncio.run(request_all())
    except TimeoutError:
        fault = FetchError(f"not all pages answered within {MAX_SECONDS} seconds")
        return {page.url: fault for page in pages}


def _fault(page: _Page, response: HttpResponse | FetchError) -> str:
    """Return what is wrong with the answer for a page, or "" if readers can use it."""
    if isinstance(response, FetchError):
        return response.message
    if response.status != 200:
        return response.description
    if not response.content_type.lower().startswith(page.kind):
        return f"expected {page.kind.rstrip('/')}, found {response.content_type or 'no type'}"
    return ""


def _report(slug: str, pages: list[_Page], responses: Mapping[str, HttpResponse | FetchError]) -> Iterator[Diagnosis]:
    """Report each page that is not as readers need it, or that all are."""
    errors: list[str] = []
    refusals: list[str] = []
    for page in pages:
        response = responses[page.url]
        if fault := _fault(page, response):
            refused = not isinstance(response, FetchError) and response.status in _REFUSALS
            (refusals if refused else errors).append(f"{page.name}, {page.url}: {fault}")
    advice = f"Publish it on the web first: `newsletter publish {slug} --no-send`."
    for message in errors[:_LISTED]:
        yield Diagnosis("online", DiagnosisState.ERROR, message, advice if message is errors[0] else "")
    if len(errors) > _LISTED:
        yield Diagnosis("online", DiagnosisState.ERROR, f"{len(errors) - _LISTED} more are not online")
    for message in refusals[:_LISTED]:
        yield Diagnosis("online", DiagnosisState.WARNING, message, "Open it in a browser.")
    if not errors and not refusals:
        images = sum(page.kind == "image/" for page in pages)
        counted = f"{images} {'image' if images == 1 else 'images'}, " if images else ""
        yield Diagnosis("online", DiagnosisState.GOOD, f"{counted}the web page and the home page answered")
