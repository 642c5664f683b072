"""Rules on the HTML document: document type, encoding, language, title, headings and layout tables."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.check.rules.html_elements import description_of, tag_of
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
_CHARSET = re.compile(r"charset\s*=\s*([\w-]+)", re.IGNORECASE)
_REPORT = "Email Markup Consortium, Accessibility Report 2026"


@rules.rule(
    "email-doctype",
    Severity.ERROR,
    "Without it, browsers use quirks mode, where sizes and line heights differ between clients.",
    "HTML Standard, 13.1.1 The DOCTYPE",
)
def doctype(email: RenderedEmail) -> Iterator[Finding]:
    """HTML that does not begin with a document type.

    Write `<!DOCTYPE html>` as the first line of the template.
    """
    if not email.html.lstrip().lower().startswith("<!doctype html"):
        yield Finding(
            (), "the HTML does not begin with `<!DOCTYPE html>`", "Write it as the first line of the template."
        )


@rules.rule(
    "email-not-utf-8",
    Severity.ERROR,
    "The email is sent as UTF-8; a client that follows another declaration shows wrong characters.",
    "HTML Standard, 4.2.5.4 Specifying the document's character encoding",
)
def not_utf_8(email: RenderedEmail) -> Iterator[Finding]:
    """HTML that declares no encoding, or an encoding other than UTF-8.

    Write `<meta charset="utf-8">` in the head of the template, and no other declaration.
    """
    charsets: list[str] = []
    for meta in email.root.iter("meta"):
        charsets += [meta.get("charset", "")] if "charset" in meta.attrib else _CHARSET.findall(meta.get("content", ""))
    advice = 'Write `<meta charset="utf-8">` in the head of the template, and no other declaration.'
    if not charsets:
        yield Finding((), "the HTML does not declare its encoding", advice)
    for charset in charsets:
        if charset.lower() not in ("utf-8", "utf8"):
            yield Finding((), f"the HTML declares the encoding {charset}, but is UTF-8", advice)


@rules.rule(
    "email-control-character",
    Severity.ERROR,
    "It is left over from another encoding: what was a quote or a dash shows as a box, or not at all.",
    "Unicode 17.0, 23.1 Control Codes; HTML Standard, 13.1.4 Character references",
)
def control_character(email: RenderedEmail) -> Iterator[Finding]:
    """A control character (C0 or C1) in the HTML or in the text part.

    Type the intended character in the template or the text.
    """
    for what, part in (("the HTML", email.html), ("the text part", email.text)):
        # Some clients read a reference such as &#150; as a character of Windows-1252, others do not.
        numbers = {ord(character) for character in part if unicodedata.category(character) == "Cc"} - {9, 10, 13}
        if part is email.html:
            numbers |= {int(number) for number in re.findall(r"&#0*(12[89]|1[34][0-9]|15[0-9]);", part)}
        for number in sorted(numbers):
            advice = "Type the intended character in the template or the text."
            yield Finding((), f"control character U+{number:04X} in {what}", advice)


@rules.rule(
    "email-language",
    Severity.ERROR,
    "Screen readers pronounce text in the page's language; 96 % of emails do not declare it.",
    f"WCAG 2.2, 3.1.1 Language of Page; {_REPORT}",
)
def language(email: RenderedEmail) -> Iterator[Finding]:
    """HTML that does not declare its language or its direction.

    Write `lang` and `dir` on `<mjml>` in your email.mjml.
    """
    for name, none in (("lang", ("", "und")), ("dir", ("", "auto"))):
        if email.root.get(name, "").strip().lower() in none:
            attribute = f'{name}="{{{{ issue.{"language" if name == "lang" else "direction"} }}}}"'
            yield Finding((), f"the HTML has no `{name}`", f"Write {attribute} on `<mjml>` in your email.mjml.")


@rules.rule(
    "email-title",
    Severity.ERROR,
    "It names the page in browser tabs and for screen readers, where the email is read on the web.",
    "WCAG 2.2, 2.4.2 Page Titled",
)
def title(email: RenderedEmail) -> Iterator[Finding]:
    """HTML without a title.

    Write `<mj-title>{{ title }}</mj-title>` in your email.mjml.
    """
    if not (email.root.findtext(".//title") or "").strip():
        yield Finding((), "the HTML has no title", "Write `<mj-title>{{ title }}</mj-title>` in your email.mjml.")


@rules.rule(
    "email-headings",
    Severity.WARNING,
    "Screen reader users navigate by headings, and a skipped level sounds like missing content.",
    "WCAG 2.2, 1.3.1 Info and Relationships, technique G141",
)
def headings(email: RenderedEmail) -> Iterator[Finding]:
    """An email without exactly one first-level heading, or with a skipped heading level.

    Use one `<h1>`, for the issue's title, and below each heading only the next level.
    """
    found = [element for element in email.elements if re.fullmatch("h[1-6]", tag_of(element))]
    first = [element for element in found if element.tag == "h1"]
    if len(first) != 1:
        has = f"{len(first)} headings" if first else "no heading"
        yield Finding((), f"the email has {has} of the first level", "Use one `<h1>`, for the issue's title.")
    skipped = (
        (after, f"{description_of(after)} follows a heading of level {level}")
        for (level, _), (deeper, after) in pairwise((int(tag_of(element)[1]), element) for element in found)
        if deeper > level + 1
    )
    yield from email.findings(skipped, "Use the next level, and change how it looks in the style sheet.")


@rules.rule(
    "email-table-role",
    Severity.ERROR,
    "Without it, screen readers announce every row and column of the layout; 84 % of emails have such tables.",
    f"WAI-ARIA 1.2, presentation role; {_REPORT}",
)
def table_role(email: RenderedEmail) -> Iterator[Finding]:
    """A layout table without `role="presentation"`.

    Write `role="presentation"` on the table in your email.mjml or its parts.
    """
    tables = (
        (table, "a layout table has no role")
        for table in email.root.iter("table")
        if table.get("role", "").lower() not in ("presentation", "none") and table.find(".//th") is None
    )
    yield from email.findings(tables, 'Write role="presentation" on it in your email.mjml or its parts.')
