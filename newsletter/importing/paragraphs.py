"""Splits paragraphs of Markdown and HTML: an image becomes a separate block, a row of dashes a horizontal rule."""

from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.importing.blocks import CaptionedImage, Divider, Heading, Part
from newsletter.text.entry_lines import is_rule
from newsletter.text.tree import (
    Block,
    Break,
    Emphasis,
    Image,
    Inline,
    Link,
    Paragraph,
    Text,
    plain_inlines,
    walk_inlines,
)


@dataclass(frozen=True)
class _ImageTarget:
    """The URL that an image links to. It becomes a paragraph of its own."""

    url: str


def rule_or_block(part: Part) -> Part:
    """Return a horizontal rule for a paragraph that is a row of dashes, otherwise the block."""
    return Divider() if isinstance(part, Paragraph) and is_rule(part.children) else part


def heading_or_rule(part: Part) -> Part:
    """Return a horizontal rule for a heading that is a row of dashes, otherwise the block."""
    return Divider() if isinstance(part, Heading) and is_rule(part.children) else part


def paragraph_parts(block: Block) -> Iterator[Part]:
    """Split a paragraph at its images, so that each image is a separate block. Other blocks do not change."""
    if not isinstance(block, Paragraph):
        yield block
        return
    run: list[Inline] = []
    for child in _without_wrappers(block.children):
        if not isinstance(child, Image | _ImageTarget):
            run.append(child)
            continue
        yield from _paragraph(run)
        run = []
        yield CaptionedImage(child) if isinstance(child, Image) else Paragraph((Link(child.url, ()),))
    yield from _paragraph(run) if len(run) < len(block.children) else [block]


def _without_wrappers(children: tuple[Inline, ...]) -> "Iterator[Inline | _ImageTarget]":
    """Yield the inlines of a line, with images outside of emphasis and links around them."""
    for child in children:
        if isinstance(child, Emphasis) and any(isinstance(c, Image) for c in walk_inlines(child.children)):
            run: list[Inline] = []
            for inner in _without_wrappers(child.children):
                if isinstance(inner, Image | _ImageTarget):
                    yield from [Emphasis(tuple(run), child.mark)] if _has_text(run) else ()
                    yield inner
                    run = []
                else:
                    run.append(inner)
            yield from [Emphasis(tuple(run), child.mark)] if _has_text(run) else ()
        elif isinstance(child, Link) and [type(c) for c in child.children] == [Image]:
            (image,) = child.children
            yield image
            if isinstance(image, Image) and image.source != child.url:
                yield _ImageTarget(child.url)
        else:
            yield child


def _paragraph(run: list[Inline]) -> Iterator[Part]:
    """Yield the text next to an image, without the white space and breaks between them."""
    if not _has_text(run):
        return
    children = list(run)
    while isinstance(children[0], Break) or (isinstance(first := children[0], Text) and not first.text.strip()):
        children.pop(0)
    while isinstance(children[-1], Break) or (isinstance(last := children[-1], Text) and not last.text.strip()):
        children.pop()
    if isinstance(first := children[0], Text):
        children[0] = Text(first.text.lstrip())
    if isinstance(last := children[-1], Text):
        children[-1] = Text(last.text.rstrip())
    yield Paragraph(tuple(children))


def _has_text(run: list[Inline]) -> bool:
    return any(
        not isinstance(child, Break) and (isinstance(child, Link) or plain_inlines((child,)).strip()) for child in run
    )
