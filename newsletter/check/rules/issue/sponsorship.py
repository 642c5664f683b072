"""Rules on sponsored entries: readers must see which entries are paid for."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import CheckedEntry, CheckedIssue
from newsletter.documents.paths import Steps
from newsletter.errors import Severity
from newsletter.text import markdown, tree
from newsletter.text.sponsored_words import affiliate_sign, sponsored_words

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
_ADVICE = (
    "Add `sponsored: true`, or `sponsored:` with the sponsor's name. If nobody pays for it, write above the entry:"
    " # check: ignore=sponsored-unlabelled"
)


@rules.rule(
    "sponsored-unlabelled",
    Severity.WARNING,
    "Readers must be able to tell recommendations from advertisements, and in most countries the law requires a label.",
    "FTC, 16 CFR 255.5 and .com Disclosures; EU Directive 2005/29/EC, Annex I, 11",
)
def unlabelled(issue: CheckedIssue) -> Iterator[Finding]:
    """An entry without `sponsored`, whose URLs or words say that it is sponsored or an affiliate link.

    Add `sponsored: true`, or `sponsored:` with the sponsor's name. Outputs then label the entry and the highlights that
    link to it. If nobody pays for it, ignore the rule with a comment.
    """
    for entry in issue.entries:
        if entry.draft.sponsored:
            continue
        found = next(_signs(issue, entry), None)
        if found:
            steps, sign = found
            yield Finding(steps, f"`{sign}` looks paid for, but the entry has no label", _ADVICE, within=sign)


def _signs(issue: CheckedIssue, entry: CheckedEntry) -> Iterator[tuple[Steps, str]]:
    """Yield each sign in the URLs and the words of an entry, with the steps to its field."""
    comment: Steps = (*entry.steps, "comment")
    links = (link.typed for link in issue.links if link.steps == comment)
    for steps, url in [((*entry.steps, "url"), entry.draft.url), *((comment, url) for url in links)]:
        if sign := affiliate_sign(url):
            yield steps, sign
    for name in ("title", "source_title"):
        if sign := sponsored_words(getattr(entry.draft, name)):
            yield (*entry.steps, name), sign
    for words in tree.paragraphs(markdown.parse(entry.draft.comment)):
        if sign := sponsored_words(words):
            yield comment, sign
