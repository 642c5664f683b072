"""Rules on entries: duplicates, missing fields, wrong source titles and invalid URLs."""

import re
from collections import defaultdict
from collections.abc import Iterator

from pydantic_core import PydanticCustomError

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedEntry, CheckedIssue
from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.paths import location_of
from newsletter.errors import Severity
from newsletter.fields.address import web_address
from newsletter.text import markdown
from newsletter.text.alternative_text import is_generic_alt
from newsletter.text.links import arxiv_number
from newsletter.text.local_urls import describe_local_url

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
# An arXiv number at the start of a source title, in brackets, or after `arXiv:`.
_NUMBER = re.compile(
    r"(?:^\s*[\[【［(]?\s*(?:arxiv:\s*)?|[\[【［(]\s*(?:arxiv:\s*)?|\barxiv:\s*)"
    r"(?P<number>\d{4}\.\d{4,5})(?:\s?v\d+)?\s*(?:[\]】］)]|$|\s)",
    re.IGNORECASE,
)
# A title that names another paper because it is about it.
_ABOUT_A_PAPER = re.compile(
    r"\b(?:comments? on|repl(?:y|ies) to|response to|rebuttal|(?:adden|corrigen)d(?:um|a)|errat(?:um|a)|retraction)\b"
    r"|\b(?:on|to|of|for|in|with|from|by|see|than|and)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
# One URL pasted after another. In an archive's URL, the page's URL follows a slash or `=`, which is valid.
_TWO_URLS = re.compile(r"(?<=[\w)])https?://", re.IGNORECASE)
# The fields that two entries should not share, in the order of the rules.
_COPIED = ("source_title", "comment", "image", "image_alt")
_OPENING = {"’": "‘", "”": "“", "»": "«", "」": "「", "』": "『"}
_TWO_SCHEMES = re.compile(r"https?:/*(?:https?(?::|//)|https?:?/)", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:[^/?#@]*@)?(?P<host>\[[0-9a-f:.]+\]|[^/?#:]*)", re.IGNORECASE)
_LABEL = re.compile(r"[\w\u00b7](?:[\w\u00b7-]*[\w\u00b7])?")


@rules.rule(
    "entry-duplicate-url",
    Severity.ERROR,
    "Either the story is listed twice, or one of the titles has the other story's URL.",
    PUBLISHED,
)
def duplicate_url(issue: CheckedIssue) -> Iterator[Finding]:
    """Two entries of an issue with the same story, even if their URLs differ.

    Remove one of the two entries, or correct its URL.
    """
    seen: dict[str, list[CheckedEntry]] = defaultdict(list)
    for entry in issue.entries:
        known = next((other for other in seen[entry.key] if entry.key and not _two_parts(entry, other)), None)
        seen[entry.key].append(entry)
        if known:
            line = location_of(issue.document.root, (*known.steps, "url"))[0].line + 1
            yield Finding(
                (*entry.steps, "url"),
                f"{known.name} ({known.section}, line {line}) links to the same story",
                "Remove one of the two, or write the URL that belongs to this title.",
            )


@rules.rule(
    "entry-without-title",
    Severity.ERROR,
    "The title is the link to the story; without it, readers have nothing to read and nothing to click.",
    PUBLISHED,
)
def without_title(issue: CheckedIssue) -> Iterator[Finding]:
    """An entry without a title.

    Add `title:` with the story's title in your own words.
    """
    yield from _blank(issue, "title", "Add `title: …` with the story's title in your own words.")


@rules.rule(
    "comment-empty",
    Severity.ERROR,
    "The comment tells readers why the story matters; without it, the entry is a bare link.",
    PUBLISHED,
)
def comment_empty(issue: CheckedIssue) -> Iterator[Finding]:
    """An entry without a comment.

    Add `comment:` with what you think of the story, in one or more paragraphs.
    """
    yield from _blank(issue, "comment", "Add `comment: …` with what you think of the story, in one or more paragraphs.")


@rules.rule(
    "source-title-number",
    Severity.ERROR,
    "If the numbers differ, either the title or the URL belongs to another paper.",
    f"{PUBLISHED} (`[2102.06171]` on `abs/2102.05095`)",
)
def source_title_number(issue: CheckedIssue) -> Iterator[Finding]:
    """A source title with an arXiv number that differs from the number in the URL.

    Correct the title or the URL. You can omit the number from the title: the layout adds it.
    """
    for entry in issue.entries:
        number_found, number = _NUMBER.search(entry.draft.source_title), arxiv_number(entry.draft.url)
        if number_found and _ABOUT_A_PAPER.search(entry.draft.source_title, 0, number_found.start()):
            # “Comment on arXiv:2101.00001” is the title of another paper.
            continue
        if number_found and number and number_found["number"] != number.partition("v")[0]:
            message = f"the source title has the number {number_found['number']}, but the URL leads to {number}"
            advice = "Correct the URL or the source title. You can omit the number from the title: the layout adds it."
            yield Finding((*entry.steps, "source_title"), message, advice, within=number_found["number"])


@rules.rule(
    "source-title-repeated",
    Severity.WARNING,
    "A source title is the title of the linked page; the same title twice is usually a copying error.",
    PUBLISHED,
)
def source_title_repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """Two entries with the same source title.

    Write the title of the page that the entry links to.
    """
    yield from _repeated(issue, "source_title")


@rules.rule(
    "comment-repeated",
    Severity.WARNING,
    "The second comment is usually left over from an entry that was copied.",
    PUBLISHED,
)
def comment_repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """Two entries with the same comment.

    Write a comment for each story.
    """
    yield from _repeated(issue, "comment")


@rules.rule(
    "image-repeated",
    Severity.WARNING,
    "One of the two entries shows the image of the other.",
    PUBLISHED,
)
def image_repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """Two entries with the same image.

    Choose the image of each story, or remove one of the two.
    """
    yield from _repeated(issue, "image")


@rules.rule(
    "image-alt-repeated",
    Severity.WARNING,
    "A description says what one image shows; the same words for another image usually remain from a copy.",
    f"WCAG 2.2, 1.1.1; {PUBLISHED}",
)
def image_alt_repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """Two entries with the same image description, but different images.

    Describe what each image shows.
    """
    yield from _repeated(issue, "image_alt")


@rules.rule(
    "malformed-url",
    Severity.ERROR,
    "Such a URL cannot be opened, and an inbox may remove the link.",
    f"RFC 3986, section 3; {PUBLISHED}",
)
def malformed_url(issue: CheckedIssue) -> Iterator[Finding]:
    """An invalid URL: not http or https, a repeated or incomplete scheme, two URLs in one, or a stray character.

    Copy the URL again from the browser's address bar.
    """
    for steps, url in issue.urls:
        # A URL on the author's computer is reported by `local-url`.
        if not describe_local_url(url) and (fault := _fault(url.strip())):
            yield Finding(steps, *fault, within=url)
    for passage in issue.passages:
        for beyond in markdown.unsupported_markdown(passage.text):
            if leads_nowhere(beyond) and not describe_local_url(beyond.target):
                message, advice = _fault(beyond.target) or ("not a valid URL", "Write the whole URL, with `https://`.")
                yield Finding(passage.steps, message, advice, within=beyond.target)


def leads_nowhere(beyond: markdown.UnsupportedMarkdown) -> bool:
    """Return whether unsupported Markdown was meant as a link to a URL; `f[i](x)` was not."""
    target = beyond.target
    return bool(
        re.match(r"https?\b|//|www\.|/\w|[a-z][a-z0-9+.-]*:", target, re.IGNORECASE) or describe_local_url(target)
    )


def _fault(url: str) -> tuple[str, str] | None:
    """Return what is wrong with a URL and the advice, or None if it is valid."""
    if _TWO_SCHEMES.match(url):
        return (
            "repeated scheme in the URL",
            f"Write it once: https://{re.sub(r'^(?:https?:?/+)+', '', url, flags=re.IGNORECASE)}",
        )
    try:
        web_address(url)
    except PydanticCustomError as error:
        fault = error.context or {}
        return fault["message"], fault["advice"]
    if second := _TWO_URLS.search(url, 1):
        return "two URLs in one", f"Write only one of them: {url[: second.start()]}"
    if _ends_with_quote(url):
        return f"stray quote `{url[-1]}` at the end of the URL", f"Remove it: {url[:-1]}"
    host = _HOST.match(url)
    if host and not host["host"].startswith("["):
        odd = next((label for label in host["host"].rstrip(".").split(".") if not _LABEL.fullmatch(label)), None)
        if odd is not None:
            return f"not a valid host: `{host['host']}`", "Copy the URL again from the browser's address bar."
    return None


def _ends_with_quote(url: str) -> bool:
    """Return whether a URL ends with a closing quote that it does not open. `/wiki/“x”` is a valid page name."""
    last = url[-1]
    return url.count("'") == 1 if last == "'" else last in _OPENING and url.count(last) > url.count(_OPENING[last])


def _blank(issue: CheckedIssue, name: str, advice: str) -> Iterator[Finding]:
    for entry in issue.entries:
        _, node = location_of(issue.document.root, entry.steps)
        _, value = location_of(issue.document.root, (*entry.steps, name))
        # A list instead of text is reported by `schema`.
        if isinstance(node, Mapping) and (value is None or (isinstance(value, Scalar) and value.blank)):
            yield Finding((*entry.steps, name), f"`{name}` is missing", advice)


def _repeated(issue: CheckedIssue, name: str) -> Iterator[Finding]:
    first: dict[str, CheckedEntry] = {}
    for entry in issue.entries:
        words = _comparable(entry, name)
        known = first.setdefault(words, entry)
        # Two entries with the same URL are reported by `entry-duplicate-url`.
        if not words or known is entry or (entry.key and known.key == entry.key):
            continue
        # A copied entry has several fields of the other. The rule on the first field reports them all.
        same = [field for field in _COPIED if _comparable(entry, field) == _comparable(known, field) != ""]
        if same[0] == name:
            fields = " and ".join(f"`{field}`" for field in same)
            message = f"{fields} {'is' if len(same) == 1 else 'are'} the same as in {known.name}, {known.section}"
            yield Finding((*entry.steps, name), message, f"Write the {fields} of this story.")


def _comparable(entry: CheckedEntry, name: str) -> str:
    text: str = getattr(entry.draft, name)
    if name == "image":
        return text.strip()
    words = " ".join(text.casefold().split())
    # Such a description is reported by `image-without-alt`.
    return "" if name == "image_alt" and is_generic_alt(words) else words


def _two_parts(one: CheckedEntry, other: CheckedEntry) -> bool:
    """Return whether two entries link to different parts of the same page."""
    fragments = {entry.draft.url.partition("#")[2] for entry in (one, other)}
    return len(fragments) == 2 and "" not in fragments
