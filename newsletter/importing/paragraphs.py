"""Splits paragraphs of Markdown and HTML: an image becomes a separate block, a row of dashes a horizontal rule."""

from collections.abc import Iterator

from newsletter.importing.blocks import CaptionedImage, Divider, Heading, Part
from newsletter.text.entry_lines import is_rule
from newsletter.text.tree import Block, Break, Emphasis, Image, Inline, Link, Paragraph, plain_inlines


def rule_or_block(part: Part) -> Part:
    """Return a horizontal rule for a paragraph or heading that is a row of dashes, otherwise the block."""
    return Divider() if isinstance(part, Paragraph | Heading) and is_rule(part.children) else part


def paragraph_parts(block: Block) -> Iterator[Part]:
    """Split a paragraph at its images, so that each image is a separate block. Other blocks do not change."""
    if not isinstance(block, Paragraph):
        yield block
        return
    run: list[Inline] = []
    for child in block.children:
        figure = _figure(child)
        if figure is None:
            run.append(child)
            continue
        if _has_text(run):
            yield Paragraph(tuple(run))
        run = []
        yield figure
    if _has_text(run):
        yield Paragraph(tuple(run))


def _figure(child: Inline) -> CaptionedImage | None:
    """Return an image, emphasised or not, as a block, or None for other inlines."""
    if isinstance(child, Image):
        return CaptionedImage(child)
    if isinstance(child, Emphasis) and len(child.children) == 1:
        return _figure(child.children[0])
    return None


def _has_text(run: list[Inline]) -> bool:
    return any(
        not isinstance(child, Break) and (isinstance(child, Link) or plain_inlines((child,)).strip()) for child in run
    )
