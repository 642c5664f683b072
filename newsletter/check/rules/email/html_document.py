"""The page as such: its type, its encoding, its language and its title."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.html_elements import named, tag_of
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
_CHARSET = re.compile(r"charset\s*=\s*([\w-]+)", re.IGNORECASE)
_REPORT = "Email Markup Consortium, Accessibility Report 2026"


@rules.rule(
    "email-doctype",
    Severity.ERROR,
    "Without one, a browser lays the page out in quirks mode: sizes and line heights differ from client to client.",
    "HTML Standard, 13.1.1 The DOCTYPE",
)
def doctype(email: RenderedEmail) -> Iterator[Finding]:
    """A page that does not begin with a document type."""
    if not email.html.lstrip().lower().startswith("<!doctype html"):
        yield Finding((), "the HTML does not begin with `<!DOCTYPE html>`", "Write it as the template's first line.")


@rules.rule(
    "email-not-utf-8",
    Severity.ERROR,
    "The email is sent as UTF-8, and a client that believes another declaration shows wrong letters.",
    "HTML Standard, 4.2.5.4 Specifying the document's character encoding",
)
def not_utf_8(email: RenderedEmail) -> Iterator[Finding]:
    """A page that declares no encoding, or another one than UTF-8."""
    charsets: list[str] = []
    for meta in email.root.iter("meta"):
        charsets += [meta.get("charset", "")] if "charset" in meta.attrib else _CHARSET.findall(meta.get("content", ""))
    advice = 'Declare `<meta charset="utf-8">` in the head of the template, and nothing else.'
    if not charsets:
        yield Finding((), "the HTML does not declare its encoding", advice)
    for charset in charsets:
        if charset.lower() not in ("utf-8", "utf8"):
            yield Finding((), f"the HTML declares the encoding {charset}, and it is UTF-8", advice)


@rules.rule(
    "email-control-character",
    Severity.ERROR,
    "They are remains of another encoding: what was a quote or a dash shows as a box, or as nothing.",
    "Unicode 17.0, 23.1 Control Codes; HTML Standard, 13.1.4 Character references",
)
def control_character(email: RenderedEmail) -> Iterator[Finding]:
    """A control character, of C0 or C1, in the HTML or in the text part."""
    for what, part in (("the HTML", email.html), ("the text part", email.text)):
        # A reference to one, such as &#150;, is read as a letter of Windows-1252, but not by every client.
        numbers = {ord(character) for character in part if unicodedata.category(character) == "Cc"} - {9, 10, 13}
        if part is email.html:
            numbers |= {int(number) for number in re.findall(r"&#0*(12[89]|1[34][0-9]|15[0-9]);", part)}
        for number in sorted(numbers):
            advice = "Type the character itself in the template or the text."
            yield Finding((), f"{what} holds the control character U+{number:04X}", advice)


@rules.rule(
    "email-language",
    Severity.ERROR,
    "A screen reader reads the words aloud in the page's language; 96 % of emails do not say it.",
    f"WCAG 2.2, 3.1.1 Language of Page; {_REPORT}",
)
def language(email: RenderedEmail) -> Iterator[Finding]:
    """A page that does not say its language, or its direction."""
    for name, none in (("lang", ("", "und")), ("dir", ("", "auto"))):
        if email.root.get(name, "").strip().lower() in none:
            attribute = f'{name}="{{{{ issue.{"language" if name == "lang" else "direction"} }}}}"'
            yield Finding(
                (), f"the HTML does not say its `{name}`", f"Write {attribute} at `<mjml>` in your email.mjml."
            )


@rules.rule(
    "email-title",
    Severity.ERROR,
    "It names the page in a browser's tab and to a screen reader, where the email is read on the web.",
    "WCAG 2.2, 2.4.2 Page Titled",
)
def title(email: RenderedEmail) -> Iterator[Finding]:
    """A page without a title, or with an empty one."""
    if not (email.root.findtext(".//title") or "").strip():
        yield Finding((), "the HTML has no title", "Write `<mj-title>{{ title }}</mj-title>` in your email.mjml.")


@rules.rule(
    "email-headings",
    Severity.WARNING,
    "Who hears an email goes through it by its headings, and a level that is skipped sounds like a part that is lost.",
    "WCAG 2.2, 1.3.1 Info and Relationships, technique G141",
)
def headings(email: RenderedEmail) -> Iterator[Finding]:
    """A page that has not exactly one heading of the first level, or that skips a level."""
    found = [element for element in email.elements if re.fullmatch("h[1-6]", tag_of(element))]
    first = [element for element in found if element.tag == "h1"]
    if len(first) != 1:
        has = f"{len(first)} headings" if first else "no heading"
        yield Finding(
            (), f"the email has {has} of the first level", "Give the issue's title an `<h1>`, and nothing else."
        )
    skipped = (
        (after, f"{named(after)} follows a heading of level {level}")
        for (level, _), (deeper, after) in pairwise((int(tag_of(element)[1]), element) for element in found)
        if deeper > level + 1
    )
    yield from email.findings(skipped, "Take the level below: the look of a heading is its style's matter.")


@rules.rule(
    "email-table-role",
    Severity.ERROR,
    "Without the role, a screen reader announces every row and column of the layout; 84 % of emails have such tables.",
    f"WAI-ARIA 1.2, presentation role; {_REPORT}",
)
def table_role(email: RenderedEmail) -> Iterator[Finding]:
    """A table of the layout without `role="presentation"`."""
    tables = (
        (table, "a table of the layout has no role")
        for table in email.root.iter("table")
        if table.get("role", "").lower() not in ("presentation", "none") and table.find(".//th") is None
    )
    yield from email.findings(tables, 'Write role="presentation" at it in your email.mjml.')
