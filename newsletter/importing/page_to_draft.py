"""Converts a page to the draft of an issue. Text that fits no field becomes a YAML comment with its line."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from newsletter.importing.blocks import (
    CaptionedImage,
    Divider,
    Heading,
    LinkCard,
    Part,
    Piece,
    address,
    addresses,
    comment_of,
    markdown_of,
    unwrapped_line,
)
from newsletter.importing.dates import date_of
from newsletter.importing.heading_numbers import split_number
from newsletter.importing.outline import Outline, find_outline
from newsletter.importing.paragraphs import heading_or_rule
from newsletter.importing.published_page import PublishedPage
from newsletter.importing.read_entries import read_entries, split_outro
from newsletter.importing.section_names import KnownHeadings
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.publication.section import SectionKey, sort_sections
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key
from newsletter.text.entry_labels import without_labels
from newsletter.text.entry_lines import ORIGINALLY, remove_mark
from newsletter.text.issue_numbers import number_in
from newsletter.text.medium_markdown import blocks_to_markdown
from newsletter.text.tree import Block, Emphasis, Image, Inline, Link, List, Paragraph, Quote, Text, plain_inlines

NOT_PLACED = "not placed"
# Returns the new path of an image from its path in the page, or "" if the image does not exist.
Pictures = Callable[[str], str]
_URL = re.compile(r"https?://[^\s<>()]+")


@dataclass(frozen=True)
class PageHead:
    """The head of a page, and the outline of the rest.

    `intro` is the text before the highlights or sections, and `left` the blocks of the head that fit no field.
    """

    title: str
    subtitle: str
    date: str
    number: str
    language: str
    url: str
    outline: Outline
    intro: tuple[Piece, ...]
    left: tuple[Piece, ...]


def read_head(page: PublishedPage, wording: KnownHeadings, language: str) -> PageHead:
    """Read the head of a page from its metadata, or from its text if metadata is missing.

    `language` is the language of dates in the text.
    """
    pieces, shown = list(page.pieces), list[Piece]()
    title, subtitle, day, url = unwrapped_line(page.title), unwrapped_line(page.subtitle), page.date, page.url
    heading = next((piece for piece in pieces if isinstance(piece.part, Heading)), None)
    if heading and not title and _names_section(heading, wording):
        heading = None
    if heading and (not title or _is_alike(heading.words, title)):
        title = title or heading.words
        below = pieces.index(heading)
        pieces.remove(heading)
        if _has_links(heading):
            shown.append(heading)
        heading_date = _subtitle(pieces[below], language) if below < len(pieces) else None
        if heading_date and not heading_date[1] and _is_label(pieces, below, wording):
            heading_date = None
        if heading_date and not (heading_date[0] and subtitle and not _is_alike(heading_date[0], subtitle)):
            subtitle, day = subtitle or heading_date[0], day or heading_date[1]
            del pieces[below]
    # A row of dashes may be a heading, but not the title of the page.
    found = find_outline(tuple(Piece(piece.line, heading_or_rule(piece.part)) for piece in pieces), wording)
    intro = list(found.head)
    for piece in found.head:
        if (origin := _origin(piece)) and (not url or link_key(origin) == link_key(url)):
            url, day = url or origin, day or _find_date(piece, language)
            intro.remove(piece)
    number = str(number_in(title) or "")
    return PageHead(title, subtitle, day, number, page.language, url, found, tuple(intro), tuple(shown))


@dataclass(frozen=True)
class ReadIssue:
    """The draft of an issue, and what was guessed about it.

    Args:
        entry_guesses: by section and index of an entry.
        section_guesses: the words of headings that are not a known name, by section.
        highlight_guesses: the same for the headings of highlights.
    """

    draft: IssueDraft
    entry_guesses: Mapping[tuple[SectionKey, int], tuple[str, ...]]
    section_guesses: tuple[tuple[SectionKey, str], ...]
    highlight_guesses: tuple[tuple[SectionKey, str], ...]


def read_issue(page: PublishedPage, head: PageHead, wording: KnownHeadings, picture: Pictures) -> ReadIssue:
    """Create the draft of a page from its head and its outline."""
    outline = head.outline
    sections = dict(outline.sections)
    closing = list[Piece]()
    if outline.last:
        sections[outline.last], closing = split_outro(sections[outline.last], wording)
    read = {section: read_entries(pieces, page.name, wording) for section, pieces in sections.items()}
    labels = {link_key(entry.draft.url): entry.label for of, _ in read.values() for entry in of if entry.label}
    pictures, missing = _Pictures(picture, labels), list[str]()
    entries = {section: tuple(pictures.entry(entry.draft) for entry in of) for section, (of, _) in read.items()}
    draft = IssueDraft(
        title=head.title,
        date=head.date,
        number=head.number,
        status="published" if page.published else "draft",
        language=head.language,
        subtitle=head.subtitle,
        canonical_url=address(head.url),
        intro=pictures.passage(head.intro, missing),
        outro=pictures.passage(closing, missing),
        highlights={section: _points(pieces, labels) for section, pieces in outline.highlights.items()},
        sections=sort_sections(entries, wording.declared),
        remarks=(
            *page.remarks,
            *(_remark(page, piece, what) for what, piece in outline.headings),
            *(_remark(page, piece, NOT_PLACED) for piece in head.left),
            *map(_missing_image, missing),
        ),
        section_remarks={
            section: tuple(_remark(page, piece, NOT_PLACED) for piece in left) for section, (_, left) in read.items()
        },
        closing_remarks=tuple(
            _remark(page, piece, "its footer") for piece in outline.foot if not isinstance(piece.part, Divider)
        ),
    )
    guesses = {
        (section, index): entry.guesses
        for section, (found, _) in read.items()
        for index, entry in enumerate(found)
        if entry.guesses
    }
    return ReadIssue(draft, guesses, tuple(outline.guesses), tuple(outline.highlight_guesses))


def _remark(page: PublishedPage, piece: Piece, what: str) -> str:
    return f"From line {piece.line} of {page.name}, {what}: {markdown_of(piece.part)}"


def _missing_image(source: str) -> str:
    return f"The page's image is missing: {source}"


def _passage_blocks(part: Part) -> list[Block]:
    """Return a block of the intro or outro as Markdown can show it."""
    if isinstance(part, Divider):
        return []
    if isinstance(part, Heading):
        return [Paragraph((Emphasis(part.children, "**"),))]
    if isinstance(part, CaptionedImage):
        return [Paragraph((part.image,)), *([Paragraph(part.caption)] if part.caption else [])]
    if isinstance(part, LinkCard):
        title: Inline = Text(part.title or part.url)
        lines = [(Link(part.url, (title,)) if part.url else title,), (Text(part.teaser),)]
        return [Paragraph(line) for line in lines if plain_inlines(line)]
    if isinstance(part, Quote):
        return [Quote(tuple(remove_mark(child)[0] for child in part.children))]
    if isinstance(part, List):
        return [replace(part, items=tuple(tuple(remove_mark(child)[0] for child in item) for item in part.items))]
    return [part]


def _points(pieces: list[Piece], labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the highlights of a section: the items of its lists, and its paragraphs."""
    points: list[str] = []
    for piece in pieces:
        if isinstance(piece.part, List):
            points += [comment_of(list(without_labels(item, labels))) for item in piece.part.items]
        else:
            points.append(markdown_of(piece.part))
    return tuple(filter(None, points))


def _has_links(piece: Piece) -> bool:
    return isinstance(piece.part, Heading | Paragraph) and bool(addresses(piece.part.children))


def _names_section(heading: Piece, wording: KnownHeadings) -> bool:
    """Return whether a heading below the first level is the name of a section, and not the title of a page."""
    label = wording.label(heading.words)
    return (
        isinstance(heading.part, Heading)
        and heading.part.level > 1
        and label is not None
        and isinstance(label.part, str)
    )


def _is_label(pieces: list[Piece], index: int, wording: KnownHeadings) -> bool:
    """Return whether a block is the heading of a section or of highlights, and therefore not a subtitle."""
    piece = pieces[index]
    listed = index + 1 < len(pieces) and isinstance(pieces[index + 1].part, List)
    if listed or not isinstance(piece.part, Heading):
        return listed
    return wording.label(piece.words) is not None or split_number(piece.words)[0] is not None


def _subtitle(piece: Piece, language: str) -> tuple[str, str] | None:
    """Return the subtitle and the date in the line below the title, or None if it contains anything else."""
    words = piece.words
    if (
        not words
        or _URL.search(words)
        or (isinstance(piece.part, Heading | Paragraph) and addresses(piece.part.children))
    ):
        return None
    if day := date_of(words, language):
        return "", day
    before, _, after = words.rpartition(" · ")
    if before and (day := date_of(after, language)):
        return before, day
    return (words, "") if len(words) <= 200 else None


def _origin(piece: Piece) -> str:
    """Return the URL of the original publication in a block, or ""."""
    words = markdown_of(piece.part)
    urls = _URL.findall(words)
    return (
        str(urls[0])
        if len(set(urls)) == 1 and len(words) < 400 and ORIGINALLY.match(re.sub(r"^[>*_\s]+", "", words))
        else ""
    )


def _find_date(piece: Piece, language: str) -> str:
    found = re.search(r"\bon (.{6,40}?\d{4})", piece.words)
    return date_of(found[1], language) if found else ""


def _is_alike(one: str, other: str) -> bool:
    return re.sub(r"\W", "", one).casefold() == re.sub(r"\W", "", other).casefold()


@dataclass(frozen=True)
class _Pictures:
    """Replaces the paths of images in entries.

    A missing image becomes a remark. Its alternative text and credit stay in the entry for the author's image.
    `labels` are the labels of sponsored entries, which are removed after links to them.
    """

    picture: Pictures
    labels: Mapping[str, str]

    def entry(self, entry: EntryDraft) -> EntryDraft:
        """Return an entry with the new paths of its images."""
        missing: list[str] = []
        image = self._found(entry.image, missing) if entry.image else ""
        own = link_key(entry.url)
        labels = {key: label for key, label in self.labels.items() if key != own}
        comment = self._text(entry.comment, missing, labels)
        remarks = [*entry.remarks, *map(_missing_image, missing)]
        return replace(entry, image=image, comment=comment, remarks=tuple(remarks))

    def passage(self, pieces: Iterable[Piece], missing: list[str]) -> str:
        """Return the intro or outro as Markdown. Images that do not exist are added to `missing`."""
        blocks = [remove_mark(block)[0] for piece in pieces for block in _passage_blocks(piece.part)]
        return self._text(comment_of(blocks), missing, self.labels)

    def _text(self, text: str, missing: list[str], labels: Mapping[str, str]) -> str:
        if "![" not in text and not labels:
            return text
        blocks = without_labels(markdown.parse(text), labels)
        return blocks_to_markdown(tree.rewrite(blocks, lambda child: self._changed(child, missing)))

    def _changed(self, child: Link | Image, missing: list[str]) -> Inline:
        if isinstance(child, Link):
            return child
        source = self._found(child.source, missing)
        return replace(child, source=source) if source else Text(child.alt)

    def _found(self, source: str, missing: list[str]) -> str:
        found = source if re.match(r"https?://", source, re.IGNORECASE) else self.picture(source)
        if not found:
            missing.append(
                source if not source.startswith("data:") else f"{source[:40]}…, an image embedded in the page"
            )
        return found
