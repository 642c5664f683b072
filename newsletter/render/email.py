"""Renders the email: template → MJML → HTML → HTML with inlined CSS. Only its images are separate files."""

import re

from markupsafe import Markup, escape

from newsletter.errors import LayoutError
from newsletter.render.format import Finished
from newsletter.render.merge_fields import replace_braces, restore_html
from newsletter.render.templates import Templates
from newsletter.render.views import IssueView
from newsletter.text.images import COLUMN
from newsletter.text.markdown_html import blocks_to_html, image_tag
from newsletter.text.tree import Image

# mrml writes a broken aria-label for a title that contains a quotation mark, so the title is inserted afterwards.
_TITLE = "TITLE-OF-THE-ISSUE"
# After a short preheader, an inbox shows the beginning of the body, in Gmail up to 200 characters in all. Invisible
# characters fill the line instead.
_PREHEADER_LENGTH = 200
_FILLER = "\u034f\u200c\u00a0"
# A Unicode noncharacter. Validation rejects it in an author's text.
_MARK = "\ufdd1"
# The maximum nesting of the layout, in tags, and the maximum length of email.css, in characters.
MAX_DEPTH, MAX_RULES = 100, 50_000


def render_email(issue: IssueView, templates: Templates, _finished: Finished) -> str:
    """Render the HTML of the email.

    Raises:
        TemplateError: A template fails.
        LayoutError: The filled template is not valid MJML or too deeply nested, or email.css is too long.
    """
    # These imports are slow, and only the email needs them.
    from newsletter.render.inline_css import inline_css

    right_to_left = issue.direction == "rtl"
    values = {
        "issue": issue,
        "html": lambda blocks: blocks_to_html(blocks, _render_image),
        "picture": lambda image: Markup(_render_image(image)),
        "title": _TITLE,
        "filler": _FILLER * max(0, _PREHEADER_LENGTH - len(issue.preheader)),
        "start": "right" if right_to_left else "left",
        "end": "left" if right_to_left else "right",
        # In a right-to-left issue, a name in Latin letters keeps its own direction.
        "auto": Markup(' dir="auto"') if right_to_left else "",
    }
    layout, parts = _extract_raw(templates.fill("email.mjml", values))
    page = _insert_raw(_render_mjml(layout), parts)
    title = replace_braces(str(escape(issue.subject)))
    page = page.replace(f"<title>{_TITLE}</title>", f"<title>{title}</title>", 1)
    page = page.replace(f'aria-label="{_TITLE}"', f'aria-label="{title}"', 1)
    css = templates.fill("email.css", values)
    if len(css) > MAX_RULES:
        message = f"email.css has {len(css):,} characters; the limit is {MAX_RULES:,}"
        raise LayoutError(message, "Move rules that do not need to become style attributes to email-head.css.")
    return restore_html(inline_css(page, css))


def _render_image(image: Image) -> str:
    """Return the tag of an image. Its width is limited to its pixels, because `width: 100%` enlarges a small image."""
    tag = image_tag(image)
    narrow = image.width is not None and image.width < COLUMN
    return tag.replace(" />", f' style="max-width:{image.width}px" />') if narrow else tag


def _extract_raw(layout: str) -> tuple[str, list[str]]:
    r"""Replace the contents of each `mj-raw` with a marker. Returns the layout and the contents.

    mrml damages these contents: it writes a zero-width joiner in an attribute as `\u{200d}`, joins the words around a
    line break, and crashes on deep nesting.
    """
    parts: list[str] = []

    def mark(match: re.Match[str]) -> str:
        parts.append(re.sub(r">[ \t]*\n\s*<", "><", match[1].strip()))
        return f"<mj-raw>{_MARK}{len(parts) - 1}{_MARK}</mj-raw>"

    return re.sub(r"<mj-raw>(.*?)</mj-raw>", mark, layout, flags=re.DOTALL), parts


def _insert_raw(page: str, parts: list[str]) -> str:
    return re.sub(f"{_MARK}(\\d+){_MARK}", lambda match: parts[int(match[1])], page)


def _render_mjml(layout: str) -> str:
    from mjml import mjml2html

    if _measure_depth(layout) > MAX_DEPTH:
        message = f"the email's layout is nested more than {MAX_DEPTH} levels deep"
        raise LayoutError(message, "Close every tag of email.mjml and its parts in your templates/ folder.")
    try:
        return mjml2html(layout, disable_comments=True, fonts={})
    except ValueError as error:
        raise LayoutError(
            f"the email's layout is not valid MJML: {_add_line(str(error), layout)}",
            "Correct email.mjml or its parts in your templates/ folder: close every tag and quote every attribute.",
        ) from error


def _measure_depth(layout: str) -> int:
    """Return how deep tags are nested. At thousands of levels mrml ends the process."""
    depth = deepest = 0
    for tag in re.finditer(r"<(/?)[\w-]+[^<>]*?(/?)>", layout):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        deepest = max(deepest, depth)
    return deepest


def _add_line(message: str, layout: str) -> str:
    """Add the line of the filled template to mrml's message, if the message contains a byte range."""
    location = re.search(r"(\d+)\.\.(\d+)", message)
    if not location:
        return message
    before = layout.encode()[: int(location[1])].decode(errors="replace")
    line = layout.splitlines()[before.count("\n")] if layout else ""
    return f"{message} (line {before.count(chr(10)) + 1} of the filled template: {line.strip()[:100]})"
