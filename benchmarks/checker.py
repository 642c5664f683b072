"""Checks: a cold `newsletter check` of one issue among 1,000, and of 1,000 issues in one process."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON, run_command, time_cold_starts
from benchmarks.figures import Figure
from benchmarks.sample import write_publication

ISSUES, ENTRIES = 1000, 15
MIDDLE = "issue-0500"
COLD_ROUNDS = 7
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
ONE = f"newsletter check {MIDDLE}, {ISSUES:,} issues"


def measure() -> Iterator[Figure]:
    """Yield the best times of building the index, of a cold check with it, and of all issues in one process."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_publication(folder, ISSUES, ENTRIES)
        built = _run(folder, "issue")[1]
        # Usually an issue was rendered before it is checked, so its assets exist.
        run_command([NEWSLETTER, "-C", name, "render", "email", MIDDLE])
        check = [NEWSLETTER, "-C", name, "check", MIDDLE]
        best = time_cold_starts({"issue": [*check, "--only", "issue"], "all": check}, COLD_ROUNDS)
        for name, rules, most in (("issue", "rules about the issue", 500), ("all", "all rules", 1000)):
            note = f"wall-clock time; {best[name].processor * 1000:.0f} ms CPU time"
            yield Figure(f"{ONE}: {rules}", best[name].clock * 1000, "ms", most=most, note=note)
        _, again, whole = _run(folder, "issue")
        yield Figure(f"{ISSUES:,} issues of {ENTRIES} entries: rules about the issue", ISSUES / whole, "issues/s")
        yield Figure(f"building the index of {ISSUES:,} issues", built * 1000, "ms")
        yield Figure(f"reading the index of {ISSUES:,} issues", again * 1000, "ms")


def _run(folder: Path, *subjects: str) -> list[float]:
    times: list[float] = json.loads(run_command([PYTHON, "-c", _PROCESS, str(folder), *subjects]))
    assert times[0] == ISSUES, "not all issues were checked"
    return times
