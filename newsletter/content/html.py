"""A Markdown tree as HTML that is also well-formed XML, as MJML asks for."""

from collections.abc import Callable

from markupsafe import Markup, escape

from newsletter.content.tree import (
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Image,
    Inline,
    List,
    Paragraph,
    Quote,
    Text,
)

Figure = Callable[[Image], Markup]


def image_tag(image: Image) -> Markup:
    """An image as one tag, with its size where that is known."""
    width = Markup(' width="{}"').format(image.width) if image.width else Markup("")
    height = Markup(' height="{}"').format(image.height) if image.height else Markup("")
    return Markup('<img src="{}" alt="{}"{}{} />').format(image.source, image.alt, width, height)


def blocks_to_html(blocks: Blocks, figure: Figure = image_tag) -> Markup:
    """Blocks one after another, without white space between them."""
    return Markup("").join(_block(block, figure) for block in blocks)


def inlines_to_html(children: tuple[Inline, ...], figure: Figure = image_tag) -> Markup:
    """Inlines as HTML; no line break stands in it, since MJML would join the words around one."""
    return Markup("").join(_inline(child, figure) for child in children)


def _block(block: Block, figure: Figure) -> Markup:
    if isinstance(block, Paragraph):
        inner = inlines_to_html(block.children, figure)
        return inner if inner.startswith("<figure") else Markup("<p>{}</p>").format(inner)
    if isinstance(block, CodeBlock):
        return Markup("<pre><code>{}</code></pre>").format(block.text)
    if isinstance(block, Quote):
        return Markup("<blockquote>{}</blockquote>").format(blocks_to_html(block.children, figure))
    return _list(block, figure)


def _list(block: List, figure: Figure) -> Markup:
    items = Markup("").join(Markup("<li>{}</li>").format(_item(item, figure)) for item in block.items)
    if block.start is None:
        return Markup("<ul>{}</ul>").format(items)
    start = Markup("") if block.start == 1 else Markup(' start="{}"').format(block.start)
    return Markup("<ol{}>{}</ol>").format(start, items)


def _item(blocks: Blocks, figure: Figure) -> Markup:
    """A list's item: a first paragraph stands in it bare, as in a tight list."""
    if blocks and isinstance(blocks[0], Paragraph):
        return inlines_to_html(blocks[0].children, figure) + blocks_to_html(blocks[1:], figure)
    return blocks_to_html(blocks, figure)


def _inline(child: Inline, figure: Figure) -> Markup:
    if isinstance(child, Text):
        return escape(child.text)
    if isinstance(child, Code):
        return Markup("<code>{}</code>").format(child.text)
    if isinstance(child, Break):
        return Markup("<br />")
    if isinstance(child, Image):
        return figure(child)
    inner = inlines_to_html(child.children, figure)
    if isinstance(child, Emphasis):
        return Markup("<strong>{}</strong>" if child.strong else "<em>{}</em>").format(inner)
    return Markup('<a href="{}">{}</a>').format(child.url, inner)
