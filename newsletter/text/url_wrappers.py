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
        sign: a text in lower case that all URLs with this wrapper contain. Others are ruled out by it, which is sooner
            than by the pattern.
        address: a pattern for the wrapper's URL without scheme and `www.`. What follows the match is the wrapped URL,
            if there is no parameter.
        parameter: the parameter that contains the wrapped URL, or "".
        scheme: the scheme of the wrapped URL if it has none.
    """

    name: str
    kind: WrapperKind
    sign: str
    address: str
    parameter: str = ""
    scheme: str = "https"


_REDIRECT, _CACHE, _ARCHIVE = WrapperKind
_STAMP = r"(?:\d{4,14}(?:[a-z]{2}_|\*)?|\*|newest|oldest|latest|timegate)"
WRAPPERS = (
    Wrapper("Google", _REDIRECT, "google", r"google(?:\.[a-z]{2,3}){1,2}/url\?", "q"),
    Wrapper("Google", _REDIRECT, "google", r"google(?:\.[a-z]{2,3}){1,2}/url\?", "url"),
    Wrapper("Facebook", _REDIRECT, "facebook.com/l.php", r"(?:(?:lm?|m)\.)?facebook\.com/l\.php\?", "u"),
    Wrapper("Instagram", _REDIRECT, "l.instagram.com/", r"l\.instagram\.com/\?", "u"),
    Wrapper("Threads", _REDIRECT, "l.threads.", r"l\.threads\.(?:net|com)/\?", "u"),
    Wrapper("Reddit", _REDIRECT, "out.reddit.com/", r"out\.reddit\.com/[^?]*\?", "url"),
    Wrapper(
        "LinkedIn",
        _REDIRECT,
        "linkedin.com/",
        r"linkedin\.com/(?:safety/go|redir/redirect|redir/general-malware-page)/?\?",
        "url",
    ),
    Wrapper("Medium", _REDIRECT, "medium.com/r", r"medium\.com/r/?\?", "url"),
    Wrapper("YouTube", _REDIRECT, "youtube.com/redirect", r"youtube\.com/redirect\?", "q"),
    Wrapper("VK", _REDIRECT, "vk.com/away", r"(?:m\.)?vk\.com/away(?:\.php)?\?", "to"),
    Wrapper("Tumblr", _REDIRECT, "/redirect?", r"(?:t\.umblr|tumblr)\.com/redirect\?", "z"),
    Wrapper("Slack", _REDIRECT, "slack-redir.net/", r"slack-redir\.net/link\?", "url"),
    Wrapper("DuckDuckGo", _REDIRECT, "duckduckgo.com/l/", r"duckduckgo\.com/l/\?", "uddg"),
    Wrapper("Bing", _REDIRECT, "bing.com/news/", r"bing\.com/news/apiclick\.aspx\?", "url"),
    Wrapper(
        "Outlook Safe Links",
        _REDIRECT,
        "safelinks.protection.outlook.com/",
        r"[\w.-]+\.safelinks\.protection\.outlook\.com/[^?]*\?",
        "url",
    ),
    Wrapper("Steam", _REDIRECT, "steamcommunity.com/linkfilter", r"steamcommunity\.com/linkfilter/?\?", "url"),
    Wrapper("Steam", _REDIRECT, "steamcommunity.com/linkfilter", r"steamcommunity\.com/linkfilter/?\?", "u"),
    Wrapper("DeviantArt", _REDIRECT, "deviantart.com/users/outgoing", r"deviantart\.com/users/outgoing\?"),
    Wrapper("Zhihu", _REDIRECT, "link.zhihu.com", r"link\.zhihu\.com/?\?", "target"),
    Wrapper("Juejin", _REDIRECT, "link.juejin.", r"link\.juejin\.(?:cn|im)/?\?", "target"),
    Wrapper("CSDN", _REDIRECT, "link.csdn.net", r"link\.csdn\.net/?\?", "target"),
    Wrapper("Jianshu", _REDIRECT, "jianshu.com/go", r"(?:links\.)?jianshu\.com/go(?:-wild)?\?", "url"),
    Wrapper("Jianshu", _REDIRECT, "jianshu.com/go", r"(?:links\.)?jianshu\.com/go(?:-wild)?\?", "to"),
    Wrapper("Gitee", _REDIRECT, "gitee.com/link", r"gitee\.com/link\?", "target"),
    Wrapper("Weibo", _REDIRECT, "cn/", r"(?:weibo\.cn/sinaurl|t\.cn/redirect)\?", "u"),
    Wrapper("Douban", _REDIRECT, "douban.com/link2", r"douban\.com/link2/?\?", "url"),
    Wrapper("QQ", _REDIRECT, "c.pc.qq.com/", r"c\.pc\.qq\.com/(?:middlem|ios)\.html\?", "pfurl"),
    Wrapper("Viglink", _REDIRECT, "redirect.viglink.com", r"redirect\.viglink\.com/?\?", "u"),
    Wrapper("Skimlinks", _REDIRECT, "go.", r"go\.(?:skimresources\.com|redirectingat\.com)/?\?", "url"),
    Wrapper("a referrer filter", _REDIRECT, "/?", r"(?:href\.li|anonym\.to|nullrefer\.com)/\?"),
    Wrapper("Freedium", _REDIRECT, "freedium", r"freedium(?:-mirror)?\.cfd/(?=https?:/)"),
    Wrapper("12ft", _REDIRECT, "12ft.io/", r"12ft\.io/proxy\?", "q"),
    Wrapper("12ft", _REDIRECT, "12ft.io/", r"12ft\.io/(?=https?:/)"),
    Wrapper("Jina Reader", _REDIRECT, "r.jina.ai/", r"r\.jina\.ai/(?=https?:/)"),
    Wrapper("Outline", _REDIRECT, "outline.com/", r"outline\.com/(?=https?:/)"),
    Wrapper("Google's AMP cache", _CACHE, "google", r"google(?:\.[a-z]{2,3}){1,2}/amp/s/"),
    Wrapper("Google's AMP cache", _CACHE, "google", r"google(?:\.[a-z]{2,3}){1,2}/amp/(?!s/)", scheme="http"),
    Wrapper("the AMP cache", _CACHE, "cdn.ampproject.org/", r"(?:[\w-]+\.)*cdn\.ampproject\.org/[acivrw]+/s/"),
    Wrapper(
        "the AMP cache",
        _CACHE,
        "cdn.ampproject.org/",
        r"(?:[\w-]+\.)*cdn\.ampproject\.org/[acivrw]+/(?!s/)",
        scheme="http",
    ),
    Wrapper("Bing's AMP cache", _CACHE, "bing-amp.com/", r"(?:[\w-]+\.)*bing-amp\.com/[acivr]+/s/"),
    Wrapper(
        "Google's cache",
        _ARCHIVE,
        "webcache.googleusercontent.com/",
        r"webcache\.googleusercontent\.com/search\?(?:[^#]*&)?q=cache(?::[\w-]{8,})?(?::|%3A)",
        scheme="http",
    ),
    Wrapper(
        "the Internet Archive",
        _ARCHIVE,
        "archive.org/",
        rf"(?:(?:web|wayback)\.archive\.org/(?:web/)?|archive\.org/web/){_STAMP}/",
        scheme="http",
    ),
    Wrapper("the Internet Archive", _ARCHIVE, "archive.org/", r"(?:web\.)?archive\.org/(?:web|save)/(?=https?:/)"),
    Wrapper(
        "archive.today",
        _ARCHIVE,
        "archive.",
        rf"archive\.(?:today|ph|is|md|li|vn|fo)/(?:o/\w+/)?(?:{_STAMP}/)?(?=https?:/)",
    ),
    Wrapper(
        "Memento",
        _ARCHIVE,
        "timetravel.mementoweb.org/",
        r"timetravel\.mementoweb\.org/(?:memento|list|timegate)/(?:\w+/)?(?=https?:/)",
    ),
    Wrapper(
        "the UK Web Archive",
        _ARCHIVE,
        "webarchive.",
        rf"(?:webarchive\.org\.uk/wayback|webarchive\.nationalarchives\.gov\.uk(?:/ukgwa)?)(?:/\w+)?/{_STAMP}/",
    ),
    Wrapper(
        "the Portuguese Web Archive", _ARCHIVE, "arquivo.pt/", rf"arquivo\.pt/(?:wayback|noFrame/replay)/{_STAMP}/"
    ),
)
# A wrapper in a wrapper is common, more are not.
_MOST_LAYERS = 5
_PAGE = re.compile(r"https?://[^\s/?#\"<>\\^`{|}]*[^\W_][^\s\"<>\\^`{|}]*", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]|\Z)")


@cache
def _address(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when it is needed: compiling all takes longer than many commands."""
    return re.compile(rf"https?://(?:www\.)?(?:{pattern})", re.IGNORECASE)


class WrappedPage(NamedTuple):
    """A wrapper, and the URL of the page in it."""

    wrapper: Wrapper
    url: str


def wrapped_page(url: str) -> WrappedPage | None:
    """Return the wrapper of a URL and the page's URL, or None if there is no wrapper. One layer is removed."""
    lowered = url.lower()
    for wrapper in WRAPPERS:
        if (
            wrapper.sign in lowered
            and (found := _address(wrapper.address).match(url))
            and (page := _page(wrapper, url, found.end()))
        ):
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
