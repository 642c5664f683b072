"""Tests of signs that a story is sponsored: in its URL, and in its words."""

import pytest

from newsletter.text.sponsored_words import affiliate_sign, sponsored_words


@pytest.mark.parametrize(
    ("url", "sign"),
    [
        ("https://www.amazon.com/dp/B000000000?tag=lens-20", "tag=lens-20"),
        ("https://www.amazon.co.jp/dp/B000000000/?psc=1&tag=lens-22", "tag=lens-22"),
        ("https://amzn.to/3abcdef", "amzn.to"),
        ("https://click.linksynergy.com/deeplink?id=x", "click.linksynergy.com"),
        ("https://shop.example/loupe?aff_id=9", "aff_id=9"),
        ("https://shop.example/loupe?utm_medium=affiliate&utm_source=lens", "utm_medium=affiliate"),
        ("https://news.example/sponsored/loupes", "sponsored"),
        ("https://news.example/partner-content/loupes", "partner-content"),
        ("https://hb.afl.rakuten.co.jp/hgc/x/", "hb.afl.rakuten.co.jp"),
        ("https://example.com/?tag=time-series-21", ""),
        ("https://www.amazon.com/dp/B000000000", ""),
        ("https://www.amazon.science/blog?tag=vision-20", ""),
        ("https://example.com/sponsored-search-auctions", ""),
        ("https://example.com/a?source=affiliates.pdf", ""),
        ("https://example.com/a?utm_medium=email", ""),
        ("https://notamzn.to/x", ""),
        ("https://[::1", ""),
    ],
)
def test_an_affiliate_url_is_found(url: str, sign: str) -> None:
    """Networks, parameters and paths say so. Parameters of the same names on other sites do not."""
    assert affiliate_sign(url) == sign


@pytest.mark.parametrize(
    "text",
    [
        "Sponsored: a loupe for the desk",
        "[Sponsored] A loupe",
        "A loupe (sponsored)",
        "A loupe (Ad)",
        "Sponsored by Lens Works",
        "This is a sponsored post.",
        "This article is sponsored by the maker.",
        "It contains affiliate links.",
        "A paid partnership with Lens Works.",
        "The loupe of the year #ad",
        "【PR】机に置くルーペ",
        "広告：机に置くルーペ",
        "アフィリエイトリンクを含みます。",
        "【广告】桌上的放大镜",
        "本文由镜片公司赞助。",
    ],
)
def test_words_of_sponsored_stories_are_found(text: str) -> None:
    """In English, Japanese and Chinese."""
    assert sponsored_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sponsored search auctions with deep models",
        "We detect sponsored posts on a social network.",
        "A workshop sponsored by a university",
        "A biomarker of Alzheimer's disease (AD)",
        "AD: a benchmark for anomaly detection",
        "Ad hoc networks, and ads that nobody clicks",
        "広告のクリック率を予測する",
        "PR曲線（PR）を描く",
        "广告点击率预测",
        "Promoted to professor",
    ],
)
def test_words_about_advertising_are_no_sign(text: str) -> None:
    """Papers on advertising, sponsors of events and abbreviations."""
    assert sponsored_words(text) == ""
