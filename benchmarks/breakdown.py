"""The time of each stage of a warm rendering: newsletter's functions, timed while one issue is rendered."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from benchmarks.figures import Figure
from benchmarks.sample import write_publication
from benchmarks.warm import ENTRIES, ROUNDS
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace

WHOLE = "all five files, with each stage timed"
# The functions to time, by the dotted names under which they are called. An indented stage is part of the one above it.
STAGES = {
    "finding, reading and hashing images": "newsletter.render.renderer.Renderer.pictures_of",
    "building two views: Markdown, links, dates": "newsletter.render.issue_view.build_view",
    "warnings": "newsletter.issue.issue_file.IssueDocument.warnings",
    "filling the templates of all files": "newsletter.render.templates.Templates.fill",
    "email.html": "newsletter.render.email.render_email",
    "  mjml-python": "mjml.mjml2html",
    "  inlining with premailer": "newsletter.render.inline_css.inline_css",
    "email.txt": "newsletter.render.text_part.render_text",
    "medium.md": "newsletter.render.medium.render_markdown",
    "  testing bare URLs by parsing them": "newsletter.render.medium.bare_url",
    "medium.html": "newsletter.render.medium.render_story",
    "medium.json": "newsletter.render.medium.render_medium_json",
}


def measure() -> Iterator[Figure]:
    """Yield the best time of each stage, and of the whole rendering."""
    with TemporaryDirectory() as name:
        first, *slugs = write_publication(Path(name), ROUNDS + 1, ENTRIES)
        renderer = Renderer(Workspace(Path(name)))
        renderer.render(renderer.workspace.issue(first), tuple(Format))
        renderer.images.write()
        rounds = [_time_stages(renderer, slug) for slug in slugs]
    for stage in (WHOLE, *STAGES):
        if stage in rounds[0]:
            yield Figure(stage, min(times[stage] for times in rounds) * 1000, "ms")
        else:
            yield Figure(stage, note=f"{STAGES[stage]} does not exist")


def _time_stages(renderer: Renderer, slug: str) -> dict[str, float]:
    times: dict[str, float] = {}
    document = renderer.workspace.issue(slug)
    with ExitStack() as patches:
        for stage, target in STAGES.items():
            try:
                function = resolve_name(target)
            except (AttributeError, ImportError):
                continue
            times[stage] = 0.0
            patches.enter_context(patch(target, _time_calls(function, stage, times)))
        start = time.process_time()
        renderer.render(document, tuple(Format))
        times[WHOLE] = time.process_time() - start
    return times


def _time_calls(function: Callable[..., Any], stage: str, times: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.process_time()
        try:
            result = function(*arguments, **named)
            # A generator runs only while it is read.
            return list(result) if isinstance(result, Iterator) else result
        finally:
            times[stage] += time.process_time() - start

    return timed
