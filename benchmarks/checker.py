"""The checker: one issue in an archive of a thousand from a cold start, and a thousand issues on one core."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON, cold_in_turns, said
from benchmarks.figures import Figure
from benchmarks.sample import write_publication

ISSUES, ENTRIES = 1000, 15
MIDDLE = "issue-0500"
COLD_ROUNDS, ROUNDS = 9, 3
_PROCESS = """
import json, sys, time
from pathlib import Path
from newsletter.check.runner import Checker
from newsletter.workspace.workspace import Workspace
from newsletter.check.rule import Subject
from newsletter.render.renderer import Renderer
workspace = Workspace(Path(sys.argv[1]))
start = time.process_time()
workspace.index
built = time.process_time()
checker = Checker(Renderer(workspace), tuple(Subject(name) for name in sys.argv[2:]))
found = [len(checker.issue(listed.slug).problems) for listed in workspace.issues.issues]
print(json.dumps([len(found), built - start, time.process_time() - built]))
"""
ONE = f"newsletter check {MIDDLE}, in an archive of {ISSUES:,}"


def measure() -> Iterator[Figure]:
    """The index built, a cold check with it, and every issue in one process; the best of each."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_publication(folder, ISSUES, ENTRIES)
        built = _run(folder, "issue")[1]
        # As on a desk where the issue has been looked at before: its images are assets already.
        said([NEWSLETTER, "-C", name, "render", "email", MIDDLE])
        check = [NEWSLETTER, "-C", name, "check", MIDDLE]
        best = cold_in_turns({"issue": [*check, "--only", "issue"], "all": check}, COLD_ROUNDS)
        for name, words, most in (("issue", "rules on the issue", 500), ("all", "all rules", 1000)):
            note = f"on the clock; {best[name].processor * 1000:.0f} ms of processor time"
            yield Figure(f"{ONE}: {words}", best[name].clock * 1000, "ms", most=most, note=note)
        runs = [_run(folder, "issue") for _ in range(ROUNDS)]
        fastest = min(whole for _, _, whole in runs)
        yield Figure(f"{ISSUES:,} issues of {ENTRIES} entries: rules on the issue", ISSUES / fastest, "issues/s")
        yield Figure(f"the index of {ISSUES:,} issues: built", built * 1000, "ms")
        yield Figure(f"the index of {ISSUES:,} issues: read again", min(again for _, again, _ in runs) * 1000, "ms")


def _run(folder: Path, *subjects: str) -> list[float]:
    times: list[float] = json.loads(said([PYTHON, "-c", _PROCESS, str(folder), *subjects]))
    assert times[0] == ISSUES, "the archive has not all issues"
    return times
