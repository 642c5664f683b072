"""Collects links from arguments, files, standard input and feeds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.capture.inputs.link import DetectedLinks, InputLink
from newsletter.errors import AccessError, FetchError, NewsletterError, NotFoundError
from newsletter.files import display
from newsletter.text.plain_urls import is_plain_url

if TYPE_CHECKING:
    from newsletter.http.fetcher import Fetcher

# Parsers of files and of feeds are imported where they are needed: most commands are given a URL.

# An arXiv number as in citations, such as `arXiv:2109.01234v2`.
_PAPER = re.compile(r"(?:arxiv:\s*)?(?P<number>\d{4}\.\d{4,5}(?:v\d+)?)", re.IGNORECASE)
MAX_BYTES, MAX_URL = 20_000_000, 4_000


@dataclass(frozen=True, slots=True)
class GatheredLinks:
    """The links in the order of the input, and the errors of inputs that cannot be read."""

    links: tuple[InputLink, ...]
    faults: tuple[NewsletterError, ...]


def gather(
    sources: Iterable[str | bytes], feeds: Iterable[str], fetcher: "Fetcher | None", since: date | None = None
) -> GatheredLinks:
    """Collect the links of sources, then of feeds.

    Args:
        sources: URLs, names of files, or the content of standard input (as bytes).
        feeds: URLs of feeds.
        fetcher: fetches feeds. If it is None, each feed is an error.
        since: the earliest day of a link. Links without a day are always included.
    """
    found: list[InputLink] = []
    faults: list[NewsletterError] = []
    listed = list(feeds)
    for source in sources:
        try:
            read = _read(source)
        except NewsletterError as error:
            faults.append(error)
            continue
        found += read.links
        listed += read.feeds
    if listed and fetcher is None:
        faults.append(
            NewsletterError(f"{len(listed)} feeds cannot be fetched with `--no-fetch`", "Remove `--no-fetch`.")
        )
    for outcome in _read_feeds(list(dict.fromkeys(listed)), fetcher) if listed and fetcher else ():
        if isinstance(outcome, NewsletterError):
            faults.append(outcome)
        else:
            found += outcome
    links = []
    for link in found:
        try:
            if not (since and link.day and link.day < since):
                links.append(replace(link, url=_url(link.url)))
        except NewsletterError as error:
            faults.append(error)
    return GatheredLinks(tuple(links), tuple(faults))


def _read(source: str | bytes) -> DetectedLinks:
    if isinstance(source, bytes):
        from newsletter.capture.inputs.detect import detect_links

        if len(source) > MAX_BYTES:
            raise AccessError(f"standard input is larger than {MAX_BYTES:,} bytes", "Check what you pipe in.")
        return _require_links(detect_links(source), "standard input")
    path = Path(source)
    if "://" in source or not source.strip() or not _is_there(path):
        paper = _PAPER.fullmatch(source.strip())
        return DetectedLinks((InputLink(f"https://arxiv.org/abs/{paper['number']}" if paper else source),))
    from newsletter.capture.inputs.detect import detect_links

    try:
        if path.stat().st_size > MAX_BYTES:
            raise AccessError(f"{display(path)} is larger than {MAX_BYTES:,} bytes", "Check the name of the file.")
        found = detect_links(path.read_bytes())
    except OSError as error:
        raise AccessError(
            f"{display(path)} cannot be read: {error.strerror}", "Check the name and the permissions of the file."
        ) from error
    except NewsletterError as error:
        raise type(error)(f"{display(path)}: {error.message}", error.advice) from error
    return _require_links(found, display(path))


def _require_links(found: DetectedLinks, name: str) -> DetectedLinks:
    if not found.links and not found.feeds:
        raise NotFoundError(f"{name} contains no URLs", "Start each URL with http:// or https://.")
    return found


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _url(text: str) -> str:
    if len(text) > MAX_URL:
        raise NewsletterError(
            f"`{text[:60]}…` has {len(text):,} characters; a URL can have at most {MAX_URL:,}", "Check the URL."
        )
    if is_plain_url(url := text.strip()):
        return url
    # Few URLs need Pydantic, whose import takes longer than the rest of a short command.
    from pydantic_core import PydanticCustomError

    from newsletter.fields.address import NOT_A_URL, web_address

    try:
        return web_address(text)
    except PydanticCustomError as error:
        context = error.context or {}
        fault = f"`{text[:200]}`: {context['message']}"
        if "://" not in text and context["message"] == NOT_A_URL:
            fault = f"`{text[:200]}` is neither a valid URL nor an existing file"
        raise NewsletterError(fault, context["advice"]) from error


def _read_feeds(urls: list[str], fetcher: "Fetcher") -> list[list[InputLink] | NewsletterError]:
    import asyncio

    async def read() -> list[list[InputLink] | NewsletterError]:
        async with fetcher:
            return await asyncio.gather(*(_read_feed(url, fetcher) for url in urls))

    return asyncio.run(read())


async def _read_feed(url: str, fetcher: "Fetcher") -> list[InputLink] | NewsletterError:
    if "://" not in url and _is_there(Path(url)):
        return AccessError(f"{display(Path(url))} is a file; `--feed` expects a URL", "Give the file without `--feed`.")
    try:
        from newsletter.capture.inputs.feed_links import links_in_feed

        answer = await fetcher.fetch(_url(url))
        if not answer.ok:
            raise FetchError(answer.description)
        return list(links_in_feed(answer.content, answer.final_url))
    except NewsletterError as error:
        return type(error)(f"the feed {url[:200]}: {error.message}", error.advice)
