"""The previews of all issues. Each is rendered when a page requests it, at most once per change of the files."""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TypeVar

from newsletter.check.runner import Checker
from newsletter.dashboard.edit_actions import ISSUE_FIELDS
from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.issue_preview import (
    IssuePreview,
    outline_of,
    preview_error,
    version_of,
)
from newsletter.dashboard.issue_summaries import IssueSummaries, SummaryList
from newsletter.dashboard.render_draft import render_draft
from newsletter.documents.source import read_source
from newsletter.errors import NewsletterError, NotFoundError, Problem
from newsletter.files import display, require_inside, working_path
from newsletter.issue.slugs import slug_from_path
from newsletter.render.renderer import Renderer
from newsletter.workspace.issue_cache import IssueCache
from newsletter.workspace.workspace import Workspace

# How many previews and how many versions of texts are cached.
MAX_PREVIEWS, MAX_TEXTS = 16, 256
Cached = TypeVar("Cached")


class IssuePreviews:
    """The previews of a publication's issues. Safe to use from several threads."""

    def __init__(self, root: Path, changes: FileChanges) -> None:
        self.build = working_path(root, "preview")
        self.root = root
        self._changes = changes
        # An edit must not wait for a rendering, nor a rendering for the checks, which take longer.
        self._lock, self._render_lock, self._check_lock = threading.Lock(), threading.Lock(), threading.Lock()
        self._summaries, self._summaries_lock = IssueSummaries(), threading.Lock()
        self._issues = IssueCache()
        self._renderer = (-1, self._new_renderer())
        self._previews: OrderedDict[str, tuple[int, IssuePreview]] = OrderedDict()
        self._findings: OrderedDict[str, tuple[int, tuple[Problem, ...]]] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def renderer(self) -> Renderer:
        """Return the renderer of the publication as it is now.

        Raises:
            NewsletterError: `newsletter.yaml` cannot be read.
        """
        with self._lock:
            if self._renderer[0] != self._changes.count:
                self._renderer = (self._changes.count, self._new_renderer())
            return self._renderer[1]

    def _new_renderer(self) -> Renderer:
        return Renderer(Workspace(self.root, self._issues), build=self.build)

    def path(self, slug: str) -> Path:
        """Return the file of an issue.

        Raises:
            NewsletterError: It does not exist, or its name is not a slug.
        """
        workspace = self.renderer().workspace
        path = workspace.issues_folder / f"{slug}.yaml"
        slug_from_path(path)
        if workspace.issues.find(slug) != path:
            where = display(workspace.issues_folder)
            raise NotFoundError(f"there is no issue `{slug}` in {where}/", "Use the slug of an issue.")
        return path

    def summaries(self) -> SummaryList:
        """Return all issues, newest first; those that cannot be read come first."""
        try:
            workspace = self.renderer().workspace
        except NewsletterError:
            workspace = self._renderer[1].workspace
        archive = workspace.issues
        with self._summaries_lock:
            return self._summaries.of(archive, workspace.publication.name)

    def name(self) -> str:
        """Return the name of the publication."""
        return self._renderer[1].workspace.publication.name

    def latest(self, path: Path) -> tuple[str, str]:
        """Return the current text of a file, and its version.

        Raises:
            NewsletterError: The file does not exist or cannot be read.
        """
        text = read_source(path).text
        with self._lock:
            _cache(self._texts, version_of(text), text, MAX_TEXTS)
        return text, version_of(text)

    def seen(self, version: str) -> str | None:
        """Return the text of a version that a page showed, or None if it is not in the cache."""
        with self._lock:
            return self._texts.get(version)

    def preview(self, slug: str) -> IssuePreview:
        """Return the current preview of an issue.

        Raises:
            NotFoundError: The issue does not exist.
        """
        with self._render_lock:
            count, preview = self._previews.get(slug, (-1, None))
            if preview is None or count != self._changes.count:
                count, preview = self._changes.count, self._preview(slug)
                _cache(self._previews, slug, (count, preview), MAX_PREVIEWS)
                with self._lock:
                    _cache(self._texts, preview.version, preview.text, MAX_TEXTS)
            return preview

    def problems(self, slug: str) -> tuple[Problem, ...]:
        """Return the findings of the checks for an issue. They run at most once per change of the files.

        Raises:
            NewsletterError: The issue does not exist, or cannot be read or rendered.
        """
        with self._check_lock:
            count, found = self._findings.get(slug, (-1, ()))
            if count != self._changes.count:
                # A separate renderer, because renderings continue meanwhile.
                count, found = self._changes.count, Checker(self._new_renderer()).issue(slug).problems
                _cache(self._findings, slug, (count, found), MAX_PREVIEWS)
            return found

    def _preview(self, slug: str) -> IssuePreview:
        settings_error: NewsletterError | None = None
        try:
            renderer = self.renderer()
        except NewsletterError as error:
            # While `newsletter.yaml` has an error, its last valid settings apply.
            renderer, settings_error = self._renderer[1], error
        path = renderer.workspace.issues_folder / f"{slug}.yaml"
        try:
            slug_from_path(path)
            require_inside(path, renderer.workspace.root)
            if not settings_error:
                path = self.path(slug)
            source = read_source(path)
            rendered = render_draft(renderer, source, path)
        except NotFoundError:
            raise
        except NewsletterError as error:
            try:
                require_inside(path, renderer.workspace.root)
                text = read_source(path).text
            except NotFoundError as missing:
                raise missing from error
            except NewsletterError:
                text = ""
            return IssuePreview(slug, display(path), version_of(text), text, (), preview_error(error), None)
        found = settings_error or rendered.error
        return IssuePreview(
            slug,
            source.name,
            version_of(source.text),
            source.text,
            outline_of(renderer.workspace, rendered.draft),
            preview_error(found) if found else None,
            rendered.outputs,
            rendered.empty,
            {name: getattr(rendered.draft.draft, name) for name in ISSUE_FIELDS},
        )


def _cache(cache: OrderedDict[str, Cached], key: str, value: Cached, limit: int) -> None:
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > limit:
        cache.popitem(last=False)
