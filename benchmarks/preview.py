"""The preview: from the saving of an issue of 20 entries to its repainting in a real Chromium, on the clock."""

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
from tests.dashboard.previewing import previewed

ENTRIES, BURST = 20, 20
# Of how many issues a publication is, and how many savings are measured in it: a percentile needs many.
SAVINGS = {10: 40, 1000: 10}
BESIDE = 10
HOW = "each 0.3 s after the last; until the frame that shows it is painted"
# The time at which a frame that shows a title has been painted: a task after the frame's callbacks.
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
    """Savings one by one in a small publication and in one of a thousand issues, and many in a row."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        for issues, savings in SAVINGS.items():
            with TemporaryDirectory() as name:
                slug = write_publication(Path(name), issues, ENTRIES)[-1]
                with previewed(Path(name)) as preview:
                    page = browser.new_page(viewport={"width": 1440, "height": 900})
                    # The first checks read all issues.
                    with page.expect_response("**/checks"):
                        page.goto(f"{preview.url}/issues/{slug}")
                    file = Path(name) / "issues" / f"{slug}.yaml"
                    times = [_saved(page, file, number) for number in range(savings)]
                    yield from _figures(times, f"of {issues:,} issues")
                    if issues == min(SAVINGS):
                        beside = [_saved(page, file, savings + number, checking=True) for number in range(BESIDE)]
                        yield Figure("the same while the checks run, median", median(beside), "ms")
                        yield Figure(f"the same, the slowest of {BESIDE}", max(beside), "ms")
                        yield _burst(page, file)
                    page.close()
        browser.close()


def _saved(page: Page, file: Path, number: int, *, checking: bool = False) -> float:
    """Milliseconds from a saving to its repainting, a little after the last, or as soon as that is being checked."""
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


def _figures(times: list[float], of: str) -> Iterator[Figure]:
    """The median, the 95th percentile where there are enough for one, and the slowest."""
    yield Figure(f"from saving to repainting, median, {of}", median(times), "ms", note=HOW)
    if len(times) >= 40:
        percentile = quantiles(times, n=20, method="inclusive")[-1]
        yield Figure(f"the same, 95th percentile of {len(times)}, {of}", percentile, "ms", 200)
    yield Figure(f"the same, the slowest of {len(times)}, {of}", max(times), "ms")


def _burst(page: Page, file: Path) -> Figure:
    text, asked = file.read_text(), []
    page.on("request", lambda request: asked.append(request.url) if "scheme=" in request.url else None)
    for number in range(BURST):
        file.write_text(text.replace("saved", f"burst {number}. saved", 1))
        page.wait_for_timeout(1000 / BURST)
    page.evaluate(PAINTED, f"burst {BURST - 1}.")
    return Figure(f"renderings of {BURST} savings in a second", len(asked), "", 8, "the last one is shown")
