"""Finds the outline of a page: which of its blocks are the head, the highlights, the sections and the footer."""

from collections import defaultdict
from dataclasses import dataclass, field

from newsletter.importing.blocks import Divider, Heading, Piece
from newsletter.importing.section_names import HeadingLabel, KnownHeadings, PagePart
from newsletter.publication.section import Section
from newsletter.text.entry_lines import remove_mark, title_line
from newsletter.text.tree import Emphasis, Link, List, Paragraph, plain_inlines


@dataclass
class Outline:
    """The blocks of a page by part, without section headings and without the list of sections."""

    head: list[Piece] = field(default_factory=list)
    highlights: dict[Section, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    sections: dict[Section, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    foot: list[Piece] = field(default_factory=list)


def find_outline(pieces: tuple[Piece, ...], wording: KnownHeadings) -> Outline:
    """Find the outline of a page. It contains all blocks except section headings and horizontal rules of the layout."""
    sorter = _Sorter(pieces, wording)
    for index in range(len(pieces)):
        sorter.add(index)
    return sorter.found if sorter.found.sections else _unlabelled(sorter.found)


class _Sorter:
    """Assigns blocks to parts, one after another. A heading with a known label changes the current part."""

    def __init__(self, pieces: tuple[Piece, ...], wording: KnownHeadings) -> None:
        self.pieces, self.wording = pieces, wording
        self.found = Outline()
        self.part = self.found.head
        self.level = 0

    def add(self, index: int) -> None:
        """Assign the block at an index."""
        piece, found = self.pieces[index], self.found
        label = _label(piece, self.wording)
        if started := self._started_part(index, label):
            self.part, included = started
            if not included:
                return
        elif (isinstance(piece.part, Divider) and self.part is not found.foot and not found.sections) or (
            not found.sections and self._is_contents(index)
        ):
            self.part = found.head
            return
        self.part.append(piece)

    def _started_part(self, index: int, label: HeadingLabel | None) -> tuple[list[Piece], bool] | None:
        """Return the part that a block starts, and whether the block belongs to it. Returns None if it starts none."""
        piece, found = self.pieces[index], self.found
        if label is not None and isinstance(label.part, Section):
            if self._is_early(index, label):
                return found.highlights[label.part], False
            self.level = piece.part.level if isinstance(piece.part, Heading) else self.level
            return found.sections[label.part], False
        if label is not None and label.part is PagePart.PICKS and not found.sections:
            return found.highlights[Section.FEATURED], False
        begins_foot = label is not None and label.part is PagePart.FOOT and (found.sections or found.highlights)
        ruled = index > 0 and isinstance(self.pieces[index - 1].part, Divider)
        if begins_foot or (ruled and found.sections and _stands_beside(piece, self.level)):
            return found.foot, True
        return None

    def _is_early(self, index: int, label: HeadingLabel) -> bool:
        """Return whether a label starts highlights: it is before all sections, not numbered, and above a list."""
        if self.found.sections or self.found.foot or label.numbered or index + 1 == len(self.pieces):
            return False
        return isinstance(self.pieces[index + 1].part, List)

    def _is_contents(self, index: int) -> bool:
        """Return whether a block is the list of sections (which has no label above it), or the sentence above it."""
        piece = self.pieces[index]
        if not isinstance(piece.part, List):
            return self.wording.introduces(piece.words)
        headed = index > 0 and _label(self.pieces[index - 1], self.wording) is not None
        return not headed and _lists_labels(piece.part, self.wording)


def _label(piece: Piece, wording: KnownHeadings) -> HeadingLabel | None:
    """Return the label of a heading or bold paragraph, or None if it is not a known one."""
    part = piece.part
    if isinstance(part, Paragraph):
        bold = len(part.children) == 1 and isinstance(part.children[0], Emphasis) and part.children[0].strong
        return wording.label(piece.words) if bold else None
    return wording.label(piece.words) if isinstance(part, Heading) and not _linked(part) else None


def _linked(heading: Heading) -> bool:
    return any(isinstance(child, Link) for child in heading.children)


def _stands_beside(piece: Piece, level: int) -> bool:
    """Return whether a heading has the level of section headings. After a horizontal rule, it starts the footer."""
    return isinstance(piece.part, Heading) and piece.part.level <= level and not _linked(piece.part)


def _lists_labels(listed: List, wording: KnownHeadings) -> bool:
    words = [
        "".join(plain_inlines(block.children) for block in item if isinstance(block, Paragraph))
        for item in listed.items
    ]
    return bool(words) and all(
        (label := wording.label(text)) is not None and isinstance(label.part, Section) for text in words
    )


def _unlabelled(found: Outline) -> Outline:
    """Return the outline of a page without known section headings: its entries go to the other topics."""
    begins = (index for index, piece in enumerate(found.head) if _begins_entry(piece))
    first = next(begins, None)
    if first is not None:
        found.sections[Section.OTHER] = found.head[first:]
        del found.head[first:]
    return found


def _begins_entry(piece: Piece) -> bool:
    if isinstance(piece.part, Heading):
        return _linked(piece.part)
    if not isinstance(piece.part, Paragraph) or remove_mark(piece.part)[1]:
        return False
    found = title_line(piece.part.children)
    return found is not None and found.certain
