"""Marks the paragraphs of an author's text that look like parts of the layout, with an invisible character.

`render medium` marks them, so that importing a rendered story gives the same issue.
"""

from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from newsletter.text.entry_labels import labelled_title_line
from newsletter.text.entry_lines import MARK, ORIGINALLY, Line, credit_line, first_line, is_rule, lone_link, remove_mark
from newsletter.text.link_leads import link_lead
from newsletter.text.source_lines import source_line, source_words
from newsletter.text.title_lines import weak_title_line
from newsletter.text.tree import (
    Block,
    Blocks,
    Image,
    Link,
    List,
    Paragraph,
    Quote,
    Text,
    join_texts,
    plain_inlines,
    walk,
)

# The length of a line that may be read as a heading.
_MAX_HEADING = 80


# Both outputs for Medium mark the comments of an issue.
@lru_cache(maxsize=512)
def mark_lookalikes(comment: Blocks, *, figure: bool, credit: str, url: str) -> Blocks:
    """Mark the paragraphs of a comment that look like a title, source or credit line.

    Args:
        comment: The comment.
        figure: Whether the entry has an image.
        credit: The label of image credits, with `{credit}`.
        url: The URL of the entry.
    """
    return tuple(
        _apart(block, after, index == 0, figure, credit, url)
        for index, (block, after) in enumerate(zip_longest(comment, comment[1:]))
    )


def mark_passage(passage: Blocks) -> Blocks:
    """Mark the blocks of an intro or outro that look like a line of an entry, contents or the address of the page."""
    return tuple(_apart_from_layout(block, after) for block, after in zip_longest(passage, passage[1:]))


def mark_source_title(title: str, credit: str) -> str:
    """Mark a source title if the importers would shorten it or not recognise it."""
    line = (Text(title),)
    ambiguous = source_words(title) != title or is_rule(line) or bool(credit_line(line, (credit,)))
    return MARK + title if ambiguous else title


def _apart(block: Block, after: Block | None, first: bool, figure: bool, credit: str, url: str) -> Block:
    if not isinstance(block, Paragraph) or not block.children:
        return block
    child = block.children[0]
    if isinstance(child, Image) and len(block.children) == 1:
        if child.alt.startswith(MARK) or (first and not figure) or _follows_image(after, credit, url):
            return Paragraph((replace(child, alt=MARK + child.alt),))
        return block
    line = first_line(block.children)[0]
    ambiguous = (
        (isinstance(child, Text) and child.text.startswith(MARK))
        or labelled_title_line(line) is not None
        or _is_lead(block.children)
        or lone_link(block.children) is not None
        or is_rule(block.children)
        or (first and source_line(block.children, url) is not None)
        or (first and bool(credit_line(line, (credit,))))
        or (first and figure and _is_source(after, url))
        or (weak_title_line(line) is not None and _follows_title(after, line, block.children, url))
    )
    return _marked(block) if ambiguous else block


def _apart_from_layout(block: Block, after: Block | None) -> Block:
    if isinstance(block, Quote):
        first = block.children[:1]
        return replace(block, children=(*map(_apart_from_address, first), *block.children[1:]))
    if isinstance(block, List):
        return _apart_from_contents(block)
    block = _apart_from_address(_apart(block, after, first=False, figure=True, credit="", url=""))
    if not isinstance(block, Paragraph) or remove_mark(block)[1]:
        return block
    # A short line looks like a heading, and above a list like that of highlights.
    words = plain_inlines(block.children).strip()
    heads = isinstance(after, List) or (
        len(words) <= _MAX_HEADING and not words.endswith((".", "!", "?", "。", "！", "？"))
    )
    return _marked(block) if heads else block


def _marked(block: Paragraph) -> Paragraph:
    return Paragraph(join_texts((Text(MARK), *block.children)))


def _apart_from_contents(block: List) -> List:
    """Mark a list without links: its items may be the names of sections, as in the list of contents."""
    first = block.items[0][:1] if block.items else ()
    if not first or not isinstance(first[0], Paragraph) or any(isinstance(child, Link) for child in walk((block,))):
        return block
    return replace(block, items=((_marked(first[0]), *block.items[0][1:]), *block.items[1:]))


def _apart_from_address(block: Block) -> Block:
    if isinstance(block, Paragraph) and ORIGINALLY.match(plain_inlines(block.children).strip()):
        return _marked(block)
    return block


def _is_lead(children: Line) -> bool:
    """Return whether a paragraph begins with a bold link and a separator, as an entry in a list of links."""
    lead = link_lead(children)
    return lead is not None and lead.strong and lead.separated


def _follows_image(after: Block | None, credit: str, url: str) -> bool:
    """Return whether a block below an image looks like its credit or a source title."""
    if not isinstance(after, Paragraph):
        return False
    return bool(credit_line(first_line(after.children)[0], (credit,))) or _is_source(after, url)


def _follows_title(after: Block | None, line: Line, children: Line, url: str) -> bool:
    """Return whether what follows a sentence with one link makes it look like the title of an entry."""
    rest = first_line(children)[1] if line != children else ()
    if rest:
        return _is_source(Paragraph(rest), url)
    return isinstance(after, Paragraph) and (isinstance(after.children[0], Image) or _is_source(after, url))


def _is_source(block: Block | None, url: str) -> bool:
    return isinstance(block, Paragraph) and bool(
        source_line(block.children) is not None or source_line(block.children, url) is not None
    )
