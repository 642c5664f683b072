"""Finds where the sections of a page begin: at numbered headings, known names, or headings above entries."""

from dataclasses import dataclass, replace

from newsletter.importing.blocks import CaptionedImage, Divider, Heading, LinkCard, Piece, addresses
from newsletter.importing.entry_starts import holds_entries, is_certain
from newsletter.importing.heading_lines import HeadingLine
from newsletter.importing.heading_numbers import split_number
from newsletter.importing.section_keywords import nearest_section, section_by_number
from newsletter.importing.section_names import KnownHeadings, PagePart, normalized_name
from newsletter.publication.section import SectionKey, SectionKeys
from newsletter.text.canonical_url import link_key
from newsletter.text.entry_lines import lone_link, names_host
from newsletter.text.link_leads import is_link_list
from newsletter.text.tree import Link, List, Paragraph, walk


@dataclass(frozen=True, slots=True)
class SectionStart:
    """The heading of a section.

    Args:
        index: Its index among the blocks of the page.
        section: The section.
        level: The level of the heading.
        words: Its words.
        numbered: Whether it has a number.
        guess: Its words if they are not a known name of the section, or "".
    """

    index: int
    section: SectionKey
    level: int
    words: str
    numbered: bool
    guess: str = ""


def find_section_starts(
    pieces: tuple[Piece, ...], lines: list[HeadingLine], wording: KnownHeadings
) -> list[SectionStart]:
    """Return the headings of the sections, in order. Returns [] if the page has none."""
    chosen = _numbered(pieces, lines, wording)
    if chosen:
        chosen = _with_gaps_filled(pieces, lines, chosen)
        first = chosen[0].index
        top = max(line.level for line in chosen)
        named = [line for line in lines if isinstance(line.label, str) and line.index > first and line.level <= top]
        found = {line.index: line for line in (*named, *chosen)}
        return _assigned(sorted(found.values(), key=lambda line: line.index), wording)
    return _assigned(_named(pieces, lines) or _structural(pieces, lines), wording)


def _numbered(pieces: tuple[Piece, ...], lines: list[HeadingLine], wording: KnownHeadings) -> list[HeadingLine]:
    """Return the numbered headings of sections: those at the level of the ones with known names."""
    numbered = [line for line in lines if line.number is not None]
    headings = [line for line in numbered if line.is_heading]
    others = [line for line in numbered if not line.is_heading]
    known = [line for line in headings if _is_named(line, wording)]
    if not headings:
        return others if any(_is_named(line, wording) for line in others) and not _is_prose(others) else []
    if not known and (
        not _is_section_like(pieces, headings) or (others and any(_is_named(line, wording) for line in others))
    ):
        return [line for line in others if _is_named(line, wording)]
    top = min(line.level for line in known or headings)
    chosen = [line for line in headings if line.level <= top]
    numbers = {line.number for line in chosen}
    exact = [line for line in others if isinstance(line.label, str) and line.number not in numbers]
    after = [line for line in exact if line.index > min(one.index for one in chosen)]
    return sorted((*chosen, *after), key=lambda line: line.index)


def _with_gaps_filled(
    pieces: tuple[Piece, ...], lines: list[HeadingLine], chosen: list[HeadingLine]
) -> list[HeadingLine]:
    """Return the numbered headings, and the headings without a number where one is missing in the sequence."""
    level = min(line.level for line in chosen)
    plain = [line for line in lines if line.number is None and line.is_heading and line.level <= level]
    filled = []
    for before, line in zip([None, *chosen], chosen, strict=False):
        low, number = (before.index, (before.number or 0)) if before else (-1, 0)
        if line.number == number + 2:
            between = [one for one in plain if low < one.index < line.index and one.label is not PagePart.FOOT]
            spanned = [one for one in between if holds_entries(pieces[one.index + 1 : line.index])]
            filled += [replace(one, number=number + 1) for one in spanned[-1:]]
        filled.append(line)
    return filled


def _is_named(line: HeadingLine, wording: KnownHeadings) -> bool:
    """Return whether a heading has a known name or keyword, or only a number such as `Section 2`."""
    name = normalized_name(split_number(line.words)[1])
    return isinstance(line.label, str) or not name or nearest_section(name, wording.declared) is not None


def _is_prose(lines: list[HeadingLine]) -> bool:
    """Return whether numbered lines are not in order, as the points of several comments."""
    numbers = [line.number or 0 for line in lines]
    return numbers != sorted(set(numbers))


def _is_section_like(pieces: tuple[Piece, ...], headings: list[HeadingLine]) -> bool:
    """Return whether numbered headings without known names have entries below them, and are not entries themselves."""
    level = min(line.level for line in headings)
    return any(
        not _is_evidence(pieces, line.index + 1) and holds_entries(_span(pieces, line.index, line.level))
        for line in headings
        if line.level == level
    )


def _is_evidence(pieces: tuple[Piece, ...], index: int) -> bool:
    """Return whether a block shows that the heading above it is the title of an entry."""
    if index >= len(pieces):
        return False
    part = pieces[index].part
    link = lone_link(part.children) if isinstance(part, Paragraph) else None
    if link:
        return names_host(*link) or not is_certain(pieces[index])
    return isinstance(part, CaptionedImage | LinkCard)


def _span(pieces: tuple[Piece, ...], index: int, level: int) -> tuple[Piece, ...]:
    """Return the blocks below a heading, up to the next heading at its level."""
    below = pieces[index + 1 :]
    ends = (n for n, p in enumerate(below) if isinstance(p.part, Heading) and p.part.level <= level and not _links(p))
    return below[: next(ends, len(below))]


def _links(piece: Piece) -> bool:
    return isinstance(piece.part, Heading) and bool(addresses(piece.part.children))


def _named(pieces: tuple[Piece, ...], lines: list[HeadingLine]) -> list[HeadingLine]:
    """Return the headings of sections on a page without numbers: those with known names, and others at their level."""
    named = [line for line in lines if isinstance(line.label, str)]
    named = named[_highlights_end(pieces, named) :]
    if not named:
        return []
    headings = [line for line in named if line.is_heading]
    if not headings:
        return named
    level, first = max(line.level for line in headings), named[0].index
    others = [
        line
        for line in lines
        if line.is_heading
        and line.level == level
        and line.label is None
        and not _is_evidence(pieces, line.index + 1)
        and holds_entries(_span(pieces, line.index, line.level))
        and (line.index > first or not isinstance(pieces[line.index + 1].part, List))
    ]
    return sorted((*(line for line in named if line.level <= level), *others), key=lambda line: line.index)


def _highlights_end(pieces: tuple[Piece, ...], named: list[HeadingLine]) -> int:
    """Return the number of known names that are above highlights: lists above a rule, or names that come again."""
    early = 0
    for line in named:
        if line.index + 1 >= len(pieces) or not isinstance(pieces[line.index + 1].part, List):
            break
        early += 1
    if early == 0:
        return 0
    for count in range(early, 0, -1):
        last = named[count - 1]
        if len({line.label for line in named[:count]}) < count:
            continue  # The names come again already here.
        later = [line for line in named[count:] if line.label in {one.label for one in named[:count]}]
        end = named[count].index if count < len(named) else len(pieces)
        ruled = end < len(pieces) and any(isinstance(p.part, Divider) for p in pieces[last.index : end])
        if later or (ruled and not _holds_new_links(pieces, named[:count], end)):
            return count
    return early if early < len(named) and not _holds_new_links(pieces, named[:early], named[early].index) else 0


def _holds_new_links(pieces: tuple[Piece, ...], named: list[HeadingLine], end: int) -> bool:
    """Return whether lists begin with links to stories that are not below, so that they are entries."""
    below = {link_key(url) for piece in pieces[end:] for url in _urls(piece)}
    lists = [piece for line in named for piece in pieces[line.index + 1 : line.index + 2]]
    return any(
        isinstance(piece.part, List) and is_link_list(piece.part) and not {*map(link_key, _leads(piece.part))} & below
        for piece in lists
    )


def _leads(part: List) -> list[str]:
    """Return the URL of the first link of each item. Another link may be a reference that comes again below."""
    firsts = (next((child for child in walk(item) if isinstance(child, Link)), None) for item in part.items)
    return [link.url for link in firsts if link]


def _urls(piece: Piece) -> list[str]:
    if isinstance(piece.part, Heading | Paragraph):
        return addresses(piece.part.children)
    if isinstance(piece.part, List):
        return [child.url for child in walk((piece.part,)) if isinstance(child, Link)]
    return [piece.part.url] if isinstance(piece.part, LinkCard) else []


def _structural(pieces: tuple[Piece, ...], lines: list[HeadingLine]) -> list[HeadingLine]:
    """Return the headings above entries on a page without any known name."""
    found = [
        line
        for line in lines
        if line.is_heading
        and line.label is None
        and not _is_evidence(pieces, line.index + 1)
        and holds_entries(_span(pieces, line.index, line.level))
    ]
    level = max((line.level for line in found), default=0)
    return [line for line in found if line.level == level]


def _assigned(lines: list[HeadingLine], wording: KnownHeadings) -> list[SectionStart]:
    """Assign a section to each heading: by its name, a keyword, or its number."""
    names = [_section_of(line, wording.declared) for line in lines]
    starts = []
    for index, line in enumerate(lines):
        section = names[index]
        exact = isinstance(line.label, str)
        if section is None:
            before = next((known for known in reversed(names[:index]) if known), None)
            after = next((known for known in names[index + 1 :] if known), None)
            used = {known for known in names if known}
            section = wording.rest
            if line.number is not None:
                section = section_by_number(line.number, before, after, used, wording.declared, wording.rest)
            names[index] = section
        numbered = line.number is not None
        starts.append(SectionStart(line.index, section, line.level, line.words, numbered, "" if exact else line.words))
    return starts


def _section_of(line: HeadingLine, declared: SectionKeys) -> SectionKey | None:
    if isinstance(line.label, str):
        return line.label
    return nearest_section(normalized_name(split_number(line.words)[1]), declared)
