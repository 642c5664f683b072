"""Finds the page that describes a URL, such as the abstract page of a PDF or the page of an embedded video."""

import re

from newsletter.text.links import arxiv_number

_NUMBER = r"\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Za-z]{2})?/\d{7}"
_PAGES = (
    (
        re.compile(rf"(https?://)(?:ar5iv\.labs\.arxiv\.org|ar5iv\.org)/(?:html|abs)/((?:{_NUMBER})(?:v\d+)?).*"),
        r"\1arxiv.org/abs/\2",
    ),
    (
        re.compile(r"(https?://)(?:www\.)?alphaxiv\.org/(?:abs|pdf|overview)/(\d{4}\.\d{4,5}(?:v\d+)?).*"),
        r"\1arxiv.org/abs/\2",
    ),
    (re.compile(r"(https?://(?:www\.)?openreview\.net/)(?:pdf|attachment|references/pdf)(\?.*)"), r"\1forum\2"),
    (re.compile(r"(https?://openaccess\.thecvf\.com/.+)/papers/(.+)\.pdf(?:[?#].*)?"), r"\1/html/\2.html"),
    (re.compile(r"(https?://(?:www\.)?aclanthology\.org/[^?#]+?)(?:v\d+)?\.(?:pdf|bib)(?:[?#].*)?"), r"\1/"),
    (re.compile(r"(https?://proceedings\.mlr\.press/v\d+)/([^/]+)/\2\.pdf(?:[?#].*)?"), r"\1/\2.html"),
    (re.compile(r"(https?://)youtu\.be/([\w-]{6,}).*"), r"\1www.youtube.com/watch?v=\2"),
    (
        re.compile(r"(https?://)(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:embed|shorts|live|v)/([\w-]{6,}).*"),
        r"\1www.youtube.com/watch?v=\2",
    ),
)


def landing_url(url: str) -> str:
    """Return the URL of the page that describes a URL. It is the URL itself, except for known sites."""
    if number := arxiv_number(url):
        return f"{url.partition('://')[0]}://arxiv.org/abs/{number}"
    for pattern, page in _PAGES:
        if pattern.fullmatch(url):
            return pattern.sub(page, url)
    return url
