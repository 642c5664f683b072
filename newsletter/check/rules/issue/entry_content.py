"""Form: figures, comments and words as those of a finished issue."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedEntry, CheckedIssue, Passage
from newsletter.check.rules.issue.entries import leads_nowhere
from newsletter.documents.paths import Steps
from newsletter.errors import Severity
from newsletter.publication.section import Section
from newsletter.text import markdown, tree
from newsletter.text.words import doubled_words, has_word, word_count

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
MOST_WORDS = 120
PLACEHOLDER = re.compile(
    r"\b(?:TODO|TBD|TBA|FIXME|XXX+|TKTK|(?i:lorem ipsum))\b|^\s*(?:TK|\.\.\.|…|\?\?+)\s*$|@(?:title|date|number|slug)@"
)
_LINES = ("title", "subject", "subtitle", "preheader")
_ENTRY_LINES = ("title", "source_title", "image_alt", "image_credit")


@rules.rule(
    "image-missing",
    Severity.WARNING,
    "Among entries with a figure, the one without looks broken.",
    PUBLISHED,
)
def image_missing(issue: CheckedIssue) -> Iterator[Finding]:
    """An entry without an image, where at least twice as many of its section have one."""
    for section in Section:
        entries = [entry for entry in issue.entries if entry.section is section]
        for entry in _odd_ones(entries, "image"):
            advice = "Give it an `image`. Where it has none to show, say so: # check: ignore=image-missing"
            yield Finding(entry.steps, f"{entry.name} has no image, and the section's other entries have one", advice)


@rules.rule(
    "credit-missing",
    Severity.WARNING,
    "A figure has an owner; where the others are named, this one is claimed as one's own.",
    PUBLISHED,
)
def credit_missing(issue: CheckedIssue) -> Iterator[Finding]:
    """An image without a credit, where at least twice as many of the issue carry one."""
    for entry in _odd_ones([entry for entry in issue.entries if entry.draft.image], "image_credit"):
        advice = "Write `image_credit: …`: whose figure it is."
        yield Finding((*entry.steps, "image"), "this image has no credit, and the other images carry one", advice)


@rules.rule(
    "image-without-alt",
    Severity.WARNING,
    "Who does not see the figure, or has images off, learns only that there is one.",
    "WCAG 2.2, 1.1.1",
)
def image_without_alt(issue: CheckedIssue) -> Iterator[Finding]:
    """An image without words that say what it shows."""
    for entry in issue.entries:
        if entry.draft.image and not entry.draft.image_alt:
            advice = "Write `image_alt: …`: what the figure shows, in a sentence."
            yield Finding((*entry.steps, "image"), "this image has no `image_alt`", advice)
    for passage in issue.passages:
        for child in tree.walk(passage.blocks) if "![" in passage.text else ():
            if isinstance(child, tree.Image) and not child.alt.strip():
                advice = f"Say what it shows: ![words]({child.source})"
                yield Finding(passage.steps, "this image has no words in its brackets", advice, within=child.source)


@rules.rule(
    "image-words-alone",
    Severity.WARNING,
    "Words about an image are shown nowhere without it.",
    "the layout (docs/templates.md)",
)
def image_words_alone(issue: CheckedIssue) -> Iterator[Finding]:
    """An `image_alt` or `image_credit` without an image."""
    for entry in issue.entries:
        for name in ("image_alt", "image_credit"):
            if getattr(entry.draft, name) and not entry.draft.image:
                message = f"`{name}` is shown nowhere: the entry has no image"
                yield Finding((*entry.steps, name), message, "Give the entry an `image`, or take the line out.")


@rules.rule(
    "comment-without-words",
    Severity.WARNING,
    "The reader sees marks, and no word on the story.",
    f"{PUBLISHED}, `****` for a comment",
)
def comment_without_words(issue: CheckedIssue) -> Iterator[Finding]:
    """A comment of marks or images alone."""
    for passage in _comments(issue):
        if not has_word(_words(passage)):
            yield Finding(passage.steps, "this comment says nothing", "Write what the story is worth reading for.")


@rules.rule(
    "comment-too-long",
    Severity.WARNING,
    "An entry is a reason to read the story, not the story; published comments have 30 to 80 words.",
    f"the layout's length of an entry; at most {MOST_WORDS} words, in Chinese and Japanese {2 * MOST_WORDS} letters",
)
def comment_too_long(issue: CheckedIssue) -> Iterator[Finding]:
    """A comment of more than 120 words; where words have no spaces, two letters count as one."""
    for passage in _comments(issue):
        if (count := word_count(_words(passage))) > MOST_WORDS:
            message = f"this comment has {count} words, and {MOST_WORDS} are a long one"
            yield Finding(passage.steps, message, "Shorten it, or make two entries.")


@rules.rule(
    "doubled-word",
    Severity.WARNING,
    "Who has written it reads over it, above all at a line's end; who reads it first does not.",
    PUBLISHED,
)
def doubled_word(issue: CheckedIssue) -> Iterator[Finding]:
    """An English word that stands twice in a row, across a line's end too."""
    for steps, text, language in _texts(issue):
        if language.partition("-")[0] == "en":
            for twice in dict.fromkeys(doubled_words(text)):
                yield Finding(steps, f"a word that stands twice: `{twice}`", "Take one of the two out.", within=twice)


@rules.rule(
    "placeholder",
    Severity.WARNING,
    "It was meant to be replaced before anybody reads it.",
    "the scaffold, and what authors write for later",
)
def placeholder(issue: CheckedIssue) -> Iterator[Finding]:
    """A word that stands for one not yet written, such as TODO or lorem ipsum."""
    for steps, text, _ in _texts(issue):
        if found := PLACEHOLDER.search(text):
            word = found[0].strip()
            yield Finding(steps, f"`{word}` is still to be written", "Write it, or take it out.", within=word)


@rules.rule(
    "markdown-beyond",
    Severity.WARNING,
    "No email and no Medium story carries it: the reader gets the marks.",
    "docs/writing.md, Markdown",
)
def markdown_beyond(issue: CheckedIssue) -> Iterator[Finding]:
    """Markdown that no output carries: headings, tables, footnotes, raw HTML, links without an address."""
    for passage in issue.passages:
        for found in markdown.beyond(passage.text):
            if leads_nowhere(found):
                # An error of its own: malformed-url.
                continue
            yield Finding(passage.steps, f"{found.what} is shown as it is typed", found.advice, line=found.line)


def _odd_ones(entries: list[CheckedEntry], name: str) -> list[CheckedEntry]:
    """Those that lack what at least twice as many others have."""
    without = [entry for entry in entries if not getattr(entry.draft, name)]
    return without if 2 * len(without) <= len(entries) - len(without) else []


def _comments(issue: CheckedIssue) -> list[Passage]:
    return [passage for passage in issue.passages if passage.steps[0] == "sections"]


def _texts(issue: CheckedIssue) -> Iterator[tuple[Steps, str, str]]:
    """Every text that a reader sees, as plain words, with its language."""
    for name in _LINES:
        if text := getattr(issue.document.draft, name):
            yield (name,), text, issue.language
    for entry in issue.entries:
        for name in _ENTRY_LINES:
            if text := getattr(entry.draft, name):
                # A source title is in the language of its page, which nothing says.
                yield (
                    (*entry.steps, name),
                    text,
                    "" if name == "source_title" else entry.draft.language or issue.language,
                )
    for passage in issue.passages:
        for words in tree.paragraphs(passage.blocks):
            yield passage.steps, words, passage.language


def _words(passage: Passage) -> str:
    return "\n".join(tree.paragraphs(passage.blocks))
