"""Renders the text part of the email: all texts and links, for mail clients that show plain text."""

import re

from newsletter.render.format import Finished
from newsletter.render.merge_fields import restore_text
from newsletter.render.templates import Templates
from newsletter.render.views import IssueView
from newsletter.text.plain_text import WIDTH, References, blocks_to_text, indent
from newsletter.text.tree import Blocks
from newsletter.text.wrapping import wrap


def render_text(issue: IssueView, templates: Templates, _finished: Finished) -> str:
    """Render the text part, wrapped at 72 terminal cells. A URL is never broken.

    Raises:
        TemplateError: The template fails.
    """
    references = References()

    def lines(text: str, mark: str = "") -> str:
        return "\n".join(indent(wrap(text, WIDTH - len(mark)), mark))

    def text(blocks: Blocks, mark: str = "") -> str:
        return "\n".join(indent(blocks_to_text(blocks, references, WIDTH - len(mark)), mark))

    def links() -> str:
        return "".join(f"{line}\n" for line in references.listed())

    def rule(character: str) -> str:
        return character * WIDTH

    values = {"issue": issue, "lines": lines, "text": text, "links": links, "rule": rule}
    filled = templates.fill("email.txt", values)
    lines_without_spaces = "\n".join(line.rstrip(" ") for line in filled.split("\n"))
    return restore_text(re.sub(r"\n{3,}", "\n\n", lines_without_spaces).strip("\n") + "\n")
