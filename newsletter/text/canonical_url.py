"""Compares different URLs of the same page, and removes tracking parameters."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from newsletter.text.domains import host_of
from newsletter.text.url_keys import table_key
from newsletter.text.url_wrappers import WrapperKind, layers, unwrap

KEY_VERSION = 2
"""The version of `link_key` in caches. Increase it when the key of any URL changes."""

# Parameters that only track readers, on any host.
_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_(?:campaign|kwd|keyword|source|medium|content|cid)|piwik_\w+|matomo_\w+|hsa_\w+|at_(?:medium|campaign"
    r"|custom\d|link_\w+|ptr_name|format|bbc_team)|ns_(?:mchannel|source|campaign|linkname|fee)|"
    r"fbclid|fb_(?:action_ids|action_types|ref|source)|mibextid|g(?:clid|clsrc|braid|bsraid)|wbraid|dclid|msclkid|twclid|ttclid|"
    r"li_fat_id|yclid|ysclid|_openstat|igsh(?:id)?|epik|rdt_cid|_g[al]|_branch_(?:match_id|referrer)|"
    r"mc_[ce]id|mkt_tok|_hs(?:enc|mi)|__hs(?:tc|sc|fp)|hsctatracking|ml_subscriber(?:_hash)?|ck_subscriber_id|bsft_\w+|"
    r"elqtrack(?:id)?|dm_i|s_kwcid|wickedid|trk_(?:contact|msg|module|sid)|"
    r"ref_(?:src|url)|cmpid|sr_share|guccounter|guce_\w+|oly_(?:anon|enc)_id|vero_\w+|__twitter_impression|xtor|echobox",
    re.IGNORECASE,
)
# Parameters that only track readers on these hosts. On other hosts they may select content.
_ON_HOSTS = {
    "gi": ("medium.com", "towardsdatascience.com", "analytics-vidhya.com"),
    "source": ("medium.com", "towardsdatascience.com"),
    "sh": ("forbes.com",),
    "nc1": ("aws.amazon.com", "amazon.com"),
    "nc2": ("aws.amazon.com", "amazon.com"),
    "trk": ("aws.amazon.com", "amazon.com", "linkedin.com"),
    "sc_channel": ("aws.amazon.com", "amazon.com"),
    "trackingid": ("linkedin.com",),
    "lipi": ("linkedin.com",),
    "smid": ("nytimes.com",),
    "smtyp": ("nytimes.com",),
    "mbid": ("wired.com", "newyorker.com", "vanityfair.com", "arstechnica.com"),
    "ncid": ("techcrunch.com", "nvidia.com"),
    "ito": ("dailymail.co.uk", "metro.co.uk", "inews.co.uk"),
    "s": ("twitter.com", "x.com", "substack.com"),
    "t": ("twitter.com", "x.com"),
    "si": ("youtube.com", "youtu.be", "spotify.com"),
    "pp": ("youtube.com", "youtu.be"),
    "feature": ("youtube.com", "youtu.be"),
    "share_id": ("reddit.com",),
    "spm": ("aliyun.com", "alibabacloud.com", "csdn.net", "taobao.com"),
    "from": ("mp.weixin.qq.com",),
    "scene": ("mp.weixin.qq.com",),
    "amp": ("t.co",),
}
# A Medium post, on any domain: its URL ends with its id.
_MEDIUM_POST = re.compile(r"/(?:[^/?#]*-)?[0-9a-f]{10,12}/?(?=[?#]|\Z)")
# What Medium adds to the URL of a post.
_BY_MEDIUM = re.compile(
    r"gi=[0-9a-f]{8,14}|source=(?:[\w.]*-{2,}.*|(?:friends_link|social|email|rss|copy_link|user_profile).*)"
)
# Parameters that are ignored when URLs are compared, but not removed from URLs.
# For one-letter names the value decides: `m=1` and `s=20` select a layout, `m=202103` and `s=words` select content.
_COMPARED = re.compile(
    r"(?:gi|sh|nc1|nc2|source|src|ref|referrer|amp|sk|smid|si|feature|outputtype)(?:=.*)?|m=[01]|s=\w{1,3}",
    re.IGNORECASE | re.DOTALL,
)
# The mobile layout of Blogger.
_MOBILE = re.compile(r"m=[01]")
# Paths of programs, whose pages differ only by parameters.
_PROGRAM = re.compile(r"\.(?:php|aspx?|jsp|cgi|do)$|/(?:search|viewer|view)$", re.IGNORECASE)


def is_tracking(url: str, pair: str) -> bool:
    """Return whether a parameter of a URL, with or without its value, only tracks readers."""
    name = pair.partition("=")[0]
    if _TRACKING.fullmatch(name):
        return True
    known = _ON_HOSTS.get(name.lower())
    if known:
        host = _bare(host_of(url))
        if any(host == one or host.endswith(f".{one}") for one in known):
            return True
    if _MOBILE.fullmatch(pair):
        path = _path(url)
        return bool(path.strip("/")) and not _PROGRAM.search(path)
    return bool(_BY_MEDIUM.fullmatch(pair) and _MEDIUM_POST.search(url))


def tracking_parameters(url: str) -> list[str]:
    """Return the names of the tracking parameters of a URL and its fragment, in order.

    Returns [] for a copy in a web archive, which is found by the whole URL.
    """
    rest, _, fragment = url.partition("#")
    query = rest.partition("?")[2]
    pairs = [pair for pair in query.split("&") if pair and is_tracking(url, pair)] if query else []
    pairs += [pair for _, pair in _fragment_pairs(fragment) if _tracks_in_fragment(pair)]
    return [] if not pairs or _is_archived(url) else list(dict.fromkeys(pair.partition("=")[0] for pair in pairs))


def remove_tracking(url: str) -> str:
    """Remove the tracking parameters of a URL and its fragment. Everything else stays the same."""
    if not tracking_parameters(url):
        return url
    rest, _, fragment = url.partition("#")
    base, _, query = rest.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not is_tracking(url, pair))
    left, mark = "", None
    for before, pair in _fragment_pairs(fragment):
        # The mark of a removed parameter goes to the next one: `top?utm_id=1&page=2` becomes `top?page=2`.
        mark = before if mark is None else mark
        if not _tracks_in_fragment(pair):
            left, mark = left + mark + pair, None
    # An empty fragment of the author's stays.
    hash_mark = "#" if left or url.endswith("#") else ""
    return base + (f"?{kept}" if kept else "") + hash_mark + left


def clean_url(url: str) -> str:
    """Return the URL of the page itself: without wrappers, except a copy in a web archive, and without tracking."""
    for layer in layers(url):
        if layer.wrapper.kind is WrapperKind.ARCHIVE:
            break
        url = layer.url
    return remove_tracking(url)


def link_key(url: str) -> str:
    """Return a key that is equal for different URLs of the same page. It is not a URL to open.

    It omits wrappers such as web archives, the scheme, `www.` and `m.`, a slash at the end, the fragment and tracking
    parameters. Pages that several sites show have the key of the table in `url_keys`: an arXiv paper that of its
    number without version, other papers that of the DOI, a video that of its id.
    """
    url = unwrap(url.strip())
    try:
        parts = urlsplit(url)
        host, port = _bare(host_of(url)), parts.port
    except ValueError:
        return url
    path = unquote(parts.path)
    query = [unquote(pair) for pair in parts.query.split("&") if pair and not _dropped(url, path, pair)]
    authority = host if port in (None, 80, 443) else f"{host}:{port}"
    suffix = "?" + "&".join(sorted(query)) if query else ""
    if known := table_key(authority + path.replace(" ", "_") + suffix):
        return known
    hash_bang = f"#{remove_tracking(url).partition('#')[2]}" if parts.fragment.startswith(("!", "/")) else ""
    return authority + re.sub(r"/(?:index\.html?|amp)?$", "", path) + suffix + hash_bang


def _dropped(url: str, path: str, pair: str) -> bool:
    if is_tracking(url, pair):
        return True
    # URLs without a path also differ only by parameters.
    return bool(path.strip("/") and not _PROGRAM.search(path) and _COMPARED.fullmatch(pair))


def _fragment_pairs(fragment: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a fragment, each with the mark before it: `top?a=1&b=2` has three."""
    if "=" not in fragment:
        if fragment:
            yield "", fragment
        return
    marks = re.split("([?&])", fragment)
    yield from zip(["", *marks[1::2]], marks[::2], strict=True)


def _tracks_in_fragment(pair: str) -> bool:
    return "=" in pair and bool(_TRACKING.fullmatch(pair.partition("=")[0]))


def _is_archived(url: str) -> bool:
    return any(layer.wrapper.kind is WrapperKind.ARCHIVE for layer in layers(url))


def _path(url: str) -> str:
    try:
        return urlsplit(url.strip()).path
    except ValueError:
        return ""


def _bare(host: str) -> str:
    return re.sub(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)", "", host)
