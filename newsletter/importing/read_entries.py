"""Assembles the entries of a section: the blocks after the beginning of an entry are its parts."""

import re
from dataclasses import dataclass, field
from itertools import zip_longest

from newsletter.importing.blocks import (
    CaptionedImage,
    Divider,
    Heading,
    LinkCard,
    Part,
    Piece,
    addresses,
    comment_of,
    markdown_of,
    unwrapped_line,
)
from newsletter.importing.entry_starts import Start, find_starts, is_certain
from newsletter.importing.section_names import KnownHeadings
from newsletter.issue.draft import EntryDraft
from newsletter.text.canonical_url import link_key
from newsletter.text.credit_lines import read_credit
from newsletter.text.domains import host_of
from newsletter.text.entry_labels import name_in, via_line
from newsletter.text.entry_lines import (
    bare_host,
    credit_line,
    first_line,
    is_read_more,
    lone_link,
    names_host,
    remove_mark,
    same_story,
)
from newsletter.text.links import remove_arxiv_number
from newsletter.text.source_lines import is_numbered_source, source_line, source_words
from newsletter.text.tree import Block, Emphasis, Inline, Link, List, Paragraph, Text, plain_inlines, walk, walk_inlines

# Part of the remark about a link whose target is not the URL of the entry.
ELSEWHERE = ", with another target"
MAX_CREDIT = 100
# The words before a link to where a story was found, in a paragraph of its own.
_VIA = re.compile(r"\s*[(（\[【]?\s*(?:via|by way of)\s", re.IGNORECASE)
_NUMBER = re.compile(r"[\[【［(（]\s*(?:arxiv\s*[:：]?\s*)?(?P<number>\d{4}\.\d{4,5})", re.IGNORECASE)


@dataclass
class _Entry:
    """An entry that is being read."""

    title: str
    url: str
    label: str = ""
    via: str = ""
    figure: CaptionedImage | None = None
    has_card: bool = False
    cards: list[tuple[str, LinkCard]] = field(default_factory=list)
    credit: str = ""
    credit_is_next: bool = False
    source: str = ""
    shown_url: tuple[str, str] = ("", "")
    comment: list[Block] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReadEntry:
    """An entry, what was guessed about it, and the label of a sponsored entry as it is on the page, or ""."""

    draft: EntryDraft
    guesses: tuple[str, ...]
    label: str


def read_entries(pieces: list[Piece], name: str, wording: KnownHeadings) -> tuple[list[ReadEntry], list[Piece]]:
    """Split the blocks of a section into entries.

    Args:
        pieces: the blocks.
        name: the name of the page in remarks.
        wording: the known headings and credits.

    Returns:
        The entries, and the blocks that do not belong to an entry.
    """
    reader = _Reader(name, wording)
    found = find_starts(pieces, wording.credits)
    for piece, after in zip_longest(found, found[1:]):
        if isinstance(piece, Start):
            reader.begin(piece)
        elif isinstance(piece.part, Heading) and isinstance(after, Start):
            reader.headings.append(piece)
        else:
            reader.add(piece, after.part if isinstance(after, Piece) else None)
    return [_finished(entry, wording) for entry in reader.entries], reader.left


def split_outro(pieces: list[Piece], wording: KnownHeadings) -> tuple[list[Piece], list[Piece]]:
    """Split the blocks of the last section of a page at its last rule, if entries are above it and none below.

    A list of links below the rule is no list of entries if other entries begin by themselves.
    """
    end = len(pieces)
    while end and isinstance(pieces[end - 1].part, Divider):
        end -= 1
    rule = next((n for n in range(end - 1, -1, -1) if isinstance(pieces[n].part, Divider)), end)
    above, below = pieces[:rule], pieces[rule + 1 : end]
    if not below or not any(is_certain(piece) for piece in above):
        return pieces, []
    unlisted = [piece for piece in pieces[rule:] if not isinstance(piece.part, List)]
    starts = [
        sum(isinstance(one, Start) for one in find_starts(found, wording.credits))
        for found in (above, [*above, *unlisted])
    ]
    if starts[0] != starts[1]:
        return pieces, []
    return above, below


@dataclass
class _Reader:
    name: str
    wording: KnownHeadings
    entries: list[_Entry] = field(default_factory=list)
    left: list[Piece] = field(default_factory=list)
    open: _Entry | None = None
    # The headings of a part of the section, above its first entry.
    headings: list[Piece] = field(default_factory=list)

    def begin(self, start: Start) -> None:
        """Begin an entry."""
        title = start.title
        sponsored = not title.label or name_in(title.label, self.wording.sponsors, "sponsor")
        self.open = entry = _Entry(
            title.title if sponsored else f"{title.label} · {title.title}",
            title.url or title.domain_url,
            title.label if sponsored else "",
            title.via_url or name_in(title.via, self.wording.sources, "source"),
        )
        self.entries.append(entry)
        entry.guesses += [start.guess] if start.guess else []
        for piece in self.headings:
            self._remark(entry, piece.line, f"the heading above it: {markdown_of(piece.part)}")
        self.headings = []
        if title.domain_url:
            self._remark_link(entry, start.line, title.domain_url, "its domain's link")
        if title.domain and bare_host(title.domain) not in (host_of(entry.url), bare_host(entry.url)):
            self._remark(entry, start.line, f"its domain, as {title.domain}")
        if isinstance(start.part, CaptionedImage):
            self._figure(entry, start.part, None)
        elif isinstance(start.part, LinkCard):
            self._card(entry, start.line, start.part)
        if title.via and not entry.via:
            self._remark(entry, start.line, f"after its domain: {title.via}")
        line = first_line(start.part.children)[0] if isinstance(start.part, Heading | Paragraph) else ()
        kept = {url for block in start.rest if isinstance(block, Paragraph) for url in addresses(block.children)}
        if any(not same_story(url, entry.url) for url in {*addresses(line)} - {title.domain_url, title.via_url, *kept}):
            self._remark(entry, start.line, f"its title: {markdown_of(Paragraph(line))}")
        for block in start.rest:
            if isinstance(block, Paragraph):
                self._paragraph(entry, start.line, block, None)
            else:
                entry.comment.append(block)

    def add(self, piece: Piece, after: Part | None) -> None:
        """Add the next block of the section. `after` is the block that follows it, unless that begins an entry."""
        part = piece.part
        if isinstance(part, Divider):
            self.open = None
        elif self.open is None:
            self.left.append(piece)
        elif isinstance(part, CaptionedImage):
            self._figure(self.open, part, after)
        elif isinstance(part, LinkCard):
            self._card(self.open, piece.line, part)
        elif isinstance(part, Heading):
            self.open.comment.append(Paragraph((Emphasis(part.children, "**"),)))
        elif isinstance(part, Paragraph):
            self._paragraph(self.open, piece.line, part, after)
        else:
            self.open.comment.append(part)

    def _figure(self, entry: _Entry, figure: CaptionedImage, after: Part | None) -> None:
        """Add an image. Below the comment, only an image with a credit is that of the entry."""
        (block, marked) = remove_mark(Paragraph((figure.image,)))
        credited = bool(read_credit(plain_inlines(figure.caption), self.wording.credits))
        if isinstance(after, Paragraph) and not remove_mark(after)[1]:
            credited |= bool(credit_line(first_line(after.children)[0], self.wording.credits))
        late = entry.comment and (marked or not credited or entry.has_card)
        if entry.figure or late or (marked and entry.has_card):
            entry.comment.append(block)
            if figure.caption:
                entry.comment.append(Paragraph(figure.caption))
        else:
            entry.figure = figure
            entry.credit_is_next = bool(entry.comment)

    def _card(self, entry: _Entry, line: int, card: LinkCard) -> None:
        entry.url = entry.url or card.url
        entry.has_card = True
        entry.cards.append((f"From line {line} of {self.name}, its link card", card))

    def _paragraph(self, entry: _Entry, line: int, paragraph: Paragraph, after: Part | None) -> None:
        plain, marked = remove_mark(paragraph)
        credit_is_next, entry.credit_is_next = entry.credit_is_next, False
        if marked or not isinstance(plain, Paragraph):
            entry.comment.append(plain)
        elif entry.comment and not credit_is_next:
            self._below_comment(entry, plain)
        elif self._is_link_or_via(entry, line, plain):
            return
        elif credit := self._credit(entry, plain.children):
            line_of_credit, rest = first_line(plain.children)
            entry.credit = credit
            self._remark_credit_links(entry, line, line_of_credit)
            if rest:
                self._paragraph(entry, line, Paragraph(rest), after)
        elif not entry.source and (source := source_line(plain.children, entry.url)) is not None:
            if not entry.url:
                _find_paper_url(entry, source[0])
                source = source_line(plain.children, entry.url) or source
            entry.source, rest = source
            rest = _without_own_url(rest, entry.url)
            entry.comment += [Paragraph(rest)] if rest else []
        elif self._is_credit_by_place(entry, plain, after):
            entry.credit = unwrapped_line(plain_inlines(plain.children))
            entry.guesses.append("the credit")
            self._remark_credit_links(entry, line, plain.children)
        elif self._is_source_by_place(entry, plain, after):
            entry.source = unwrapped_line(plain_inlines(plain.children))
            entry.guesses.append("the source title")
        else:
            entry.comment.append(plain)

    def _below_comment(self, entry: _Entry, paragraph: Paragraph) -> None:
        """Add a paragraph of the comment. A single link gives an entry without URL its URL."""
        link = lone_link(paragraph.children)
        if link and not entry.url:
            entry.url = link[1]
            if is_read_more(link[0]):
                return
        entry.comment.append(paragraph)

    def _credit(self, entry: _Entry, children: tuple[Inline, ...]) -> str:
        """Return the credit in the first line of a paragraph below an image without credit, or ""."""
        expected = entry.figure and not entry.credit
        return credit_line(first_line(children)[0], self.wording.credits) if expected else ""

    def _is_link_or_via(self, entry: _Entry, line: int, paragraph: Paragraph) -> bool:
        """Add a single link, or the source in the line of an entry's domain. Returns whether it is one of them."""
        if link := lone_link(paragraph.children):
            self._link(entry, line, paragraph, *link)
            return True
        words, url = via_line(paragraph.children, entry.url) or ("", "")
        found = url or name_in(words, self.wording.sources, "source")
        entry.via = entry.via or found
        return bool(found) and entry.via == found

    def _is_credit_by_place(self, entry: _Entry, plain: Paragraph, after: Part | None) -> bool:
        """Return whether a short line stands between the image and the source title, where only a credit can."""
        words = plain_inlines(plain.children).strip()
        return (
            entry.figure is not None
            and not entry.credit
            and not entry.source
            and not entry.figure.caption
            and len(words) <= MAX_CREDIT
            and "\n" not in words
            and isinstance(after, Paragraph)
            and not remove_mark(after)[1]
            and source_line(after.children, entry.url) is not None
        )

    def _is_source_by_place(self, entry: _Entry, plain: Paragraph, after: Part | None) -> bool:
        """Return whether a bold line stands between the image or card and the comment."""
        words = plain_inlines(plain.children).strip()
        return (
            bool(entry.title and not entry.source and (entry.figure or entry.has_card))
            and len(plain.children) == 1
            and isinstance(child := plain.children[0], Emphasis)
            and child.strong
            and not addresses(plain.children)
            and not re.search(r"[.。:：!?！？]$", words)
            and isinstance(after, Paragraph)
        )

    def _link(self, entry: _Entry, line: int, paragraph: Paragraph, words: str, url: str) -> None:
        """Add a paragraph before the comment that is a single link: a domain, a plain link card, or the comment."""
        entry.url = entry.url or url
        if not same_story(url, entry.url):
            if not entry.via and _VIA.match(plain_inlines(paragraph.children)):
                entry.via = url
            elif not words or names_host(words, url):
                self._remark_link(entry, line, url, "a separate link")
            else:
                entry.comment.append(paragraph)
        elif not words or bare_host(words) == host_of(url):
            return
        elif words == url or names_host(words, url):
            if isinstance(paragraph.children[0], Link):
                entry.shown_url = (words, url)
            entry.has_card = True
        elif entry.title and not entry.source and words.strip() != entry.title:
            entry.source = words
        else:
            entry.comment.append(paragraph)

    def _remark_credit_links(self, entry: _Entry, line: int, children: tuple[Inline, ...]) -> None:
        for child in walk_inlines(children):
            if isinstance(child, Link) and not same_story(child.url, entry.url):
                self._remark(entry, line, f"its credit's link: {child.url}")

    def _remark_link(self, entry: _Entry, line: int, url: str, what: str) -> None:
        if not same_story(url, entry.url):
            self._remark(entry, line, f"{what}{ELSEWHERE}: {url}")
        elif url != entry.url:
            self._remark(entry, line, f"{what}: {url}")

    def _remark(self, entry: _Entry, line: int, words: str) -> None:
        entry.remarks.append(f"From line {line} of {self.name}, {words}")


def _finished(entry: _Entry, wording: KnownHeadings) -> ReadEntry:
    if not entry.url:
        _find_paper_url(entry, entry.source)
    if not entry.url:
        _find_url(entry)
    return ReadEntry(_draft(entry, wording), tuple(entry.guesses), entry.label)


def _without_own_url(rest: tuple[Inline, ...], url: str) -> tuple[Inline, ...]:
    """Remove the entry's URL or domain on the line below its source title."""
    line, below = first_line(rest)
    link = lone_link(line)
    return below if link and names_host(*link) and same_story(link[1], url) else rest


def _find_paper_url(entry: _Entry, source: str) -> None:
    """Set the URL of an entry from the paper's number at the beginning of a source title."""
    if number := _NUMBER.match(source):
        entry.url = f"https://arxiv.org/abs/{number['number']}"
        entry.guesses.append("the URL, from the paper's number")


def _find_url(entry: _Entry) -> None:
    """Set the URL of an entry whose title has none from the only link in its comment."""
    links = [child for child in walk(tuple(entry.comment)) if isinstance(child, Link)]
    if links and len({link_key(link.url) for link in links}) == 1:
        entry.url = links[0].url
        entry.guesses.append("the URL, from the link in the comment")


def _draft(entry: _Entry, wording: KnownHeadings) -> EntryDraft:
    source = entry.source or next(
        (card.title for _, card in entry.cards if card.title and same_story(card.url, entry.url)), ""
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
        caption = unwrapped_line(plain_inlines(figure.caption))
        if not entry.source and is_numbered_source(caption):
            source = source_words(caption)
        else:
            credit = credit_line(figure.caption, wording.credits) or caption
        remarks = [
            *remarks,
            *(f"Its image's caption links to {c.url}" for c in walk_inlines(figure.caption) if isinstance(c, Link)),
        ]
    return EntryDraft(
        url=entry.url,
        title=title,
        via=entry.via,
        sponsored=name_in(entry.label, wording.sponsors, "sponsor"),
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
    elsewhere = "" if same_story(card.url, entry.url) else ELSEWHERE
    return f"{where}{elsewhere}: {' — '.join(filter(None, words))}" if any(words) else ""
