"""What a template should have filled, and did not."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.author_text import html_text
from newsletter.check.rules.email.html_elements import shortened, tag_of
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.errors import Severity
from newsletter.render.merge_fields import MergeField

_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_FIELDS = {field.text for field in MergeField}
_NAMES = "|".join(field.value for field in MergeField)
# The braces of a field as a URL or as HTML would write them; an author's own stand as &#123;, the opening ones alone.
_ESCAPED = re.compile(
    rf"(?:%7B|&#123;|&lbrace;|&lcub;){{2}}\s*(?:{_NAMES})\s*(?:%7D|&#125;|&rbrace;|&rcub;){{2}}", re.IGNORECASE
)

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)


@rules.rule(
    "email-template-left",
    Severity.ERROR,
    "Every reader would see the code, in place of what it stands for.",
    "Jinja 3.1, Template Designer Documentation; MJML 5 documentation",
)
def template_left(email: RenderedEmail) -> Iterator[Finding]:
    """Code of a template that was not run: `{{ }}`, `{% %}`, `<mj-…>`. Braces of an author's are not meant."""
    advice = "Check the template where it stands: is it inside of `{% raw %}`, or spelled wrong?"
    # In the HTML an author's opening brace is a character reference; in the text part, what the HTML shows is his.
    alts = "".join(image.get("alt", "") for image in email.root.iter("img"))
    shown = "".join((html_text(email.root) + alts).split())
    found = dict.fromkeys(match[0] for match in _TEMPLATE.finditer(email.html) if match[0] not in _FIELDS)
    for match in _TEMPLATE.finditer(email.text):
        if match[0] not in _FIELDS and "".join(match[0].split()) not in shown:
            found[match[0]] = None
    for text in found:
        yield Finding((), f"`{shortened(' '.join(text.split()))}` is left over from a template", advice)
    tags = (
        (element, f"`<{tag_of(element)}>` is left over from MJML")
        for element in email.elements
        if tag_of(element).startswith("mj-")
    )
    yield from email.findings(tags, "MJML does not know it there: check its spelling, and the element around it.")


@rules.rule(
    "email-merge-field-broken",
    Severity.ERROR,
    "Sending fills in `{{unsubscribe_url}}` and the like as they stand; an escaped one leads every reader nowhere.",
    "measured: premailer and URL functions write the braces in a link as %7B%7B",
)
def merge_field_broken(email: RenderedEmail) -> Iterator[Finding]:
    """A merge field whose braces were escaped."""
    for text in dict.fromkeys(match[0] for match in _ESCAPED.finditer(email.html)):
        if text not in email.document.source.text:
            advice = "Write `{{ merge.unsubscribe_url }}`, without a filter such as `urlencode`."
            yield Finding((), f"`{text}` is a merge field that was escaped", advice)
