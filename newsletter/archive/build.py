"""Builds the archive, unless nothing that it depends on has changed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from newsletter.archive.build_cache import BuildCache, read_build_cache
from newsletter.archive.build_report import BuildOptions, BuildReport, Progress
from newsletter.archive.issue_files import IssueFiles
from newsletter.archive.output_folder import OutputFolder
from newsletter.archive.sources import ArchiveSources, SourceImages, base_digest, slugs_of
from newsletter.errors import AccessError
from newsletter.files import display, require_writable_inside
from newsletter.publication.template_folders import template_folders


def build_archive(root: Path, output: Path, options: BuildOptions, progress: Progress) -> BuildReport:
    """Build the archive of the publication in `root` into a folder.

    Args:
        root: The publication's folder.
        output: The folder to build into. It is created if it does not exist.
        options: The options of the build.
        progress: Called for each encoded image and each rendered issue.

    Raises:
        NewsletterError: The publication, a template or a file prevents the build. The output folder is unchanged.
    """
    target = OutputFolder(Path(os.path.abspath(output)))  # noqa: PTH100 (does not resolve symbolic links)
    target.check(root)
    inputs = _read_inputs(root, target, options)
    if inputs.up_to_date:
        state = inputs.state
        return BuildReport(state.count, drafts=state.drafts, names=slugs_of(inputs.sources.issues).union(state.aliases))

    # Imported late: these libraries take longer to load than a build with nothing to do.
    from newsletter.archive.build_run import BuildRun
    from newsletter.archive.garbage import frozen_objects

    with _build_lock(inputs.state.folder), frozen_objects():
        if inputs.state.superseded():
            inputs = _read_inputs(root, target, options)
        return BuildRun(root, target, inputs.state, inputs.sources, inputs.changed, options, progress).run()


@dataclass(frozen=True)
class _BuildInputs:
    """The cache of the last build, the sources of this one, and the output files that changed since the last build."""

    state: BuildCache
    sources: ArchiveSources
    changed: set[str]

    @property
    def up_to_date(self) -> bool:
        """True if there is nothing to do."""
        state = self.state
        return bool(state.inputs) and not self.changed and state.inputs == self.sources.digest(state.shown)


def _read_inputs(root: Path, target: OutputFolder, options: BuildOptions) -> _BuildInputs:
    state = read_build_cache(root, target.folder)
    files = IssueFiles(root / "issues", options.as_published)
    sources = ArchiveSources(
        base_digest(root, template_folders(root), [options.drafts]),
        files.digests(),
        SourceImages(root, state.images),
    )
    return _BuildInputs(state, sources, target.find_changed(state.files))


@contextmanager
def _build_lock(folder: Path) -> Iterator[None]:
    """Ensure that only one command at a time builds an archive. The others wait."""
    from filelock import FileLock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        require_writable_inside(folder / "lock", folder)
        lock = FileLock(folder / "lock").acquire()
    except OSError as error:
        message = f"{display(folder)} cannot be written: {error.strerror}"
        raise AccessError(message, "A build saves its cache there. Check the folder's permissions.") from error
    with lock:
        yield
