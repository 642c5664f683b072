"""The preview: from the saving of an issue of 20 entries to its repainting in a real Chromium, on the clock."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from benchmarks.figures import Figure
from benchmarks.sample import write_publication
from tests.browser.chromium import find_chromium
from tests.previewing import previewed

ENTRIES, SAVINGS, BURST = 20, 40, 20
HOW = "pauses of 0.3 to 2 seconds, so that checks run beside some; until the frame that shows it is painted"
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
        for issues, most in ((10, 200), (1000, None)):
            with TemporaryDirectory() as name:
                slug = write_publication(Path(name), issues, ENTRIES)[-1]
                with previewed(Path(name)) as preview:
                    page = browser.new_page(viewport={"width": 1440, "height": 900})
                    page.goto(f"{preview.url}/issues/{slug}")
                    page.frame_locator("#email-frame").locator("h3").nth(ENTRIES - 1).wait_for(state="attached")
                    file = Path(name) / "issues" / f"{slug}.yaml"
                    yield from _savings(page, file, issues, most)
                    if most:
                        yield from _burst(page, file)
        browser.close()


def _savings(page: Page, file: Path, issues: int, most: float | None) -> Iterator[Figure]:
    text, times = file.read_text(), []
    for number in range(SAVINGS):
        page.wait_for_timeout(300 + random.random() * 1700)
        painted = page.evaluate_handle(f"() => {{ window.painted = ({PAINTED})('saved {number}.') }}")
        start = time.time()
        file.write_text(text.replace("Benchmark Weekly — Issue", f"saved {number}. Issue", 1))
        times.append(page.evaluate("window.painted") - start * 1000)
        painted.dispose()
    of = f"of {issues:,} issues"
    yield Figure(f"from saving to repainting, 95th percentile, {of}", quantiles(times, n=20)[-1], "ms", most, HOW)
    yield Figure(f"the same, median, {of}", median(times), "ms")
    yield Figure(f"the same, the slowest of {SAVINGS}, {of}", max(times), "ms")


def _burst(page: Page, file: Path) -> Iterator[Figure]:
    text, asked = file.read_text(), []
    page.on("request", lambda request: asked.append(request.url) if "scheme=" in request.url else None)
    for number in range(BURST):
        file.write_text(text.replace("saved", f"burst {number}. saved", 1))
        page.wait_for_timeout(1000 / BURST)
    page.evaluate(PAINTED, f"burst {BURST - 1}.")
    yield Figure(f"renderings of {BURST} savings in a second", len(asked), "", 8, "the last one is shown")
