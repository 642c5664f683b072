"""Builds the view of an issue from the issue, its publication and the labels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from newsletter.issue.model import Issue
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.labels import Labels
from newsletter.publication.settings import Publication
from newsletter.render.entry_view import IssueViewContext, sponsor_label
from newsletter.render.issue_title import canonical_url, heading, headline, prose_line, subject_line
from newsletter.render.language_format import direction, long_date
from newsletter.render.publication_view import logo_image, other_writing, subscribe_view
from newsletter.render.section_labels import section_anchor, section_names
from newsletter.render.views import FooterItem, HighlightsView, IssueView, PastIssue, SectionView
from newsletter.text.anchors import entry_anchors
from newsletter.text.canonical_url import link_key
from newsletter.text.images import Picture
from newsletter.text.tree import List

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
    context = IssueViewContext(labels, language, entries, pictures, campaign, publication.typography, sponsors, rel)
    names = section_names(publication, labels, language, (*issue.highlights, *issue.sections))
    present = {section: found for section, found in issue.sections.items() if found}
    anchors = iter(
        entry_anchors(
            [(entry.id or "", entry.title, entry.url) for _, _, entry in issue.entries()],
            [section_anchor(section) for section in (*publication.section_keys, *issue.sections)],
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
                section_anchor(section),
                names[section],
                tuple(context.entry(entry, next(anchors)) for entry in found),
            )
            for number, (section, found) in enumerate(present.items(), 1)
        ),
        outro=context.tree(issue.outro or ""),
        subscribe=subscribe_view(publication, labels, output),
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


def _contents(labels: Labels, count: int) -> str:
    """Return the sentence above the list of sections."""
    if count <= len(labels.contents):
        return labels.contents[count - 1]
    return labels.contents_many.replace("{count}", str(count))


def _shows_contents(issue: Issue, publication: Publication) -> bool:
    """Return whether an issue lists its sections: as it says, else as the publication does, else if it is long."""
    if issue.contents is not None:
        return issue.contents is not False
    if publication.contents.show is not None:
        return publication.contents.show
    return sum(1 for _ in issue.entries()) >= LONG_ISSUE


def _contents_sentence(issue: Issue, publication: Publication, context: IssueViewContext, label: str) -> str:
    """Return the sentence above the list of sections, or ""."""
    if isinstance(issue.contents, str):
        return context.line(issue.contents)
    own = publication.contents.sentence
    if own is True or (own and context.language != publication.language):
        return label
    return context.line(own) if own else ""
