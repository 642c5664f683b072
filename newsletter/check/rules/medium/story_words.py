"""The rule on the author's words in the Medium story."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.author_words import Words, html_text, lacking, search_words, visible_text, words_in
from newsletter.check.rules.medium.checked_story import MediumStory
from newsletter.documents.paths import Steps
from newsletter.errors import Severity
from newsletter.render.format import Format
from newsletter.text.markdown import parse

rules: Rules[MediumStory] = Rules(Subject.MEDIUM)


@rules.rule(
    "medium-words",
    Severity.ERROR,
    "Readers must get your words, and see which entries are paid for.",
    "FTC, 16 CFR 255.5 and .com Disclosures; `sponsored-unlabelled` finds entries without a label",
)
def words(story: MediumStory) -> Iterator[Finding]:
    """Words of an intro, outro, sponsor's label or source that are missing in the Medium story.

    If you have a template of your own, add the text to it: see docs/templates.md.
    """
    fields = [(steps, expected) for steps, expected in _fields(story) if expected]
    if not fields:
        return  # The story need not be rendered.
    from lxml import etree

    texts = story.render((Format.MEDIUM, Format.STORY))
    page = html_text(etree.fromstring(texts[Format.STORY], etree.HTMLParser()))
    found = {
        Format.MEDIUM: words_in(visible_text(parse(texts[Format.MEDIUM]), as_text=False)),
        Format.STORY: words_in(page),
    }
    for format, present in found.items():
        for steps, expected in fields:
            match = search_words(expected, present, 0, False)
            if match.end is None:
                yield lacking(format.value, steps, expected, match)


def _fields(story: MediumStory) -> Iterator[tuple[Steps, Words]]:
    """Yield the steps to each field in the issue's file, and its words."""
    for name, blocks in (("intro", story.view.intro), ("outro", story.view.outro)):
        yield (name,), words_in(visible_text(blocks, as_text=False))
    views = [entry for section in story.view.sections for entry in section.entries]
    for (section, index, _), view in zip(story.document.issue.entries(), views, strict=True):
        steps: Steps = ("sections", section, index)
        yield (*steps, "sponsored"), words_in(view.sponsored)
        yield (*steps, "via"), words_in(view.via.text if view.via else "")
