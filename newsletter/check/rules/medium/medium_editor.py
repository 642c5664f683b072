"""Rules on what Medium's editor does not keep.

The settings' model limits tags to three of at most 25 characters; `markdown-beyond` finds unsupported Markdown.
"""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.medium.checked_story import MediumStory
from newsletter.documents.paths import Steps
from newsletter.errors import Severity
from newsletter.text.markdown import nested_lists, parse
from newsletter.text.private_hosts import is_private
from newsletter.text.tree import Image, paragraphs, walk

rules: Rules[MediumStory] = Rules(Subject.MEDIUM)
LONGEST_TITLE = 100
# Between dollar signs or in LaTeX brackets; `$5 to $10` is a price.
_MATHS = re.compile(
    r"\$\$.+?\$\$|(?<![\w$\\])\$(?![\s\d])[^$\n]*(?<![\s\\])\$(?![\w$])|\\[(\[].+?\\[)\]]|\\begin\{\w+\*?\}", re.DOTALL
)
# What a formula has between LaTeX brackets. Brackets that are only escaped contain words or a number.
_FORMULA = re.compile(
    r"[\\^{}=]|\b\w_\w|\b[a-z0-9]\s*[+*<>|-]\s*[a-z]\b|\b[a-z]\s*[+*<>|-]\s*[0-9]|^\W*[a-z]\W*$", re.IGNORECASE
)
_EDITOR = "help.medium.com, Using the story editor; measured: docs/email.md, Medium"


@rules.rule(
    "medium-nested-list",
    Severity.WARNING,
    "Medium's editor supports one level: `newsletter` shows inner items as outer ones that begin with a dash.",
    _EDITOR,
)
def nested_list(story: MediumStory) -> Iterator[Finding]:
    """A list inside another list.

    Write one list, or a paragraph for each part.
    """
    for steps, text in story.document.texts():
        for line in nested_lists(text):
            advice = "Write one list, or a paragraph for each part."
            yield Finding(steps, "nested list, which Medium flattens", advice, line=line)


@rules.rule(
    "medium-maths",
    Severity.WARNING,
    "Neither Medium's editor nor an inbox renders formulas: readers see the source.",
    _EDITOR,
)
def maths(story: MediumStory) -> Iterator[Finding]:
    """A formula between dollar signs or in LaTeX brackets.

    Write it in words or in Unicode (x², √n), or show it as an image.
    """
    for steps, text in story.document.texts():
        words = [" ".join(words.split()) for words in paragraphs(parse(text))]
        # Markdown removes the backslash before a bracket, so the source is searched if the text has such a character.
        for found in _MATHS.finditer(text) if any(mark in word for word in words for mark in "$([\\") else ():
            formula = " ".join(found[0].split())
            bracketed = formula[:2] in ("\\(", "\\[")
            if bracketed and not _FORMULA.search(formula[2:-2]):
                continue
            shown = formula[1:3] if bracketed else formula
            if any(shown in word for word in words):
                message = f"the formula `{formula[:40]}` is shown as it is typed"
                advice = "Write it in words or in Unicode (x², √n), or show it as an image."
                yield Finding(steps, message, advice, within=formula.split()[0])


@rules.rule(
    "medium-title-long",
    Severity.WARNING,
    "Medium cuts it off in its lists, in the story's URL and for search engines.",
    "Medium/medium-api-docs, Posts: `title` is used for SEO and is cut at 100 characters",
)
def title_long(story: MediumStory) -> Iterator[Finding]:
    """A title of more than 100 characters.

    Write a shorter title. The rest can be the `subtitle`.
    """
    length = len(story.view.title)
    if length > LONGEST_TITLE:
        message = f"the title has {length} characters, more than the {LONGEST_TITLE} that Medium shows"
        yield Finding(("title",), message, "Shorten it; the rest can be the `subtitle`.")


@rules.rule(
    "medium-image-unreachable",
    Severity.WARNING,
    "Medium downloads each image when the story is imported, and omits those that it cannot reach.",
    "Medium/medium-api-docs, Posts: images by URL are side-loaded",
)
def image_unreachable(story: MediumStory) -> Iterator[Finding]:
    """An image URL on this computer or in a private network.

    Set `image_base_url` in `newsletter.yaml` to the URL where the images are hosted.
    """
    for steps, url in _images(story):
        if is_private(url):
            message = f"Medium cannot reach the image `{url}`"
            yield Finding(
                steps, message, "Set `image_base_url` in newsletter.yaml to the URL where the images are hosted."
            )


def _images(story: MediumStory) -> Iterator[tuple[Steps, str]]:
    """Yield every image of the story: the steps to it in the issue's file, and its URL."""
    for name, blocks in (("intro", story.view.intro), ("outro", story.view.outro)):
        yield from (((name,), child.source) for child in walk(blocks) if isinstance(child, Image))
    views = [entry for section in story.view.sections for entry in section.entries]
    for (section, index, _), view in zip(story.document.issue.entries(), views, strict=True):
        steps: Steps = ("sections", section, index)
        if view.figure:
            yield (*steps, "image"), view.figure.image.source
        for child in walk(view.comment):
            if isinstance(child, Image):
                yield (*steps, "comment"), child.source
