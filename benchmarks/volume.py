"""A thousand issues to Medium Markdown on one core, and whether ten times the issues cost ten times the time."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import PYTHON, said
from benchmarks.figures import Figure
from benchmarks.sample import write_publication

ENTRIES = 20
MANY, FEW = 1000, 100
ROUNDS = 3
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
COUNTED = "processor time after the imports: archive, reading, checking, rendering, writing"


def measure() -> Iterator[Figure]:
    """Publications of 100 and of 1,000 issues in turns, each in one process; the best of each."""
    with TemporaryDirectory() as name:
        folders = {count: Path(name) / str(count) for count in (FEW, MANY)}
        for count, folder in folders.items():
            write_publication(folder, count, ENTRIES)
        # The first turn makes the assets of the few images that all issues share.
        runs: dict[int, list[list[float]]] = {FEW: [], MANY: []}
        for number in range(ROUNDS + 1):
            for count in (FEW, MANY) if number else (FEW,):
                runs[count].append(_run(folders[count], count))
        runs[FEW] = runs[FEW][1:]
    best = {count: min(whole for _, _, whole in found) for count, found in runs.items()}
    heads = {count: min(archive for _, archive, _ in found) for count, found in runs.items()}
    yield Figure("1,000 issues of 20 entries to medium.md", MANY / best[MANY], "issues/s", note=COUNTED)
    yield Figure("1,000 issues / 100 issues", best[MANY] / best[FEW], "x", most=11)
    yield Figure("the archive of 1,000 issues: reading their heads", heads[MANY] * 1000, "ms")
    yield Figure("the archive: 1,000 issues / 100 issues", heads[MANY] / heads[FEW], "x")


def _run(folder: Path, count: int) -> list[float]:
    times: list[float] = json.loads(said([PYTHON, "-c", _PROCESS, str(folder)]))
    assert times[0] == count, "the archive has not all issues"
    return times
