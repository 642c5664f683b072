"""Finds where the entries of a section begin: at headings, title lines, list items, and images without a title.

Some forms begin an entry by themselves, such as a bold link. Others, such as a sentence with one link, need evidence:
an image, a link card or a source title below them.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from newsletter.importing.blocks import CaptionedImage, Divider, Heading, LinkCard, Part, Piece, addresses
from newsletter.text.credit_lines import read_credit
from newsletter.text.entry_labels import labelled_title_line, via_line
from newsletter.text.entry_lines import first_line, is_read_more, lone_link, names_host, remove_mark, same_story
from newsletter.text.link_leads import is_link_list, link_lead, list_items
from newsletter.text.source_lines import is_numbered_source, source_line
from newsletter.text.title_lines import TitleLine, weak_title_line
from newsletter.text.tree import Block, Emphasis, Image, Link, List, Paragraph, plain_inlines, walk_inlines

UNTITLED = "that an entry without a title begins here"
_MAX_PLAIN_TITLE = 150


@dataclass(frozen=True)
class Start:
    """The beginning of an entry.

    Args:
        line: The line of the page.
        part: The block that it is in, or the image of an entry without a title.
        title: The title, URL and domain.
        rest: What follows in the same block.
        guess: What was guessed, or "".
    """

    line: int
    part: Part
    title: TitleLine
    rest: tuple[Block, ...] = ()
    guess: str = ""


def is_certain(piece: Piece) -> bool:
    """Return whether a block begins an entry by itself."""
    found = _title(piece)
    return found is not None and found.certain


def holds_entries(pieces: "tuple[Piece, ...] | list[Piece]") -> bool:
    """Return whether entries begin in some blocks, by themselves or as the items of a list of links."""
    return any(is_certain(piece) or _leads(piece) for piece in pieces)


def find_starts(pieces: list[Piece], credits: tuple[str, ...]) -> list[Start | Piece]:
    """Return the blocks of a section, with the beginnings of its entries in place of the blocks that begin them.

    Args:
        pieces: The blocks.
        credits: The labels of image credits.
    """
    return _Finder(_titles_before_images(pieces), credits).find()


class _Finder:
    def __init__(self, pieces: list[Piece], credits: tuple[str, ...]) -> None:
        self.pieces, self.credits = pieces, credits
        self.strong = any(is_certain(piece) for piece in pieces)
        self.pictured = any(
            is_certain(piece) and isinstance(after.part, CaptionedImage) for piece, after in pairwise(pieces)
        )
        linked = [p.part.level for p in pieces if isinstance(p.part, Heading) and is_certain(p)]
        self.heading_level = min(linked, default=0)
        self.found: list[Start | Piece] = []
        # The state of the entry that is open.
        self.open: Start | None = None
        self.figure = self.comment = False

    def find(self) -> list[Start | Piece]:
        for index, piece in enumerate(self.pieces):
            if isinstance(piece.part, List) and self._is_list_of_entries(piece.part):
                self._list(piece.line, piece.part)
            elif start := self._start(index, piece):
                self._begin(start)
            else:
                self.found.append(piece)
                self._note(index, piece)
        return self.found

    def _list(self, line: int, listed: List) -> None:
        """Add the entries of a list of links. Text below it does not belong to the last one."""
        entries, loose = list_items(listed)
        self.found += [Start(line, Paragraph(()), title, rest) for title, rest in entries]
        self.found += [Piece(line, Divider()), *(Piece(line, block) for block in loose)]
        self.open = None

    def _is_above_list(self, index: int) -> bool:
        after = self._part(index + 1)
        return isinstance(after, List) and is_link_list(after)

    def _is_list_of_entries(self, listed: List) -> bool:
        return is_link_list(listed) and not (self.strong and self.open)

    def _begin(self, start: Start) -> None:
        self.found.append(start)
        self.open = start
        self.figure = isinstance(start.part, CaptionedImage | LinkCard)
        self.comment = bool(start.rest)

    def _note(self, index: int, piece: Piece) -> None:
        part = piece.part
        link = lone_link(part.children) if isinstance(part, Paragraph) else None
        if self.open and link and self._lacks_url():
            self.open = replace(self.open, title=self.open.title._replace(url=link[1]))
        if isinstance(part, Divider) or (isinstance(part, Heading) and self._is_above_list(index)):
            self.open = None
        elif isinstance(part, CaptionedImage | LinkCard):
            self.figure = True
        elif not isinstance(part, Paragraph) or not (
            self._is_credit(part) or link or self._is_only_source(part) or self._is_via(part)
        ):
            self.comment = True

    def _start(self, index: int, piece: Piece) -> Start | None:
        part = piece.part
        if isinstance(part, CaptionedImage):
            return self._untitled(index, piece, part)
        if isinstance(part, LinkCard):
            return self._untitled_card(index, piece, part)
        title = _title(piece)
        if title and title.certain:
            return Start(piece.line, part, title, _rest(part))
        if isinstance(part, Heading):
            return self._heading(index, piece, part, title)
        if isinstance(part, Paragraph) and not remove_mark(part)[1]:
            return self._paragraph(index, piece, part, title)
        return None

    def _heading(self, index: int, piece: Piece, heading: Heading, title: TitleLine | None) -> Start | None:
        if title is None:
            return None
        start = Start(piece.line, heading, title)
        if self._has_evidence(index):
            return start
        if self.strong:
            # Other headings at the same level begin entries, so this one does too, though it has no link.
            return (
                replace(start, guess="that the heading begins an entry")
                if heading.level == self.heading_level
                else None
            )
        below = self.pieces[index + 1 :]
        end = next(
            (n for n, p in enumerate(below) if isinstance(p.part, Heading) and p.part.level <= heading.level), None
        )
        if any(_leads(p) for p in below[:end]) or not below[:end]:
            return None  # It names a part of the section.
        return start

    def _paragraph(self, index: int, piece: Piece, part: Paragraph, title: TitleLine | None) -> Start | None:
        if self._is_credit(part) or _is_strong_source(part):
            return None
        if (link := lone_link(part.children)) and (is_read_more(link[0]) or self._lacks_url()):
            return None
        lead = link_lead(part.children)
        is_new = lead is None or self.open is None or not same_story(lead.title.url, self.open.title.url)
        if lead and is_new and ((lead.strong and lead.separated) or (not self.strong and not self._followed(index))):
            return Start(piece.line, part, lead.title, (Paragraph(lead.tail),) if lead.tail else ())
        line, rest = first_line(part.children)
        if lead and self.open is None and not lead.tail:
            return Start(piece.line, part, lead.title, guess="that the link begins an entry")
        follows = self._has_evidence(index) or self._rest_is_source(rest) or self._has_stressed_source(index, title)
        if title and title.title and follows and not self._repeats(title):
            return Start(piece.line, part, title, _rest(part))
        if (plain := _plain_title(piece)) and not rest and self._is_complete():
            if not self.strong and self._has_evidence(index):
                return Start(piece.line, part, plain)
            if self._is_new_below(index):
                return Start(piece.line, part, plain, guess="the title")
        if (
            (weak := weak_title_line(line))
            and self._followed(index, rest)
            and not self._repeats(weak)
            and self._is_complete()
        ):
            return Start(piece.line, part, weak, _rest(part), guess="the title")
        return None

    def _is_new_below(self, index: int) -> bool:
        """Return whether a card or domain of another story follows a line, or an image with a credit or source."""
        after = self._after(index)
        if after is None:
            return False
        if isinstance(after.part, LinkCard):
            return self.open is None or not same_story(after.part.url, self.open.title.url)
        if (
            isinstance(after.part, Paragraph)
            and not remove_mark(after.part)[1]
            and (link := lone_link(after.part.children))
        ):
            return names_host(*link) and (self.open is None or not same_story(link[1], self.open.title.url))
        return isinstance(after.part, CaptionedImage) and self._is_credited(index + 1, after.part)

    def _repeats(self, title: TitleLine) -> bool:
        """Return whether a line links to the story of the open entry."""
        return bool(title.url and self.open and same_story(title.url, self.open.title.url))

    def _lacks_url(self) -> bool:
        """Return whether the open entry has a title, and still no URL."""
        return bool(self.open and self.open.title.title and not (self.open.title.url or self.open.title.domain_url))

    def _is_complete(self) -> bool:
        return self.open is None or self.figure or self.comment

    def _has_evidence(self, index: int) -> bool:
        """Return whether a card, an image, a single link or a source title follows a possible title."""
        after = self._after(index)
        if after is None:
            return False
        if isinstance(after.part, CaptionedImage | LinkCard):
            return True
        if not isinstance(after.part, Paragraph) or remove_mark(after.part)[1]:
            return False
        if link := lone_link(after.part.children):
            return names_host(*link) or not is_certain(after)
        return _is_strong_source(after.part)

    def _has_stressed_source(self, index: int, title: TitleLine | None) -> bool:
        """Return whether a line that is a link is followed by a line in italics."""
        after = self._part(index + 1)
        return bool(
            title
            and title.url
            and isinstance(after, Paragraph)
            and not remove_mark(after)[1]
            and source_line(after.children) is not None
        )

    def _followed(self, index: int, rest: tuple[object, ...] = ()) -> bool:
        """Return whether an image, a card or a source title follows a line that may also be a sentence."""
        after = self._after(index)
        if self._rest_is_source(rest):
            return True
        if after is None or rest:
            return False
        if isinstance(after.part, CaptionedImage):
            return not remove_mark(Paragraph((after.part.image,)))[1]
        return isinstance(after.part, LinkCard) or (isinstance(after.part, Paragraph) and _is_strong_source(after.part))

    def _rest_is_source(self, rest: "tuple[object, ...]") -> bool:
        return bool(rest) and _is_strong_source(Paragraph(rest))  # type: ignore[arg-type]

    def _untitled(self, index: int, piece: Piece, part: CaptionedImage) -> Start | None:
        """Return the start of an entry without a title: an image after a comment, above a credit or source title."""
        if not (self.open is None or self.comment):
            return None
        if not self._is_credited(index, part):
            return None
        return Start(piece.line, part, TitleLine("", "", "", "", certain=False), guess=UNTITLED)

    def _is_credited(self, index: int, part: CaptionedImage) -> bool:
        """Return whether the image at an index has a credit or a source title below it."""
        if remove_mark(Paragraph((part.image,)))[1]:
            return False
        below = index + 1
        credit = bool(read_credit(plain_inlines(part.caption), self.credits))
        if self._is_credit(self._part(below)):
            credit, below = True, below + 1
        after = self._part(below)
        if not isinstance(after, Paragraph) or remove_mark(after)[1]:
            return False
        if _is_strong_source(after):
            return True
        # The open entry may have its image below its comment, unless images stand below the titles here.
        is_free = self.open is None or self.figure or self.pictured
        return is_free and (source_line(after.children) is not None or (credit and not is_certain(self.pieces[below])))

    def _untitled_card(self, index: int, piece: Piece, card: LinkCard) -> Start | None:
        """Return the start of an entry without a title: a card of another story, with a source title below."""
        after = self._part(index + 1)
        is_new = self.open is None or (self.comment and not same_story(card.url, self.open.title.url))
        if is_new and isinstance(after, Paragraph) and not remove_mark(after)[1] and _is_strong_source(after):
            return Start(piece.line, card, TitleLine("", card.url, "", "", certain=False), guess=UNTITLED)
        return None

    def _is_credit(self, part: Part | None) -> bool:
        if not isinstance(part, Paragraph) or remove_mark(part)[1]:
            return False
        line, rest = first_line(part.children)
        return not rest and bool(read_credit(plain_inlines(line), self.credits))

    def _is_only_source(self, part: Paragraph) -> bool:
        found = source_line(part.children, self.open.title.url if self.open else "")
        return found is not None and not found[1]

    def _is_via(self, part: Paragraph) -> bool:
        return self.open is not None and via_line(part.children, self.open.title.url) is not None

    def _after(self, index: int) -> Piece | None:
        return self.pieces[index + 1] if index + 1 < len(self.pieces) else None

    def _part(self, index: int) -> Part | None:
        return self.pieces[index].part if index < len(self.pieces) else None


def _title(piece: Piece) -> TitleLine | None:
    """Return the title and URL in a block that may begin an entry, or None."""
    if isinstance(piece.part, Heading):
        found = labelled_title_line(piece.part.children)
        if found and (found.url or found.domain_url):
            return found._replace(certain=True)
        linked = [child for child in walk_inlines(piece.part.children) if isinstance(child, Link)]
        if weak := weak_title_line(piece.part.children):
            return weak._replace(certain=True)
        url = linked[0].url if len({link.url for link in linked}) == 1 else ""
        return TitleLine(piece.words, url, "", "", certain=bool(url))
    if not isinstance(piece.part, Paragraph) or remove_mark(piece.part)[1]:
        return None
    found = labelled_title_line(first_line(piece.part.children)[0])
    # A single link whose words are a domain is not a title, also before a link to another story.
    alone = found is not None and found.url and (not found.domain or not same_story(found.domain_url, found.url))
    return None if found and alone and found.title and names_host(found.title, found.url) else found


def _plain_title(piece: Piece) -> TitleLine | None:
    """Return a short line without links as a title, for pages whose titles are not links. Returns None otherwise."""
    if not isinstance(piece.part, Paragraph) or addresses(piece.part.children) or len(piece.words) > _MAX_PLAIN_TITLE:
        return None
    return TitleLine(piece.words, "", "", "", certain=False) if not re.search(r"[.。．:：;；]$", piece.words) else None


def _is_strong_source(part: Paragraph) -> bool:
    """Return whether a paragraph begins with a source title that has a paper's number, a label or brackets."""
    found = source_line(part.children)
    if found is None or remove_mark(part)[1]:
        return False
    words = plain_inlines(first_line(part.children)[0]).strip()
    first = next((child for child in part.children if plain_inlines((child,)).strip()), None)
    lead = plain_inlines(first.children).strip() if isinstance(first, Emphasis) else words
    return is_numbered_source(lead) or is_numbered_source(words)


def _rest(part: Part) -> tuple[Block, ...]:
    rest = first_line(part.children)[1] if isinstance(part, Paragraph) else ()
    return (Paragraph(rest),) if rest else ()


def _leads(piece: Piece) -> bool:
    """Return whether a block is a list of links or a paragraph that begins with one."""
    if isinstance(piece.part, List):
        return is_link_list(piece.part)
    if not isinstance(piece.part, Paragraph) or remove_mark(piece.part)[1]:
        return False
    lead = link_lead(piece.part.children)
    return lead is not None and (lead.strong or lead.separated)


def _titles_before_images(pieces: list[Piece]) -> list[Piece]:
    """Return the blocks of a section in which each image is above its title, with the titles first."""
    begins = [is_certain(piece) for piece in pieces]
    pictures = [isinstance(p.part, CaptionedImage) and not remove_mark(Paragraph((_image(p),)))[1] for p in pieces]
    below = any(begun and picture for begun, picture in zip(begins, pictures[1:], strict=False))
    if not pieces or not pictures[0] or below or sum(begins) < 1 or begins[1:2] != [True]:
        return pieces
    ordered = list(pieces)
    for index, (picture, begun) in enumerate(pairwise(zip(pictures, begins, strict=True))):
        if picture[0] and begun[1]:
            ordered[index], ordered[index + 1] = pieces[index + 1], pieces[index]
    return ordered


def _image(piece: Piece) -> Image:
    return piece.part.image if isinstance(piece.part, CaptionedImage) else Image("", "")
