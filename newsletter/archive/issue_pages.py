"""One issue's part of the archive: read, rendered and staged, here or in another process."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from newsletter.archive.content_digest import digest, digest_bytes
from newsletter.archive.output_folder import stage
from newsletter.archive.page_renderer import WebPages
from newsletter.archive.page_view import PageView, Place, Row, SiteView, TaggedEntry, subscribe_form
from newsletter.archive.pictures import archive_images
from newsletter.archive.records import Record, Stories, Story
from newsletter.archive.social_card import card_key, draw_card
from newsletter.issue.issue_file import IssueDocument, read_issue
from newsletter.issue.issue_list import IssueHead
from newsletter.issue.model import Issue, Status
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.labels import Labels
from newsletter.render.issue_view import (
    IssueView,
    build_view,
    direction,
    heading,
    logo_image,
    long_date,
    other_writing,
)
from newsletter.render.renderer import Renderer
from newsletter.text import markdown, tree
from newsletter.text.images import Picture
from newsletter.text.tree import Blocks, Image, Inline, Link
from newsletter.workspace.workspace import Workspace

STYLE, SCRIPT, CARD = "site/style.css", "site/search.js", "site/card.png"


@dataclass(frozen=True, slots=True)
class Task:
    """An issue to be made: its file, the key of its page, its neighbours, whether feeds carry it, the card it has."""

    path: Path
    digest: str
    key: str
    earlier: Row | None
    later: Row | None
    fed: bool
    card: str


@dataclass(frozen=True, slots=True)
class Made:
    """What became of an issue: what is kept of it, its stories, and the staged files with their SHA-256."""

    record: Record
    stories: Stories
    files: dict[str, str]


class IssuePages:
    """A publication's issues as pages; `assets` are the names of those that the archive's folder has already."""

    def __init__(self, workspace: Workspace, assets: frozenset[str] = frozenset()) -> None:
        self.workspace = workspace
        self.publication = workspace.publication
        self.place = Place(self.publication.site_url)
        self.pictures = archive_images(self.place, assets)
        self.renderer = Renderer(workspace, images=self.pictures)
        self.templates = self.renderer.templates
        self.own_pictures = self.renderer.own_pictures
        self.own_files = tuple(sorted(str(path.relative_to(workspace.root)) for path in self.pictures.files))
        self.own_assets = tuple(self.pictures.used)
        self.own_new = dict(self.pictures.new)
        self.pictures.new.clear()

    def labels_of(self, language: str) -> Labels:
        """The labels of a language.

        Raises:
            NotFoundError: there are none.
        """
        return self.workspace.labels_in(language)

    @property
    def labels(self) -> Labels:
        """The labels of the publication's language."""
        return self.labels_of(self.publication.language)

    @cached_property
    def pages(self) -> WebPages:
        """The writers of pages.

        Raises:
            TemplateError: the style sheet's template fails.
        """
        pages = WebPages(self._site(), self.templates, self.pictures.lighter)
        style = f"{STYLE}?v={digest_bytes(pages.style().encode())[:8]}"
        return replace(pages, site=replace(pages.site, style=style))

    def page(self, document: IssueDocument, earlier: Row | None = None, later: Row | None = None) -> str:
        """An issue's page.

        Raises:
            DocumentError: an image cannot be used, or there are no labels for its language.
            TemplateError: a template fails.
        """
        view = self.view(document, self.renderer.pictures_of(document))
        return self._page(document, view, earlier, later)

    def view(self, document: IssueDocument, pictures: Mapping[str, Picture]) -> IssueView:
        """An issue as the web says it. Past issues are left out: the neighbours and the archive stand for them."""
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

    def make(self, task: Task, staged: Path) -> Made:
        """Make an issue's files and stage them.

        Raises:
            NewsletterError: the issue cannot be read or rendered, or its files not written.
        """
        self.pictures.begin()
        document = read_issue(task.path)
        pictures = self.renderer.pictures_of(document)
        view = self.view(document, pictures)
        stories = _stories(view, document.slug)
        record = self._record(document, view, stories, pictures, task)
        files = {f"assets/{name}": content for name, content in self.pictures.new.items()}
        files[f"{document.slug}/index.html"] = self._page(document, view, task.earlier, task.later).encode()
        if record.card and record.card != task.card:
            files[f"{document.slug}/card.png"] = self.card(view.heading, record.row.day)
        made = Made(record, stories, {path: stage(staged, path, content) for path, content in files.items()})
        self.pictures.new.clear()
        return made

    def stories(self, path: Path) -> Stories:
        """What an issue tells to the pages of its tags.

        Raises:
            NewsletterError: the issue cannot be read.
        """
        document = read_issue(path)
        return _stories(self.view(document, self.renderer.pictures_of(document)), document.slug)

    def card(self, title: str, day: str) -> bytes:
        """The picture that networks show with a link."""
        return draw_card(self.publication.name, title, day, self.publication.colours.light)

    def row(self, slug: str, issue: IssueHead | Issue) -> Row:
        """An issue as other pages name it.

        Raises:
            NotFoundError: there are no labels for its language.
        """
        language = issue.language or self.publication.language
        return Row(
            heading(issue.title, self.publication.name),
            f"{slug}/",
            issue.date.isoformat(),
            long_date(issue.date, language, self.labels_of(language)),
            language,
            direction(language),
            issue.status is Status.DRAFT,
        )

    def _page(self, document: IssueDocument, view: IssueView, earlier: Row | None, later: Row | None) -> str:
        card = self.publication.site.cards and card_key(self.publication.name, view.heading, view.date, view.accent)
        page = PageView(
            view.heading,
            view.preheader or view.subtitle,
            f"{document.slug}/",
            view.language,
            view.direction,
            view.labels.web,
            self.place.absolute(f"{document.slug}/card.png") if card else "",
            view.canonical_url,
            hidden=document.issue.status is Status.DRAFT,
        )
        return self.pages.issue(page, view, self.row(document.slug, document.issue), earlier, later)

    def _record(
        self,
        document: IssueDocument,
        view: IssueView,
        stories: Stories,
        pictures: Mapping[str, Picture],
        task: Task,
    ) -> Record:
        row = self.row(document.slug, document.issue)
        card = self.publication.site.cards and card_key(self.publication.name, view.heading, view.date, view.accent)
        return Record(
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
            tags=tuple(dict.fromkeys(tag for story in stories for tag in story.tags)),
            told=digest(stories),
            images=tuple(sorted(str(path.relative_to(self.workspace.root)) for path in self.pictures.files)),
            assets=tuple(self.pictures.used),
            card=card or "",
            content=self._content(document, pictures) if task.fed else "",
        )

    def _content(self, document: IssueDocument, pictures: Mapping[str, Picture]) -> str:
        """What feeds carry: their readers need whole addresses."""
        whole = {address: self._whole(picture) for address, picture in pictures.items()}
        return self.pages.content(self.view(document, whole))

    def _whole(self, picture: Picture) -> Picture:
        local = picture.url.startswith("/")
        return (
            replace(picture, url=self.place.absolute(f"assets/{picture.url.rpartition('/')[2]}")) if local else picture
        )

    def _site(self) -> SiteView:
        publication, labels = self.publication, self.labels
        card = card_key(publication.name, publication.name, publication.tagline or "", publication.colours.light)
        return SiteView(
            publication.name,
            publication.tagline or "",
            publication.author or "",
            publication.language,
            direction(publication.language),
            _about(publication.about or "", self.own_pictures),
            logo_image(publication.logo, publication.name, self.own_pictures),
            subscribe_form(publication, labels.subscribe_call, labels.subscribe),
            other_writing(publication),
            self.place,
            STYLE,
            publication.site.search,
            publication.colours.light,
            publication.colours.dark,
            self.place.absolute(CARD) if publication.site.cards and card else "",
        )


def _stories(view: IssueView, slug: str) -> Stories:
    return tuple(
        [
            Story(
                TaggedEntry(entry.title, f"{slug}/#{entry.anchor}", entry.domain, entry.language, entry.direction),
                entry.tags,
            )
            for section in view.sections
            for entry in section.entries
            if entry.tags
        ]
    )


def _about(text: str, pictures: Mapping[str, Picture]) -> Blocks:
    def sized(child: Link | Image) -> Inline:
        if isinstance(child, Link):
            return child
        picture = pictures[child.source]
        return Image(picture.url, child.alt, picture.width, picture.height)

    return tree.rewrite(markdown.parse(text), sized)
