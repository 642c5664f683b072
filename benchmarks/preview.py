"""The preview: wall-clock time from saving an issue of 20 entries until Chromium has painted the new preview."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import Figure
from benchmarks.sample import write_publication
from tests.chromium import find_chromium
from tests.dashboard.previewing import run_preview

ENTRIES, BURST = 20, 20
SMALL, LARGE = 10, 1000
# Saves by turns: one publication, then the other. A percentile needs many.
TURNS, SAVES = 10, 4
SAVES_DURING_CHECKS = 10
NOTE = "0.3 s between saves; until the frame that shows the change is painted"
# Returns the time at which a frame with a title has been painted, which is a task after the callbacks of the frame.
PAINTED = """title => new Promise(done => {
    const doc = document.querySelector("#email-frame").contentDocument;
    const seen = () => doc.querySelector("h1")?.textContent.includes(title);
    const now = () => performance.timeOrigin + performance.now();
    const painted = () => requestAnimationFrame(() => setTimeout(() => done(now())));
    if (seen()) return painted();
    const observer = new MutationObserver(() => seen() && (observer.disconnect(), painted()));
    observer.observe(doc, { subtree: true, childList: true, characterData: true });
})"""


@dataclass
class OpenIssue:
    """The newest issue of a publication, open in a browser, with the times of its saves in milliseconds."""

    page: Page
    file: Path
    times: list[float] = field(default_factory=list)


def measure() -> Iterator[Figure]:
    """Yield the times for saves in a small and in a large publication, in turns, and for many saves in a row."""
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        opened = {issues: _open(stack, browser, issues) for issues in (SMALL, LARGE)}
        for _ in range(TURNS):
            for issue in opened.values():
                issue.page.bring_to_front()
                with issue.page.expect_response("**/checks"):
                    issue.times += [_time_save(issue) for _ in range(SAVES)]
        percentiles = {}
        for issues, issue in opened.items():
            size, times = f"{issues:,} issues", issue.times
            percentiles[issues] = quantiles(times, n=20, method="inclusive")[-1]
            yield Figure(f"save until painted, median, {size}", median(times), "ms", note=NOTE)
            name = f"save until painted, 95th percentile of {len(times)}, {size}"
            yield Figure(name, percentiles[issues], "ms", 200)
            yield Figure(f"save until painted, slowest of {len(times)}, {size}", max(times), "ms")
        ratio = percentiles[LARGE] / percentiles[SMALL]
        yield Figure(f"95th percentile with {LARGE:,} issues / with {SMALL}", ratio, "x", 2)
        for issues, issue in opened.items():
            issue.page.bring_to_front()
            _time_save(issue)
            times = [_time_save(issue, checking=True) for _ in range(SAVES_DURING_CHECKS)]
            yield Figure(f"save during checks until painted, median, {issues:,} issues", median(times), "ms")
            name = f"save during checks until painted, slowest of {len(times)}, {issues:,} issues"
            yield Figure(name, max(times), "ms")
        yield _measure_burst(opened[SMALL])
        browser.close()


def _open(stack: ExitStack, browser: Browser, issues: int) -> OpenIssue:
    """Write a publication and open its newest issue. Its first checks, which read all issues, have run."""
    folder = Path(stack.enter_context(TemporaryDirectory()))
    slug = write_publication(folder, issues, ENTRIES)[-1]
    preview = stack.enter_context(run_preview(folder))
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    with page.expect_response("**/checks"):
        page.goto(f"{preview.url}/issues/{slug}")
    return OpenIssue(page, folder / "issues" / f"{slug}.yaml")


def _time_save(issue: OpenIssue, *, checking: bool = False) -> float:
    """Save the issue. Returns the milliseconds until the new preview is painted.

    Args:
        issue: The issue.
        checking: Save while the checks of the last save run. Otherwise wait 0.3 s.
    """
    page, file = issue.page, issue.file
    if checking:
        with page.expect_request("**/checks"):
            pass
    else:
        page.wait_for_timeout(300)
    number = time.time_ns()
    page.evaluate(f"() => {{ window.painted = ({PAINTED})('saved {number}.') }}")
    text = re.sub("^title: .*", f"title: saved {number}. Benchmark Weekly", file.read_text(), count=1)
    start = time.time()
    file.write_text(text)
    return float(page.evaluate("window.painted")) - start * 1000


def _measure_burst(issue: OpenIssue) -> Figure:
    page, file = issue.page, issue.file
    page.bring_to_front()
    text, requests = file.read_text(), []
    page.on("request", lambda request: requests.append(request.url) if "scheme=" in request.url else None)
    for number in range(BURST):
        file.write_text(text.replace("saved", f"burst {number}. saved", 1))
        page.wait_for_timeout(1000 / BURST)
    page.evaluate(PAINTED, f"burst {BURST - 1}.")
    return Figure(f"renderings for {BURST} saves in a second", len(requests), "", 8, "the last save is shown")
