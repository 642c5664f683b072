"""Finds the lines of a page that may be headings of sections: headings, bold paragraphs and numbered lines."""

import re
from dataclasses import dataclass

from newsletter.importing.blocks import Heading, Piece, unwrapped_line
from newsletter.importing.heading_numbers import split_number
from newsletter.importing.section_names import HeadingLabel, KnownHeadings, PagePart
from newsletter.publication.section import SectionKey
from newsletter.text.entry_lines import remove_mark
from newsletter.text.tree import Emphasis, Link, List, Paragraph, plain_inlines, walk_inlines

# The levels of lines that are not headings are below all headings.
BOLD_LEVEL = 7
LISTED_LEVEL = 8
_MAX_BOLD = 100


@dataclass(frozen=True, slots=True)
class HeadingLine:
    """A line without links that may be a heading.

    Args:
        index: Its index among the blocks of the page.
        words: Its words.
        number: Its number, or None.
        level: Its level, from 1.
        label: The part of a page whose name it is, or None.
    """

    index: int
    words: str
    number: int | None
    level: int
    label: SectionKey | PagePart | None

    @property
    def is_heading(self) -> bool:
        """Whether it was written as a heading."""
        return self.level < BOLD_LEVEL


def find_heading_lines(pieces: tuple[Piece, ...], wording: KnownHeadings) -> list[HeadingLine]:
    """Return the lines of a page that may be headings, in order."""
    found = []
    for index, piece in enumerate(pieces):
        if line := _line(index, piece, wording):
            found.append(line)
    if any(line.number is not None and line.level < LISTED_LEVEL for line in found):
        return [line for line in found if line.level < LISTED_LEVEL]
    return found


def _line(index: int, piece: Piece, wording: KnownHeadings) -> HeadingLine | None:
    part = piece.part
    if isinstance(part, List):
        return _listed(index, part, wording)
    if not isinstance(part, Heading | Paragraph) or _linked(part):
        return None
    label = wording.label(piece.words)
    if isinstance(part, Heading):
        number, level = _number(piece.words, label), part.level
    elif _is_bold(part) and len(piece.words) <= _MAX_BOLD and "\n" not in plain_inlines(part.children).strip():
        number, level = _number(piece.words, label), BOLD_LEVEL
    elif label is not None and label.numbered and not remove_mark(part)[1]:
        number, level = _number(piece.words, label), LISTED_LEVEL
    else:
        return None
    return HeadingLine(index, piece.words, number, level, label.part if label else None)


def _number(words: str, label: HeadingLabel | None) -> int | None:
    number = split_number(words)[0]
    if number is None and label is not None and label.numbered and (found := re.search(r"\d{1,2}", words)):
        return int(found[0])
    return number


def _listed(index: int, part: List, wording: KnownHeadings) -> HeadingLine | None:
    """Return a numbered line that Markdown takes for a list: one item with the name of a section."""
    if part.start is None or len(part.items) != 1 or len(part.items[0]) != 1:
        return None
    (block,) = part.items[0]
    if not isinstance(block, Paragraph):
        return None
    words = unwrapped_line(plain_inlines(block.children))
    label = wording.label(words)
    if label is None or not isinstance(label.part, str) or _linked(block):
        return None
    return HeadingLine(index, words, part.start, LISTED_LEVEL, label.part)


def _is_bold(part: Paragraph) -> bool:
    if remove_mark(part)[1]:
        return False
    worded = [child for child in part.children if plain_inlines((child,)).strip()]
    return bool(worded) and all(isinstance(child, Emphasis) and child.strong for child in worded)


def _linked(part: Heading | Paragraph) -> bool:
    return any(isinstance(child, Link) for child in walk_inlines(part.children))
