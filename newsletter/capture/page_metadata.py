"""Reads the metadata of a page: title, authors, abstract, image and more, as clean text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from newsletter.capture.clean_text import MAX_ABSTRACT, clean_line
from newsletter.capture.html_metadata import PageMarkup, parse_markup
from newsletter.text.links import arxiv_number

_MOST_AUTHORS = 100
_WORKS = ("article", "newsarticle", "blogposting", "techarticle", "scholarlyarticle", "report", "videoobject",
          "socialmediaposting", "softwaresourcecode", "podcastepisode")  # fmt: skip
# The elements with the abstract on arXiv, CVF, the ACL Anthology and PMLR.
_ABSTRACTS = (
    "//blockquote[contains(@class, 'abstract')]",
    "//*[contains(@class, 'acl-abstract')]/span",
    "//*[@id='abstract']",
)
# Images of the site instead of the page.
_LOGOS = re.compile(r"(?:arxiv|openreview|cvf)[-_]?logo|/logo[-_.]|favicon|apple-touch-icon", re.IGNORECASE)
_SEPARATOR = re.compile(r" [|·•–—:»«-] |: ")


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """The metadata of a page. Missing values are empty.

    `source_title` is the title on the page, and `title` is the same without the name of the site. `number` is an arXiv
    number. `published` is a date, a month or a year in ISO 8601. `paper` is whether the page has the metadata of a
    paper.
    """

    url: str
    title: str = ""
    source_title: str = ""
    authors: tuple[str, ...] = ()
    abstract: str = ""
    number: str = ""
    canonical: str = ""
    language: str = ""
    image: str = ""
    image_alt: str = ""
    site_name: str = ""
    published: str = ""
    paper: bool = False


def read_page(text: str, url: str) -> PageMetadata:
    """Read the metadata from the HTML of a page.

    The order of precedence is: metadata of papers (`citation_*`, as for Google Scholar), Open Graph, JSON-LD and
    Twitter cards, and visible text.
    """
    markup = parse_markup(text, url)
    work = next((thing for thing in markup.things if _kinds(thing) & set(_WORKS)), {})
    number = clean_line(markup.meta("citation_arxiv_id"), 30) or arxiv_number(url) or ""
    site_name = clean_line(markup.meta("og:site_name", "application-name") or _name(work.get("publisher")), 100)
    source_title = _title(markup, work)
    image, image_alt = _image(markup, work)
    return PageMetadata(
        url=url,
        title=_without_site(source_title, site_name, url),
        source_title=source_title,
        authors=_authors(markup, work),
        abstract=_abstract(markup, work),
        number=number,
        canonical=markup.link("canonical") or markup.absolute(markup.meta("og:url")),
        language=_language(markup.first("/html/@lang") or markup.first("/html/@*[local-name()='lang']")),
        image=image,
        image_alt=image_alt,
        site_name=site_name,
        published=_date(markup, work),
        paper=bool(number) or "citation_title" in markup.metas,
    )


def _title(markup: PageMarkup, work: dict[str, Any]) -> str:
    candidates = (
        markup.meta("citation_title"),
        markup.meta("og:title"),
        _text(work.get("headline")) or _text(work.get("name")),
        markup.meta("twitter:title"),
        markup.first("//title[not(ancestor::svg)]"),
        markup.first("//h1"),
    )
    title = next((line for text in candidates if (line := clean_line(text))), "")
    # arXiv puts the number before the title. The outputs of an issue add it themselves.
    return re.sub(r"^\[(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?\]\s+", "", title)


def _without_site(title: str, site_name: str, url: str) -> str:
    """Return a title without the name of the site before or after it. The name may also be that of the domain."""
    labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    names = {_letters(name) for name in (site_name, *labels[-3:-1], ".".join(labels))} - {""}
    marks = list(_SEPARATOR.finditer(title))
    if marks and _letters(title[marks[-1].end() :]) in names:
        return title[: marks[-1].start()]
    if marks and _letters(title[: marks[0].start()]) in names:
        return title[marks[0].end() :]
    return title


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _authors(markup: PageMarkup, work: dict[str, Any]) -> tuple[str, ...]:
    cited = [_first_name_first(name) for name in markup.metas.get("citation_author", [])]
    if not cited and "citation_authors" in markup.metas:
        cited = [_first_name_first(name) for name in markup.meta("citation_authors").split(";")]
    if not cited:
        cited = list(_names(work.get("author"))) or [
            markup.meta("author", "article:author", "twitter:creator")
            or markup.first("//*[@itemprop='author']//*[@itemprop='name']/@content")
        ]
    names = (clean_line(name, 100) for name in cited[:_MOST_AUTHORS])
    return tuple(dict.fromkeys(name for name in names if name and not name.startswith(("http:", "https:"))))


def _first_name_first(name: str) -> str:
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else name


def _abstract(markup: PageMarkup, work: dict[str, Any]) -> str:
    candidates = (
        markup.meta("citation_abstract"),
        *(markup.first(path) for path in _ABSTRACTS),
        _text(work.get("abstract")),
        markup.meta("og:description", "description", "twitter:description"),
        _text(work.get("description")),
    )
    text = next((line for text in candidates if (line := clean_line(text, MAX_ABSTRACT))), "")
    return re.sub(r"^Abstract\s*[:.—-]?\s+", "", text)


def _image(markup: PageMarkup, work: dict[str, Any]) -> tuple[str, str]:
    candidates = (
        (markup.meta("og:image:secure_url", "og:image", "og:image:url"), markup.meta("og:image:alt")),
        (markup.meta("twitter:image", "twitter:image:src"), markup.meta("twitter:image:alt")),
        (next(_images(work.get("image") or work.get("thumbnailUrl")), ""), ""),
        (markup.link("image_src"), ""),
    )
    for address, alt in candidates:
        url = markup.absolute(address)
        if url and not _LOGOS.search(url):
            return url, clean_line(alt or _shown_alt(markup, url))
    return "", ""


def _shown_alt(markup: PageMarkup, url: str) -> str:
    """Return the alternative text of an image element with this URL, or ""."""
    shown = (image for image in markup.tree.iter("img") if markup.absolute(image.get("src", "")) == url)
    return next((image.get("alt", "") for image in shown), "")


def _date(markup: PageMarkup, work: dict[str, Any]) -> str:
    candidates = markup.meta(
        "citation_publication_date", "citation_date", "citation_online_date", "article:published_time", "datepublished"
    ) or _text(work.get("datePublished") or work.get("uploadDate"))
    found = re.match(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?(?!\d)", candidates, re.ASCII)
    return "-".join(f"{int(part):02}" for part in found.groups() if part) if found else ""


def _language(tag: str) -> str:
    """Return a language tag in its usual upper and lower case (RFC 5646 §2.1.1), or "" if it is not valid."""
    parts = tag.replace("_", "-").split("-")
    if not re.fullmatch(r"[A-Za-z]{2,3}", parts[0]):
        return ""
    region = next((part.upper() for part in parts[1:] if re.fullmatch(r"[A-Za-z]{2}", part)), "")
    script = next((part.title() for part in parts[1:] if re.fullmatch(r"[A-Za-z]{4}", part)), "")
    return "-".join(part for part in (parts[0].lower(), script, region) if part)


def _kinds(thing: dict[str, Any]) -> set[str]:
    kind = thing.get("@type")
    return {str(name).rpartition("/")[2].lower() for name in (kind if isinstance(kind, list) else [kind])}


def _text(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    value = value.get("@value") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


def _name(value: Any) -> str:
    return next(_names(value), "")


def _names(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if name := _text(one.get("name")) if isinstance(one, dict) else _text(one):
            yield name


def _images(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if url := _text(one.get("url") or one.get("contentUrl")) if isinstance(one, dict) else _text(one):
            yield url
