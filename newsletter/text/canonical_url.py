"""One story under its many addresses: a key to compare URLs by, and a URL without what only tracks."""

import re
from urllib.parse import unquote, urlsplit

from newsletter.text.domains import host_of
from newsletter.text.links import arxiv_number

# Parameters that say how a reader came, wherever they stand.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|twclid|yclid|igshid|mc_[ce]id|mkt_tok|_hs(?:enc|mi)|ref_(?:src|url)|"
    r"cmpid|sr_share|guccounter|guce_\w+|oly_(?:anon|enc)_id|vero_\w+|__twitter_impression",
    re.IGNORECASE,
)
# Parameters that do so on these hosts, and may say what is shown on others.
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
# Parameters that are taken for tracking when two URLs are compared, but not when one is written.
# Those of one letter mean much elsewhere: `m=1` and `s=20` say how a page is shown, `m=202103` and `s=words` which one.
_COMPARED = re.compile(
    r"(?:gi|sh|nc1|nc2|source|src|ref|referrer|amp|sk|smid|si|feature|outputtype)(?:=.*)?|m=[01]|s=\w{1,3}",
    re.IGNORECASE | re.DOTALL,
)
# Programs, whose parameters are all that tells two of their pages apart.
_PROGRAM = re.compile(r"\.(?:php|aspx?|jsp|cgi|do)$|/(?:search|viewer|view)$", re.IGNORECASE)
_DOI = re.compile(r"(?:^|/)(?P<doi>10\.\d{4,9}/[^?#]+?)(?:/(?:full|pdf|abstract|meta|html))?/?$")
_YOUTUBE = re.compile(r"/(?:embed|shorts|live|v)/(?!videoseries|live_stream)(?P<id>[\w-]{6,})")


def is_tracking(url: str, name: str) -> bool:
    """Whether a parameter of a URL says only how a reader came."""
    if _TRACKING.fullmatch(name):
        return True
    host = _bare(host_of(url))
    return any(host == known or host.endswith(f".{known}") for known in _ON_HOSTS.get(name.lower(), ()))


def tracking_parameters(url: str) -> list[str]:
    """The names of a URL's parameters that say only how a reader came, in their order."""
    query = url.partition("#")[0].partition("?")[2]
    names = (pair.partition("=")[0] for pair in query.split("&") if pair)
    return list(dict.fromkeys(name for name in names if is_tracking(url, name)))


def without_tracking(url: str) -> str:
    """The URL without the parameters that say only how a reader came; all else stays as it was typed."""
    if not tracking_parameters(url):
        return url
    rest, hash_mark, fragment = url.partition("#")
    base, _, query = rest.partition("?")
    kept = "&".join(pair for pair in query.split("&") if pair and not is_tracking(url, pair.partition("=")[0]))
    return base + (f"?{kept}" if kept else "") + hash_mark + fragment


def link_key(url: str) -> str:
    """Return a key that the different URLs of one page have in common; it is for comparing, not for following.

    It leaves out the scheme, `www.` and `m.`, a slash at the end, the fragment and tracking parameters.
    The key of an arXiv paper is its number without a version, of another paper its DOI, of a video its id.
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
        asked = next((pair[2:] for pair in query if pair.startswith("v=")), "")
        if video := short or asked:
            return f"youtube.com/watch?v={video}"
    if host == "openreview.net":
        path = path.replace("/pdf", "/forum")
    where = host if port in (None, 80, 443) else f"{host}:{port}"
    hash_bang = f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else ""
    asked = "?" + "&".join(sorted(query)) if query else ""
    return where + re.sub(r"/(?:index\.html?|amp)?$", "", path) + asked + hash_bang


def _dropped(url: str, path: str, pair: str) -> bool:
    if is_tracking(url, pair.partition("=")[0]):
        return True
    # Of a bare host, too, the parameters are all that tells two pages apart.
    return bool(path.strip("/") and not _PROGRAM.search(path) and _COMPARED.fullmatch(pair))


def _paper(doi: str) -> str:
    arxiv = re.fullmatch(r"10\.48550/arxiv\.(.+?)(?:v\d+)?", doi)
    return f"arxiv.org/abs/{arxiv[1]}" if arxiv else f"doi.org/{doi}"


def _bare(host: str) -> str:
    return re.sub(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)", "", host)
