"""Compares different URLs of the same page, and removes tracking parameters."""

import re
from urllib.parse import unquote, urlsplit

from newsletter.text.domains import host_of
from newsletter.text.links import arxiv_number

# Parameters that only track readers, on any host.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|twclid|yclid|igshid|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|ref_(?:src|url)|"
    r"cmpid|sr_share|guccounter|guce_\w+|oly_(?:anon|enc)_id|vero_\w+|__twitter_impression",
    re.IGNORECASE,
)
# Parameters that only track readers on these hosts. On other hosts they may select content.
_ON_HOSTS = {
    "gi": ("medium.com", "towardsdatascience.com", "analytics-vidhya.com"),
    "source": ("medium.com", "towardsdatascience.com"),
    "sk": ("medium.com", "towardsdatascience.com"),
    "sh": ("forbes.com",),
    "nc1": ("aws.amazon.com", "amazon.com"),
    "nc2": ("aws.amazon.com", "amazon.com"),
    "smid": ("nytimes.com",),
    "s": ("twitter.com", "x.com", "substack.com"),
    "t": ("twitter.com", "x.com"),
    "si": ("youtube.com", "youtu.be"),
    "feature": ("youtube.com", "youtu.be"),
    "amp": ("t.co",),
}
# Parameters that are ignored when URLs are compared, but not removed from URLs.
# For one-letter names the value decides: `m=1` and `s=20` select a layout, `m=202103` and `s=words` select content.
_COMPARED = re.compile(
    r"(?:gi|sh|nc1|nc2|source|src|ref|referrer|amp|sk|smid|si|feature|outputtype)(?:=.*)?|m=[01]|s=\w{1,3}",
    re.IGNORECASE | re.DOTALL,
)
# Paths of programs, whose pages differ only by parameters.
_PROGRAM = re.compile(r"\.(?:php|aspx?|jsp|cgi|do)$|/(?:search|viewer|view)$", re.IGNORECASE)
_DOI = re.compile(r"(?:^|/)(?P<doi>10\.\d{4,9}/[^?#]+?)(?:/(?:full|pdf|abstract|meta|html))?/?$")
_YOUTUBE = re.compile(r"/(?:embed|shorts|live|v)/(?!videoseries|live_stream)(?P<id>[\w-]{6,})")


def is_tracking(url: str, name: str) -> bool:
    """Return whether a parameter of a URL only tracks readers."""
    if _TRACKING.fullmatch(name):
        return True
    host = _bare(host_of(url))
    return any(host == known or host.endswith(f".{known}") for known in _ON_HOSTS.get(name.lower(), ()))


def tracking_parameters(url: str) -> list[str]:
    """Return the names of the tracking parameters of a URL, in order."""
    query = url.partition("#")[0].partition("?")[2]
    names = (pair.partition("=")[0] for pair in query.split("&") if pair)
    return list(dict.fromkeys(name for name in names if is_tracking(url, name)))


def remove_tracking(url: str) -> str:
    """Remove the tracking parameters of a URL. Everything else stays the same."""
    if not tracking_parameters(url):
        return url
    rest, hash_mark, fragment = url.partition("#")
    base, _, query = rest.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not is_tracking(url, pair.partition("=")[0]))
    return base + (f"?{kept}" if kept else "") + hash_mark + fragment


def link_key(url: str) -> str:
    """Return a key that is equal for different URLs of the same page. It is not a URL to open.

    It omits the scheme, `www.` and `m.`, a slash at the end, the fragment and tracking parameters.
    The key of an arXiv paper contains its number without version, that of other papers the DOI, that of a video the id.
    """
    number = arxiv_number(url)
    if number:
        return "arxiv.org/abs/" + re.sub(r"v\d+$", "", number.lower())
    try:
        parts = urlsplit(url.strip())
        host, port = _bare(host_of(url)), parts.port
    except ValueError:
        return url
    path = unquote(parts.path)
    if doi := _DOI.search(path):
        return _paper(doi["doi"].lower())
    query = [unquote(pair) for pair in parts.query.split("&") if pair and not _dropped(url, path, pair)]
    if host in ("youtu.be", "youtube.com", "youtube-nocookie.com"):
        short = path.strip("/") if host == "youtu.be" else (found["id"] if (found := _YOUTUBE.match(path)) else "")
        parameter = next((pair[2:] for pair in query if pair.startswith("v=")), "")
        if video := short or parameter:
            return f"youtube.com/watch?v={video}"
    if host == "openreview.net":
        path = path.replace("/pdf", "/forum")
    authority = host if port in (None, 80, 443) else f"{host}:{port}"
    hash_bang = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    suffix = "?" + "&".join(sorted(query)) if query else ""
    return authority + re.sub(r"/(?:index\.html?|amp)?$", "", path) + suffix + hash_bang


def _dropped(url: str, path: str, pair: str) -> bool:
    if is_tracking(url, pair.partition("=")[0]):
        return True
    # URLs without a path also differ only by parameters.
    return bool(path.strip("/") and not _PROGRAM.search(path) and _COMPARED.fullmatch(pair))


def _paper(doi: str) -> str:
    arxiv = re.fullmatch(r"10\.48550/arxiv\.(.+?)(?:v\d+)?", doi)
    return f"arxiv.org/abs/{arxiv[1]}" if arxiv else f"doi.org/{doi}"


def _bare(host: str) -> str:
    return re.sub(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)", "", host)
