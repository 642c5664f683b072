"""Recognises threads by their URLs: posts on Hacker News, Reddit, Mastodon and Bluesky, and names where they are."""

import re
from enum import Enum, auto
from typing import NamedTuple

from newsletter.text.domains import host_of


class ThreadSite(Enum):
    """A site, or a kind of site, with threads that lead to other pages."""

    HACKER_NEWS = auto()
    REDDIT = auto()
    MASTODON = auto()
    BLUESKY = auto()


class Thread(NamedTuple):
    """A thread.

    Args:
        site: The site.
        base: The scheme and host of the URL.
        name: Where the thread is, such as `Hacker News`, `r/optics` or `@ann@lens.example`.
        author: The part of the URL that names the author on Bluesky, or "".
        id: The id of the thread.
    """

    site: ThreadSite
    base: str
    name: str
    author: str
    id: str


_BASE = r"(?P<base>https?://%s)"
_PATTERNS = {
    ThreadSite.HACKER_NEWS: re.compile(_BASE % r"news\.ycombinator\.com" + r"/item\?id=(?P<id>\d+)(?:[&#].*)?"),
    ThreadSite.REDDIT: re.compile(
        _BASE % r"(?:\w+\.)?reddit\.com" + r"(?:/r/(?P<group>\w+))?/comments/(?P<id>\w+)(?:[/?#].*)?"
    ),
    ThreadSite.BLUESKY: re.compile(
        _BASE % r"bsky\.app" + r"/profile/(?P<author>[\w.:-]+)/post/(?P<id>[a-z0-9]+)/?(?:[?#].*)?"
    ),
    # Ids are long numbers, unlike the names of stories at the same place on other sites.
    ThreadSite.MASTODON: re.compile(
        _BASE % r"(?P<host>[\w.-]+\.\w+)"
        + r"/(?:web/)?(?:@(?P<user>[\w.]+(?:@[\w.-]+)?)|users/(?P<account>[\w.]+)/statuses)"
        + r"/(?P<id>\d{12,20})/?(?:[?#].*)?"
    ),
}
_SHORT_REDDIT = re.compile(_BASE % r"redd\.it" + r"/(?P<id>\w+)/?(?:[?#].*)?")


def thread_of(url: str) -> Thread | None:
    """Return the thread that a URL leads to, or None if it leads to something else."""
    if found := _SHORT_REDDIT.fullmatch(url):
        return Thread(ThreadSite.REDDIT, found["base"], "Reddit", "", found["id"])
    for site, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(url):
            parts = found.groupdict()
            return Thread(site, found["base"], _name(site, parts), parts.get("author") or "", found["id"])
    return None


def source_name(url: str) -> str:
    """Return how to name the source of a story: where its thread is, or the domain."""
    thread = thread_of(url)
    return thread.name if thread else host_of(url)


def _name(site: ThreadSite, parts: dict[str, str | None]) -> str:
    if site is ThreadSite.HACKER_NEWS:
        return "Hacker News"
    if site is ThreadSite.REDDIT:
        return f"r/{parts['group']}" if parts["group"] else "Reddit"
    if site is ThreadSite.BLUESKY:
        author = parts["author"] or ""
        return "Bluesky" if author.startswith("did:") else f"@{author}"
    user = parts["user"] or parts["account"] or ""
    return f"@{user}" if "@" in user else f"@{user}@{parts['host']}"
