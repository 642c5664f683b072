"""Highlights: new ones, each linking to stories of this issue."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedEntry, CheckedIssue, PassageLink
from newsletter.errors import Severity
from newsletter.issue.link_index import words_digest
from newsletter.text.canonical_url import link_key

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
_BACKGROUND = "If it is meant as a background reference, write above it: # check: ignore=highlight-story-missing"


@rules.rule(
    "highlight-repeated",
    Severity.WARNING,
    "Last issue's file was copied, and its highlights went out again.",
    PUBLISHED,
)
def repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight that an earlier issue had, word for word."""
    yield from _repeated(issue)


@rules.rule(
    "highlight-story-missing",
    Severity.WARNING,
    "A highlight announces what the issue holds; of this story there is nothing below.",
    PUBLISHED,
)
def story_missing(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight that links to a story which is in no section."""
    entries = _entries_by_key(issue)
    # A highlight that was copied whole is reported once.
    copied = {finding.steps for finding in _repeated(issue)}
    for link, key in _web_links(issue):
        if key in entries or link.steps in copied:
            continue
        message, advice = "the story is in no section of this issue", "Write its entry, or take the link out."
        if where := issue.earlier(issue.index.entries_with(key)):
            message += f"; it was in {where}"
            advice = "Take the highlight out, or write the story's entry anew."
        elif where := issue.earlier(issue.index.highlights_linking(key)):
            message += f"; a highlight of {where} linked to it"
        yield Finding(link.steps, message, f"{advice} {_BACKGROUND}", within=link.typed)


@rules.rule(
    "highlight-same-link",
    Severity.WARNING,
    "Two sentences on one story; the second was meant for another, or is one too many.",
    PUBLISHED,
)
def same_link(issue: CheckedIssue) -> Iterator[Finding]:
    """Two highlights that link to one story."""
    first: dict[str, tuple[PassageLink, int]] = {}
    for number, highlight in enumerate(issue.highlights):
        for link in issue.links_in(highlight):
            known, at = first.setdefault(link_key(link.url), (link, number))
            if at != number:
                message = f"the highlight `{known.words}` links to this story already"
                yield Finding(
                    link.steps, message, "Give each its own story, or make one of the two.", within=link.typed
                )


@rules.rule(
    "highlight-without-link",
    Severity.WARNING,
    "The reader cannot go on to what it is about.",
    PUBLISHED,
)
def without_link(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight without a link."""
    for highlight in issue.highlights:
        if not issue.links_in(highlight):
            advice = "Link the words that name the story: [words](@id) leads to the entry with that id."
            yield Finding(highlight.steps, "this highlight links to nothing", advice)


@rules.rule(
    "highlight-other-address",
    Severity.WARNING,
    "Two addresses of one story drift apart; an @id cannot.",
    PUBLISHED,
)
def other_address(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight's URL that is an entry's story under another address."""
    entries = _entries_by_key(issue)
    for link, key in _web_links(issue):
        entry = entries.get(key)
        if entry and link.typed != entry.draft.url:
            name = f"@{entry.draft.id}" if entry.draft.id else "@id, and the entry that `id`"
            message = f"this is the story of {entry.name} under another address than its entry's"
            yield Finding(link.steps, message, f"Write [{link.words}]({name}).", within=link.typed)


def _repeated(issue: CheckedIssue) -> Iterator[Finding]:
    for highlight in () if issue.digest else issue.highlights:
        if where := issue.earlier(issue.index.highlights_of(words_digest(highlight.text))):
            message = f"this highlight was in an earlier issue, word for word: {where}"
            yield Finding(highlight.steps, message, "Write a new one, or take it out.")


def _entries_by_key(issue: CheckedIssue) -> dict[str, CheckedEntry]:
    return {entry.key: entry for entry in reversed(issue.entries) if entry.key}


def _web_links(issue: CheckedIssue) -> Iterator[tuple[PassageLink, str]]:
    """The links of highlights to URLs that are typed there, each with its story's key."""
    for link in issue.links:
        if link.steps[0] == "highlights" and link.typed.lower().startswith(("http:", "https:")):
            yield link, link_key(link.typed)
