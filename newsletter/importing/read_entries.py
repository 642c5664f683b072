"""Splits a section into entries: a line with a title starts an entry, and the blocks after it are its parts."""

import re
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from newsletter.importing.blocks import (
    CaptionedImage,
    Divider,
    Heading,
    LinkCard,
    Piece,
    addresses,
    comment_of,
    markdown_of,
    unwrapped_line,
)
from newsletter.importing.section_names import KnownHeadings
from newsletter.issue.draft import EntryDraft
from newsletter.text.canonical_url import link_key
from newsletter.text.domains import host_of
from newsletter.text.entry_lines import (
    TitleLine,
    bare_host,
    credit_line,
    first_line,
    lone_link,
    names_host,
    remove_mark,
    source_line,
    title_line,
)
from newsletter.text.links import remove_arxiv_number
from newsletter.text.tree import Block, Emphasis, Inline, Link, Paragraph, Text, plain_inlines, walk_inlines

# Part of the remark about a link whose target is not the URL of the entry.
ELSEWHERE = ", with another target"


@dataclass
class _Entry:
    """An entry that is being read."""

    title: str
    url: str
    figure: CaptionedImage | None = None
    has_card: bool = False
    cards: list[tuple[str, LinkCard]] = field(default_factory=list)
    credit: str = ""
    source: str = ""
    shown_url: tuple[str, str] = ("", "")
    comment: list[Block] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_entries(pieces: list[Piece], name: str, wording: KnownHeadings) -> tuple[list[EntryDraft], list[Piece]]:
    """Split the blocks of a section into entries.

    Args:
        pieces: the blocks.
        name: the name of the page in remarks.
        wording: the known headings and credits.

    Returns:
        The entries, and the blocks that do not belong to an entry.
    """
    reader = _Reader(name, wording, certain=any(_certain(piece) for piece in pieces))
    for piece, after in zip_longest(pieces, pieces[1:]):
        reader.add(piece, after)
    return [_draft(entry, wording) for entry in reader.entries], reader.left


def _certain(piece: Piece) -> bool:
    found = _title(piece)
    return found is not None and found.certain


def _title(piece: Piece) -> TitleLine | None:
    """Return the title and URL in a block that may start an entry, or None."""
    if isinstance(piece.part, Heading):
        found = title_line(piece.part.children)
        if found and (found.url or found.domain_url):
            return replace(found, certain=True)
        linked = [child for child in walk_inlines(piece.part.children) if isinstance(child, Link)]
        url = linked[0].url if len({link.url for link in linked}) == 1 else ""
        return TitleLine(piece.words, url, "", "", certain=bool(url))
    if not isinstance(piece.part, Paragraph) or remove_mark(piece.part)[1]:
        return None
    return title_line(first_line(piece.part.children)[0])


def _plain_title(piece: Piece) -> TitleLine | None:
    """Return a short line without links as a title, for pages whose titles are not links. Returns None otherwise."""
    if not isinstance(piece.part, Paragraph) or addresses(piece.part.children) or len(piece.words) > 150:
        return None
    return TitleLine(piece.words, "", "", "", certain=False) if not re.search(r"[.。．:：;；]$", piece.words) else None


@dataclass
class _Reader:
    name: str
    wording: KnownHeadings
    certain: bool
    entries: list[_Entry] = field(default_factory=list)
    left: list[Piece] = field(default_factory=list)
    open: _Entry | None = None

    def add(self, piece: Piece, after: Piece | None) -> None:
        """Add the next block of the section. `after` is the block that follows it."""
        part = piece.part
        title = _title(piece) or (None if self.certain else _plain_title(piece))
        if title and (title.certain or self._begins(piece, title, after)):
            self._begin(piece, title)
        elif isinstance(part, Divider):
            self.open = None
        elif self.open is None:
            self.left.append(piece)
        elif isinstance(part, CaptionedImage):
            self._figure(self.open, part)
        elif isinstance(part, LinkCard):
            self._card(self.open, piece.line, part)
        elif isinstance(part, Heading):
            self.open.comment.append(Paragraph((Emphasis(part.children, "**"),)))
        elif isinstance(part, Paragraph):
            self._paragraph(self.open, piece.line, part)
        else:
            self.open.comment.append(part)

    def _begins(self, piece: Piece, title: TitleLine, after: Piece | None) -> bool:
        """Return whether a possible title starts an entry: a card, an image or a domain follows it."""
        if isinstance(piece.part, Heading) and not self.certain:
            return True
        if not title.title or (title.url and self.open and _same(title.url, self.open.url)):
            return False
        return after is not None and (
            isinstance(after.part, CaptionedImage | LinkCard)
            or (
                isinstance(after.part, Paragraph)
                and not remove_mark(after.part)[1]
                and bool(lone_link(after.part.children))
            )
        )

    def _begin(self, piece: Piece, title: TitleLine) -> None:
        self.open = _Entry(title.title, title.url or title.domain_url)
        self.entries.append(self.open)
        if title.domain_url:
            self._remark_link(self.open, piece.line, title.domain_url, "its domain's link")
        if title.domain and bare_host(title.domain) not in (host_of(self.open.url), bare_host(self.open.url)):
            self._remark(self.open, piece.line, f"its domain, as {title.domain}")
        line = first_line(piece.part.children)[0] if isinstance(piece.part, Heading | Paragraph) else ()
        if {*addresses(line)} - {title.url, title.domain_url, self.open.url}:
            self._remark(self.open, piece.line, f"its title: {markdown_of(Paragraph(line))}")
        if isinstance(piece.part, Paragraph) and (rest := first_line(piece.part.children)[1]):
            self._paragraph(self.open, piece.line, Paragraph(rest))

    def _figure(self, entry: _Entry, figure: CaptionedImage) -> None:
        (block, marked) = remove_mark(Paragraph((figure.image,)))
        if entry.figure or entry.comment or (marked and entry.has_card):
            entry.comment.append(block)
            if figure.caption:
                entry.comment.append(Paragraph(figure.caption))
        else:
            entry.figure = figure

    def _card(self, entry: _Entry, line: int, card: LinkCard) -> None:
        entry.url = entry.url or card.url
        entry.has_card = True
        entry.cards.append((f"From line {line} of {self.name}, its link card", card))

    def _paragraph(self, entry: _Entry, line: int, paragraph: Paragraph) -> None:
        plain, marked = remove_mark(paragraph)
        if marked or entry.comment or not isinstance(plain, Paragraph):
            entry.comment.append(plain)
        elif link := lone_link(plain.children):
            self._link(entry, line, plain, *link)
        elif credit := self._credit(entry, plain.children):
            line_of_credit, rest = first_line(plain.children)
            entry.credit = credit
            self._remark_credit_links(entry, line, line_of_credit)
            entry.comment += [Paragraph(rest)] if rest else []
        elif not entry.source and (source := source_line(plain.children)) is not None:
            entry.source, rest = source
            entry.comment += [Paragraph(rest)] if rest else []
        else:
            entry.comment.append(plain)

    def _credit(self, entry: _Entry, children: tuple[Inline, ...]) -> str:
        """Return the credit in the first line of a paragraph below an image without credit, or ""."""
        expected = entry.figure and not entry.source and not entry.credit
        return credit_line(first_line(children)[0], self.wording.credits) if expected else ""

    def _link(self, entry: _Entry, line: int, paragraph: Paragraph, words: str, url: str) -> None:
        """Add a paragraph before the comment that is a single link: a domain, a plain link card, or the comment."""
        entry.url = entry.url or url
        if not _same(url, entry.url):
            if not words or names_host(words, url):
                self._remark_link(entry, line, url, "a separate link")
            else:
                entry.comment.append(paragraph)
        elif not words or bare_host(words) == host_of(url):
            return
        elif words == url or names_host(words, url):
            if isinstance(paragraph.children[0], Link):
                entry.shown_url = (words, url)
            entry.has_card = True
        else:
            entry.comment.append(paragraph)

    def _remark_credit_links(self, entry: _Entry, line: int, children: tuple[Inline, ...]) -> None:
        for child in walk_inlines(children):
            if isinstance(child, Link):
                self._remark(entry, line, f"its credit's link: {child.url}")

    def _remark_link(self, entry: _Entry, line: int, url: str, what: str) -> None:
        if not _same(url, entry.url):
            self._remark(entry, line, f"{what}{ELSEWHERE}: {url}")
        elif url != entry.url:
            self._remark(entry, line, f"{what}: {url}")

    def _remark(self, entry: _Entry, line: int, words: str) -> None:
        entry.remarks.append(f"From line {line} of {self.name}, {words}")


def _draft(entry: _Entry, wording: KnownHeadings) -> EntryDraft:
    source = entry.source or next(
        (card.title for _, card in entry.cards if card.title and _same(card.url, entry.url)), ""
    )
    remarks = [*entry.remarks, *filter(None, (_card_remark(entry, where, card, source) for where, card in entry.cards))]
    comment = entry.comment
    if not comment and entry.shown_url[1]:
        comment = [Paragraph((Link(entry.shown_url[1], (Text(entry.shown_url[0]),)),))]
    title = unwrapped_line(entry.title)
    figure = entry.figure
    alt = unwrapped_line(figure.image.alt) if figure else ""
    credit = entry.credit
    if figure and figure.caption and not credit:
        credit = credit_line(figure.caption, wording.credits) or unwrapped_line(plain_inlines(figure.caption))
        remarks = [
            *remarks,
            *(f"Its image's caption links to {c.url}" for c in walk_inlines(figure.caption) if isinstance(c, Link)),
        ]
    return EntryDraft(
        url=entry.url,
        title=title,
        source_title=remove_arxiv_number(entry.url, unwrapped_line(source)),
        image=figure.image.source if figure else "",
        image_alt="" if wording.stands_for(alt, title) else alt,
        image_credit=unwrapped_line(credit),
        comment=comment_of(comment),
        remarks=tuple(remarks),
    )


def _card_remark(entry: _Entry, where: str, card: LinkCard, source: str) -> str:
    """Return a remark with the text of a link card that is not in the entry, or ""."""
    words = [card.title if card.title != source else "", card.teaser, card.url if card.url != entry.url else ""]
    elsewhere = "" if _same(card.url, entry.url) else ELSEWHERE
    return f"{where}{elsewhere}: {' — '.join(filter(None, words))}" if any(words) else ""


def _same(one: str, other: str) -> bool:
    return link_key(one) == link_key(other)
