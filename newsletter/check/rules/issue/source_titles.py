"""Rules that compare an entry's source title and URL with each other, and with its title."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedEntry, CheckedIssue
from newsletter.errors import Severity
from newsletter.text import markdown, tree
from newsletter.text.story_words import MACHINE_LEARNING, in_latin_letters, related, slug_words, story_stems
from newsletter.text.venues import venue_conflict

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
# Shorter texts have too few words for a comparison.
_LEAST_TITLE, _LEAST_SOURCE, _LEAST_COMMENT = 2, 2, 6


@rules.rule(
    "source-title-venue",
    Severity.WARNING,
    "Either the source title or the URL belongs to another paper, or the year is a slip.",
    f"{PUBLISHED} (`CVPR 2020` on a URL with `CVPR2021`)",
)
def source_title_venue(issue: CheckedIssue) -> Iterator[Finding]:
    """A conference or its year in a source title that differs from the URL.

    Correct the title or the URL.
    """
    for entry in issue.entries:
        if conflict := venue_conflict(entry.draft.url, entry.draft.source_title):
            message = f"the source title has {conflict[0]}, but the URL has {conflict[1]}"
            yield Finding((*entry.steps, "source_title"), message, "Correct the source title or the URL.")


@rules.rule(
    "title-other-story",
    Severity.WARNING,
    "The title, or the URL with its source title, usually remains from another entry.",
    f"{PUBLISHED} (“AI speeds up trading” over a URL about E3 and Gamescom)",
)
def title_other_story(issue: CheckedIssue) -> Iterator[Finding]:
    """A title that has no word in common with its source title and URL, if the comment confirms only one of the two.

    Compare the title with the linked page. Words count as common if their stems are alike; titles in different scripts
    and addresses without words are not compared. If both are right, ignore the rule with a comment.
    """
    for entry in issue.entries:
        if finding := _other_story(entry):
            yield finding


def _other_story(entry: CheckedEntry) -> Finding | None:
    slug = slug_words(entry.draft.url)
    title, page = story_stems(entry.draft.title), story_stems(f"{entry.draft.source_title} {slug}")
    if not slug or not entry.draft.source_title or len(title) < _LEAST_TITLE or len(page) < _LEAST_SOURCE:
        return None
    if related(title, page) or not related(story_stems(entry.draft.source_title), story_stems(slug)):
        return None
    words = " ".join(tree.paragraphs(markdown.parse(entry.draft.comment)))
    if not all(map(in_latin_letters, (entry.draft.title, entry.draft.source_title, words))):
        return None
    comment = story_stems(words)
    if len(comment) < _LEAST_COMMENT or not (_confirms(comment, title, page) or _confirms(comment, page, title)):
        return None
    message = f"the title has no word in common with the source title and the URL (`{slug}`)"
    advice = "Compare it with the linked page. If it is right, write above the entry: # check: ignore=title-other-story"
    return Finding((*entry.steps, "title"), message, advice)


def _confirms(comment: frozenset[str], one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether a comment has a word of one text, but none of the other: one on both connects them."""
    one, other, comment = (stems - {MACHINE_LEARNING} for stems in (one, other, comment))
    return len(other) >= _LEAST_TITLE and related(comment, one) and not related(comment, other)
