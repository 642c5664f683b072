"""Renders the files of one issue in the archive and stages them, in this or in another process."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from newsletter.archive.issue_files import IssueFiles
from newsletter.archive.output_folder import stage
from newsletter.archive.page_renderer import WebPages
from newsletter.archive.page_view import ArchiveUrls, EntryLink, IssueRow, PageView, SiteView, subscribe_form
from newsletter.archive.pictures import archive_images
from newsletter.archive.records import IssueRecord, TaggedEntry, encode_entries
from newsletter.archive.social_card import card_key, draw_card
from newsletter.errors import ImageError
from newsletter.issue.head import IssueHead, Status
from newsletter.issue.issue_file import IssueDocument
from newsletter.issue.model import Issue
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.labels import Labels
from newsletter.render.issue_title import heading, headline, prose_line
from newsletter.render.issue_view import build_view
from newsletter.render.language_format import direction, long_date
from newsletter.render.publication_view import logo_image, other_writing, publication_blocks
from newsletter.render.renderer import Renderer
from newsletter.render.views import IssueView
from newsletter.text.digests import sha256_hex, values_hex
from newsletter.text.images import Picture
from newsletter.workspace.workspace import Workspace

STYLE, SCRIPT, CARD = "site/style.css", "site/search.js", "site/card.png"


@dataclass(frozen=True, slots=True)
class IssueTask:
    """An issue to render.

    Args:
        path: The issue's file.
        digest: The digest of the file.
        key: The cache key of the issue's page.
        earlier: The issue before it, or None.
        later: The issue after it, or None.
        in_feeds: True if the feeds contain it.
        card: The cache key of its existing social card, or "" if there is none.
        illustrated: False if the issue has no images.
        images: The names of its assets and their copies that are new and were staged already.
    """

    path: Path
    digest: str
    key: str
    earlier: IssueRow | None
    later: IssueRow | None
    in_feeds: bool
    card: str
    illustrated: bool
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StagedIssue:
    """A rendered issue: its record, its tagged entries as JSON, and the staged files with their SHA-256."""

    record: IssueRecord
    entries: str
    files: dict[str, str]


class IssuePages:
    """Renders the issues of a publication as pages.

    Args:
        workspace: The publication.
        assets: The names of assets that are already in the output folder.
        files: Reads the issues.
    """

    def __init__(
        self, workspace: Workspace, assets: frozenset[str] = frozenset(), files: IssueFiles | None = None
    ) -> None:
        self.workspace = workspace
        self.files = files or IssueFiles(workspace.issues_folder)
        self.publication = workspace.publication
        self.urls = ArchiveUrls(self.publication.site_url)
        self.pictures = archive_images(self.urls, assets)
        self.renderer = Renderer(workspace, images=self.pictures)
        self.templates = self.renderer.templates
        self.own_pictures = self.renderer.own_pictures
        self.own_files = tuple(sorted(str(path.relative_to(workspace.root)) for path in self.pictures.files))
        self.own_assets = tuple(self.pictures.used)
        self.own_new = dict(self.pictures.new)
        self.pictures.new.clear()

    def labels_of(self, language: str) -> Labels:
        """Return the labels of a language.

        Raises:
            NotFoundError: The language has no labels.
        """
        return self.workspace.labels_in(language)

    @property
    def asset_names(self) -> frozenset[str]:
        """The names of the assets that are in the output folder or belong to the publication itself."""
        return self.pictures.names.union(self.own_assets)

    @property
    def labels(self) -> Labels:
        """The labels of the publication's language."""
        return self.labels_of(self.publication.language)

    @cached_property
    def pages(self) -> WebPages:
        """The renderer of pages, with the versioned URL of the style sheet.

        Raises:
            TemplateError: The template of the style sheet fails.
        """
        pages = WebPages(self._build_site_view(), self.templates, self.pictures.copies)
        style = f"{STYLE}?v={sha256_hex(pages.style(), 8)}"
        return replace(pages, site=replace(pages.site, style=style))

    def page(self, document: IssueDocument, earlier: IssueRow | None = None, later: IssueRow | None = None) -> str:
        """Render the page of an issue between its neighbours.

        Raises:
            DocumentError: An image cannot be used, or the issue's language has no labels.
            TemplateError: A template fails.
        """
        view = self.view(document, self.renderer.pictures_of(document))
        return self._render_page(document, view, self.row(document.slug, document.issue), earlier, later)

    def view(self, document: IssueDocument, pictures: Mapping[str, Picture]) -> IssueView:
        """Return the view of an issue for the web. It has no past issues, because the page links to its neighbours."""
        return build_view(
            document.issue,
            document.slug,
            self.publication,
            self.workspace.labels(document),
            [],
            pictures,
            self.own_pictures,
            Output.WEB,
        )

    def make(self, task: IssueTask, staged: Path) -> StagedIssue:
        """Render the files of an issue and stage them.

        Raises:
            NewsletterError: The issue cannot be read or rendered, or its files cannot be written.
        """
        self.pictures.begin_issue()
        self.pictures.add_names(task.images)
        document = self.files.read(task.path, self.publication.section_keys)
        pictures = self.renderer.pictures_of(document)
        view = self.view(document, pictures)
        entries = _collect_tagged_entries(view, document.slug)
        thumbnail = self._thumbnail(document, pictures)
        row = self.row(document.slug, document.issue)
        record = self._make_record(document, view, row, entries, pictures, thumbnail, task)
        files = {f"assets/{name}": content for name, content in self.pictures.new.items()}
        files[f"{document.slug}/index.html"] = self._render_page(document, view, row, task.earlier, task.later).encode()
        if record.card and record.card != task.card:
            files[f"{document.slug}/card.png"] = self.card(view.headline, record.row.day)
        made = StagedIssue(
            record, encode_entries(entries), {path: stage(staged, path, content) for path, content in files.items()}
        )
        self.pictures.new.clear()
        return made

    def image_files(self, path: Path) -> tuple[Path, ...]:
        """Return the files of an issue's images. An image whose address is invalid is left out.

        Raises:
            NewsletterError: The issue cannot be read.
        """
        document = self.files.read(path, self.publication.section_keys)
        found: dict[Path | None, None] = {}
        for _, address in document.images():
            with suppress(ImageError):
                found[self.pictures.file(address, path.parent)] = None
        return tuple(file for file in found if file)

    def entries(self, path: Path) -> str:
        """Return the tagged entries of an issue as JSON.

        Raises:
            NewsletterError: The issue cannot be read.
        """
        document = self.files.read(path, self.publication.section_keys)
        view = self.view(document, self.renderer.pictures_of(document))
        return encode_entries(_collect_tagged_entries(view, document.slug))

    def card(self, title: str, day: str) -> bytes:
        """Draw a social card: the image that social networks show with a link."""
        return draw_card(self.publication.name, title, day, self.publication.colours.light)

    def row(self, slug: str, issue: IssueHead | Issue) -> IssueRow:
        """Return the row of an issue in the lists of other pages.

        Raises:
            NotFoundError: The issue's language has no labels.
        """
        language = issue.language or self.publication.language
        title, shown = heading(issue.title, self.publication.name), headline(issue, self.publication)
        return IssueRow(
            prose_line(title, self.publication, language),
            f"{slug}/",
            issue.date.isoformat(),
            long_date(issue.date, language, self.labels_of(language)),
            language,
            direction(language),
            issue.status is Status.DRAFT,
            prose_line(shown, self.publication, language),
            prose_line(issue.subtitle or "", self.publication, language) if shown == title else "",
        )

    def _render_page(
        self,
        document: IssueDocument,
        view: IssueView,
        row: IssueRow,
        earlier: IssueRow | None,
        later: IssueRow | None,
    ) -> str:
        card = self.publication.site.cards and card_key(self.publication.name, view.headline, view.date, view.accent)
        page = PageView(
            view.heading,
            view.preheader or view.subtitle,
            f"{document.slug}/",
            view.language,
            view.direction,
            view.labels.web,
            self.urls.absolute(f"{document.slug}/card.png") if card else "",
            view.canonical_url,
            hidden=document.issue.status is Status.DRAFT,
            headline=view.headline,
        )
        return self.pages.issue(page, view, row, earlier, later)

    def _make_record(
        self,
        document: IssueDocument,
        view: IssueView,
        row: IssueRow,
        entries: tuple[TaggedEntry, ...],
        pictures: Mapping[str, Picture],
        thumbnail: str,
        task: IssueTask,
    ) -> IssueRecord:
        card = self.publication.site.cards and card_key(self.publication.name, view.headline, view.date, view.accent)
        return IssueRecord(
            slug=document.slug,
            file=document.path.name,
            digest=task.digest,
            key=task.key,
            number=document.issue.number,
            row=row,
            title=view.title,
            language=view.language,
            summary=view.preheader or view.subtitle,
            url=view.canonical_url,
            aliases=document.issue.aliases,
            tags=tuple(dict.fromkeys(tag for tagged in entries for tag in tagged.tags)),
            entries_key=values_hex(entries),
            images=tuple(sorted(str(path.relative_to(self.workspace.root)) for path in self.pictures.files)),
            assets=tuple(self.pictures.used),
            thumbnail=thumbnail,
            card=card or "",
            content=self._render_feed_content(document, pictures) if task.in_feeds else "",
        )

    def _thumbnail(self, document: IssueDocument, pictures: Mapping[str, Picture]) -> str:
        """Return the name of the thumbnail: a copy of the first image that is large enough. "" if there is none."""
        for _, _, entry in document.issue.entries():
            if entry.image:
                file = document.path.parent / entry.image
                if name := self.pictures.thumbnail(pictures[entry.image], file):
                    return name
        return ""

    def _render_feed_content(self, document: IssueDocument, pictures: Mapping[str, Picture]) -> str:
        """Return the content of an issue in feeds. Feed readers need absolute URLs."""
        absolute = {address: self._with_absolute_url(picture) for address, picture in pictures.items()}
        return self.pages.content(self.view(document, absolute))

    def _with_absolute_url(self, picture: Picture) -> Picture:
        local = picture.url.startswith("/")
        return (
            picture._replace(url=self.urls.absolute(f"assets/{picture.url.rpartition('/')[2]}")) if local else picture
        )

    def _build_site_view(self) -> SiteView:
        publication, labels = self.publication, self.labels
        colours, tagline = publication.colours, publication.tagline or ""
        card = publication.site.cards and card_key(publication.name, publication.name, tagline, colours.light)
        return SiteView(
            publication.name,
            tagline,
            publication.author or "",
            publication.language,
            direction(publication.language),
            publication_blocks(publication.about or "", publication, publication.language, self.own_pictures),
            logo_image(publication.logo, publication.name, self.own_pictures),
            subscribe_form(publication, labels),
            other_writing(publication),
            self.urls,
            STYLE,
            publication.site.search,
            colours.light,
            colours.dark,
            self.urls.absolute(CARD) if card else "",
        )


def _collect_tagged_entries(view: IssueView, slug: str) -> tuple[TaggedEntry, ...]:
    return tuple(
        [
            TaggedEntry(
                EntryLink(
                    entry.title,
                    f"{slug}/#{entry.anchor}",
                    entry.domain,
                    entry.language,
                    entry.direction,
                    entry.sponsored,
                ),
                entry.tags,
            )
            for section in view.sections
            for entry in section.entries
            if entry.tags
        ]
    )
