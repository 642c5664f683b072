"""Finds the outline of a page: which of its blocks are the head, the highlights, the sections and the footer."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from newsletter.importing.blocks import Divider, Heading, LinkCard, Piece, addresses
from newsletter.importing.entry_starts import holds_entries, is_certain
from newsletter.importing.heading_lines import find_heading_lines
from newsletter.importing.heading_numbers import split_number
from newsletter.importing.section_keywords import nearest_section
from newsletter.importing.section_names import KnownHeadings, PagePart, normalized_name
from newsletter.importing.section_starts import find_section_starts
from newsletter.publication.section import FEATURED, SectionKey, SectionKeys, pick_section
from newsletter.text.canonical_url import link_key
from newsletter.text.entry_lines import remove_mark
from newsletter.text.link_leads import is_link_list
from newsletter.text.tree import Link, List, Paragraph, plain_inlines, walk, walk_inlines

# The length of the words above a list of highlights, and of the sentence above the list of sections.
_MAX_GROUP, _MAX_INTRODUCTION = 80, 300


@dataclass
class Outline:
    """The blocks of a page by part, without section headings and without the list of sections.

    Args:
        headings: headings with other words than the known ones, and the words above the list of sections, each
            with what it is.
        last: the section of the last blocks above the footer, or None.
        guesses: the sections whose headings have other words than the known ones, with the words.
    """

    head: list[Piece] = field(default_factory=list)
    highlights: dict[SectionKey, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    sections: dict[SectionKey, list[Piece]] = field(default_factory=lambda: defaultdict(list))
    last: SectionKey | None = None
    foot: list[Piece] = field(default_factory=list)
    headings: list[tuple[str, Piece]] = field(default_factory=list)
    guesses: list[tuple[SectionKey, str]] = field(default_factory=list)
    highlight_guesses: list[tuple[SectionKey, str]] = field(default_factory=list)


def find_outline(pieces: tuple[Piece, ...], wording: KnownHeadings) -> Outline:
    """Find the outline of a page. It contains all blocks except section headings and horizontal rules of the layout."""
    return _Sorter(pieces, wording).sort()


class _Sorter:
    def __init__(self, pieces: tuple[Piece, ...], wording: KnownHeadings) -> None:
        self.pieces, self.wording = pieces, wording
        self.lines = find_heading_lines(pieces, wording)
        self.starts = find_section_starts(pieces, self.lines, wording)
        self.found = Outline()

    def sort(self) -> Outline:
        """Assign each block to a part."""
        found = self.found
        if not self.starts:
            first = next((n for n, piece in enumerate(self.pieces) if self._begins_unlabelled(n, piece)), None)
            foot = self._foot(0, 0) if first is not None else self._named_foot()
            self._head(min(first if first is not None else len(self.pieces), foot))
            if first is not None:
                found.sections[self.wording.rest] += self.pieces[first:foot]
                found.last = self.wording.rest
            found.foot += self.pieces[foot:]
            return found
        begin = self.starts[0].index
        for start, end in zip(self.starts, [*(s.index for s in self.starts[1:]), len(self.pieces)], strict=True):
            below = start.index + 1
            foot = self._foot(start.index, end) if end == len(self.pieces) else self._foot_between(start.index, end)
            found.sections[start.section] += self.pieces[below:foot]
            found.last = start.section if below < foot else found.last
            found.foot += self.pieces[foot:end]
            if start.guess:
                found.headings.append((f"its heading of {start.section}", self.pieces[start.index]))
                found.guesses.append((start.section, start.guess))
        self._head(begin)
        return found

    def _foot_between(self, begin: int, end: int) -> int:
        """Return where a part of the footer begins between two sections."""
        return next(
            (line.index for line in self.lines if begin < line.index < end and line.label is PagePart.FOOT), end
        )

    def _named_foot(self) -> int:
        return next((line.index for line in self.lines if line.label is PagePart.FOOT and line.index), len(self.pieces))

    def _foot(self, begin: int, _: int) -> int:
        """Return where the footer begins below the last section: at a heading, or at a rule without entries below."""
        numbered = any(start.numbered for start in self.starts)
        level = max((start.level for start in self.starts if start.level < 7), default=0)
        titled = self._has_heading_titles(level)
        for index in range(begin + 1, len(self.pieces)):
            piece = self.pieces[index]
            line = next((line for line in self.lines if line.index == index), None)
            ruled = isinstance(self.pieces[index - 1].part, Divider)
            if line is not None and line.label is PagePart.FOOT:
                return index
            if line is not None and line.is_heading and line.level <= level and (numbered or ruled or not titled):
                return index
            if isinstance(piece.part, Divider) and not self._holds_more(index + 1):
                return self._below_outro(index + 1, level)
        return len(self.pieces)

    def _has_heading_titles(self, level: int) -> bool:
        """Return whether titles of entries may be headings at the level of the sections: no other form begins one."""
        starts = {start.index for start in self.starts}
        below = range(min(starts, default=0), len(self.pieces))
        others = [self.pieces[index] for index in below if index not in starts]
        return not holds_entries([piece for piece in others if not isinstance(piece.part, Heading)]) or any(
            isinstance(piece.part, Heading) and piece.part.level <= level and is_certain(piece) for piece in others
        )

    def _below_outro(self, begin: int, level: int) -> int:
        """Return where the footer begins below a rule: at a second rule or at a heading, otherwise at once."""
        for index in range(begin, len(self.pieces)):
            if isinstance(self.pieces[index].part, Divider):
                return index + 1
            line = next((line for line in self.lines if line.index == index), None)
            if line is not None and (line.label is PagePart.FOOT or (line.is_heading and line.level <= level)):
                return index
        return begin

    def _holds_more(self, index: int) -> bool:
        """Return whether entries may follow: anything but text and cards."""
        below = self.pieces[index:]
        stop = next((n for n, piece in enumerate(below) if self._is_foot_heading(index + n)), len(below))
        rest = below[:stop]
        return (
            not rest
            or any(not isinstance(p.part, Paragraph | LinkCard | Divider) or is_certain(p) for p in rest)
            or (holds_entries(rest))
        )

    def _is_foot_heading(self, index: int) -> bool:
        return any(line.index == index and line.label is PagePart.FOOT for line in self.lines)

    def _begins_unlabelled(self, index: int, piece: Piece) -> bool:
        if isinstance(piece.part, List):
            return is_link_list(piece.part) and not self._is_contents(index)
        return is_certain(piece)

    # The head and the highlights.

    def _head(self, end: int) -> None:
        """Sort the blocks before the first section."""
        found, group = self.found, self.found.head
        groups: list[tuple[list[Piece], SectionKey | None, str]] = []
        # An earlier list or sentence that looks like them belongs to the intro.
        contents = max((n for n in range(end) if self._is_contents(n)), default=-1)
        introduction = max((n for n in range(end) if self._introduces_contents(n, end)), default=-1)
        for index in range(end):
            piece = self.pieces[index]
            if isinstance(piece.part, Divider) or index == contents:
                group = found.head
            elif index == introduction:
                if not self.wording.introduces(piece.words):
                    found.headings.append(("above its list of sections", piece))
                group = found.head
            elif (opened := self._group(index, end)) is not None:
                group = []
                groups.append((group, *opened))
                if opened[1]:
                    found.headings.append(("its heading of highlights", piece))
            else:
                group.append(piece)
        self._place(groups)

    def _group(self, index: int, end: int) -> tuple[SectionKey | None, str] | None:
        """Return the section of the highlights that a block opens, and its words; None if it opens none."""
        piece = self.pieces[index]
        line = next((line for line in self.lines if line.index == index), None)
        listed = index + 1 < end and isinstance(self.pieces[index + 1].part, List) and not self._is_contents(index + 1)
        if line is not None and (listed or (line.is_heading and index + 1 < end and self.starts)):
            if isinstance(line.label, str):
                return line.label, ""
            if line.label is PagePart.PICKS:
                return self.wording.picks, ""
        if not listed:
            return None
        short = isinstance(piece.part, Heading | Paragraph) and 0 < len(piece.words) <= _MAX_GROUP
        if not short or _is_linked(piece) or (isinstance(piece.part, Paragraph) and remove_mark(piece.part)[1]):
            return None
        label = self.wording.label(piece.words)
        if label is not None and label.part is not PagePart.FOOT:
            return label.part if isinstance(label.part, str) else self.wording.picks, ""
        return None, piece.words

    def _place(self, groups: list[tuple[list[Piece], SectionKey | None, str]]) -> None:
        """Assign groups of highlights to sections: by name, by keyword, by their links, or by position."""
        used = {section for _, section, _ in groups if section}
        before: SectionKey | None = None
        for pieces, section, words in groups:
            if section is None:
                named = nearest_section(normalized_name(words), self.wording.declared)
                section = named or self._linked_section(pieces) or _next_section(before, used, self.wording.declared)
                self.found.highlight_guesses.append((section, words))
                used.add(section)
            self.found.highlights[section] += pieces
            before = section

    def _linked_section(self, pieces: list[Piece]) -> SectionKey | None:
        """Return the section that has most of the stories that highlights link to."""
        sections = {key: section for section, of in self.found.sections.items() for key in _link_keys(of)}
        votes = Counter(sections[key] for key in _link_keys(pieces) if key in sections)
        return votes.most_common(1)[0][0] if votes else None

    def _is_contents(self, index: int) -> bool:
        """Return whether a block is the list of sections."""
        part = self.pieces[index].part
        if not isinstance(part, List) or any(isinstance(child, Link) for child in walk((part,))):
            return False
        if any(remove_mark(block)[1] for item in part.items for block in item):
            return False
        above = next((line for line in self.lines if line.index == index - 1), None)
        if above is not None and above.label is not None:
            return False
        names = {normalized_name(split_number(start.words)[1]) for start in self.starts}
        words = ["".join(plain_inlines(b.children) for b in item if isinstance(b, Paragraph)) for item in part.items]
        return bool(words) and all(self._names_section(text) or normalized_name(text) in names for text in words)

    def _names_section(self, words: str) -> bool:
        label = self.wording.label(words)
        return label is not None and isinstance(label.part, str)

    def _introduces_contents(self, index: int, end: int) -> bool:
        """Return whether a block is the sentence above the list of sections."""
        piece = self.pieces[index]
        ruled = index > 0 and isinstance(self.pieces[index - 1].part, Divider)
        above = index + 1 < end and self._is_contents(index + 1)
        if self.wording.introduces(piece.words):
            return above or ruled
        return above and ruled and isinstance(piece.part, Paragraph) and 0 < len(piece.words) <= _MAX_INTRODUCTION


def _next_section(before: SectionKey | None, used: set[SectionKey], declared: SectionKeys) -> SectionKey:
    later = declared[declared.index(before) + 1 :] if before else declared
    return next((section for section in later if section not in used), before or pick_section(declared, FEATURED))


def _link_keys(pieces: list[Piece]) -> set[str]:
    keys: set[str] = set()
    for piece in pieces:
        part = piece.part
        if isinstance(part, Heading | Paragraph):
            keys |= {link_key(url) for url in addresses(part.children)}
        elif isinstance(part, List):
            keys |= {link_key(child.url) for child in walk((part,)) if isinstance(child, Link)}
        elif isinstance(part, LinkCard):
            keys.add(link_key(part.url))
    return keys


def _is_linked(piece: Piece) -> bool:
    part = piece.part
    return isinstance(part, Heading | Paragraph) and any(isinstance(c, Link) for c in walk_inlines(part.children))
