"""Reduces a Markdown tree to what the editor of Medium supports, and writes it as Markdown.

Medium supports paragraphs, emphasis, links, quotes, flat lists, images with captions, and code. `flatten` converts the
rest to these.
"""

import re
from collections.abc import Iterator

from newsletter.text.entry_lines import MARK
from newsletter.text.markdown import parse
from newsletter.text.tree import (
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Image,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Text,
)

Line = tuple[Inline, ...]
_SPECIAL = re.compile(r"[\\`*_\[\]<>~]|&(?=#?\w+;)|!$")
_PLAIN_URL = re.compile(r"[A-Za-z0-9:/.?=%+-]*")
_LINE_START = re.compile(r"^(?:([-+#=])|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)


def flatten(blocks: Blocks) -> Blocks:
    """Reduce lists and quotes to one level, and move images into their own paragraphs."""
    return tuple(flat for block in blocks for flat in _flat(block))


def blocks_to_markdown(blocks: Blocks) -> str:
    """Write blocks as Markdown with blank lines between them. Parsing it gives the same words and links."""
    parts: list[str] = []
    for previous, block in zip((None, *blocks), blocks, strict=False):
        if isinstance(block, List) and isinstance(previous, List) and (block.start is None) == (previous.start is None):
            # Two lists of the same kind would be parsed as one, so the second gets another marker.
            parts.append(_list(block, "+" if block.start is None else ")"))
        elif isinstance(block, Quote) and isinstance(previous, Quote):
            parts[-1] += "\n>\n" + _block(block)
        else:
            parts.append(_block(block))
    return "\n\n".join(parts)


def line_to_markdown(line: Line) -> str:
    """Write inlines as one line of Markdown. Emphasis is dropped if it would not be parsed as emphasis."""
    written = _at_line_start("".join(_inline(child) for child in line)).strip(" ")
    if any(isinstance(child, Emphasis) for child in _descend(line)) and parse(written) != (Paragraph(line),):
        return _at_line_start("".join(_inline(child) for child in _without_emphasis(line))).strip(" ")
    return written


def escaped(text: str) -> str:
    """Escape Markdown in a line of text, which may also be used as a heading."""
    return re.sub(r"(?<!\S)(#+)(\s*)$", r"\\\1\2", _at_line_start(_marked(text)))


def destination(url: str) -> str:
    """Escape a URL for the destination of a link."""
    return re.sub(r"[()\\]|&(?=#?\w+;)", lambda match: "\\" + match[0], url)


def image_to_markdown(source: str, alt: str) -> str:
    """Write an image as Markdown."""
    return f"![{_marked(alt)}]({destination(source)})"


def bare_url(url: str) -> str:
    """Write a URL on its own line, which Medium shows as a card. It is escaped only if necessary."""
    return url if _PLAIN_URL.fullmatch(url) or parse(url) == (Paragraph((Text(url),)),) else escaped(url)


def _flat(block: Block) -> Iterator[Block]:
    if isinstance(block, Paragraph):
        yield from _apart(block.children)
    elif isinstance(block, Quote):
        yield Quote(tuple(Paragraph(line) for line in _lines(block.children)))
    elif isinstance(block, List):
        items = [line for item in block.items for line in _items(item, "")]
        yield List(tuple((Paragraph(line),) for line in items), block.start)
    else:
        yield block


def _apart(children: Line) -> Iterator[Paragraph]:
    """Split a paragraph at its images. Yields each image, and the words between them, as paragraphs."""
    run: list[Inline] = []
    for child in (*children, None):
        if child is not None and not isinstance(child, Image):
            run.append(child)
            continue
        if words := _trimmed(tuple(run)):
            yield Paragraph(words)
        run = []
        if child is not None:
            yield Paragraph((child,))


def _trimmed(line: Line) -> Line:
    """Remove breaks and spaces at both ends of a line, and replace its images by words."""
    children = list(_worded(line))
    for end in (0, -1):
        while children and (isinstance(children[end], Break) or not getattr(children[end], "text", "-").strip()):
            children.pop(end)
    if children and isinstance(children[0], Text):
        children[0] = Text(children[0].text.lstrip())
    if children and isinstance(children[-1], Text):
        children[-1] = Text(children[-1].text.rstrip())
    return tuple(children)


def _worded(line: Line) -> Iterator[Inline]:
    """Replace the images of a line by links, and images inside links by their words."""
    for child in line:
        if isinstance(child, Image):
            yield Link(child.source, (Text(child.alt or child.source),))
        elif isinstance(child, Link):
            yield Link(child.url, tuple(Text(c.alt or c.source) if isinstance(c, Image) else c for c in child.children))
        elif isinstance(child, Emphasis):
            yield Emphasis(tuple(_worded(child.children)), child.mark)
        else:
            yield child


def _lines(blocks: Blocks) -> Iterator[Line]:
    """Yield the content of a quote or item as lines."""
    for block in blocks:
        if isinstance(block, Paragraph):
            if line := _trimmed(block.children):
                yield line
        elif isinstance(block, CodeBlock):
            yield from ((Code(text),) for text in block.text.split("\n") if text.strip())
        elif isinstance(block, Quote):
            yield from _lines(block.children)
        else:
            for number, item in enumerate(block.items, block.start or 0):
                yield from _items(item, "• " if block.start is None else f"{number}. ")


def _items(item: Blocks, mark: str) -> Iterator[Line]:
    """Yield an item as one line, then the items of its nested lists as lines with a dash."""
    own = [line for block in item if not isinstance(block, List) for line in _lines((block,))]
    if own or not item:
        joined = tuple(child for index, line in enumerate(own) for child in ((Break(), *line) if index else line))
        yield _prefixed(mark, joined)
    for block in item:
        if isinstance(block, List):
            for number, inner in enumerate(block.items, block.start or 0):
                yield from _items(inner, "– " if block.start is None else f"– {number}. ")


def _prefixed(mark: str, line: Line) -> Line:
    if line and isinstance(line[0], Text):
        return (Text(mark + line[0].text), *line[1:])
    return (Text(mark), *line) if mark else line


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        if len(block.children) == 1 and isinstance(block.children[0], Image):
            return image_to_markdown(block.children[0].source, block.children[0].alt)
        return line_to_markdown(block.children)
    if isinstance(block, CodeBlock):
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
        return f"{fence}\n{block.text}\n{fence}"
    if isinstance(block, Quote):
        return "\n".join("> " + line if line else ">" for line in blocks_to_markdown(block.children).split("\n"))
    return _list(block, "-" if block.start is None else ".")


def _list(block: List, mark: str) -> str:
    lines = []
    for index, item in enumerate(block.items):
        start = mark + " " if block.start is None else f"{block.start + index}{mark} "
        text = blocks_to_markdown(item)
        lines.append((start + re.sub(r"\n(?!\n|\Z)", "\n" + " " * len(start), text)).rstrip())
    return "\n".join(lines)


def _inline(child: Inline) -> str:
    if isinstance(child, Text):
        return _marked(child.text)
    if isinstance(child, Code):
        fence = "`" * (1 + max((len(run) for run in re.findall("`+", child.text)), default=0))
        pad = " " if child.text.strip(" ") and (child.text[0] in "` " or child.text[-1] in "` ") else ""
        return f"{fence}{pad}{child.text}{pad}{fence}"
    if isinstance(child, Break):
        return "  \n"
    if isinstance(child, Image):
        return image_to_markdown(child.source, child.alt)
    inner = "".join(_inline(inside) for inside in child.children)
    return f"{child.mark}{inner}{child.mark}" if isinstance(child, Emphasis) else f"[{inner}]({destination(child.url)})"


def _marked(text: str) -> str:
    # The invisible mark is written as an entity, so that authors see it and emphasis can follow it.
    return _SPECIAL.sub(lambda match: "\\" + match[0], text).replace(MARK, "&#8288;")


def _at_line_start(text: str) -> str:
    return _LINE_START.sub(lambda match: f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}", text)


def _descend(line: Line) -> Iterator[Inline]:
    for child in line:
        yield child
        if isinstance(child, Emphasis | Link):
            yield from _descend(child.children)


def _without_emphasis(line: Line) -> Iterator[Inline]:
    for child in line:
        if isinstance(child, Emphasis):
            yield from _without_emphasis(child.children)
        elif isinstance(child, Link):
            yield Link(child.url, tuple(_without_emphasis(child.children)))
        else:
            yield child
