"""Finds what says that a story is paid for: affiliate URLs, and words such as "sponsored post"."""

import re
from urllib.parse import urlsplit

from newsletter.text.domains import host_of

# Networks whose links only lead to a shop, and the short domain of Amazon's affiliates.
_NETWORKS = (
    *("amzn.to", "anrdoezrs.net", "awin1.com", "dpbolvw.net", "go.skimresources.com", "jdoqocy.com", "kqzyfj.com"),
    *("linksynergy.com", "pntra.com", "pntrac.com", "prf.hn", "shareasale.com", "shrsl.com", "sjv.io", "tkqlhce.com"),
    *("viglink.com", "a8.net", "hb.afl.rakuten.co.jp", "ck.jp.ap.valuecommerce.com", "h.accesstrade.net"),
    *("s.click.taobao.com", "union-click.jd.com", "u.jd.com"),
)
_AMAZON = re.compile(r"(?:^|\.)amazon\.(?:com|[a-z]{2}|co\.[a-z]{2}|com\.[a-z]{2})$")
_PARAMETER = re.compile(
    r"(?:aff(?:iliate)?(?:_?(?:id|code|source|sub|trace_key))?|irclickid|irgwc|awc|ranmid|ransiteid|afftag|awinaffid)=.+"
    r"|utm_(?:medium|source|campaign)=(?:\w*[_-])?(?:affiliates?|sponsored|sponsorship|paid)(?:[_-]\w*)?",
    re.IGNORECASE,
)
_TAG = re.compile(r"tag=[\w-]+-2\d", re.IGNORECASE)
_PATH = re.compile(
    r"/(?:sponsored(?:-(?:content|post|article|story)s?)?|advertorials?|paid-(?:post|content)s?|partner-content)(?:/|$)",
    re.IGNORECASE,
)
_KIND = r"(?:post|article|content|story|entry|link|message|issue|newsletter|section|pick)"
# A paper on sponsored posts, or a workshop that somebody sponsors, is not paid for; `(AD)` is a disease.
_WORDS = re.compile(
    rf"""
    ^\W*sponsored\ by\b
    | ^\W*(?:sponsored|promoted|advertisement|(?-i:Ad))\s*(?:$|[:：\])】|])
    | [\[(【（]\s*(?:sponsored(?:\ (?:by\b[^\])】）]*|{_KIND}))?|promoted|advertisement|(?-i:[Aa]d))\s*[\])】）]
    | (?:^\W*|\b(?:this|our|is|a)\ )sponsored\ {_KIND}\b(?!-)
    | \bthis\ {_KIND}\ (?:is|was|has\ been)\ (?:sponsored|paid\ for)\b
    | \baffiliate\ (?:link|commission)s?\b
    | \b(?:paid|commercial)\ (?:partnership|promotion|placement)\b
    | \badvertorial\b
    | (?<!\w)\#(?:ad|sponsored|advertisement)(?![\w-])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WIDE = re.compile(
    r"[［\[【]\s*(?:PR|広告|廣告|广告|推广|推廣|提供)\s*[］\]】]|[（(]\s*(?:広告|廣告|广告)\s*[）)]|^\W*(?:PR|広告|广告|廣告|提供)\s*[:：]"
    r"|記事広告|広告記事|タイアップ(?:記事|広告)|スポンサー(?:記事|リンク)|アフィリエイト(?:リンク|広告|プログラム)"
    r"|赞助(?:内容|文章|商)|贊助(?:內容|文章)|本文由.{1,20}[赞贊]助|推广(?:链接|内容|文章)|联盟(?:链接|营销链接)|广告(?:合作|文章)|返佣链接"
)


def affiliate_sign(url: str) -> str:
    """Return the part of a URL that says that a visit or sale is paid for, or ""."""
    host = host_of(url)
    if any(host == network or host.endswith(f".{network}") for network in _NETWORKS):
        return host
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    for pair in re.split("[&;]", parts.query):
        if _PARAMETER.fullmatch(pair) or (_TAG.fullmatch(pair) and _AMAZON.search(host)):
            return pair
    found = _PATH.search(parts.path)
    return found[0].strip("/") if found else ""


def sponsored_words(text: str) -> str:
    """Return the words of a text that say that it is sponsored, or ""."""
    found = _WORDS.search(text) or (None if text.isascii() else _WIDE.search(text))
    return found[0].strip() if found else ""
