"""Rules on the content of entries: images, comments, wording and unsupported Markdown."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.checked_issue import PUBLISHED, CheckedEntry, CheckedIssue, Passage
from newsletter.check.rules.issue.entries import leads_nowhere
from newsletter.documents.paths import Steps, location_of
from newsletter.errors import Severity
from newsletter.text import markdown, tree
from newsletter.text.alternative_text import is_generic_alt
from newsletter.text.domains import host_of, same_site
from newsletter.text.placeholder_text import find_placeholder
from newsletter.text.words import has_word, repeated_words, word_count

rules: Rules[CheckedIssue] = Rules(Subject.ISSUE)
MOST_WORDS = 120
# The address of no story: a domain for examples (RFC 2606) without a page, or with one that stands for any.
_EXAMPLE_URL = re.compile(
    r"https?://(?:www\.)?(?:example\.com/?|(?:example\.(?:com|org|net)|your-?(?:domain|site|url|link)\.\w+)"
    r"/(?:\.\.\.|…|x{3,}|todo|tk|tbd|url|link|path|page|your-\w+|placeholder)/?)",
    re.IGNORECASE,
)
# If so many pages of a section all have images, another page without one is an exception.
_PAGES = 4
_PAPER_HOSTS = (
    "openaccess.thecvf.com",
    "openreview.net",
    "aclanthology.org",
    "proceedings.mlr.press",
    "papers.nips.cc",
    "proceedings.neurips.cc",
    "ecva.net",
    "biorxiv.org",
    "medrxiv.org",
)
_LINES = ("title", "subject", "subtitle", "preheader")
_ENTRY_LINES = ("title", "source_title", "via", "sponsored", "image_alt", "image_credit")


@rules.rule(
    "image-missing",
    Severity.WARNING,
    "Between entries with images, an entry without one looks broken.",
    PUBLISHED,
)
def image_missing(issue: CheckedIssue) -> Iterator[Finding]:
    """An entry without an image in a section where at least twice as many entries have one.

    A page that is not a paper needs none, since Medium shows it as a link card, unless four or more pages of the
    section all have one. Add `image:`. If the story has no image, ignore the rule with a comment.
    """
    for section in dict.fromkeys(entry.section for entry in issue.entries):
        entries = [entry for entry in issue.entries if entry.section == section]
        for entry in _lacking(entries, "image"):
            if _has_card(issue, entry, entries) or entry.draft.image_alt or entry.draft.image_credit:
                # Medium shows a link card. An image's words without an image are reported by `image-words-alone`.
                continue
            advice = "Add `image: …`. If the story has no image, write above the entry: # check: ignore=image-missing"
            yield Finding(entry.steps, f"{entry.name} has no image, unlike the section's other entries", advice)


@rules.rule(
    "credit-missing",
    Severity.WARNING,
    "Where the other images are credited, an image without a credit seems to be your own.",
    PUBLISHED,
)
def credit_missing(issue: CheckedIssue) -> Iterator[Finding]:
    """An image without a credit in an issue where at least twice as many images have one.

    Add `image_credit:` with the owner of the image.
    """
    for entry in _lacking([entry for entry in issue.entries if entry.draft.image], "image_credit"):
        advice = "Add `image_credit: …` with the owner of the image."
        yield Finding((*entry.steps, "image"), "this image has no credit, unlike the other images", advice)


@rules.rule(
    "image-without-alt",
    Severity.WARNING,
    "Readers who cannot see the image, or have images turned off, do not learn what it shows.",
    "WCAG 2.2, 1.1.1",
    combined="{count} images have no description: {lines}",
)
def image_without_alt(issue: CheckedIssue) -> Iterator[Finding]:
    """An image without a description, or with one such as `Image for post`. One finding names the lines of all.

    Add `image_alt:` with one sentence about what the image shows. In a comment, write it in the brackets:
    `![description](URL)`.
    """
    for entry in issue.entries:
        advice = "Add `image_alt: …` with one sentence about what the image shows."
        if entry.draft.image and not entry.draft.image_alt:
            yield Finding((*entry.steps, "image"), "`image_alt` is missing", advice)
        elif entry.draft.image and is_generic_alt(entry.draft.image_alt):
            message = f"`{entry.draft.image_alt}` does not describe the image"
            yield Finding((*entry.steps, "image_alt"), message, advice)
    for passage in issue.passages:
        for child in tree.walk(passage.blocks) if "![" in passage.text else ():
            if isinstance(child, tree.Image) and not child.alt.strip():
                advice = f"Describe the image: ![description]({child.source})"
                yield Finding(passage.steps, "this image has no description", advice, within=child.source)


@rules.rule(
    "image-words-alone",
    Severity.WARNING,
    "Both are shown only together with an image.",
    "the layout (docs/templates.md)",
)
def image_words_alone(issue: CheckedIssue) -> Iterator[Finding]:
    """An `image_alt` or `image_credit` without an image.

    Add `image:`, or remove the line.
    """
    for entry in issue.entries:
        names = [name for name in ("image_alt", "image_credit") if getattr(entry.draft, name)]
        if names and not entry.draft.image:
            shown = " and ".join(f"`{name}`" for name in names)
            message = f"{shown} without an image {'is' if len(names) == 1 else 'are'} not shown"
            remove = "the line" if len(names) == 1 else "both lines"
            yield Finding((*entry.steps, names[0]), message, f"Add `image: …`, or remove {remove}.")


@rules.rule(
    "comment-without-words",
    Severity.WARNING,
    "Readers see punctuation or an image, but learn nothing about the story.",
    f"{PUBLISHED} (`****` as a comment)",
)
def comment_without_words(issue: CheckedIssue) -> Iterator[Finding]:
    """A comment that contains only punctuation or images.

    Write why the story is worth reading.
    """
    for passage in _comments(issue):
        if not has_word(_words(passage)):
            yield Finding(passage.steps, "this comment has no words", "Write why the story is worth reading.")


@rules.rule(
    "comment-too-long",
    Severity.WARNING,
    "A comment should make readers open the story; published comments have 30 to 80 words.",
    f"the layout is made for short entries: {MOST_WORDS} words, or {2 * MOST_WORDS} Chinese or Japanese characters",
)
def comment_too_long(issue: CheckedIssue) -> Iterator[Finding]:
    """A comment of more than 120 words. In languages written without spaces, two characters count as one word.

    Shorten the comment, or split it into two entries.
    """
    for passage in _comments(issue):
        if (count := word_count(_words(passage))) > MOST_WORDS:
            message = f"this comment has {count} words, more than {MOST_WORDS}"
            yield Finding(passage.steps, message, "Shorten it, or split it into two entries.")


@rules.rule(
    "doubled-word",
    Severity.WARNING,
    "Authors overlook repeated words, above all at the end of a line; readers do not.",
    PUBLISHED,
)
def doubled_word(issue: CheckedIssue) -> Iterator[Finding]:
    """An English word that is repeated, even across the end of a line.

    Remove one of the two.
    """
    for steps, text, language in _texts(issue):
        if language.partition("-")[0] == "en":
            for twice in dict.fromkeys(repeated_words(text)):
                yield Finding(steps, f"repeated word `{twice}`", "Remove one of the two.", within=twice)


@rules.rule(
    "placeholder",
    Severity.WARNING,
    "It was meant to be replaced before publication.",
    "the scaffold, and the placeholders that authors use",
)
def placeholder(issue: CheckedIssue) -> Iterator[Finding]:
    """A placeholder for text or a URL that is not written yet, such as TODO, `[insert link]`, Untitled or 待补充.

    Write the text, or remove the placeholder. Text about placeholders is not reported: “Why TODO lists fail”.
    """
    for steps, text, _ in _texts(issue):
        if word := find_placeholder(text):
            yield Finding(steps, f"placeholder `{word}`", "Write the text, or remove the placeholder.", within=word)
    for steps, url in issue.urls:
        if _EXAMPLE_URL.fullmatch(url):
            yield Finding(steps, f"placeholder `{url}`", "Write the URL of the story.", within=url)


@rules.rule(
    "markdown-beyond",
    Severity.WARNING,
    "The email and the Medium story show it as it is typed.",
    "docs/writing.md, Markdown",
)
def markdown_beyond(issue: CheckedIssue) -> Iterator[Finding]:
    """Unsupported Markdown: headings, tables, footnotes, raw HTML, links without a URL.

    Use only the Markdown that docs/writing.md lists.
    """
    for passage in issue.passages:
        for found in markdown.unsupported_markdown(passage.text):
            if leads_nowhere(found):
                # Reported by `malformed-url` or `local-url`.
                continue
            yield Finding(passage.steps, f"{found.what} is shown as it is typed", found.advice, line=found.line)


def _lacking(entries: list[CheckedEntry], name: str) -> list[CheckedEntry]:
    """Return the entries without a field, if at least twice as many entries have it."""
    without = [entry for entry in entries if not getattr(entry.draft, name)]
    return without if 2 * len(without) <= len(entries) - len(without) else []


def _has_card(issue: CheckedIssue, entry: CheckedEntry, others: list[CheckedEntry]) -> bool:
    """Return whether an entry without an image may have a link card: the importer says so, or it is a page."""
    line = location_of(issue.document.root, entry.steps)[0].line
    while line and (above := issue.document.source.line(line - 1).strip()).startswith("#"):
        if "its link card" in above:
            return True
        line -= 1
    pages = [other for other in others if other is not entry and not _is_paper(other)]
    return not _is_paper(entry) and (len(pages) < _PAGES or not all(page.draft.image for page in pages))


def _is_paper(entry: CheckedEntry) -> bool:
    path = entry.draft.url.partition("?")[0].lower()
    return (
        entry.key.startswith(("arxiv.org/", "doi.org/"))
        or path.endswith(".pdf")
        or any(same_site(host_of(path), host) for host in _PAPER_HOSTS)
    )


def _comments(issue: CheckedIssue) -> list[Passage]:
    return [passage for passage in issue.passages if passage.steps[0] == "sections"]


def _texts(issue: CheckedIssue) -> Iterator[tuple[Steps, str, str]]:
    """Yield every visible text with its steps and its language; "" is an unknown language."""
    for name in _LINES:
        if text := getattr(issue.document.draft, name):
            yield (name,), text, issue.language
    for entry in issue.entries:
        for name in _ENTRY_LINES:
            if text := getattr(entry.draft, name):
                # A source title is in the language of the linked page, which is unknown.
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
