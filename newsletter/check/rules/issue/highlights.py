"""Rules on highlights: each is new and links to a story of this issue."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedEntry, CheckedIssue, PassageLink
from newsletter.errors import Severity
from newsletter.issue.link_index import words_digest
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key, remove_tracking
from newsletter.text.quantities import contradicted_quantity

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
_BACKGROUND = "If it is a background reference, write above it: # check: ignore=highlight-story-missing"


@rules.rule(
    "highlight-repeated",
    Severity.WARNING,
    "Readers have read it before: the highlight is left over from an issue whose file was copied.",
    PUBLISHED,
)
def repeated(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight that an earlier issue has, word for word.

    Write a new highlight, or remove it.
    """
    yield from _repeated(issue)


@rules.rule(
    "highlight-story-missing",
    Severity.WARNING,
    "Highlights announce the stories of this issue, and readers will not find this one.",
    PUBLISHED,
)
def story_missing(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight whose first link leads to a story that is not in this issue.

    Add an entry for the story, or remove the link. Links after one to a story of this issue are background references.
    If the first link is one too, ignore the rule with a comment.
    """
    entries = _entries_by_key(issue)
    # A highlight that was copied is reported only by `highlight-repeated`.
    copied = {finding.steps for finding in _repeated(issue)}
    for highlight in issue.highlights:
        link = next(iter(issue.links_in(highlight)), None)
        if not link or not _is_web(link) or (key := link_key(link.url)) in entries or link.steps in copied:
            continue
        message, advice = "the linked story is not in this issue", "Add an entry for it, or remove the link."
        if where := issue.earlier(issue.index.entries_with(key)):
            message += f"; it was in {where}"
            advice = "Remove the highlight, or add an entry for the story."
        elif where := issue.earlier(issue.index.highlights_linking(key)):
            message += f"; a highlight of {where} linked to it"
        yield Finding(link.steps, message, f"{advice} {_BACKGROUND}", within=link.typed)


@rules.rule(
    "highlight-same-link",
    Severity.WARNING,
    "The second highlight probably belongs to another story, or is redundant.",
    PUBLISHED,
)
def same_link(issue: CheckedIssue) -> Iterator[Finding]:
    """Two highlights that link to the same story.

    Link each highlight to its own story, or merge the two. A background reference may be in several highlights.
    """
    entries = _entries_by_key(issue)
    first: dict[str, tuple[PassageLink, int]] = {}
    for number, highlight in enumerate(issue.highlights):
        links = [(link, link_key(link.url)) for link in issue.links_in(highlight)]
        for link, key in links:
            if key not in entries and links[0][1] in entries:
                continue
            known, at = first.setdefault(key, (link, number))
            if at != number:
                message = f"duplicate link: the highlight `{known.words}` links to the same story"
                yield Finding(link.steps, message, "Link each to its own story, or merge the two.", within=link.typed)


@rules.rule(
    "highlight-without-link",
    Severity.WARNING,
    "Readers cannot go from the highlight to its story.",
    PUBLISHED,
)
def without_link(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight without a link.

    Link the words that name the story: `[words](@id)` links to the entry with that id.
    """
    for highlight in issue.highlights:
        if not issue.links_in(highlight):
            advice = "Link the words that name the story: [words](@id) links to the entry with that id."
            yield Finding(highlight.steps, "this highlight has no link", advice)


@rules.rule(
    "highlight-other-address",
    Severity.WARNING,
    "If only one of the two URLs is corrected, the other stays wrong; an `@id` always leads to the entry.",
    PUBLISHED,
)
def other_address(issue: CheckedIssue) -> Iterator[Finding]:
    """A highlight that links to a story of this issue by a URL that differs from the entry's.

    Link to the entry by its id: `[words](@id)`.
    """
    entries = _entries_by_key(issue)
    for link, key in _web_links(issue):
        entry = entries.get(key)
        # Tracking parameters alone are reported by `tracking-parameters`.
        if entry and remove_tracking(link.typed) != remove_tracking(entry.draft.url):
            message = f"this URL differs from the URL of its entry, {entry.name}"
            advice = f"Write [{link.words}](@{entry.draft.id or 'id'})"
            advice += "." if entry.draft.id else ", and give the entry that `id`."
            yield Finding(link.steps, message, advice, within=link.typed)


@rules.rule(
    "highlight-number",
    Severity.WARNING,
    "Readers cannot know which of the two numbers is right.",
    f"{PUBLISHED} (10^6 in the highlight of a story with 10^5)",
)
def number(issue: CheckedIssue) -> Iterator[Finding]:
    """A number in a highlight that its entry has with another power of ten or another digit.

    Correct one of the two. A rounded number, and a number that counts something else, are right.
    """
    entries = _entries_by_key(issue)
    for highlight in issue.highlights:
        keys = {link_key(link.url) for link in issue.links_in(highlight)} & entries.keys()
        if len(keys) != 1:
            continue
        entry = entries[keys.pop()]
        comment = "\n".join(tree.paragraphs(markdown.parse(entry.draft.comment)))
        words = "\n".join(tree.paragraphs(highlight.blocks))
        if found := contradicted_quantity(words, f"{entry.draft.title}\n{entry.draft.source_title}\n{comment}"):
            message = f"the highlight has `{found[0].words}`, but its entry, {entry.name}, has `{found[1].words}`"
            yield Finding(highlight.steps, message, "Correct one of the two.", within=found[0].words)


def _repeated(issue: CheckedIssue) -> Iterator[Finding]:
    for highlight in () if issue.digest else issue.highlights:
        if where := issue.earlier(issue.index.highlights_of(words_digest(highlight.text))):
            message = f"repeated highlight: {where} has it word for word"
            yield Finding(highlight.steps, message, "Write a new one, or remove it.")


def _entries_by_key(issue: CheckedIssue) -> dict[str, CheckedEntry]:
    return {entry.key: entry for entry in reversed(issue.entries) if entry.key}


def _is_web(link: PassageLink) -> bool:
    return link.typed.lower().startswith(("http:", "https:"))


def _web_links(issue: CheckedIssue) -> Iterator[tuple[PassageLink, str]]:
    """Yield the links in highlights to a URL (not to an `@id`), each with the key of its story."""
    for link in issue.links:
        if link.steps[0] == "highlights" and _is_web(link):
            yield link, link_key(link.typed)
