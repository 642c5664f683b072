"""An archive of 10,000 issues with search and feeds, compared with smaller ones and with Hugo. It takes half an hour.

Run it with `make bench-many`. NEWSLETTER_BENCH_ISSUES sets another number of issues. Each step is reported on stderr.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archive_sample import PUBLICATION, change_issue, write_archives
from benchmarks.clock import NEWSLETTER
from benchmarks.figures import Figure
from benchmarks.generators import NO_HUGO, find_hugo
from benchmarks.many_pages import measure_start
from benchmarks.many_searches import measure_searches
from benchmarks.total_memory import MeasuredRun, measure_run

ISSUES = int(os.environ.get("NEWSLETTER_BENCH_ISSUES", "10_000"))
# The smaller archives, and the one with which commands are compared.
SMALL, MEDIUM, FEW = ISSUES // 10, ISSUES * 3 // 10, ISSUES // 100
ROUNDS = 3
_STARTED = time.perf_counter()
Runs = dict[str, MeasuredRun]


def measure() -> Iterator[Figure]:
    """Yield the figures of builds, then of commands, then of searches."""
    with TemporaryDirectory(prefix="many") as name:
        roots = {issues: Path(name, str(issues)) for issues in (FEW, SMALL, MEDIUM, ISSUES)}
        for issues, root in roots.items():
            _report(f"writing {issues:,} issues")
            write_archives(root, issues)
            (root / "newsletter/newsletter.yaml").write_text(PUBLICATION.replace("search: false", "search: true"))
        builds = {issues: _measure_builds(roots[issues], issues) for issues in (SMALL, MEDIUM, ISSUES)}
        yield from _compare_sizes(builds)
        yield from _compare_with_hugo(roots[ISSUES])
        yield from _compare_commands(roots)
        yield from _compare_starts(roots)
        _report("searching in Chromium")
        yield from measure_searches({issues: roots[issues] / "newsletter/build/site" for issues in (SMALL, ISSUES)})


def _report(step: str) -> None:
    print(f"{(time.perf_counter() - _STARTED) / 60:6.1f} min  {step}", file=sys.stderr, flush=True)


def _command(root: Path, *arguments: str) -> list[str]:
    return [NEWSLETTER, "-C", str(root / "newsletter"), *arguments]


def _measure_builds(root: Path, issues: int) -> Runs:
    build = _command(root, "build")
    _report(f"building the archive of {issues:,} issues")
    found: dict[str, list[MeasuredRun]] = {"cold": [measure_run(build)], "no-op": [], "one-change": []}
    measure_run(build)
    for turn in range(ROUNDS):
        found["no-op"].append(measure_run(build))
        change_issue(root, issues // 2, turn)
        found["one-change"].append(measure_run(build))
    # A file that has just changed is read again by the next build, too.
    measure_run(build)
    return {job: _best(runs) for job, runs in found.items()}


def _best(runs: list[MeasuredRun]) -> MeasuredRun:
    return MeasuredRun(
        min(run.clock for run in runs), min(run.processor for run in runs), max(run.memory for run in runs)
    )


def _compare_sizes(builds: Mapping[int, Runs]) -> Iterator[Figure]:
    """Yield the CPU time for each issue, which must not grow with the number of issues, and the memory."""
    for job in builds[ISSUES]:
        each = {issues: runs[job].processor / issues * 1000 for issues, runs in builds.items()}
        for issues, value in each.items():
            note = f"{builds[issues][job].processor:.2f} s CPU time"
            yield Figure(f"{job} build of {issues:,} issues, CPU time per issue", value, "ms", note=note)
        yield Figure(f"{job} build, {ISSUES:,} / {SMALL:,} issues, per issue", each[ISSUES] / each[SMALL], "x", 1.1)
    for job, run in builds[ISSUES].items():
        smaller = ", ".join(f"{runs[job].memory:.0f} MB" for runs in builds.values())
        yield Figure(f"{job} build, memory of all processes together", run.memory, "MB", 300, f"{smaller}")


def _compare_with_hugo(root: Path) -> Iterator[Figure]:
    title = f"no-op build of {ISSUES:,} issues: newsletter / hugo"
    if not (hugo := find_hugo()):
        yield Figure(title, note=NO_HUGO)
        return
    _report("comparing with Hugo")
    commands = {"newsletter": _command(root, "build"), "hugo": [hugo, "--source", str(root / "hugo"), "--quiet"]}
    best = _in_turns({name: partial(measure_run, command) for name, command in commands.items()})
    ours, other = best["newsletter"], best["hugo"]
    yield Figure(title, ours.clock / other.clock, "x", 0.1, f"{ours.clock:.2f} s and {other.clock:.2f} s")
    yield Figure(f"{title}, CPU time", ours.processor / other.processor, "x", 0.1)


def _in_turns(jobs: Mapping[str, Callable[[], MeasuredRun]]) -> Runs:
    """Run the jobs alternately, after one run that is not measured. Returns the best run of each."""
    found: dict[str, list[MeasuredRun]] = {name: [] for name in jobs}
    for turn in range(ROUNDS + 1):
        for name, job in jobs.items():
            run = job()
            if turn:
                found[name].append(run)
    return {name: _best(runs) for name, runs in found.items()}


def _compare_commands(roots: Mapping[int, Path]) -> Iterator[Figure]:
    """Compare cold commands in the largest publication with those in a small one."""
    for title, arguments, most in (
        ("check --only issue FILE", ("check", "--only", "issue", "{file}"), 3),
        ("check FILE", ("check", "{file}"), None),
        ("list", ("list",), None),
        ("new-issue", ("new-issue",), None),
        ("add --no-fetch URL", ("add", "--no-fetch", "--inbox", "--again", "https://example.org/new"), None),
        ("render all FILE", ("render", "all", "{file}", "-o", "{out}/"), None),
    ):
        _report(title)
        best = _in_turns({str(issues): _job(roots[issues], issues, arguments) for issues in (FEW, ISSUES)})
        yield _compare(title, best, most)


def _compare_starts(roots: Mapping[int, Path]) -> Iterator[Figure]:
    """Compare the start of the dashboard in the largest publication with that in a small one."""
    for title, arguments in (("dashboard", ()), ("preview ISSUE", ("{slug}",))):
        _report(f"starting: {title}")
        jobs = {}
        for issues in (FEW, ISSUES):
            some = (argument.format(slug=f"{issues // 2:04}") for argument in arguments)
            jobs[str(issues)] = partial(measure_start, _command(roots[issues], title.partition(" ")[0], *some))
        yield _compare(f"start of {title} until its page has all issues", _in_turns(jobs), None)


def _compare(title: str, best: Runs, most: float | None) -> Figure:
    few, many = best[str(FEW)], best[str(ISSUES)]
    note = f"{many.processor:.2f} s and {few.processor:.2f} s; {many.memory:.0f} MB"
    return Figure(f"{title}, {ISSUES:,} / {FEW:,} issues", many.processor / few.processor, "x", most, note)


def _job(root: Path, issues: int, arguments: tuple[str, ...]) -> Callable[[], MeasuredRun]:
    folder = root / "newsletter"
    values = {"file": str(folder / f"issues/{issues // 2:04}.yaml"), "out": str(root / "rendered")}
    command = _command(root, *(argument.format_map(values) for argument in arguments))

    def run() -> MeasuredRun:
        before = set(folder.glob("issues/*.yaml"))
        measured = measure_run(command)
        for created in set(folder.glob("issues/*.yaml")) - before:
            created.unlink()
        return measured

    return run
