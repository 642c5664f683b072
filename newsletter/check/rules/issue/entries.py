"""Stories: each once, with a title, a URL that leads somewhere, and its own source title and comment."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from pydantic_core import PydanticCustomError

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedEntry, CheckedIssue
from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.paths import location_of
from newsletter.errors import Severity
from newsletter.fields.address import web_address
from newsletter.text import markdown
from newsletter.text.links import arxiv_number

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
# Where it begins a source title, or ends it in brackets or after `arXiv:`.
_NUMBER = re.compile(
    r"(?:^\s*[\[【［(]?\s*(?:arxiv:\s*)?|[\[【［(]\s*(?:arxiv:\s*)?|\barxiv:\s*)"
    r"(?P<number>\d{4}\.\d{4,5})(?:\s?v\d+)?\s*(?:[\]】］)]|$|\s)",
    re.IGNORECASE,
)
# One pasted after another; an archive's URL has the page's behind a slash or a `=`.
_TWO_URLS = re.compile(r"(?<=[\w)])https?://", re.IGNORECASE)
_OPENING = {"’": "‘", "”": "“", "»": "«", "」": "「", "』": "『"}
_TWO_SCHEMES = re.compile(r"https?:/*(?:https?(?::|//)|https?:?/)", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:[^/?#@]*@)?(?P<host>\[[0-9a-f:.]+\]|[^/?#:]*)", re.IGNORECASE)
_LABEL = re.compile(r"[\w\u00b7](?:[\w\u00b7-]*[\w\u00b7])?")


@rules.rule(
    "entry-duplicate-url",
    Severity.ERROR,
    "The same story twice is one of the two at the wrong place, or a title over another story's URL.",
    PUBLISHED,
)
def duplicate_url(issue: CheckedIssue) -> Iterator[Finding]:
    """The same story on two entries of an issue, by any of its addresses."""
    seen: dict[str, list[CheckedEntry]] = defaultdict(list)
    for entry in issue.entries:
        known = next((other for other in seen[entry.key] if entry.key and not _two_parts(entry, other)), None)
        seen[entry.key].append(entry)
        if known:
            line = location_of(issue.document.root, (*known.steps, "url"))[0].line + 1
            yield Finding(
                (*entry.steps, "url"),
                f"this story is in the issue already: {known.section.value}, {known.name}, line {line}",
                "Take one of the two out; or give this entry the URL that belongs to its title.",
            )


@rules.rule(
    "entry-without-title",
    Severity.ERROR,
    "A reader has nothing to go by, and nothing to follow.",
    PUBLISHED,
)
def without_title(issue: CheckedIssue) -> Iterator[Finding]:
    """An entry without a title."""
    yield from _blank(issue, "title", "Write `title: …`: the story's title in your words.")


@rules.rule(
    "comment-empty",
    Severity.ERROR,
    "An entry is the curator's word on a story; without it, it is a bare link.",
    PUBLISHED,
)
def comment_empty(issue: CheckedIssue) -> Iterator[Finding]:
    """An entry without a comment."""
    yield from _blank(issue, "comment", "Write `comment: …`: what you say of the story, in a paragraph or a few.")


@rules.rule(
    "source-title-number",
    Severity.ERROR,
    "The number of one paper over the link to another sends the reader to the wrong one.",
    f"{PUBLISHED}, `[2102.06171]` on `abs/2102.05095`",
)
def source_title_number(issue: CheckedIssue) -> Iterator[Finding]:
    """A source title with the arXiv number of another paper than the URL's."""
    for entry in issue.entries:
        number_found, number = _NUMBER.search(entry.draft.source_title), arxiv_number(entry.draft.url)
        if number_found and number and number_found["number"] != number.partition("v")[0]:
            message = f"the source title says {number_found['number']}, and the URL leads to {number}"
            advice = "Find out which of the two is meant. Leave the number out of the source title: the layout sets it."
            yield Finding((*entry.steps, "source_title"), message, advice, within=number_found["number"])


@rules.rule(
    "source-title-repeated",
    Severity.WARNING,
    "A source title is the page's own; on two entries, it was copied from the wrong one.",
    PUBLISHED,
)
def source_title_repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """The same source title on two entries."""
    yield from _repeated(issue, "source_title", lambda entry: entry.draft.source_title)


@rules.rule(
    "comment-repeated",
    Severity.WARNING,
    "The second entry says what belongs to the first.",
    PUBLISHED,
)
def comment_repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """The same comment on two entries."""
    yield from _repeated(issue, "comment", lambda entry: entry.draft.comment)


@rules.rule(
    "malformed-url",
    Severity.ERROR,
    "A URL with a quote, two schemes or a lost colon leads nowhere, and an inbox may drop its link.",
    f"RFC 3986, section 3; {PUBLISHED}",
)
def malformed_url(issue: CheckedIssue) -> Iterator[Finding]:
    """A URL that leads nowhere: not http or https, a scheme twice or cut, two URLs in one, a stray quote or sign."""
    for steps, url in issue.urls:
        if fault := _fault(url.strip()):
            yield Finding(steps, *fault, within=url)
    for passage in issue.passages:
        for beyond in markdown.beyond(passage.text):
            if leads_nowhere(beyond):
                message, advice = _fault(beyond.target) or ("this is not a URL", "Write it whole, with its scheme.")
                yield Finding(passage.steps, message, advice, within=beyond.target)


def leads_nowhere(beyond: markdown.Beyond) -> bool:
    """Whether what no output carries was meant as a link to an address; `f[i](x)` was not."""
    return bool(re.match(r"https?\b|//|www\.|/\w|[a-z][a-z0-9+.-]*:", beyond.target, re.IGNORECASE))


def _fault(url: str) -> tuple[str, str] | None:
    """What is wrong with a URL, and what to do."""
    if _TWO_SCHEMES.match(url):
        return (
            "a scheme inside a scheme",
            f"Write it once: https://{re.sub(r'^(?:https?:?/+)+', '', url, flags=re.IGNORECASE)}",
        )
    try:
        web_address(url)
    except PydanticCustomError as error:
        fault = error.context or {}
        return fault["message"], fault["advice"]
    if second := _TWO_URLS.search(url, 1):
        return "two URLs in one", f"Write one of them: {url[: second.start()]}"
    if _ends_with_quote(url):
        return f"the URL ends with a quote, `{url[-1]}`", f"Take it out: {url[:-1]}"
    host = _HOST.match(url)
    if host and not host["host"].startswith("["):
        odd = next((label for label in host["host"].rstrip(".").split(".") if not _LABEL.fullmatch(label)), None)
        if odd is not None:
            return f"`{host['host']}` is no host", "Copy the URL again from the browser's address line."
    return None


def _ends_with_quote(url: str) -> bool:
    """Whether a quote closes at the end of a URL which did not open in it; `/wiki/“x”` is a page's name."""
    last = url[-1]
    return url.count("'") == 1 if last == "'" else last in _OPENING and url.count(last) > url.count(_OPENING[last])


def _blank(issue: CheckedIssue, name: str, advice: str) -> Iterator[Finding]:
    for entry in issue.entries:
        _, node = location_of(issue.document.root, entry.steps)
        _, value = location_of(issue.document.root, (*entry.steps, name))
        # A list where a text belongs has an error of its own.
        if isinstance(node, Mapping) and (value is None or (isinstance(value, Scalar) and value.blank)):
            yield Finding((*entry.steps, name), f"`{name}` is missing", advice)


def _repeated(issue: CheckedIssue, name: str, text: Callable[[CheckedEntry], str]) -> Iterator[Finding]:
    first: dict[str, CheckedEntry] = {}
    for entry in issue.entries:
        words = " ".join(text(entry).casefold().split())
        known = first.setdefault(words, entry)
        # The same page twice is reported once, at its URL.
        if words and known is not entry and (not entry.key or known.key != entry.key):
            message = f"`{name}` is the same as that of {known.name} in {known.section.value}"
            yield Finding((*entry.steps, name), message, "Write the one that belongs to this story.")


def _two_parts(one: CheckedEntry, other: CheckedEntry) -> bool:
    """Whether two entries lead to two parts of one page."""
    fragments = {entry.draft.url.partition("#")[2] for entry in (one, other)}
    return len(fragments) == 2 and "" not in fragments
