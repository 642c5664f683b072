"""Rendering 1,000 issues to Medium Markdown in one process, compared with 100 issues."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import PYTHON, run_command
from benchmarks.figures import Figure
from benchmarks.sample import write_publication

ENTRIES = 20
MANY, FEW = 1000, 100
ROUNDS = 2
_PROCESS = """
import json, sys, time
from pathlib import Path
from newsletter.workspace.workspace import Workspace
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
start = time.process_time()
workspace = Workspace(Path(sys.argv[1]))
renderer = Renderer(workspace)
listed = workspace.issues.issues
heads = time.process_time()
for issue in listed:
    renderer.write(renderer.render(workspace.issue(issue.slug), (Format.MEDIUM,)))
print(json.dumps([len(listed), heads - start, time.process_time() - start]))
"""
COUNTED = "CPU time without imports: listing, reading, validating, rendering, writing"


def measure() -> Iterator[Figure]:
    """Yield the best times for publications of 100 and 1,000 issues, which run alternately, each in one process."""
    with TemporaryDirectory() as name:
        folders = {count: Path(name) / str(count) for count in (FEW, MANY)}
        for count, folder in folders.items():
            write_publication(folder, count, ENTRIES)
        # The first round makes the assets of the images, which all issues share. It does not count.
        runs: dict[int, list[list[float]]] = {FEW: [], MANY: []}
        for number in range(ROUNDS + 1):
            for count in (FEW, MANY) if number else (FEW,):
                runs[count].append(_run(folders[count], count))
        runs[FEW] = runs[FEW][1:]
    best = {count: min(whole for _, _, whole in found) for count, found in runs.items()}
    heads = {count: min(archive for _, archive, _ in found) for count, found in runs.items()}
    yield Figure("1,000 issues of 20 entries to medium.md", MANY / best[MANY], "issues/s", note=COUNTED)
    yield Figure("1,000 issues / 100 issues", best[MANY] / best[FEW], "x", most=11)
    yield Figure("listing 1,000 issues: reading their heads", heads[MANY] * 1000, "ms")
    yield Figure("listing: 1,000 issues / 100 issues", heads[MANY] / heads[FEW], "x")


def _run(folder: Path, count: int) -> list[float]:
    times: list[float] = json.loads(run_command([PYTHON, "-c", _PROCESS, str(folder)]))
    assert times[0] == count, "not all issues were rendered"
    return times
