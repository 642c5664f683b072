"""The blocks of a published page, in Markdown or in HTML."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

from newsletter.importing.plain_text import without_controls
from newsletter.text.canonical_url import remove_tracking
from newsletter.text.medium_markdown import blocks_to_markdown, image_to_markdown
from newsletter.text.tree import (
    Block,
    Emphasis,
    Image,
    Inline,
    Link,
    List,
    Paragraph,
    Quote,
    Text,
    plain_inlines,
    walk_inlines,
)
from newsletter.text.words import unspaced

Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` counts from 1."""

    level: int
    children: Line


@dataclass(frozen=True, slots=True)
class Divider:
    """A horizontal rule: `---` in Markdown or `<hr>` in HTML."""


@dataclass(frozen=True, slots=True)
class CaptionedImage:
    """An image that is not part of a paragraph, with its caption."""

    image: Image
    caption: Line = ()


@dataclass(frozen=True, slots=True)
class LinkCard:
    """A link card: a box with the title and the description of another page."""

    url: str
    title: str
    teaser: str


Part = Block | Heading | Divider | CaptionedImage | LinkCard


@dataclass(frozen=True, slots=True)
class Piece:
    """A block and the line of the page where it starts, from 1."""

    line: int
    part: Part

    @property
    def words(self) -> str:
        """The text of a heading or paragraph on one line; "" for other blocks."""
        return unwrapped_line(plain_inlines(self.part.children)) if isinstance(self.part, Heading | Paragraph) else ""


def markdown_of(part: Part) -> str:
    """Return a block as Markdown."""
    if isinstance(part, Heading):
        return "#" * part.level + " " + blocks_to_markdown((Paragraph(part.children),))
    if isinstance(part, Divider):
        return "---"
    if isinstance(part, LinkCard):
        return " — ".join(filter(None, (part.title, part.teaser, part.url)))
    if isinstance(part, CaptionedImage):
        caption = blocks_to_markdown((Paragraph(join_lines(part.caption)),)) if part.caption else ""
        return "\n".join(filter(None, (image_to_markdown(part.image.source, part.image.alt), caption)))
    return comment_of([part])


def comment_of(blocks: list[Block]) -> str:
    """Return blocks as the Markdown of a comment, with the lines of each paragraph joined."""
    return blocks_to_markdown(tuple(_unwrapped(block) for block in blocks))


def join_lines(line: Line) -> Line:
    """Replace the line breaks of the source with spaces, or with nothing between East Asian characters."""
    joined: list[Inline] = []
    for index, child in enumerate(line):
        if isinstance(child, Text) and "\n" in child.text:
            joined.append(Text(_joined(child.text, plain_inlines(line[:index]), plain_inlines(line[index + 1 :]))))
        elif isinstance(child, Emphasis):
            joined.append(Emphasis(join_lines(child.children), child.mark))
        elif isinstance(child, Link):
            joined.append(Link(child.url, join_lines(child.children)))
        else:
            joined.append(child)
    return tuple(joined)


def unwrapped_line(text: str) -> str:
    """Return a text on one line without surrounding white space."""
    return re.sub(r"\s+", " ", without_controls(_joined(text))).strip()


def address(url: str, base: str = "") -> str:
    """Return an absolute URL without Medium's redirect and without tracking parameters."""
    url = url.strip()
    if base and re.match(r"/(?!/)", url):
        url = urljoin(base, url)
    elif url.startswith("//"):
        url = f"https:{url}"
    if re.match(r"https?://medium\.com/r/?\?", url):
        url = parse_qs(urlsplit(url).query).get("url", [url])[0]
    return remove_tracking(url)


def addresses(line: Line) -> list[str]:
    """Return the URLs of the links and images in a line."""
    inside = list(walk_inlines(line))
    links = [child.url for child in inside if isinstance(child, Link)]
    return [*links, *(child.source for child in inside if isinstance(child, Image))]


def _unwrapped(block: Block) -> Block:
    if isinstance(block, Paragraph):
        return Paragraph(join_lines(block.children))
    if isinstance(block, Quote):
        return Quote(tuple(_unwrapped(child) for child in block.children))
    if isinstance(block, List):
        return List(tuple(tuple(_unwrapped(child) for child in item) for item in block.items), block.start)
    return block


def _joined(text: str, before: str = "", after: str = "") -> str:
    """Return a text without line breaks. `before` and `after` are the texts around it, which decide about spaces."""

    def space(found: re.Match[str]) -> str:
        left, right = before + text[: found.start()], text[found.end() :] + after
        return "" if unspaced(left[-1:]) and unspaced(right[:1]) else " "

    return re.sub(r"[ \t]*\n[ \t]*", space, text)
