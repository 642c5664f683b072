"""The renderer: renders the issues of a workspace and their images."""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from newsletter.documents.located_document import Document
from newsletter.documents.paths import Steps
from newsletter.errors import AccessError, DocumentError, ImageError, Problem
from newsletter.files import display, write_inside, write_whole
from newsletter.issue.issue_file import IssueDocument
from newsletter.publication.campaign_parameters import Output
from newsletter.render.format import Format
from newsletter.render.image_assets import ImageAssets
from newsletter.text.images import COLUMN, Picture
from newsletter.workspace.workspace import Workspace

if TYPE_CHECKING:
    from newsletter.render.templates import Templates
    from newsletter.render.views import IssueView, PastIssue


class RenderedIssue(NamedTuple):
    """The rendered texts of an issue by format, and the warnings about the issue and the publication."""

    slug: str
    texts: dict[Format, str]
    warnings: tuple[Problem, ...]


class Renderer:
    """Renders issues of a workspace.

    Args:
        workspace: The publication and its issues.
        build: The folder that `write` writes to. The default is `build/` in the workspace.
        images: The assets of the author's images. The default is the assets in the build folder.
    """

    def __init__(self, workspace: Workspace, build: Path | None = None, images: ImageAssets | None = None) -> None:
        self.workspace = workspace
        self.build = build or workspace.root / "build"
        # A folder that the author names may be a link. The one in the publication may come from somebody else.
        self._bounds = build or workspace.root
        self.images = images or ImageAssets(self.build / "assets", workspace.publication.assets_url)
        self.images.root = workspace.root

    @cached_property
    def templates(self) -> "Templates":
        """The templates of the publication, and the built-in ones."""
        from newsletter.render.template_cache import cache_folder
        from newsletter.render.templates import Templates

        return Templates(self.workspace.template_folders, cache_folder(os.environ))

    def render(
        self,
        document: IssueDocument,
        formats: tuple[Format, ...],
        *,
        welcome: str = "",
        past: "Sequence[PastIssue] | None" = None,
        pictures: dict[str, Picture] | None = None,
    ) -> RenderedIssue:
        """Render an issue. Its new assets are kept in `images` until `write` writes them.

        Args:
            document: The issue.
            formats: The formats.
            welcome: The language of a new subscriber, who gets the welcome text above the issue. "" for other readers.
            past: The past issues to list; None for those of the workspace.
            pictures: The pictures of the issue, if they were found before, which takes most of the time.

        Raises:
            DocumentError: An image cannot be used, or the issue's language has no labels.
            TemplateError, LayoutError: A template fails.
        """
        if pictures is None:
            # Discard the assets of an issue that failed.
            self.images.made.clear()
            pictures = self.pictures_of(document)
        views = {
            output: self._view(document, pictures, output, past)
            for output in dict.fromkeys(format.output for format in formats)
        }
        if welcome:
            from newsletter.render.publication_view import with_welcome

            publication = self.workspace.publication
            views = {
                output: with_welcome(view, publication, self.own_pictures, welcome) for output, view in views.items()
            }
        texts: dict[Format, str] = {}
        for format in formats:
            texts[format] = format.load()(views[format.output], self.templates, texts)
        return RenderedIssue(document.slug, texts, (*self.workspace.document.warnings(), *document.warnings()))

    def view(self, document: IssueDocument, output: Output) -> "IssueView":
        """Return the view of an issue for the templates of an output.

        Raises:
            DocumentError: An image cannot be used, or the issue's language has no labels.
        """
        return self._view(document, self.pictures_of(document), output)

    def write(self, rendered: RenderedIssue, file: Path | None = None) -> list[Path]:
        """Write the assets, then the texts. Returns the paths of the texts.

        Args:
            rendered: The rendered issue.
            file: The file for the only text. The default is a file for each text in `BUILD/SLUG/`.

        Raises:
            AccessError: A file cannot be written, or symbolic links lead it out of the publication or `build`.
        """
        paths = {file or self.build / rendered.slug / format.value: text for format, text in rendered.texts.items()}
        for path in paths:
            if path.is_dir():
                raise AccessError(f"{display(path)} is a folder, expected a file", "Move or remove the folder.")
        self.images.write()
        for path, text in paths.items():
            if path == file:
                write_whole(path, text.encode())
            else:
                write_inside(self._bounds, path, text.encode())
        return list(paths)

    def pictures_of(self, document: IssueDocument) -> dict[str, Picture]:
        """Return the pictures of an issue by the addresses of its images, which are relative to the issue's file.

        Raises:
            DocumentError: An image cannot be used.
        """
        folder = document.path.parent
        return self._find_pictures(document, ((steps, address, COLUMN) for steps, address in document.images()), folder)

    @cached_property
    def own_pictures(self) -> dict[str, Picture]:
        """The pictures of the publication by the addresses of its images, which are relative to `newsletter.yaml`."""
        document = self.workspace.document
        return self._find_pictures(document, document.images(), self.workspace.root)

    def image_problems(self, document: IssueDocument) -> tuple[Problem, ...]:
        """Return the problems with the images of an issue."""
        return _collect_problems(lambda: self.pictures_of(document))

    def own_image_problems(self) -> tuple[Problem, ...]:
        """Return the problems with the images of the publication."""
        return _collect_problems(lambda: self.own_pictures)

    def _view(
        self,
        document: IssueDocument,
        pictures: dict[str, Picture],
        output: Output,
        past: "Sequence[PastIssue] | None" = None,
    ) -> "IssueView":
        from newsletter.render.click_links import click_links, with_click_links
        from newsletter.render.issue_view import build_view
        from newsletter.render.past_issues import list_past_issues

        publication = self.workspace.publication
        labels = self.workspace.labels(document)
        if past is None:
            past = list_past_issues(self.workspace, document.issue.date)
        view = build_view(document.issue, document.slug, publication, labels, past, pictures, self.own_pictures, output)
        return with_click_links(view, click_links(document, publication, output))

    def _find_pictures(
        self, document: Document, images: Iterable[tuple[Steps, str, int]], folder: Path
    ) -> dict[str, Picture]:
        pictures: dict[str, Picture] = {}
        problems: list[Problem] = []
        for steps, address, width in images:
            try:
                pictures[address] = self.images.picture(address, folder, width)
            except ImageError as error:
                problems.append(document.problem(steps, error.message, error.advice, within=address))
        if problems:
            raise DocumentError(problems)
        return pictures


def _collect_problems(find: Callable[[], object]) -> tuple[Problem, ...]:
    try:
        find()
    except DocumentError as error:
        return error.problems
    return ()
