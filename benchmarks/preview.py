"""The preview: wall-clock time from saving an issue of 20 entries until Chromium has painted the new preview."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from benchmarks.figures import Figure
from benchmarks.sample import write_publication
from tests.chromium import find_chromium
from tests.dashboard.previewing import run_preview

ENTRIES, BURST = 20, 20
# The number of saves to measure by the number of issues in the publication. A percentile needs many.
SAVES = {10: 40, 1000: 10}
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


def measure() -> Iterator[Figure]:
    """Yield the times for single saves in a small and in a large publication, and for many saves in a row."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        for issues, saves in SAVES.items():
            with TemporaryDirectory() as name:
                slug = write_publication(Path(name), issues, ENTRIES)[-1]
                with run_preview(Path(name)) as preview:
                    page = browser.new_page(viewport={"width": 1440, "height": 900})
                    # The first checks read all issues.
                    with page.expect_response("**/checks"):
                        page.goto(f"{preview.url}/issues/{slug}")
                    file = Path(name) / "issues" / f"{slug}.yaml"
                    times = [_time_save(page, file, number) for number in range(saves)]
                    yield from _figures(times, f"{issues:,} issues")
                    if issues == min(SAVES):
                        times = [
                            _time_save(page, file, saves + number, checking=True)
                            for number in range(SAVES_DURING_CHECKS)
                        ]
                        yield Figure("save during checks until painted, median", median(times), "ms")
                        yield Figure(f"save during checks until painted, slowest of {len(times)}", max(times), "ms")
                        yield _measure_burst(page, file)
                    page.close()
        browser.close()


def _time_save(page: Page, file: Path, number: int, *, checking: bool = False) -> float:
    """Save the issue. Returns the milliseconds until the new preview is painted.

    Args:
        page: The browser page.
        file: The issue.
        number: The number of the save, which the new title contains.
        checking: Save while the checks of the last save run. Otherwise wait 0.3 s.
    """
    if checking:
        with page.expect_request("**/checks"):
            pass
    else:
        page.wait_for_timeout(300)
    page.evaluate(f"() => {{ window.painted = ({PAINTED})('saved {number}.') }}")
    text = re.sub("^title: .*", f"title: saved {number}. Benchmark Weekly", file.read_text(), count=1)
    start = time.time()
    file.write_text(text)
    return float(page.evaluate("window.painted")) - start * 1000


def _figures(times: list[float], size: str) -> Iterator[Figure]:
    """Yield the median, the 95th percentile if there are enough times, and the maximum."""
    yield Figure(f"save until painted, median, {size}", median(times), "ms", note=NOTE)
    if len(times) >= 40:
        percentile = quantiles(times, n=20, method="inclusive")[-1]
        yield Figure(f"save until painted, 95th percentile of {len(times)}, {size}", percentile, "ms", 200)
    yield Figure(f"save until painted, slowest of {len(times)}, {size}", max(times), "ms")


def _measure_burst(page: Page, file: Path) -> Figure:
    text, requests = file.read_text(), []
    page.on("request", lambda request: requests.append(request.url) if "scheme=" in request.url else None)
    for number in range(BURST):
        file.write_text(text.replace("saved", f"burst {number}. saved", 1))
        page.wait_for_timeout(1000 / BURST)
    page.evaluate(PAINTED, f"burst {BURST - 1}.")
    return Figure(f"renderings for {BURST} saves in a second", len(requests), "", 8, "the last save is shown")
