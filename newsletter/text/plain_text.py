"""Writes a Markdown tree as plain text, with numbered links that are listed separately."""

from newsletter.text.tree import (
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
from newsletter.text.wrapping import CLOSING, OPENING, wrap

WIDTH = 72


class References:
    """Numbers the URLs of a text in order. Each URL gets one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._new: list[str] = []

    def number(self, url: str) -> int:
        """Return the number of a URL. A new URL is added to the next `listed`."""
        if url not in self._numbers:
            self._numbers[url] = len(self._numbers) + 1
            self._new.append(url)
        return self._numbers[url]

    def listed(self) -> list[str]:
        """Return a line for each URL that was numbered since the last call."""
        lines = [f"[{self._numbers[url]}] {url}" for url in self._new]
        self._new.clear()
        return lines


def blocks_to_text(blocks: Blocks, references: References, width: int = WIDTH, *, tight: bool = False) -> list[str]:
    """Write blocks as lines with blank lines between them.

    Args:
        blocks: The blocks.
        references: Numbers the URLs.
        width: The maximum width of a line, in terminal cells.
        tight: Whether to omit the blank line before lists.
    """
    lines: list[str] = []
    for index, block in enumerate(blocks):
        if index and not (tight and isinstance(block, List)):
            lines.append("")
        lines += _block(block, references, width)
    return lines


def inlines_to_text(children: tuple[Inline, ...], references: References) -> str:
    """Write inlines as text that is not wrapped yet. Breaks become line breaks."""
    return "".join(_inline(child, references) for child in children)


def indent(lines: list[str], first: str, rest: str | None = None) -> list[str]:
    """Prefix the first line with `first`, and the others with `rest`, or spaces if None."""
    following = " " * len(first) if rest is None else rest
    return [(first if index == 0 else following) + line if line or rest else line for index, line in enumerate(lines)]


def _block(block: Block, references: References, width: int) -> list[str]:
    if isinstance(block, Paragraph):
        lines = wrap(inlines_to_text(block.children, references), width)
        return [line.replace(OPENING, "*").replace(CLOSING, "*") for line in lines]
    if isinstance(block, CodeBlock):
        return ["    " + line for line in block.text.split("\n")]
    if isinstance(block, Quote):
        return indent(blocks_to_text(block.children, references, width - 2), "> ", "> ")
    return _list(block, references, width)


def _list(block: List, references: References, width: int) -> list[str]:
    lines: list[str] = []
    for index, item in enumerate(block.items):
        mark = "- " if block.start is None else f"{block.start + index}. "
        lines += indent(blocks_to_text(item, references, width - len(mark), tight=True) or [""], mark)
    return lines


def _inline(child: Inline, references: References) -> str:
    if isinstance(child, Text | Code):
        return child.text
    if isinstance(child, Break):
        return "\n"
    if isinstance(child, Image):
        return f"[{child.alt}]" if child.alt else ""
    inner = inlines_to_text(child.children, references)
    if isinstance(child, Emphasis):
        return OPENING + inner + CLOSING
    return (
        inner
        if inner in (child.url, child.url.removeprefix("mailto:"))
        else f"{inner} [{references.number(child.url)}]"
    )
