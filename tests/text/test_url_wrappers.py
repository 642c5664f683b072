"""Wrappers around URLs: redirects, AMP caches and web archives."""

import re

import pytest
from hypothesis import given, settings, strategies

from newsletter.text.canonical_url import clean_url, link_key
from newsletter.text.url_wrappers import WRAPPERS, Wrapper, layers, unwrap, wrapped_page

PAGE = "https://lens.example/a?b=1"
QUOTED = "https%3A%2F%2Flens.example%2Fa%3Fb%3D1"
# Wrapped URLs, in the order of the table.
EXAMPLES = [
    f"https://www.google.com/url?sa=t&q={QUOTED}&usg=x",
    f"https://www.google.co.uk/url?url={QUOTED}",
    f"https://l.facebook.com/l.php?u={QUOTED}&h=x",
    f"https://l.instagram.com/?u={QUOTED}&e=x",
    f"https://l.threads.net/?u={QUOTED}",
    f"https://out.reddit.com/t3_abc?url={QUOTED}&token=x",
    f"https://www.linkedin.com/safety/go?url={QUOTED}",
    f"https://medium.com/r/?url={QUOTED}",
    f"https://www.youtube.com/redirect?event=x&q={QUOTED}",
    f"https://vk.com/away.php?to={QUOTED}",
    f"https://t.umblr.com/redirect?z={QUOTED}",
    f"https://slack-redir.net/link?url={QUOTED}",
    f"https://duckduckgo.com/l/?uddg={QUOTED}",
    f"https://www.bing.com/news/apiclick.aspx?url={QUOTED}",
    f"https://eur01.safelinks.protection.outlook.com/?url={QUOTED}&data=x",
    f"https://steamcommunity.com/linkfilter/?url={QUOTED}",
    f"https://steamcommunity.com/linkfilter/?u={QUOTED}",
    f"https://www.deviantart.com/users/outgoing?{PAGE}",
    f"https://link.zhihu.com/?target={QUOTED}",
    f"https://link.juejin.cn/?target={QUOTED}",
    f"https://link.csdn.net/?target={QUOTED}",
    f"https://www.jianshu.com/go-wild?url={QUOTED}",
    f"https://links.jianshu.com/go?to={QUOTED}",
    f"https://gitee.com/link?target={QUOTED}",
    f"https://weibo.cn/sinaurl?u={QUOTED}",
    f"https://www.douban.com/link2/?url={QUOTED}",
    f"https://c.pc.qq.com/middlem.html?pfurl={QUOTED}",
    f"https://redirect.viglink.com/?key=x&u={QUOTED}",
    f"https://go.skimresources.com/?id=x&url={QUOTED}",
    f"https://href.li/?{PAGE}",
    f"https://freedium.cfd/{PAGE}",
    f"https://12ft.io/proxy?q={QUOTED}",
    f"https://12ft.io/{PAGE}",
    f"https://r.jina.ai/{PAGE}",
    f"https://outline.com/{PAGE}",
    "https://www.google.com/amp/s/lens.example/a?b=1",
    "https://www.google.com/amp/lens.example/a?b=1",
    "https://lens-example.cdn.ampproject.org/c/s/lens.example/a?b=1",
    "https://lens-example.cdn.ampproject.org/v/lens.example/a?b=1",
    "https://lens-example.bing-amp.com/c/s/lens.example/a?b=1",
    f"https://webcache.googleusercontent.com/search?q=cache:abcDEF123_-x:{PAGE}",
    f"https://web.archive.org/web/20210405060708/{PAGE}",
    f"https://web.archive.org/save/{PAGE}",
    f"https://archive.ph/20210405060708/{PAGE}",
    f"http://timetravel.mementoweb.org/memento/2021/{PAGE}",
    f"https://webarchive.nationalarchives.gov.uk/ukgwa/20210405060708/{PAGE}",
    f"https://arquivo.pt/wayback/20210405060708/{PAGE}",
]


def test_every_wrapper_has_an_example() -> None:
    """The examples are in the order of the table, and each is found by its own row."""
    assert [found.wrapper for url in EXAMPLES if (found := wrapped_page(url))] == list(WRAPPERS)


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.name)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=strategies.data())
def test_all_urls_with_a_wrapper_contain_its_sign(wrapper: Wrapper, data: strategies.DataObject) -> None:
    """The sign rules out no URL that the pattern matches, in lower and upper case."""
    start = re.sub(r"\(\?[=!].*?\)$", "", wrapper.address)
    pattern = re.compile(start, re.ASCII | re.IGNORECASE)
    assert wrapper.sign in data.draw(strategies.from_regex(pattern, fullmatch=True)).lower()


@pytest.mark.parametrize("url", EXAMPLES)
def test_a_wrapped_url_has_the_key_of_its_page(url: str) -> None:
    """The page's URL is decoded, with its own parameters and without those of the wrapper."""
    assert re.sub("^https?:", "", unwrap(url)) == PAGE.removeprefix("https:")
    assert link_key(url) == link_key(PAGE)


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://web.archive.org/web/20210405id_/http:/lens.example/a", "http://lens.example/a"),
        ("https://web.archive.org/web/2021*/lens.example/a", "http://lens.example/a"),
        ("https://archive.org/web/2021/https://lens.example/a#part", "https://lens.example/a#part"),
        ("https://www.facebook.com/l.php?u=https%3A%2F%2Flens.example%2Fa&h=x", "https://lens.example/a"),
        ("https://archive.is/newest/https://lens.example/a", "https://lens.example/a"),
        (
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Flens.example%252Fa",
            "https://lens.example/a",
        ),
        ("https://www.google.com/url?q=https%3A%2F%2Flens.example%2F%25E3%2581%2582", "https://lens.example/%E3%81%82"),
    ],
)
def test_forms_of_wrappers(url: str, page: str) -> None:
    """Flags of archives, wrappers in wrappers, and letters that are encoded in the page's own URL."""
    assert unwrap(url) == page


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/search?q=lens",
        "https://www.google.com/url?q=lens",
        "https://www.google.com/url?q=javascript%3Aalert(1)",
        "https://www.google.com/url?q=https%3A%2F%2Flens.example%2F%22%3E",
        "https://www.google.com/url?q=https%3A%2F%2F",
        "https://archive.org/details/lens",
        "https://archive.ph/AbC12",
        "https://web.archive.org/web/2021/",
        "https://12ft.io/about.html",
        "https://medium.com/r/",
        "https://example.org/url?q=https%3A%2F%2Flens.example%2F",
        "https://evilgoogle.com/url?q=https%3A%2F%2Flens.example%2F",
        "http://[bad",
        "",
    ],
)
def test_other_urls_are_not_unwrapped(url: str) -> None:
    """A search, the wrapper's own pages, other sites, and what is no web address."""
    assert (unwrap(url), list(layers(url))) == (url, [])


def test_a_copy_in_an_archive_stays() -> None:
    """Its page may be gone. Redirects around it are removed, and its URL keeps all parameters."""
    copy = "https://web.archive.org/web/2021/https://lens.example/a?utm_source=x"
    assert clean_url(copy) == copy
    assert clean_url(f"https://href.li/?{copy}") == copy
