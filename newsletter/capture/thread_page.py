"""Finds the page that a thread leads to, in the thread's page or in the public API of its site."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from lxml import etree, html

from newsletter.errors import FetchError
from newsletter.http.fetcher import Fetcher
from newsletter.http.http_response import HttpResponse
from newsletter.text.charset import decode_page
from newsletter.text.domains import host_of, same_site
from newsletter.text.threads import Thread, ThreadSite

# Images and videos that were posted in a thread itself.
_MEDIA = ("redd.it", "reddit.com", "redditmedia.com")


async def page_of_thread(thread: Thread, fetcher: Fetcher) -> str:
    """Return the URL of the page that a thread leads to, or "" if it leads to none.

    Raises:
        FetchError: The thread cannot be read.
    """
    url = request_url(thread)
    answer = await fetcher.fetch(url)
    if not answer.ok:
        fetcher.forget(url)
        raise FetchError(answer.description)
    own = (host_of(thread.base), *(_MEDIA if thread.site is ThreadSite.REDDIT else ()))
    return next((link for link in _links(thread, answer) if _is_page(link) and not _is_on(link, own)), "")


def request_url(thread: Thread) -> str:
    """Return the URL to request for a thread: its page on Hacker News, elsewhere the site's public API."""
    if thread.site is ThreadSite.HACKER_NEWS:
        return f"{thread.base}/item?id={thread.id}"
    if thread.site is ThreadSite.REDDIT:
        return f"{_scheme(thread)}://www.reddit.com/comments/{thread.id}.json"
    if thread.site is ThreadSite.MASTODON:
        return f"{thread.base}/api/v1/statuses/{thread.id}"
    post = quote(f"at://{thread.author}/app.bsky.feed.post/{thread.id}", safe="")
    call = f"app.bsky.feed.getPostThread?uri={post}&depth=0&parentHeight=0"
    return f"{_scheme(thread)}://public.api.bsky.app/xrpc/{call}"


def _scheme(thread: Thread) -> str:
    return urlsplit(thread.base).scheme


def _links(thread: Thread, answer: HttpResponse) -> Iterator[str]:
    """Yield the URLs in a thread's first post, the one that it is about first."""
    if thread.site is ThreadSite.HACKER_NEWS:
        tree = _tree(decode_page(answer.content, answer.content_type))
        if tree is not None:
            yield from (str(link) for link in tree.xpath("//*[contains(@class, 'titleline')]/a/@href")[:1])
        return
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        return
    read = {ThreadSite.REDDIT: _reddit, ThreadSite.MASTODON: _mastodon, ThreadSite.BLUESKY: _bluesky}[thread.site]
    yield from (link for link in read(found) if isinstance(link, str))


def _reddit(found: Any) -> Iterator[Any]:
    post = _at(found, 0, "data", "children", 0, "data")
    if _at(post, "is_self") is not True:
        yield _at(post, "url_overridden_by_dest")
        yield _at(post, "url")


def _mastodon(found: Any) -> Iterator[Any]:
    yield _at(found, "card", "url")
    content = _at(found, "content")
    tree = _tree(content) if isinstance(content, str) else None
    for link in tree.iter("a") if tree is not None else ():
        # Mentions and hashtags lead to people and to lists of posts.
        if not {"mention", "hashtag"} & set(link.get("class", "").split()):
            yield link.get("href")


def _bluesky(found: Any) -> Iterator[Any]:
    record = _at(found, "thread", "post", "record")
    yield _at(record, "embed", "external", "uri")
    yield _at(record, "embed", "media", "external", "uri")
    facets = _at(record, "facets")
    for facet in facets if isinstance(facets, list) else ():
        features = _at(facet, "features")
        yield from (_at(feature, "uri") for feature in (features if isinstance(features, list) else ()))


def _at(value: Any, *steps: str | int) -> Any:
    """Return the value at a path of keys and indexes, or None if there is none."""
    for step in steps:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def _tree(text: str) -> html.HtmlElement | None:
    try:
        return html.fromstring(text) if text.strip() else None
    except (ValueError, etree.LxmlError):
        return None


def _is_page(link: str) -> bool:
    return link.lower().startswith(("http://", "https://")) and bool(host_of(link))


def _is_on(link: str, hosts: tuple[str, ...]) -> bool:
    return any(same_site(host_of(link), host) for host in hosts)
