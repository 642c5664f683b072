"""The archive: built where something that it depends on has changed, and left alone where nothing has."""

import os
from pathlib import Path

from newsletter.app.site_report import Choices, Progress, Report
from newsletter.documents.defaults import template_folders
from newsletter.site.output import Output
from newsletter.site.sources import Images, Sources, base_digest, issue_digests
from newsletter.site.state import read_state


def build_site(root: Path, output: Path, choices: Choices, progress: Progress) -> Report:
    """Build the archive of the publication in `root` into a folder.

    Raises:
        PressError: the publication, a template or a file stands in the way; the folder is as it was.
    """
    output = Path(os.path.abspath(output))  # noqa: PTH100 (a link on the way stays one)
    target = Output(output)
    target.check(root)
    state = read_state(root, output)
    images = Images(root, state.images)
    sources = Sources(
        base_digest(root, template_folders(root), [choices.drafts]),
        issue_digests(root / "issues"),
        images,
    )
    changed = target.changed(state.files)
    if state.inputs and state.inputs == sources.digest(state.shown) and not changed:
        return Report(state.count)

    # All that follows needs libraries that take longer to load than a build with nothing to do.
    from newsletter.app.site_build import Build

    return Build(root, target, state, sources, changed, choices, progress).run()
