"""The archive beside Hugo and Pelican, on the same words in the same run: cold, with nothing to do, with one change."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archive_sample import change_issue, write_archives
from benchmarks.clock import NEWSLETTER, ROOT, in_turns
from benchmarks.figures import Figure
from newsletter.text.images import COLUMN, make_asset
from newsletter.text.web_images import lighter_asset

ISSUES = 1000
GROWTH = (100, 1000, 3000)
ROUNDS = 3
_MADE = ("build", ".newsletter", "public", "resources", "output", "cache")


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds on the clock, seconds of processor time of all processes, and the largest of them in MB."""

    clock: float
    processor: float
    memory: float


def measure() -> Iterator[Figure]:
    """The programs in turns, the best of each; then growth, and what the others do not do."""
    with TemporaryDirectory() as name:
        root = Path(name)
        write_archives(root, ISSUES)
        programs, missing = _programs(root)
        runs = _in_turns(root, programs)
        yield from _compared(runs, missing)
        yield Figure(
            "peak memory of a cold build, each of its processes", runs["newsletter", "cold"].memory, "MB", most=150
        )
        yield from _parts(root)
    yield from _growth()


def _programs(root: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The commands of the programs that are here, and why the others are not."""
    programs = {"newsletter": [NEWSLETTER, "-C", str(root / "newsletter"), "build"]}
    missing = {}
    if hugo := os.environ.get("HUGO") or shutil.which("hugo"):
        programs["hugo"] = [hugo, "--source", str(root / "hugo"), "--quiet"]
    else:
        missing["hugo"] = "no hugo: apt-get install hugo, or name it in $HUGO"
    if pelican := os.environ.get("PELICAN") or shutil.which("pelican"):
        settings, output = root / "pelican/pelicanconf.py", root / "pelican/output"
        programs["pelican"] = [pelican, str(root / "pelican/content"), "-s", str(settings), "-o", str(output), "-q"]
    else:
        missing["pelican"] = "no pelican: pip install 'pelican[markdown]', or name it in $PELICAN"
    return programs, missing


def _forget(root: Path) -> None:
    for program in ("newsletter", "hugo", "pelican"):
        for name in _MADE:
            shutil.rmtree(root / program / name, ignore_errors=True)


def _in_turns(root: Path, programs: dict[str, list[str]]) -> dict[tuple[str, str], Run]:
    """The best of each program at each job: a cold build, one with nothing to do, and one with a changed issue."""
    found: dict[tuple[str, str], list[Run]] = {}
    for turn in range(ROUNDS):
        _forget(root)
        for job in ("cold", "settled", "nothing", "one"):
            if job == "one":
                change_issue(root, ISSUES // 2, turn)
            for program, command in programs.items():
                # Pelican's cache helps the builds after it only, and costs the cold one.
                uncached = ["-e", "CACHE_CONTENT=false"] if (program, job) == ("pelican", "cold") else []
                found.setdefault((program, job), []).append(_run([*command, *uncached]))
    return {key: _best(some) for key, some in found.items()}


def _best(runs: list[Run]) -> Run:
    return Run(min(run.clock for run in runs), min(run.processor for run in runs), max(run.memory for run in runs))


def _run(command: list[str]) -> Run:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000)


def _compared(runs: dict[tuple[str, str], Run], missing: dict[str, str]) -> Iterator[Figure]:
    names = {"cold": "cold build", "nothing": "nothing to do", "one": "one changed issue"}
    for job, name in names.items():
        for program in ("newsletter", "hugo", "pelican"):
            if (program, job) in runs:
                run = runs[program, job]
                note = f"{run.processor:.2f} s of processor"
                yield Figure(f"1,000 issues, {name}: {program}", run.clock, "s", note=note)
    aims = {("cold", "hugo"): 2, ("cold", "pelican"): 0.25, ("nothing", "hugo"): 0.35, ("one", "hugo"): 0.5}
    for (job, other), most in aims.items():
        title = f"{names[job]}: newsletter / {other}"
        if other in missing:
            yield Figure(title, note=missing[other])
        else:
            yield Figure(title, runs["newsletter", job].clock / runs[other, job].clock, "x", most)


def _parts(root: Path) -> Iterator[Figure]:
    """What the others do not do, each by itself: the same cold build with it, less the one without."""
    settings = root / "newsletter/newsletter.yaml"
    without = settings.read_text()
    builds: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for part in ("", "search", "cards"):
            settings.write_text(without.replace(f"{part}: false", f"{part}: true") if part else without)
            builds.setdefault(part, []).append(_cold(root).processor)
    for part in ("search", "cards"):
        more = min(builds[part]) - min(builds[""])
        yield Figure(f"the {part} of 1,000 issues, beside the pages", more, "s", note="of processor")
    images = [path.read_bytes() for path in sorted((ROOT / "issues/images").rglob("*.png"))]
    spent = in_turns({"images": lambda _: [lighter_asset(make_asset(image, COLUMN)) for image in images]}, 1)["images"]
    yield Figure("an image made into an asset and its lighter copy", min(spent) / len(images) * 1000, "ms")


def _cold(root: Path) -> Run:
    _forget(root)
    return _run([NEWSLETTER, "-C", str(root / "newsletter"), "build"])


def _growth() -> Iterator[Figure]:
    for issues in GROWTH:
        with TemporaryDirectory() as name:
            write_archives(Path(name), issues)
            cold = _cold(Path(name)).processor
            yield Figure(f"cold build of {issues:,} issues, for each", cold / issues * 1000, "ms", note="of processor")
