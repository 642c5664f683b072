"""The archive: built where something that it depends on has changed, and left alone where nothing has."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from newsletter.archive.build_cache import BuildCache, read_build_cache
from newsletter.archive.build_report import BuildOptions, BuildReport, Progress
from newsletter.archive.output_folder import OutputFolder
from newsletter.archive.sources import ArchiveSources, SourceImages, base_digest, issue_digests
from newsletter.errors import AccessError
from newsletter.files import display
from newsletter.publication.template_folders import template_folders


def build_site(root: Path, output: Path, choices: BuildOptions, progress: Progress) -> BuildReport:
    """Build the archive of the publication in `root` into a folder.

    Raises:
        NewsletterError: the publication, a template or a file stands in the way; the folder is as it was.
    """
    target = OutputFolder(Path(os.path.abspath(output)))  # noqa: PTH100 (a link on the way stays one)
    target.check(root)
    found = _look(root, target, choices)
    if found.settled:
        return BuildReport(found.state.count)

    # All that follows needs libraries that take longer to load than a build with nothing to do.
    from newsletter.archive.build_run import BuildRun

    with _alone(found.state.folder):
        if found.state.superseded():
            found = _look(root, target, choices)
        return BuildRun(root, target, found.state, found.sources, found.changed, choices, progress).run()


@dataclass(frozen=True)
class _Found:
    """What the last build left, what this one reads, and the files that are not as they were left."""

    state: BuildCache
    sources: ArchiveSources
    changed: set[str]

    @property
    def settled(self) -> bool:
        """Whether there is nothing to do."""
        state = self.state
        return bool(state.inputs) and not self.changed and state.inputs == self.sources.digest(state.shown)


def _look(root: Path, target: OutputFolder, choices: BuildOptions) -> _Found:
    state = read_build_cache(root, target.folder)
    sources = ArchiveSources(
        base_digest(root, template_folders(root), [choices.drafts]),
        issue_digests(root / "issues"),
        SourceImages(root, state.images),
    )
    return _Found(state, sources, target.changed(state.files))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While this holds, no other command builds the same site; one that does is waited for."""
    from filelock import FileLock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock").acquire()
    except OSError as error:
        message = f"{display(folder)} cannot be written: {error.strerror}"
        raise AccessError(message, "There a build keeps what the next one needs. Check its permissions.") from error
    with lock:
        yield
