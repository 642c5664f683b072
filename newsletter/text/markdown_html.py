"""Writes a Markdown tree as HTML that is also well-formed XML.

Strings are joined first and converted to `Markup` once, which saves a millisecond for a page with 20 entries.
"""

import html
from collections.abc import Callable

from markupsafe import Markup

from newsletter.text.tree import (
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Image,
    Inline,
    Paragraph,
    Quote,
    Text,
)

Figure = Callable[[Image], str]


def image_tag(image: Image) -> str:
    """Write an image as one tag, with its size if known."""
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return f'<img src="{_escape(image.source)}" alt="{_escape(image.alt)}"{width}{height} />'


def blocks_to_html(blocks: Blocks, figure: Figure = image_tag) -> Markup:
    """Write blocks without white space between them. `figure` writes images."""
    return Markup("".join([_block(block, figure) for block in blocks]))


def _block(block: Block, figure: Figure) -> str:
    if isinstance(block, Paragraph):
        inner = _inlines(block.children, figure)
        return inner if inner.startswith("<figure") else f"<p>{inner}</p>"
    if isinstance(block, CodeBlock):
        return f'<pre dir="ltr"><code>{_escape(block.text)}</code></pre>'
    if isinstance(block, Quote):
        return f"<blockquote>{''.join([_block(child, figure) for child in block.children])}</blockquote>"
    items = "".join([f"<li>{_item(item, figure)}</li>" for item in block.items])
    if block.start is None:
        return f"<ul>{items}</ul>"
    start = "" if block.start == 1 else f' start="{block.start}"'
    return f"<ol{start}>{items}</ol>"


def _item(blocks: Blocks, figure: Figure) -> str:
    """Write the content of a list item. A first paragraph gets no `<p>`, as in a tight list."""
    first = _inlines(blocks[0].children, figure) if blocks and isinstance(blocks[0], Paragraph) else ""
    rest = blocks[1:] if first else blocks
    return first + "".join([_block(block, figure) for block in rest])


def _escape(text: str) -> str:
    """Escape a text as `html.escape` does. Most texts have no character that is escaped, so that is tested first."""
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return html.escape(text)
    return text


def _inlines(children: tuple[Inline, ...], figure: Figure) -> str:
    return "".join([_escape(child.text) if type(child) is Text else _inline(child, figure) for child in children])


def _inline(child: Inline, figure: Figure) -> str:
    if isinstance(child, Text):
        return _escape(child.text)
    if isinstance(child, Code):
        return f'<code dir="ltr">{_escape(child.text)}</code>'
    if isinstance(child, Break):
        return "<br />"
    if isinstance(child, Image):
        return figure(child)
    inner = _inlines(child.children, figure)
    if isinstance(child, Emphasis):
        return f"<strong>{inner}</strong>" if child.strong else f"<em>{inner}</em>"
    rel = f' rel="{child.rel}"' if child.rel else ""
    return f'<a href="{_escape(child.url)}"{rel}>{inner}</a>'
