"""Renders the email: template → MJML → HTML → HTML with inlined CSS. Only its images are separate files."""

from markupsafe import Markup, escape

from newsletter.errors import LayoutError
from newsletter.render.format import Finished
from newsletter.render.merge_fields import replace_braces, restore_html
from newsletter.render.mjml_layout import lay_out
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
# The maximum length of email.css, in characters.
MAX_RULES = 50_000


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
    page = lay_out(templates.fill("email.mjml", values))
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
