"""What Medium's editor keeps of a story, and what it does not.

That a story has three tags of at most 25 characters, the model sees to; and Markdown that no
output carries (tables, headings, footnotes) is found once, among the issue's rules.
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
# Between dollars, or in the brackets of LaTeX; `$5 to $10` is a price.
_MATHS = re.compile(
    r"\$\$.+?\$\$|(?<![\w$\\])\$(?![\s\d])[^$\n]*(?<![\s\\])\$(?![\w$])|\\[(\[].+?\\[)\]]|\\begin\{\w+\*?\}", re.DOTALL
)
_EDITOR = "help.medium.com, Using the story editor; measured: docs/email.md, Medium"


@rules.rule(
    "medium-nested-list",
    Severity.WARNING,
    "The editor knows lists of one level: newsletter sets the inner items beside the outer ones, after a dash.",
    _EDITOR,
)
def nested_list(story: MediumStory) -> Iterator[Finding]:
    """A list inside of a list."""
    for steps, text in story.document.texts():
        for line in nested_lists(text):
            advice = "Make it one list, or a paragraph of each part."
            yield Finding(steps, "Medium flattens a list inside of a list", advice, line=line)


@rules.rule(
    "medium-maths",
    Severity.WARNING,
    "Neither the editor nor an inbox sets formulas: the reader gets the signs as they are typed.",
    _EDITOR,
)
def maths(story: MediumStory) -> Iterator[Finding]:
    """A formula, between dollars or in LaTeX's brackets."""
    for steps, text in story.document.texts():
        words = [" ".join(words.split()) for words in paragraphs(parse(text))]
        # Markdown takes the backslash away from a bracket: what was typed is looked at where the words have a mark.
        for found in _MATHS.finditer(text) if any(mark in word for word in words for mark in "$([\\") else ():
            formula = " ".join(found[0].split())
            shown = formula[1:3] if formula[:2] in ("\\(", "\\[") else formula
            if any(shown in word for word in words):
                message = f"the formula `{formula[:40]}` is shown as it is typed"
                advice = "Write it in words or in Unicode (x², √n), or show it as an image."
                yield Finding(steps, message, advice, within=formula.split()[0])


@rules.rule(
    "medium-title-long",
    Severity.WARNING,
    "Medium cuts it off in its lists, in the address of the story and for search engines.",
    "Medium/medium-api-docs, Posts: `title` is used for SEO and is cut at 100 characters",
)
def title_long(story: MediumStory) -> Iterator[Finding]:
    """A title of more than 100 characters."""
    length = len(story.view.title)
    if length > LONGEST_TITLE:
        message = f"the title has {length} characters, and Medium uses {LONGEST_TITLE}"
        yield Finding(("title",), message, "Write a shorter one; the rest can be the `subtitle`.")


@rules.rule(
    "medium-image-unreachable",
    Severity.WARNING,
    "Medium copies each image from its address when the story is imported, and leaves out what it does not reach.",
    "Medium/medium-api-docs, Posts: images by URL are side-loaded",
)
def image_unreachable(story: MediumStory) -> Iterator[Finding]:
    """An image that is hosted on this machine or in a private network; a path of the author's is hosted elsewhere."""
    for steps, url in _images(story):
        if is_private(url):
            message = f"Medium cannot fetch the image `{url}`"
            yield Finding(steps, message, "Write in newsletter.yaml, as `image_base_url`, where the images are hosted.")


def _images(story: MediumStory) -> Iterator[tuple[Steps, str]]:
    """Every image of the story's entries, by its place in the issue's file and its address."""
    views = [entry for section in story.view.sections for entry in section.entries]
    for (section, index, _), view in zip(story.document.issue.entries(), views, strict=True):
        steps: Steps = ("sections", section.value, index)
        if view.figure:
            yield (*steps, "image"), view.figure.image.source
        for child in walk(view.comment):
            if isinstance(child, Image):
                yield (*steps, "comment"), child.source
