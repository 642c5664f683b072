"""Gathers links from arguments, files, standard input and feeds."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic_core import PydanticCustomError

from newsletter.capture.inputs.detect import DetectedLinks, detect_links
from newsletter.capture.inputs.feed_links import links_in_feed
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import AccessError, FetchError, NewsletterError, NotFoundError
from newsletter.fields.address import web_address
from newsletter.files import display
from newsletter.http.fetcher import Fetcher

# A paper as papers cite it.
_PAPER = re.compile(r"(?:arxiv:\s*)?(?P<number>\d{4}\.\d{4,5}(?:v\d+)?)", re.IGNORECASE)
MAX_BYTES, MAX_URL = 20_000_000, 4_000


@dataclass(frozen=True, slots=True)
class GatheredLinks:
    """The links in the order in which they were given, and the errors of what could not be read."""

    links: tuple[InputLink, ...]
    faults: tuple[NewsletterError, ...]


def gather(
    sources: Iterable[str | bytes], feeds: Iterable[str], fetcher: Fetcher | None, since: date | None = None
) -> GatheredLinks:
    """The links of URLs, files and texts, and then of feeds; of those with a date, the ones since a day.

    A source is a URL, a file's name, or the content of standard input. Without a fetcher no feed is read.
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
        faults.append(NewsletterError(f"{len(listed)} feeds are listed, and none is fetched", "Leave --no-fetch out."))
    for outcome in asyncio.run(_read_feeds(list(dict.fromkeys(listed)), fetcher)) if listed and fetcher else ():
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
        if len(source) > MAX_BYTES:
            raise AccessError(f"what was piped in has more than {MAX_BYTES:,} bytes", "Is it the right text?")
        return _some(detect_links(source), "what was piped in")
    path = Path(source)
    if "://" in source or not source.strip() or not _is_there(path):
        paper = _PAPER.fullmatch(source.strip())
        return DetectedLinks((InputLink(f"https://arxiv.org/abs/{paper['number']}" if paper else source),))
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AccessError(f"{display(path)} has more than {MAX_BYTES:,} bytes", "Is this the right file?")
        found = detect_links(path.read_bytes())
    except OSError as error:
        raise AccessError(
            f"{display(path)} cannot be read: {error.strerror}", "Name a file that can be read."
        ) from error
    except NewsletterError as error:
        raise type(error)(f"{display(path)}: {error.message}", error.advice) from error
    return _some(found, display(path))


def _some(found: DetectedLinks, name: str) -> DetectedLinks:
    if not found.links and not found.feeds:
        raise NotFoundError(f"there is no URL in {name}", "URLs begin with http:// or https://.")
    return found


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _url(text: str) -> str:
    if len(text) > MAX_URL:
        raise NewsletterError(f"`{text[:60]}…` has {len(text):,} characters, and no page's URL has", "Is it one?")
    try:
        return web_address(text)
    except PydanticCustomError as error:
        context = error.context or {}
        where = "" if "://" in text else ", and no file of that name is here"
        raise NewsletterError(f"`{text[:200]}`: {context['message']}{where}", context["advice"]) from error


async def _read_feeds(urls: list[str], fetcher: Fetcher) -> list[list[InputLink] | NewsletterError]:
    async with fetcher:
        return await asyncio.gather(*(_read_feed(url, fetcher) for url in urls))


async def _read_feed(url: str, fetcher: Fetcher) -> list[InputLink] | NewsletterError:
    if "://" not in url and _is_there(Path(url)):
        return AccessError(f"{display(Path(url))} is a file, and --feed takes a URL", "Name it without --feed.")
    try:
        answer = await fetcher.fetch(_url(url))
        if not answer.ok:
            raise FetchError(answer.description)
        return list(links_in_feed(answer.content, answer.final_url))
    except NewsletterError as error:
        return type(error)(f"the feed {url[:200]}: {error.message}", error.advice)
