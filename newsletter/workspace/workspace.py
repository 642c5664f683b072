"""The press: the composition root. It reads a publication and turns its issues into finished files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter import __version__
from newsletter.documents.located_document import Document
from newsletter.documents.paths import Steps
from newsletter.documents.source import display
from newsletter.errors import AccessError, DocumentError, ImageError, NotFoundError, Problem
from newsletter.files.writing import write_whole
from newsletter.issue.issue_file import IssueDocument, read_issue
from newsletter.issue.issue_list import Archive, read_archive
from newsletter.publication.campaign_parameters import Output
from newsletter.publication.find_publication import find_publication
from newsletter.publication.label_files import read_labels
from newsletter.publication.labels import Labels
from newsletter.publication.publication_file import read_publication
from newsletter.publication.template_folders import template_folders
from newsletter.render.format import Format
from newsletter.render.image_files import Pictures
from newsletter.text.images import COLUMN, Picture

if TYPE_CHECKING:
    from newsletter.check.rules.email.rendered_email import RenderedEmail
    from newsletter.check.rules.medium.checked_story import MediumStory
    from newsletter.issue.link_index import Index, Kept
    from newsletter.render.issue_view import IssueView
    from newsletter.render.templates import Templates


@dataclass(frozen=True)
class Rendered:
    """The finished texts of an issue, and what the author should know of them."""

    slug: str
    texts: dict[Format, str]
    warnings: tuple[Problem, ...]


class Press:
    """A publication with its issues; what it reads, it reads once."""

    def __init__(self, folder: Path, build: Path | None = None) -> None:
        self.root = find_publication(folder.absolute())
        self.build = build or self.root / "build"
        self.document = read_publication(self.root)
        self.publication = self.document.publication
        self.folders = template_folders(self.root)
        self._labels: dict[str, Labels] = {}
        self.pictures = Pictures(self.build / "assets", self.publication.assets_url)

    @property
    def issues_folder(self) -> Path:
        """Where the issues lie."""
        return self.root / "issues"

    @cached_property
    def archive(self) -> Archive:
        """The heads of all issues."""
        return read_archive(self.issues_folder, {digest: kept.head for digest, kept in self._kept.items()})

    @cached_property
    def index(self) -> "Index":
        """The archive with its stories."""
        from newsletter.issue.link_index import complete_index

        return complete_index(self.archive, self._kept, self._index_file)

    @cached_property
    def _kept(self) -> "dict[str, Kept]":
        # The web's pages name neighbours only, and need no index.
        from newsletter.issue.link_index import load_index

        return load_index(self._index_file)

    @property
    def _index_file(self) -> Path:
        return self.root / ".newsletter" / "index"

    def issue(self, name: str | None) -> IssueDocument:
        """The issue of a slug, a number or a path; without a name, the newest.

        Raises:
            NotFoundError, AccessError, DocumentError: see `read_issue`.
        """
        return read_issue(self.find(name))

    def find(self, name: str | None) -> Path:
        """The file of the issue of a slug, a number or a path; without a name, of the newest.

        Raises:
            NotFoundError, DocumentError: there is none, or it cannot be told which it is.
        """
        return self.archive.newest().path if name is None else self.archive.find(name)

    def image_problems(self, document: IssueDocument) -> tuple[Problem, ...]:
        """What is wrong with the images of an issue."""
        return _problems_of(lambda: self.pictures_of(document))

    def own_image_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the images of the publication."""
        return _problems_of(lambda: self.own_pictures)

    def labels(self, document: IssueDocument) -> Labels:
        """The labels of an issue's language.

        Raises:
            DocumentError: there are none, or their file has faults.
        """
        language = document.issue.language or self.publication.language
        try:
            if language not in self._labels:
                self._labels[language] = read_labels(self.folders, language)
        except NotFoundError as error:
            known = self.document if document.issue.language is None else document
            raise DocumentError([known.problem(("language",), error.message, error.advice)]) from error
        return self._labels[language]

    def render(self, document: IssueDocument, formats: tuple[Format, ...]) -> Rendered:
        """An issue as finished texts. The assets that it needs stay in `pictures` until they are written.

        Raises:
            DocumentError: an image cannot be used, or there are no labels for its language.
            TemplateError, LayoutError: a template fails.
        """
        # Renderers bring libraries that only they need; an email's are the slowest of all.
        from newsletter.render.registry import render_format

        templates = self._templates()
        # An issue that failed may have left images behind, which none of the others needs.
        self.pictures.made.clear()
        pictures = self.pictures_of(document)
        views = {output: self._view(document, pictures, output) for output in {format.output for format in formats}}
        texts: dict[Format, str] = {}
        for format in formats:
            texts[format] = render_format(format, views[format.output], templates, texts)
        return Rendered(document.slug, texts, (*self.document.warnings(), *document.warnings()))

    def email(self, document: IssueDocument) -> "RenderedEmail":
        """An issue's email as the rules look at it.

        Raises:
            DocumentError, TemplateError, LayoutError: as `render` does.
        """
        from newsletter.check.rules.email.rendered_email import render_for_rules

        pictures = self.pictures_of(document)
        urls = {picture.url for picture in (*pictures.values(), *self.own_pictures.values())}
        hosted = {url: image for url in urls if (image := self.pictures.hosted(url))}
        view = self._view(document, pictures, Output.EMAIL)
        return render_for_rules(view, self._templates(), document, self.document, hosted)

    def story(self, document: IssueDocument) -> "MediumStory":
        """An issue's Medium story as the rules look at it.

        Raises:
            DocumentError: as `render` does.
        """
        from newsletter.check.rules.medium.checked_story import MediumStory

        return MediumStory(document, self._view(document, self.pictures_of(document), Output.MEDIUM))

    def write(self, rendered: Rendered, file: Path | None = None) -> list[Path]:
        """Write the assets and then the texts, each whole: to BUILD/SLUG/, or the one text to a file.

        Raises:
            AccessError: the system refuses.
        """
        paths = {file or self.build / rendered.slug / format.value: text for format, text in rendered.texts.items()}
        for path in paths:
            if path.is_dir():
                raise AccessError(f"{display(path)} is a folder, where a file is to be written", "Move it away.")
        self.write_assets()
        for path, text in paths.items():
            write_whole(path, text.encode())
        return list(paths)

    def write_assets(self) -> None:
        """Write the images that were made ready since the last call."""
        self.pictures.write()

    def _templates(self) -> "Templates":
        from newsletter.render.templates import Templates

        return Templates(self.folders, self.root / ".newsletter" / "templates" / __version__)

    def _view(self, document: IssueDocument, pictures: dict[str, Picture], output: Output) -> "IssueView":
        from newsletter.render.issue_view import PastIssue, build_view, canonical_url

        labels = self.labels(document)
        past = [
            PastIssue(
                title=listed.head.title,
                url=listed.head.canonical_url or canonical_url(self.publication, listed.slug),
                date=listed.head.date,
            )
            for listed in self.archive.past(document.issue.date, self.publication.past_issues)
        ]
        return build_view(
            document.issue, document.slug, self.publication, labels, past, pictures, self.own_pictures, output
        )

    def pictures_of(self, document: IssueDocument) -> dict[str, Picture]:
        """The pictures of an issue by their addresses, relative to its file.

        Raises:
            DocumentError: an image cannot be used.
        """
        beside = document.path.parent
        return self._found(document, ((steps, address, COLUMN) for steps, address in document.images()), beside)

    @cached_property
    def own_pictures(self) -> dict[str, Picture]:
        """The pictures of the publication by their addresses, relative to `newsletter.yaml`."""
        return self._found(self.document, self.document.images(), self.root)

    def _found(self, document: Document, images: Iterable[tuple[Steps, str, int]], beside: Path) -> dict[str, Picture]:
        pictures: dict[str, Picture] = {}
        problems: list[Problem] = []
        for steps, address, width in images:
            try:
                pictures[address] = self.pictures.picture(address, beside, width)
            except ImageError as error:
                problems.append(document.problem(steps, error.message, error.advice, within=address))
        if problems:
            raise DocumentError(problems)
        return pictures


def _problems_of(find: Callable[[], object]) -> tuple[Problem, ...]:
    try:
        find()
    except DocumentError as error:
        return error.problems
    return ()
