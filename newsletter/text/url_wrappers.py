"""Removes wrappers around URLs: redirects that count clicks, AMP caches, and copies in web archives."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote


class WrapperKind(StrEnum):
    """What a wrapper does with the page."""

    REDIRECT = "redirect"
    CACHE = "cache"
    ARCHIVE = "archive"


class Wrapper(NamedTuple):
    """A wrapper.

    Args:
        name: its name in messages.
        kind: what it does.
        address: a pattern for the wrapper's URL without scheme and `www.`. What follows the match is the wrapped URL,
            if there is no parameter.
        parameter: the parameter that contains the wrapped URL, or "".
        scheme: the scheme of the wrapped URL if it has none.
    """

    name: str
    kind: WrapperKind
    address: str
    parameter: str = ""
    scheme: str = "https"


_REDIRECT, _CACHE, _ARCHIVE = WrapperKind
_STAMP = r"(?:\d{4,14}(?:[a-z]{2}_|\*)?|\*|newest|oldest|latest|timegate)"
WRAPPERS = (
    Wrapper("Google", _REDIRECT, r"google(?:\.[a-z]{2,3}){1,2}/url\?", "q"),
    Wrapper("Google", _REDIRECT, r"google(?:\.[a-z]{2,3}){1,2}/url\?", "url"),
    Wrapper("Facebook", _REDIRECT, r"(?:(?:lm?|m)\.)?facebook\.com/l\.php\?", "u"),
    Wrapper("Instagram", _REDIRECT, r"l\.instagram\.com/\?", "u"),
    Wrapper("Threads", _REDIRECT, r"l\.threads\.(?:net|com)/\?", "u"),
    Wrapper("Reddit", _REDIRECT, r"out\.reddit\.com/[^?]*\?", "url"),
    Wrapper("LinkedIn", _REDIRECT, r"linkedin\.com/(?:safety/go|redir/redirect|redir/general-malware-page)/?\?", "url"),
    Wrapper("Medium", _REDIRECT, r"medium\.com/r/?\?", "url"),
    Wrapper("YouTube", _REDIRECT, r"youtube\.com/redirect\?", "q"),
    Wrapper("VK", _REDIRECT, r"(?:m\.)?vk\.com/away(?:\.php)?\?", "to"),
    Wrapper("Tumblr", _REDIRECT, r"(?:t\.umblr|tumblr)\.com/redirect\?", "z"),
    Wrapper("Slack", _REDIRECT, r"slack-redir\.net/link\?", "url"),
    Wrapper("DuckDuckGo", _REDIRECT, r"duckduckgo\.com/l/\?", "uddg"),
    Wrapper("Bing", _REDIRECT, r"bing\.com/news/apiclick\.aspx\?", "url"),
    Wrapper("Outlook Safe Links", _REDIRECT, r"[\w.-]+\.safelinks\.protection\.outlook\.com/[^?]*\?", "url"),
    Wrapper("Steam", _REDIRECT, r"steamcommunity\.com/linkfilter/?\?", "url"),
    Wrapper("Steam", _REDIRECT, r"steamcommunity\.com/linkfilter/?\?", "u"),
    Wrapper("DeviantArt", _REDIRECT, r"deviantart\.com/users/outgoing\?"),
    Wrapper("Zhihu", _REDIRECT, r"link\.zhihu\.com/?\?", "target"),
    Wrapper("Juejin", _REDIRECT, r"link\.juejin\.(?:cn|im)/?\?", "target"),
    Wrapper("CSDN", _REDIRECT, r"link\.csdn\.net/?\?", "target"),
    Wrapper("Jianshu", _REDIRECT, r"(?:links\.)?jianshu\.com/go(?:-wild)?\?", "url"),
    Wrapper("Jianshu", _REDIRECT, r"(?:links\.)?jianshu\.com/go(?:-wild)?\?", "to"),
    Wrapper("Gitee", _REDIRECT, r"gitee\.com/link\?", "target"),
    Wrapper("Weibo", _REDIRECT, r"(?:weibo\.cn/sinaurl|t\.cn/redirect)\?", "u"),
    Wrapper("Douban", _REDIRECT, r"douban\.com/link2/?\?", "url"),
    Wrapper("QQ", _REDIRECT, r"c\.pc\.qq\.com/(?:middlem|ios)\.html\?", "pfurl"),
    Wrapper("Viglink", _REDIRECT, r"redirect\.viglink\.com/?\?", "u"),
    Wrapper("Skimlinks", _REDIRECT, r"go\.(?:skimresources\.com|redirectingat\.com)/?\?", "url"),
    Wrapper("a referrer filter", _REDIRECT, r"(?:href\.li|anonym\.to|nullrefer\.com)/\?"),
    Wrapper("Freedium", _REDIRECT, r"freedium(?:-mirror)?\.cfd/(?=https?:/)"),
    Wrapper("12ft", _REDIRECT, r"12ft\.io/proxy\?", "q"),
    Wrapper("12ft", _REDIRECT, r"12ft\.io/(?=https?:/)"),
    Wrapper("Jina Reader", _REDIRECT, r"r\.jina\.ai/(?=https?:/)"),
    Wrapper("Outline", _REDIRECT, r"outline\.com/(?=https?:/)"),
    Wrapper("Google's AMP cache", _CACHE, r"google(?:\.[a-z]{2,3}){1,2}/amp/s/"),
    Wrapper("Google's AMP cache", _CACHE, r"google(?:\.[a-z]{2,3}){1,2}/amp/(?!s/)", scheme="http"),
    Wrapper("the AMP cache", _CACHE, r"(?:[\w-]+\.)*cdn\.ampproject\.org/[acivrw]+/s/"),
    Wrapper("the AMP cache", _CACHE, r"(?:[\w-]+\.)*cdn\.ampproject\.org/[acivrw]+/(?!s/)", scheme="http"),
    Wrapper("Bing's AMP cache", _CACHE, r"(?:[\w-]+\.)*bing-amp\.com/[acivr]+/s/"),
    Wrapper(
        "Google's cache",
        _ARCHIVE,
        r"webcache\.googleusercontent\.com/search\?(?:[^#]*&)?q=cache(?::[\w-]{8,})?(?::|%3A)",
        scheme="http",
    ),
    Wrapper(
        "the Internet Archive",
        _ARCHIVE,
        rf"(?:(?:web|wayback)\.archive\.org/(?:web/)?|archive\.org/web/){_STAMP}/",
        scheme="http",
    ),
    Wrapper("the Internet Archive", _ARCHIVE, r"(?:web\.)?archive\.org/(?:web|save)/(?=https?:/)"),
    Wrapper("archive.today", _ARCHIVE, rf"archive\.(?:today|ph|is|md|li|vn|fo)/(?:o/\w+/)?(?:{_STAMP}/)?(?=https?:/)"),
    Wrapper("Memento", _ARCHIVE, r"timetravel\.mementoweb\.org/(?:memento|list|timegate)/(?:\w+/)?(?=https?:/)"),
    Wrapper(
        "the UK Web Archive",
        _ARCHIVE,
        rf"(?:webarchive\.org\.uk/wayback|webarchive\.nationalarchives\.gov\.uk(?:/ukgwa)?)(?:/\w+)?/{_STAMP}/",
    ),
    Wrapper("the Portuguese Web Archive", _ARCHIVE, rf"arquivo\.pt/(?:wayback|noFrame/replay)/{_STAMP}/"),
)
# A wrapper in a wrapper is common, more are not.
_MOST_LAYERS = 5
_PAGE = re.compile(r"https?://[^\s/?#\"<>\\^`{|}]*[^\W_][^\s\"<>\\^`{|}]*", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]|\Z)")


# Patterns are compiled when they are needed: compiling all takes longer than many commands.
@cache
def _any_wrapper() -> re.Pattern[str]:
    """Return a pattern for any wrapper. Most URLs have none, and one pattern rules them out sooner than many."""
    return _address("|".join(wrapper.address for wrapper in WRAPPERS))


@cache
def _address(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"https?://(?:www\.)?(?:{pattern})", re.IGNORECASE)


class WrappedPage(NamedTuple):
    """A wrapper, and the URL of the page in it."""

    wrapper: Wrapper
    url: str


def wrapped_page(url: str) -> WrappedPage | None:
    """Return the wrapper of a URL and the page's URL, or None if there is no wrapper. One layer is removed."""
    for wrapper in WRAPPERS if _any_wrapper().match(url) else ():
        if (found := _address(wrapper.address).match(url)) and (page := _page(wrapper, url, found.end())):
            return WrappedPage(wrapper, page)
    return None


def unwrap(url: str) -> str:
    """Return the URL of the page in one or more wrappers, or the same URL if there is no wrapper."""
    return next(reversed([url, *(layer.url for layer in layers(url))]))


def layers(url: str) -> Iterator[WrappedPage]:
    """Yield the wrappers around a URL, from the outermost."""
    for _ in range(_MOST_LAYERS):
        found = wrapped_page(url)
        if not found:
            return
        yield found
        url = found.url


def _page(wrapper: Wrapper, url: str, end: int) -> str:
    """Return the URL of a page in its wrapper, or "" if it is not a valid URL."""
    if wrapper.parameter:
        query = url[end:].partition("#")[0]
        values = (pair.partition("=") for pair in re.split("&amp;|&", query))
        page = next((unquote(value) for name, _, value in values if name == wrapper.parameter), "")
        # A search for words has the same parameter.
        return page if _PAGE.fullmatch(page) else ""
    page = url[end:]
    if re.match(r"https?%3A", page, re.IGNORECASE):
        page = unquote(page)
    if scheme := re.match(r"(https?):/{1,2}", page, re.IGNORECASE):
        page = f"{scheme[1]}://{page[scheme.end() :]}"
    elif _HOST.match(page):
        page = f"{wrapper.scheme}://{page}"
    return page if _PAGE.fullmatch(page) else ""
