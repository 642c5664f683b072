"""The archive compared with Hugo and Pelican, with the same content in the same run.

The builds are a cold one, one with nothing to do, and one with a changed issue.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archive_sample import change_issue, write_archives
from benchmarks.clock import NEWSLETTER, ROOT, time_in_turns
from benchmarks.figures import Figure
from benchmarks.generators import NO_HUGO, find_hugo, find_pelican
from benchmarks.total_memory import measure_run
from newsletter.text.images import COLUMN
from newsletter.text.web_images import make_web_images

ISSUES = 1000
GROWTH = (100, 1000)
ROUNDS = 3
ROUNDS_OF_PARTS = 2
_OUTPUTS = ("build", ".newsletter", "public", "resources", "output")


@dataclass(frozen=True, slots=True)
class Run:
    """Wall-clock seconds, and CPU seconds of all processes."""

    clock: float
    processor: float


def measure() -> Iterator[Figure]:
    """Yield the best time of each program, the costs of search and social cards, and the time by number of issues."""
    with TemporaryDirectory() as name:
        root = Path(name)
        write_archives(root, ISSUES)
        programs, missing = _find_programs(root)
        runs = _run_in_turns(root, programs)
        yield from _compare(runs, missing)
        _remove_outputs(root)
        # In a run of its own: reading the memory of processes takes time.
        memory = measure_run(programs["newsletter"]).memory
        yield Figure("peak memory of a cold build, all processes together", memory, "MB", most=150)
        yield from _measure_parts(root)
    yield from _measure_growth()


def _find_programs(root: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the commands of the installed programs, and how to install the missing ones."""
    programs = {"newsletter": [NEWSLETTER, "-C", str(root / "newsletter"), "build"]}
    missing = {}
    if hugo := find_hugo():
        programs["hugo"] = [hugo, "--source", str(root / "hugo"), "--quiet"]
    else:
        missing["hugo"] = NO_HUGO
    pelican, reason = find_pelican()
    if pelican:
        settings, output = root / "pelican/pelicanconf.py", root / "pelican/output"
        programs["pelican"] = [pelican, str(root / "pelican/content"), "-s", str(settings), "-o", str(output), "-q"]
    else:
        missing["pelican"] = reason
    return programs, missing


def _remove_outputs(root: Path) -> None:
    for program in ("newsletter", "hugo", "pelican"):
        for name in _OUTPUTS:
            shutil.rmtree(root / program / name, ignore_errors=True)


def _run_in_turns(root: Path, programs: dict[str, list[str]]) -> dict[tuple[str, str], Run]:
    """Return the best run of each program for each job."""
    found: dict[tuple[str, str], list[Run]] = {}
    for turn in range(ROUNDS):
        _remove_outputs(root)
        for job in ("cold", "settled", "nothing", "one"):
            if job == "one":
                change_issue(root, ISSUES // 2, turn)
            for program, command in programs.items():
                # There is no aim for later builds relative to Pelican, which take it long.
                if program != "pelican" or job == "cold":
                    found.setdefault((program, job), []).append(_run(command))
    return {key: _best(some) for key, some in found.items()}


def _best(runs: list[Run]) -> Run:
    return Run(min(run.clock for run in runs), min(run.processor for run in runs))


def _run(command: list[str]) -> Run:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)


def _compare(runs: dict[tuple[str, str], Run], missing: dict[str, str]) -> Iterator[Figure]:
    names = {"cold": "cold build", "nothing": "nothing to do", "one": "one changed issue"}
    for job, name in names.items():
        for program in ("newsletter", "hugo", "pelican"):
            if (program, job) in runs:
                run = runs[program, job]
                note = f"{run.processor:.2f} s CPU time"
                yield Figure(f"1,000 issues, {name}: {program}", run.clock, "s", note=note)
    targets = {("cold", "hugo"): 2, ("cold", "pelican"): 0.25, ("nothing", "hugo"): 0.35, ("one", "hugo"): 0.5}
    for (job, other), most in targets.items():
        title = f"{names[job]}: newsletter / {other}"
        if other in missing:
            yield Figure(title, note=missing[other])
        else:
            processor = runs["newsletter", job].processor / runs[other, job].processor
            note = f"CPU time: {processor:.2f} x"
            yield Figure(title, runs["newsletter", job].clock / runs[other, job].clock, "x", most, note)


def _measure_parts(root: Path) -> Iterator[Figure]:
    """Measure the parts that the other programs do not have: a cold build with a part, minus the one without."""
    settings = root / "newsletter/newsletter.yaml"
    without = settings.read_text()
    builds: dict[str, list[float]] = {}
    for _ in range(ROUNDS_OF_PARTS):
        for part in ("", "search", "cards"):
            settings.write_text(without.replace(f"{part}: false", f"{part}: true") if part else without)
            builds.setdefault(part, []).append(_build_cold(root).processor)
    for part in ("search", "cards"):
        more = min(builds[part]) - min(builds[""])
        yield Figure(f"additional time for {part}, 1,000 issues", more, "s", note="CPU time")
    images = [path.read_bytes() for path in sorted((ROOT / "issues/images").rglob("*.png"))]
    spent = time_in_turns({"images": lambda _: [list(make_web_images(image, COLUMN)) for image in images]}, 1)["images"]
    yield Figure("one drawing of the sample: the asset and its copy", min(spent) / len(images) * 1000, "ms")


def _build_cold(root: Path) -> Run:
    _remove_outputs(root)
    return _run([NEWSLETTER, "-C", str(root / "newsletter"), "build"])


def _measure_growth() -> Iterator[Figure]:
    each = {}
    for issues in GROWTH:
        with TemporaryDirectory() as name:
            write_archives(Path(name), issues)
            each[issues] = _build_cold(Path(name)).processor / issues * 1000
        yield Figure(f"cold build of {issues:,} issues, per issue", each[issues], "ms", note="CPU time")
    few, many = GROWTH
    yield Figure(f"cold build, per issue: {many:,} issues / {few}", each[many] / each[few], "x")
