"""Highlights: new ones, each linking to stories of this issue."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, LinkFound, Proof, Story
from newsletter.errors import Severity
from newsletter.issue.link_index import words_digest
from newsletter.text.canonical_url import link_key

rules: Rules[Proof] = Rules(Subject.ISSUE)
_BACKGROUND = "If it is meant as a background reference, write above it: # check: ignore=highlight-story-missing"


@rules.rule(
    "highlight-repeated",
    Severity.WARNING,
    "Last issue's file was copied, and its highlights went out again.",
    PUBLISHED,
)
def repeated(proof: Proof) -> Iterator[Finding]:
    """A highlight that an earlier issue had, word for word."""
    yield from _repeated(proof)


@rules.rule(
    "highlight-story-missing",
    Severity.WARNING,
    "A highlight announces what the issue holds; of this story there is nothing below.",
    PUBLISHED,
)
def story_missing(proof: Proof) -> Iterator[Finding]:
    """A highlight that links to a story which is in no section."""
    entries = _entries(proof)
    # A highlight that was copied whole is told once.
    copied = {finding.steps for finding in _repeated(proof)}
    for link, key in _web_links(proof):
        if key in entries or link.steps in copied:
            continue
        message, advice = "the story is in no section of this issue", "Write its entry, or take the link out."
        if where := proof.earlier(proof.index.entries_with(key)):
            message += f"; it was in {where}"
            advice = "Take the highlight out, or write the story's entry anew."
        elif where := proof.earlier(proof.index.highlights_linking(key)):
            message += f"; a highlight of {where} linked to it"
        yield Finding(link.steps, message, f"{advice} {_BACKGROUND}", within=link.typed)


@rules.rule(
    "highlight-same-link",
    Severity.WARNING,
    "Two sentences on one story; the second was meant for another, or is one too many.",
    PUBLISHED,
)
def same_link(proof: Proof) -> Iterator[Finding]:
    """Two highlights that link to one story."""
    first: dict[str, tuple[LinkFound, int]] = {}
    for number, highlight in enumerate(proof.highlights):
        for link in proof.links_in(highlight):
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
def without_link(proof: Proof) -> Iterator[Finding]:
    """A highlight without a link."""
    for highlight in proof.highlights:
        if not proof.links_in(highlight):
            advice = "Link the words that name the story: [words](@id) leads to the entry with that id."
            yield Finding(highlight.steps, "this highlight links to nothing", advice)


@rules.rule(
    "highlight-other-address",
    Severity.WARNING,
    "Two addresses of one story drift apart; an @id cannot.",
    PUBLISHED,
)
def other_address(proof: Proof) -> Iterator[Finding]:
    """A highlight's URL that is an entry's story under another address."""
    entries = _entries(proof)
    for link, key in _web_links(proof):
        story = entries.get(key)
        if story and link.typed != story.entry.url:
            name = f"@{story.entry.id}" if story.entry.id else "@id, and the entry that `id`"
            message = f"this is the story of {story.name} under another address than its entry's"
            yield Finding(link.steps, message, f"Write [{link.words}]({name}).", within=link.typed)


def _repeated(proof: Proof) -> Iterator[Finding]:
    for highlight in () if proof.digest else proof.highlights:
        if where := proof.earlier(proof.index.highlights_of(words_digest(highlight.text))):
            message = f"this highlight was in an earlier issue, word for word: {where}"
            yield Finding(highlight.steps, message, "Write a new one, or take it out.")


def _entries(proof: Proof) -> dict[str, Story]:
    return {story.key: story for story in reversed(proof.stories) if story.key}


def _web_links(proof: Proof) -> Iterator[tuple[LinkFound, str]]:
    """The links of highlights to URLs that are typed there, each with its story's key."""
    for link in proof.links:
        if link.steps[0] == "highlights" and link.typed.lower().startswith(("http:", "https:")):
            yield link, link_key(link.typed)
