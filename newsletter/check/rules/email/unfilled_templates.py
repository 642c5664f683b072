"""Rules on template code and merge fields that were not filled in."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.author_words import html_text
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.check.rules.html_elements import shortened, tag_of
from newsletter.errors import Severity
from newsletter.render.merge_fields import MergeField

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FIELDS = {field.text for field in MergeField}
_NAMES = "|".join(field.value for field in MergeField)
# The braces of a field as URL or HTML escapes. In an author's text only the opening braces are escaped, as &#123;.
_ESCAPED = re.compile(
    rf"(?:%7B|&#123;|&lbrace;|&lcub;){{2}}\s*(?:{_NAMES})\s*(?:%7D|&#125;|&rbrace;|&rcub;){{2}}", re.IGNORECASE
)

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)


@rules.rule(
    "email-template-left",
    Severity.ERROR,
    "Every reader would see the code instead of its value.",
    "Jinja 3.1, Template Designer Documentation; MJML 5 documentation",
)
def template_left(email: RenderedEmail) -> Iterator[Finding]:
    """Template code that was not run: `{{ }}`, `{% %}`, `<mj-…>`. Braces that the author typed do not count.

    Check the spelling in the template, and whether the code is inside `{% raw %}`.
    """
    advice = "Check its spelling in the template, and whether it is inside `{% raw %}`."
    # In the HTML, an author's opening brace is a character reference. In the text part, braces that the HTML shows
    # too are the author's.
    alts = "".join(image.get("alt", "") for image in email.root.iter("img"))
    shown = "".join((html_text(email.root) + alts).split())
    found = dict.fromkeys(match[0] for match in _TEMPLATE.finditer(email.html) if match[0] not in _FIELDS)
    for match in _TEMPLATE.finditer(email.text):
        if match[0] not in _FIELDS and "".join(match[0].split()) not in shown:
            found[match[0]] = None
    for text in found:
        yield Finding((), f"`{shortened(' '.join(text.split()))}` is template code that was not run", advice)
    tags = (
        (element, f"`<{tag_of(element)}>` is an MJML element that was not rendered")
        for element in email.elements
        if tag_of(element).startswith("mj-")
    )
    yield from email.findings(tags, "Check its spelling, and whether MJML allows it inside that element.")


@rules.rule(
    "email-merge-field-broken",
    Severity.ERROR,
    "Sending replaces `{{unsubscribe_url}}` and other merge fields as text; an escaped one stays a broken link.",
    "measured: premailer and URL functions write the braces in a link as %7B%7B",
)
def merge_field_broken(email: RenderedEmail) -> Iterator[Finding]:
    """A merge field with escaped braces.

    Write `{{ merge.unsubscribe_url }}`, without a filter such as `urlencode`.
    """
    for text in dict.fromkeys(match[0] for match in _ESCAPED.finditer(email.html)):
        if text not in email.document.source.text:
            advice = "Write `{{ merge.unsubscribe_url }}`, without a filter such as `urlencode`."
            yield Finding((), f"`{text}` is an escaped merge field", advice)
