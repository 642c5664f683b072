"""The email: template → MJML → HTML → inlined HTML, one file that needs nothing but hosted images."""

import re

from markupsafe import Markup, escape

from newsletter.errors import LayoutError
from newsletter.render.format import Finished
from newsletter.render.issue_view import IssueView
from newsletter.render.merge_fields import replace_braces, restore_html
from newsletter.render.templates import Templates
from newsletter.text.images import COLUMN
from newsletter.text.markdown_html import blocks_to_html, image_tag
from newsletter.text.tree import Image

# mrml breaks the aria-label of a title with a quote in it, so the title is set afterwards.
_TITLE = "TITLE-OF-THE-ISSUE"
# What an inbox shows after the subject runs on into the body unless something fills the line.
_PREHEADER_LENGTH = 150
_FILLER = "\u034f\u200c\u00a0"
# A noncharacter, which no author's text may hold.
_MARK = "\ufdd1"
# How deep a layout may be, in tags, and how long the rules to inline, in characters.
MAX_DEPTH, MAX_RULES = 100, 50_000


def render_email(issue: IssueView, templates: Templates, _finished: Finished) -> str:
    """Render the HTML of the email.

    Raises:
        TemplateError: a template fails.
        LayoutError: the filled template is not MJML.
    """
    # Only an email needs these, and they are the slowest imports of all.
    from newsletter.render.inline_css import inline_css

    right_to_left = issue.direction == "rtl"
    values = {
        "issue": issue,
        "html": lambda blocks: blocks_to_html(blocks, _bounded),
        "picture": lambda image: Markup(_bounded(image)),
        "title": _TITLE,
        "filler": _FILLER * max(0, _PREHEADER_LENGTH - len(issue.preheader)),
        "start": "right" if right_to_left else "left",
        "end": "left" if right_to_left else "right",
        # In a right-to-left issue a name in Latin letters keeps its own order.
        "auto": Markup(' dir="auto"') if right_to_left else "",
    }
    layout, parts = _take_out(templates.fill("email.mjml", values))
    page = _put_back(_lay_out(layout), parts)
    title = replace_braces(str(escape(issue.subject)))
    page = page.replace(f"<title>{_TITLE}</title>", f"<title>{title}</title>", 1)
    page = page.replace(f'aria-label="{_TITLE}"', f'aria-label="{title}"', 1)
    css = templates.fill("email.css", values)
    if len(css) > MAX_RULES:
        message = f"email.css has {len(css):,} characters, and at most {MAX_RULES:,} are inlined"
        raise LayoutError(message, "Rules that need not be style attributes can stand in email-head.css.")
    return restore_html(inline_css(page, css))


def _bounded(image: Image) -> str:
    """Return an image that is no wider than its pixels: `width: 100%` would enlarge a small one."""
    tag = image_tag(image)
    narrow = image.width is not None and image.width < COLUMN
    return tag.replace(" />", f' style="max-width:{image.width}px" />') if narrow else tag


def _take_out(layout: str) -> tuple[str, list[str]]:
    r"""Replace the contents of each `mj-raw` by a mark. Returns the layout and the contents.

    mrml writes attributes as Rust shows strings: an emoji's joiner in an `alt` would come out as
    `\u{200d}`. It also joins words around a line break, and dies of deep nesting. So it sees none of it.
    """
    parts: list[str] = []

    def mark(match: re.Match[str]) -> str:
        parts.append(re.sub(r">[ \t]*\n\s*<", "><", match[1].strip()))
        return f"<mj-raw>{_MARK}{len(parts) - 1}{_MARK}</mj-raw>"

    return re.sub(r"<mj-raw>(.*?)</mj-raw>", mark, layout, flags=re.DOTALL), parts


def _put_back(page: str, parts: list[str]) -> str:
    return re.sub(f"{_MARK}(\\d+){_MARK}", lambda match: parts[int(match[1])], page)


def _lay_out(layout: str) -> str:
    from mjml import mjml2html

    if _depth(layout) > MAX_DEPTH:
        message = f"the email's layout is nested more than {MAX_DEPTH} levels deep"
        raise LayoutError(message, "Close the tags of email.mjml in your templates/.")
    try:
        return mjml2html(layout, disable_comments=True, fonts={})
    except ValueError as error:
        raise LayoutError(
            f"the email's layout is not MJML: {_located(str(error), layout)}",
            "Correct email.mjml in your templates/: every tag closed, every attribute quoted.",
        ) from error


def _depth(layout: str) -> int:
    """Return how deep tags are nested: mrml ends the process at thousands of levels."""
    depth = deepest = 0
    for tag in re.finditer(r"<(/?)[\w-]+[^<>]*?(/?)>", layout):
        depth += -1 if tag[1] else 0 if tag[2] else 1
        deepest = max(deepest, depth)
    return deepest


def _located(message: str, layout: str) -> str:
    """Return mrml's message; a byte range in it becomes a line of the filled template."""
    place = re.search(r"(\d+)\.\.(\d+)", message)
    if not place:
        return message
    before = layout.encode()[: int(place[1])].decode(errors="replace")
    line = layout.splitlines()[before.count("\n")] if layout else ""
    return f"{message}; that is line {before.count(chr(10)) + 1} of the filled template: {line.strip()[:100]}"
