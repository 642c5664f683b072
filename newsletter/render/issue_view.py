"""Builds the view of an issue from the issue, its publication and the labels."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from newsletter.issue.head import IssueHead
from newsletter.issue.model import Entry, Issue
from newsletter.publication.by_language import text_in
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.labels import Labels
from newsletter.publication.section import DEFAULT_SECTIONS, SectionKey
from newsletter.publication.settings import Logo, Publication
from newsletter.render.views import (
    EntryView,
    Figure,
    FooterItem,
    HighlightsView,
    IssueView,
    PastIssue,
    SectionView,
    SubscribeView,
    ViaView,
)
from newsletter.text import markdown, tree
from newsletter.text.anchors import entry_anchors
from newsletter.text.canonical_url import link_key
from newsletter.text.domains import host_of
from newsletter.text.images import Picture
from newsletter.text.issue_numbers import is_only_number
from newsletter.text.languages import fallbacks, script_direction
from newsletter.text.links import add_parameters, remove_arxiv_number, source_title
from newsletter.text.threads import source_name
from newsletter.text.tree import Blocks, Image, Inline, Link, List, Text
from newsletter.text.typography import typeset_blocks, typeset_line
from newsletter.text.words import same_words, unspaced

LONG_ISSUE = 8
"""The number of entries from which an issue lists its sections above them."""


def build_view(
    issue: Issue,
    slug: str,
    publication: Publication,
    labels: Labels,
    past_issues: Sequence[PastIssue],
    pictures: Mapping[str, Picture],
    own_pictures: Mapping[str, Picture],
    output: Output,
) -> IssueView:
    """Build the view of an issue for one output.

    Args:
        issue: The issue.
        slug: Its slug.
        publication: The settings.
        labels: The labels of the issue's language.
        past_issues: The past issues to list.
        pictures: The pictures of the issue by the addresses of its images.
        own_pictures: The pictures of the publication by the addresses of its images.
        output: The output, which decides the campaign parameters of links.
    """
    language = issue.language or publication.language
    entries = {entry.id: entry.url for _, _, entry in issue.entries() if entry.id}
    sponsors = {link_key(entry.url): sponsor_label(entry, labels) for _, _, entry in issue.entries() if entry.sponsored}
    rel = "sponsored" if output is Output.WEB else ""
    campaign = publication.campaign.of(output, slug)
    context = _Context(labels, language, entries, pictures, campaign, publication.typography, sponsors, rel)
    names = section_names(publication, labels, language, (*issue.highlights, *issue.sections))
    present = {section: found for section, found in issue.sections.items() if found}
    anchors = iter(
        entry_anchors(
            [(entry.id or "", entry.title, entry.url) for _, _, entry in issue.entries()],
            [_anchor(section) for section in (*publication.section_keys, *issue.sections)],
        )
    )
    return IssueView(
        publication=publication.name,
        tagline=publication.tagline or "",
        author=publication.author or "",
        title=context.line(issue.title),
        heading=context.line(heading(issue.title, publication.name)),
        subject=subject_line(issue, publication),
        subtitle=context.line(issue.subtitle or ""),
        headline=prose_line(headline(issue, publication), publication, language),
        preheader=context.line(issue.preheader or ""),
        date=long_date(issue.date, language, labels),
        language=language,
        direction=direction(language),
        canonical_url=issue.canonical_url or canonical_url(publication, slug),
        logo=logo_image(publication.logo, publication.name, own_pictures),
        intro=context.tree(issue.intro or ""),
        highlights=tuple(
            HighlightsView(names[section], (List(tuple(context.tree(text) for text in texts)),))
            for section, texts in issue.highlights.items()
            if texts
        ),
        contents=_contents_sentence(issue, publication, context, _contents(labels, len(present))),
        show_contents=_shows_contents(issue, publication),
        sections=tuple(
            SectionView(
                number,
                _anchor(section),
                names[section],
                tuple(context.entry(entry, next(anchors)) for entry in found),
            )
            for number, (section, found) in enumerate(present.items(), 1)
        ),
        outro=context.tree(issue.outro or ""),
        subscribe=_subscribe(publication, labels, output),
        past_issues=tuple(
            FooterItem(
                prose_line(
                    past.title if output is Output.MEDIUM else heading(past.title, publication.name),
                    publication,
                    past.language,
                ),
                past.url,
                long_date(past.date, language, labels),
            )
            for past in past_issues
        ),
        other_writing=other_writing(publication),
        about=replace(context, pictures=own_pictures).tree(publication.about or ""),
        postal_address=tuple(publication.postal_address.splitlines()),
        preferences=publication.delivery.pages_url is not None,
        clicks=False,
        medium_tags=publication.medium.tags,
        accent=publication.colours.light,
        accent_dark=publication.colours.dark,
        labels=labels,
    )


def with_welcome(
    view: IssueView, publication: Publication, pictures: Mapping[str, Picture], language: str
) -> IssueView:
    """Return the view of an issue with the welcome text above it, whose beginning is the preheader.

    Args:
        view: The view. Without a welcome text, it is returned as it is.
        publication: The settings.
        pictures: The pictures of the publication by the addresses of its images.
        language: The language of the new subscriber.
    """
    text = text_in(publication.delivery.welcome_text, language, publication.language)
    if not text:
        return view
    blocks = publication_blocks(text, publication, language, pictures)
    opening = " ".join(next(tree.paragraphs(blocks), "").split())
    return replace(view, intro=(*blocks, *view.intro), preheader=opening or view.preheader)


def publication_blocks(text: str, publication: Publication, language: str, pictures: Mapping[str, Picture]) -> Blocks:
    """Parse a text of the settings in Markdown, set the marks of its language, and size its images.

    Args:
        text: The Markdown.
        publication: The settings.
        language: The language of the text.
        pictures: The pictures of the publication by the addresses of its images.
    """

    def size_image(child: Link | Image) -> Inline:
        if isinstance(child, Link):
            return child
        picture = pictures[child.source]
        return Image(picture.url, child.alt, picture.width, picture.height)

    blocks = markdown.parse(text)
    if publication.typography:
        blocks = typeset_blocks(blocks, language)
    return tree.rewrite(blocks, size_image)


def section_names(
    publication: Publication, labels: Labels, language: str, sections: Iterable[SectionKey]
) -> dict[SectionKey, str]:
    """Return the labels of sections in a language.

    They are those of `labels` in the settings, else those of `sections`, else those of the language's label file. A
    section without any is named like its key.
    """
    custom = next((publication.labels[tag] for tag in fallbacks(language) if tag in publication.labels), {})
    return {
        section: custom.get(section) or _declared_label(publication, language, section) or _own_label(labels, section)
        for section in sections
    }


def _declared_label(publication: Publication, language: str, section: SectionKey) -> str:
    """Return the label from `sections` in a language, else in the publication's, else the first; "" without any."""
    return text_in(publication.sections.get(section, {}), language, publication.language)


def _own_label(labels: Labels, section: SectionKey) -> str:
    return str(getattr(labels.sections, section)) if section in DEFAULT_SECTIONS else section_words(section)


def section_words(section: SectionKey) -> str:
    """Return the key of a section as words, such as `Deep dives`."""
    return section.replace("_", " ").capitalize()


def _contents(labels: Labels, count: int) -> str:
    """Return the sentence above the list of sections."""
    if count <= len(labels.contents):
        return labels.contents[count - 1]
    return labels.contents_many.replace("{count}", str(count))


def canonical_url(publication: Publication, slug: str) -> str:
    """Return the URL of an issue in the archive."""
    return f"{publication.site_url}{slug}/"


def heading(title: str, publication: str) -> str:
    """Return the title without a leading `PUBLICATION —`, because the masthead shows the name of the publication."""
    rest = re.sub(rf"^{re.escape(publication)}(?:\s*[—–:|·]|\s+-(?=\s))\s*", "", title, flags=re.IGNORECASE)
    return rest or title


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


def headline(issue: Issue | IssueHead, publication: Publication) -> str:
    """Return the title of an issue for links and lists. If it is only a number, the subtitle follows."""
    title = heading(issue.title, publication.name)
    pattern = publication.title_of(issue.number, issue.date)
    if not issue.subtitle or not (issue.title == pattern or is_only_number(title)):
        return title
    return f"{title}{'：' if unspaced(title[-1]) else ': '}{issue.subtitle}"


def _shows_contents(issue: Issue, publication: Publication) -> bool:
    """Return whether an issue lists its sections: as it says, else as the publication does, else if it is long."""
    if issue.contents is not None:
        return issue.contents is not False
    if publication.contents.show is not None:
        return publication.contents.show
    return sum(1 for _ in issue.entries()) >= LONG_ISSUE


def _contents_sentence(issue: Issue, publication: Publication, context: "_Context", label: str) -> str:
    """Return the sentence above the list of sections, or ""."""
    if isinstance(issue.contents, str):
        return context.line(issue.contents)
    own = publication.contents.sentence
    if own is True or (own and context.language != publication.language):
        return label
    return context.line(own) if own else ""


def prose_line(text: str, publication: Publication, language: str) -> str:
    """Return a line of the author's prose, with the marks of its language if `typography` is on."""
    return typeset_line(text, language) if publication.typography else text


def subject_line(issue: Issue, publication: Publication) -> str:
    """Return the subject of the email."""
    return prose_line(issue.subject or issue.title, publication, issue.language or publication.language)


def _anchor(section: SectionKey) -> str:
    return section.replace("_", "-")


@cache
def direction(language: str) -> str:
    """Return the text direction of a language, `rtl` or `ltr`, from CLDR. An unknown language is `ltr`."""
    if found := script_direction(language):
        return found
    return "rtl" if _locale(language).text_direction == "rtl" else "ltr"


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def long_date(day: date, language: str, labels: Labels) -> str:
    """Return a date, formatted for a language."""
    return _format_date(day, labels.date_format, language)


# An archive shows the date of an issue on its page, on those of its neighbours and in lists.
@lru_cache(1024)
def _format_date(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, _locale(language))


def logo_image(logo: Logo | None, name: str, pictures: Mapping[str, Picture]) -> Image | None:
    """Return the logo in the size of the masthead, or None if the publication has none."""
    if logo is None:
        return None
    picture = pictures[logo.image]
    return Image(picture.url, logo.alt or name, picture.width, picture.height)


def _subscribe(publication: Publication, labels: Labels, output: Output) -> SubscribeView | None:
    """Return the call to subscribe. Readers of the email have subscribed, unless somebody forwarded it to them."""
    link = publication.links.subscribe
    if link is None:
        return None
    label = (labels.forwarded if output is Output.EMAIL else None) or labels.subscribe_call
    return SubscribeView(link.teaser or label, link.title or labels.subscribe, link.url)


def other_writing(publication: Publication) -> tuple[FooterItem, ...]:
    """Return the links to the author's other writing."""
    return tuple(FooterItem(link.title, link.url, link.teaser or "") for link in publication.links.other)


@dataclass(frozen=True, slots=True)
class _Context:
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
