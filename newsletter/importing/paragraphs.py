"""Paragraphs as blocks of a page: an image becomes a figure, a row of dashes a rule.

Markdown and HTML share this, whichever of them a page is written in.
"""

from collections.abc import Iterator

from newsletter.importing.blocks import CaptionedImage, Divider, Part
from newsletter.text.entry_lines import is_rule
from newsletter.text.tree import Block, Break, Emphasis, Image, Inline, Link, Paragraph, plain_inlines


def rule_or_block(part: Part) -> Part:
    """Return a rule where a paragraph is only a row of dashes; otherwise the block itself."""
    return Divider() if isinstance(part, Paragraph) and is_rule(part.children) else part


def paragraph_parts(block: Block) -> Iterator[Part]:
    """Split a paragraph at its images, so that each image is a figure; other blocks stay whole."""
    if not isinstance(block, Paragraph):
        yield block
        return
    run: list[Inline] = []
    for child in block.children:
        figure = _figure(child)
        if figure is None:
            run.append(child)
            continue
        if _worded(run):
            yield Paragraph(tuple(run))
        run = []
        yield figure
    if _worded(run):
        yield Paragraph(tuple(run))


def _figure(child: Inline) -> CaptionedImage | None:
    """Return the figure that an inline is: an image, emphasised or not."""
    if isinstance(child, Image):
        return CaptionedImage(child)
    if isinstance(child, Emphasis) and len(child.children) == 1:
        return _figure(child.children[0])
    return None


def _worded(run: list[Inline]) -> bool:
    return any(
        not isinstance(child, Break) and (isinstance(child, Link) or plain_inlines((child,)).strip()) for child in run
    )
