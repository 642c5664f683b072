"""Recognises the title lines of entries in published pages: a linked title, its domain, or both."""

import re
from typing import NamedTuple

from newsletter.text.domains import host_of
from newsletter.text.entry_lines import Line, bare_host, names_host, same_story
from newsletter.text.tree import (
    Break,
    Code,
    Emphasis,
    Image,
    Link,
    plain_inlines,
    walk_inlines,
)

_SEPARATOR = re.compile(r"[\s—–―ー\-|｜·:：]*")
_DASH = re.compile(r"(?:\s*[—–―|｜]+|\s-+)\s*")
_MAX_TITLE = 200
# Brackets that are empty after the domain in them was removed.
_LEFT_OPEN = re.compile(
    r"\s*[(（\[【]\s*(?:(?:via|from|source|on|at|来源|来自|出典)\s*[:：]?)?\s*[)）\]】]\s*$", re.IGNORECASE
)
SENTENCE = re.compile(r"[。．！？]|[.!?](?:\s|$)")
# The words between a title and the link to where it was found.
_VIA = re.compile(r"\s*[(（]?\s*(?:via|by way of|来自|经由|経由)\s*[:：]?\s*", re.IGNORECASE)
_SHOWN_HOST = re.compile(r"\s*[—–―|｜]\s*(?P<host>[\w.-]+\.[a-z]{2,})$", re.IGNORECASE | re.ASCII)
# The number of an entry before its link.
_ENUMERATION = re.compile(r"\W*\d{1,2}\s*[.、)）]\s*")


class TitleLine(NamedTuple):
    """A line that may begin an entry. `certain` if it does regardless of the next lines.

    `label` is the words before the title of a sponsored entry, and `via` those that name where the story was found, or
    "". `via_url` is the URL of the latter.
    """

    title: str
    url: str
    domain: str
    domain_url: str
    certain: bool
    label: str = ""
    via: str = ""
    via_url: str = ""


class _Run(NamedTuple):
    words: str
    url: str
    strong: bool


def title_line(line: Line) -> TitleLine | None:
    """Parse a line as the start of an entry: a linked title, its domain, or both, in any order.

    Returns None if the line is anything else, such as a sentence with a link.
    """
    parts = _title_runs(line)
    runs = [run for run in parts if run.url or not _SEPARATOR.fullmatch(run.words)]
    if not runs or any(isinstance(child, Break | Image | Code) for child in line):
        return None
    if any(run.url and run.words.strip() and not names_host(run.words, run.url) for run in runs):
        # Beside a linked title, empty links say nothing more, wherever they lead.
        runs = [run for run in runs if run.words.strip()]
    last = runs[-1]
    if len(runs) == 1:
        if not last.url:
            return TitleLine(last.words.strip(), "", "", "", certain=False) if last.strong else None
        return TitleLine(last.words.strip(), last.url, "", "", certain=last.strong and bool(last.words.strip()))
    words = "".join(run.words for run in runs[:-1]).strip()
    linked = [run.url for run in runs[:-1] if run.url]
    if last.url and (not last.words.strip() or names_host(last.words, last.url)):
        if linked and all(run.url and same_story(run.url, linked[0]) for run in runs[:-1]):
            return TitleLine(words, linked[0], last.words.strip(), last.url, certain=True)
        if not linked and len(words) <= 200 and _DASH.search(plain_inlines(line)) and not SENTENCE.search(words):
            return TitleLine(_without_dash(words), "", last.words.strip(), last.url, certain=True)
    if (
        not last.url
        and len(set(linked)) == 1
        and all(run.url for run in runs[:-1])
        and names_host(last.words, linked[0])
    ):
        return TitleLine(words, linked[0], last.words.strip(), "", certain=True)
    return _title_via(runs) or _scattered_title(line, parts)


def weak_title_line(line: Line) -> TitleLine | None:
    """Parse a line whose links all lead to one story as a title, such as `[Lenses](…) at work`.

    Such a line may also be a sentence of a comment, so it begins an entry only if something else says so. Returns None
    for other lines.
    """
    runs = _title_runs(line)
    if SENTENCE.search("".join(run.words for run in runs if not run.url)):
        return None
    found = _one_story(line, runs)
    if found is None or not found[0] or len(found[0]) > _MAX_TITLE:
        return None
    return TitleLine(*found[:3], "", certain=False)


def _title_via(runs: list[_Run]) -> TitleLine | None:
    """Parse a bold title with the link to where it was found, such as `[**Lenses**](…) via [b.example](…)`."""
    if len(runs) < 3:
        return None
    title, between, *via = runs
    if between.url or not _VIA.fullmatch(between.words) or not title.strong or not title.url:
        return None
    closed = len(via) == 1 or (len(via) == 2 and re.fullmatch(r"\s*[)）.。]*\s*", via[1].words) and not via[1].url)
    if not via[0].url or not closed:
        return None
    words = via[0].words.strip()
    return TitleLine(title.words.strip(), title.url, "", "", certain=True, via=words, via_url=via[0].url)


def _scattered_title(line: Line, runs: list[_Run]) -> TitleLine | None:
    """Parse a title in several links to one story, before or after the domain and empty links."""
    outside = "".join(run.words for run in runs if not run.url and not run.strong).strip()
    # Nearly every sentence ends here, before its links are compared.
    if not _SEPARATOR.fullmatch(_LEFT_OPEN.sub("", outside)):
        return None
    found = _one_story(line, runs)
    if found is None or not found[0] or len(found[0]) > _MAX_TITLE:
        return None
    title, url, domain, stressed = found
    empty = any(run.url and not run.words.strip() for run in runs)
    if stressed or ((domain or empty) and not SENTENCE.search(outside)):
        return TitleLine(title, url, domain, "", certain=True)
    return None


def _one_story(line: Line, runs: list[_Run]) -> tuple[str, str, str, bool] | None:
    """Return title, URL and domain of a line whose links lead to one story, and whether all of the title is strong."""
    if any(isinstance(child, Break | Image | Code) for child in walk_inlines(line)):
        return None
    urls = [run.url for run in runs if run.url]
    if not urls or not all(same_story(url, urls[0]) for url in urls):
        return None
    domain = ""
    domains = [run for run in runs if run.words.strip() and _shows_host(run, urls[0])]
    kept = [run for run in runs if run not in domains]
    title = re.sub(r"\s+", " ", "".join(run.words for run in kept))
    title = _LEFT_OPEN.sub("", re.sub(r"^[\s—–―|｜·:：-]+|(?:\s*[—–―|｜·]|\s[-:：]|\s)+$", "", title)).strip()
    if not domains and (shown := _SHOWN_HOST.search(title)) and bare_host(shown["host"]) == host_of(urls[0]):
        title, domain = title[: shown.start()], shown["host"]
    worded = [run for run in kept if not _SEPARATOR.fullmatch(run.words)]
    return title, urls[0], domains[0].words.strip() if domains else domain, all(run.strong for run in worded)


def _shows_host(run: "_Run", url: str) -> bool:
    """Return whether a part of a line is the domain of a URL and not part of a title."""
    if run.url:
        return names_host(run.words, run.url)
    return bare_host(run.words) == host_of(url)


def _title_runs(line: Line) -> list[_Run]:
    """Return the parts of a line, without the number before its first link."""
    runs = _runs(line)
    if len(runs) > 1 and not runs[0].url and _ENUMERATION.fullmatch(runs[0].words) and runs[1].url:
        return runs[1:]
    return runs


def _runs(line: Line, url: str = "", *, strong: bool = False) -> list[_Run]:
    runs: list[_Run] = []
    for child in line:
        if isinstance(child, Link):
            inner = _runs(child.children, child.url, strong=strong)
            bold = strong or (bool(inner) and all(run.strong for run in inner if run.words.strip()))
            runs.append(_Run("".join(run.words for run in inner), child.url, bold))
        elif isinstance(child, Emphasis):
            runs += _runs(child.children, url, strong=strong or child.strong)
        else:
            runs.append(_Run(plain_inlines((child,)), url, strong))
    return runs


def _without_dash(words: str) -> str:
    return re.sub(r"[\s—–―|｜-]+$", "", words)
