"""The outline of a page: which of its blocks are head, highlights, sections and foot."""

from collections import defaultdict
from dataclasses import dataclass, field

from newsletter.importing.blocks import Divider, Heading, Piece
from newsletter.importing.section_names import HeadingLabel, KnownHeadings, PagePart
from newsletter.publication.section import Section
from newsletter.text.entry_lines import taken_in, title_line
from newsletter.text.tree import Emphasis, Link, List, Paragraph, plain_inlines


@dataclass
class Outline:
    """The blocks of a page by their places; the labels and the list of the sections are taken out."""

    head: list[Piece] = field(default_factory=list)
    highlights: dict[Section, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    sections: dict[Section, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    foot: list[Piece] = field(default_factory=list)


def find_outline(pieces: tuple[Piece, ...], wording: KnownHeadings) -> Outline:
    """The outline of a page's blocks; every one is in it, but for labels and rules of the layout."""
    sorter = _Sorter(pieces, wording)
    for index in range(len(pieces)):
        sorter.take(index)
    return sorter.found if sorter.found.sections else _unlabelled(sorter.found)


class _Sorter:
    """The blocks are taken one after another; a label changes the place to which they go."""

    def __init__(self, pieces: tuple[Piece, ...], wording: KnownHeadings) -> None:
        self.pieces, self.wording = pieces, wording
        self.found = Outline()
        self.place = self.found.head
        self.level = 0

    def take(self, index: int) -> None:
        """The next block."""
        piece, found = self.pieces[index], self.found
        label = _label(piece, self.wording)
        if begun := self._begun(index, label):
            self.place, kept = begun
            if not kept:
                return
        elif (isinstance(piece.part, Divider) and self.place is not found.foot and not found.sections) or (
            not found.sections and self._is_contents(index)
        ):
            self.place = found.head
            return
        self.place.append(piece)

    def _begun(self, index: int, label: HeadingLabel | None) -> tuple[list[Piece], bool] | None:
        """The place that a block begins, and whether the block is one of it."""
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
        """Whether a section's label is that of its highlights: before the sections, without a number, above a list."""
        if self.found.sections or self.found.foot or label.numbered or index + 1 == len(self.pieces):
            return False
        return isinstance(self.pieces[index + 1].part, List)

    def _is_contents(self, index: int) -> bool:
        """Whether a block is the list of the sections, which no label is above, or the sentence above it."""
        piece = self.pieces[index]
        if not isinstance(piece.part, List):
            return self.wording.introduces(piece.words)
        headed = index > 0 and _label(self.pieces[index - 1], self.wording) is not None
        return not headed and _lists_labels(piece.part, self.wording)


def _label(piece: Piece, wording: KnownHeadings) -> HeadingLabel | None:
    """What a heading, or a paragraph all in bold, begins."""
    part = piece.part
    if isinstance(part, Paragraph):
        bold = len(part.children) == 1 and isinstance(part.children[0], Emphasis) and part.children[0].strong
        return wording.label(piece.words) if bold else None
    return wording.label(piece.words) if isinstance(part, Heading) and not _linked(part) else None


def _linked(heading: Heading) -> bool:
    return any(isinstance(child, Link) for child in heading.children)


def _stands_beside(piece: Piece, level: int) -> bool:
    """Whether a heading behind a rule is of the sections' level: the foot begins with it, whatever it says."""
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
    """A page without a section that we know: its entries, if it has some, are other topics."""
    begins = (index for index, piece in enumerate(found.head) if _begins_entry(piece))
    first = next(begins, None)
    if first is not None:
        found.sections[Section.OTHER] = found.head[first:]
        del found.head[first:]
    return found


def _begins_entry(piece: Piece) -> bool:
    if isinstance(piece.part, Heading):
        return _linked(piece.part)
    if not isinstance(piece.part, Paragraph) or taken_in(piece.part)[1]:
        return False
    found = title_line(piece.part.children)
    return found is not None and found.certain
