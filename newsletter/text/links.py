"""Links: arXiv numbers in URLs and titles, and campaign parameters."""

import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

_ARXIV = re.compile(
    r"https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html|ps|format|src|e-print)/"
    r"(?P<number>\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)(?:\.pdf)?/?(?:[?#].*)?",
    re.IGNORECASE,
)


def arxiv_number(url: str) -> str | None:
    """Return the number of an arXiv paper in a URL, or None.

    The number, such as `2103.01988` or `hep-th/9711200`, includes the version if the URL does.
    """
    match = _ARXIV.fullmatch(url)
    return match["number"] if match else None


def source_title(url: str, title: str) -> str:
    """Return a source title for display. For an arXiv paper, its number in brackets comes first."""
    number = arxiv_number(url)
    if number is None or re.match(rf"\[{re.escape(number)}(?:v\d+)?\]", title):
        return title
    return f"[{number}] {title}"


def remove_arxiv_number(url: str, title: str) -> str:
    """Remove the arXiv number that `source_title` would add from a source title.

    The brackets may be full-width, and the number may have a version. The number of another paper stays, in ASCII
    brackets.
    """
    found = re.match(r"[\[【［]\s*(\d{4}\.\d{4,5})\s*(v\d+)?\s*[\]】］]\s*", title)
    if not found:
        return title
    number, rest = arxiv_number(url), title[found.end() :]
    if number and rest and re.sub(r"v\d+$", "", number) == found[1]:
        return rest
    return f"[{found[1]}{found[2] or ''}] {rest}".rstrip()


def add_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Add campaign parameters to a URL. They replace parameters of the same name; everything else stays the same."""
    if not parameters:
        return url
    rest, hash_mark, fragment = url.partition("#")
    base, _, query = rest.partition("?")
    kept = [pair for pair in query.split("&") if pair.partition("=")[0] not in parameters] if query else []
    added = [_pair(name, value) for name, value in parameters.items()]
    return f"{base}?{'&'.join([*kept, *added])}{hash_mark}{fragment}"


@cache
def _pair(name: str, value: str) -> str:
    return f"{name}={quote(value, safe='')}"
