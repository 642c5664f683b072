"""Builds the views of entries and texts: Markdown with links resolved, images sized and sponsors labelled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from newsletter.issue.model import Entry
from newsletter.publication.labels import Labels
from newsletter.render.language_format import direction
from newsletter.render.views import EntryView, Figure, ViaView
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key
from newsletter.text.domains import host_of
from newsletter.text.images import Picture
from newsletter.text.links import add_parameters, remove_arxiv_number, source_title
from newsletter.text.threads import source_name
from newsletter.text.tree import Blocks, Image, Inline, Link, Text
from newsletter.text.typography import typeset_blocks, typeset_line
from newsletter.text.words import same_words


def sponsor_label(entry: Entry, labels: Labels) -> str:
    """Return the label of a sponsored entry, or "" for another entry."""
    if isinstance(entry.sponsored, str):
        return labels.sponsored_by.replace("{sponsor}", entry.sponsored)
    return labels.sponsored if entry.sponsored else ""


def _source_title(entry: Entry) -> str:
    """Return the title of an entry's source with its arXiv number, or "" if it says the same as the entry's title."""
    typed = entry.source_title
    if typed is None or same_words(remove_arxiv_number(entry.url, typed), entry.title):
        return ""
    return source_title(entry.url, typed)


@dataclass(frozen=True, slots=True)
class IssueViewContext:
    """What the texts and entries of an issue have in common.

    Attributes:
        labels: The labels of the issue's language.
        language: The language of the issue.
        entries: The URLs of entries by their ids.
        pictures: The pictures by the addresses of their images.
        parameters: The campaign parameters of links.
        typography: Whether the marks of the language are set.
        sponsors: The labels of sponsored entries by the keys of their URLs.
        rel: The `rel` of links to sponsored entries, or "".
    """

    labels: Labels
    language: str
    entries: Mapping[str, str]
    pictures: Mapping[str, Picture]
    parameters: Mapping[str, str]
    typography: bool
    sponsors: Mapping[str, str]
    rel: str

    def line(self, text: str, language: str = "") -> str:
        """Return a line with the marks of a language, by default that of the issue."""
        return typeset_line(text, language or self.language) if self.typography else text

    def tree(self, text: str, language: str = "", own: str = "") -> Blocks:
        """Parse Markdown, resolve its `@id` links, size its images, set the marks of a language and label links.

        Args:
            text: The Markdown.
            language: The language of the marks; by default that of the issue.
            own: The key of the URL of the entry to which the text belongs, or "". It is not labelled again.
        """
        blocks = markdown.parse(text)
        if self.typography:
            blocks = typeset_blocks(blocks, language or self.language)
        # Only such a text can link to another entry or contain an image. `&` may begin a reference for `@` or `!`.
        if "@" in text or "&" in text or "![" in text:
            blocks = tree.rewrite(blocks, self._resolve)
        return tree.rewrite_lines(blocks, lambda line: self._label(line, own)) if self.sponsors else blocks

    def _label(self, line: tuple[Inline, ...], own: str) -> tuple[Inline, ...]:
        """Add the label after each link of a line to a sponsored entry."""
        labelled: list[Inline] = []
        for child in line:
            key = link_key(child.url) if isinstance(child, Link) else ""
            label = self.sponsors.get(key, "")
            labelled.append(replace(child, rel=self.rel) if label and isinstance(child, Link) else child)
            if label and key != own:
                labelled.append(Text(f" ({label})"))
        return tree.join_texts(tuple(labelled))

    def _resolve(self, child: Link | Image) -> Inline:
        if isinstance(child, Link):
            return replace(child, url=self.entries[child.url[1:]]) if child.url.startswith("@") else child
        picture = self.pictures[child.source]
        return Image(picture.url, child.alt, picture.width, picture.height)

    def entry(self, entry: Entry, anchor: str) -> EntryView:
        """Return the view of an entry; `anchor` is its id on a page."""
        language = entry.language or self.language
        return EntryView(
            title=self.line(entry.title, language),
            url=entry.url,
            tracked_url=add_parameters(entry.url, self.parameters),
            domain=host_of(entry.url),
            via=self._via(entry.via, language) if entry.via else None,
            sponsored=sponsor_label(entry, self.labels),
            figure=self._figure(entry, language),
            source_title=_source_title(entry),
            comment=self.tree(entry.comment, language, link_key(entry.url) if self.sponsors else ""),
            language=language,
            direction=direction(language),
            foreign=language != self.language,
            anchor=anchor,
            tags=entry.tags,
        )

    def _via(self, source: str, language: str) -> ViaView:
        url = source if re.match("https?:", source, re.IGNORECASE) else ""
        return ViaView(
            self.labels.via.replace("{source}", source_name(url) if url else self.line(source, language)), url
        )

    def _figure(self, entry: Entry, language: str) -> Figure | None:
        if entry.image is None:
            return None
        picture = self.pictures[entry.image]
        alt = entry.image_alt or self.labels.image_alt.replace("{title}", self.line(entry.title, language))
        credit = self.labels.image_credit.replace("{credit}", entry.image_credit) if entry.image_credit else ""
        return Figure(Image(picture.url, alt, picture.width, picture.height), credit)
