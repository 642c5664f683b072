"""The tree of a Markdown text. All outputs are written from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Inline code."""

    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """A hard line break."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image in a text. Sizes are in pixels, or None if unknown."""

    source: str
    alt: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Emphasised text. `mark` is its delimiter in the source: `*`, `**`, `_` or `__`."""

    children: "tuple[Inline, ...]"
    mark: str

    @property
    def strong(self) -> bool:
        """Whether it is strong emphasis."""
        return len(self.mark) == 2


@dataclass(frozen=True, slots=True)
class Link:
    """A link. `url` is a URL, or `@id` for an entry. `rel` is its relation in HTML, such as `sponsored`, or ""."""

    url: str
    children: "tuple[Inline, ...]"
    rel: str = ""


Inline = Text | Code | Break | Image | Emphasis | Link
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code, without a line break at its end."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation."""

    children: "Blocks"


@dataclass(frozen=True, slots=True)
class List:
    """A list. `start` is the first number of an ordered list, or None."""

    items: "tuple[Blocks, ...]"
    start: int | None = None


Block = Paragraph | CodeBlock | Quote | List
Blocks = tuple[Block, ...]


def walk(blocks: Blocks) -> Iterator[Inline]:
    """Yield each inline of a tree, in order."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield from walk_inlines(block.children)
        elif isinstance(block, Quote):
            yield from walk(block.children)
        elif isinstance(block, List):
            for item in block.items:
                yield from walk(item)


def walk_inlines(children: tuple[Inline, ...]) -> Iterator[Inline]:
    """Yield each inline of a line, in order."""
    for child in children:
        yield child
        if isinstance(child, Emphasis | Link):
            yield from walk_inlines(child.children)


def targets(blocks: Blocks) -> Iterator[str]:
    """Yield the URL of every link and image, in reading order."""
    for child in walk(blocks):
        if isinstance(child, Link):
            yield child.url
        elif isinstance(child, Image):
            yield child.source


def paragraphs(blocks: Blocks) -> Iterator[str]:
    """Yield the words of each paragraph, at any depth. Images are skipped, code is replaced by `…`."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield _prose(block.children)
        elif isinstance(block, Quote):
            yield from paragraphs(block.children)
        elif isinstance(block, List):
            for item in block.items:
                yield from paragraphs(item)


def rewrite(blocks: Blocks, change: Callable[[Link | Image], Inline]) -> Blocks:
    """Return a tree in which `change` has replaced the links and images."""

    def line(children: Line) -> Line:
        return tuple(change(child) if isinstance(child, Link | Image) else child for child in children)

    return rewrite_lines(blocks, line)


def rewrite_lines(blocks: Blocks, change: Callable[[Line], Line]) -> Blocks:
    """Return a tree in which `change` has replaced the inlines of each paragraph, emphasis and link, inside first."""
    return tuple(_rewrite_block(block, change) for block in blocks)


def join_texts(line: Line) -> Line:
    """Join adjacent texts of a line, as the parser does."""
    joined: list[Inline] = []
    for child in line:
        if isinstance(child, Text) and joined and isinstance(joined[-1], Text):
            joined[-1] = Text(joined[-1].text + child.text)
        elif child != Text(""):
            joined.append(child)
    return tuple(joined)


def plain_inlines(children: tuple[Inline, ...]) -> str:
    """Return the words of a line without Markdown. An image is replaced by its alternative text."""
    words = []
    for child in children:
        if isinstance(child, Text | Code):
            words.append(child.text)
        elif isinstance(child, Image):
            words.append(child.alt)
        elif isinstance(child, Break):
            words.append("\n")
        else:
            words.append(plain_inlines(child.children))
    return "".join(words)


def _prose(children: tuple[Inline, ...]) -> str:
    words = []
    for child in children:
        if isinstance(child, Text):
            words.append(child.text)
        elif isinstance(child, Break):
            words.append("\n")
        elif isinstance(child, Code):
            words.append("`…`")
        elif isinstance(child, Emphasis | Link):
            words.append(_prose(child.children))
    return "".join(words)


def _rewrite_block(block: Block, change: Callable[[Line], Line]) -> Block:
    if isinstance(block, Paragraph):
        return Paragraph(_rewrite_line(block.children, change))
    if isinstance(block, Quote):
        return Quote(rewrite_lines(block.children, change))
    if isinstance(block, List):
        return List(tuple(rewrite_lines(item, change) for item in block.items), block.start)
    return block


def _rewrite_line(children: Line, change: Callable[[Line], Line]) -> Line:
    return change(
        tuple(
            replace(child, children=_rewrite_line(child.children, change))
            if isinstance(child, Emphasis | Link)
            else child
            for child in children
        )
    )
