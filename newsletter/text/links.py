"""Links: the paper that a URL names, and the campaign parameters that are added to it."""

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
    """The number of an arXiv paper, such as `2103.01988` or `hep-th/9711200`, with its version if the URL has one."""
    match = _ARXIV.fullmatch(url)
    return match["number"] if match else None


def source_title(url: str, title: str) -> str:
    """A source title as it is shown: that of an arXiv paper after its number, once."""
    number = arxiv_number(url)
    if number is None or re.match(rf"\[{re.escape(number)}(?:v\d+)?\]", title):
        return title
    return f"[{number}] {title}"


def without_arxiv_number(url: str, title: str) -> str:
    """A source title without the number of its URL's paper, which `source_title` sets again; another's number stays.

    Taken are `[2103.01988]` and its full-width form, with or without a version; one that stays is in square
    brackets.
    """
    found = re.match(r"[\[【［]\s*(\d{4}\.\d{4,5})\s*(v\d+)?\s*[\]】］]\s*", title)
    if not found:
        return title
    number, rest = arxiv_number(url), title[found.end() :]
    if number and rest and re.sub(r"v\d+$", "", number) == found[1]:
        return rest
    return f"[{found[1]}{found[2] or ''}] {rest}".rstrip()


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with campaign parameters added, in place of its own of the same name; all else stays as it was typed."""
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
