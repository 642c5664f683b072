"""Searches in a large archive: what a browser loads for the first one, and the time until results are shown."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, Request, sync_playwright

from benchmarks.figures import Figure
from newsletter.archive.dev_server import archive_server
from tests.chromium import find_chromium

# A word of the title of one issue, and one that many entries contain.
RARE, FREQUENT = "Issue 77", "model"
ROUNDS = 5
# Types a query and returns the milliseconds until its results are shown, without the time for which the page waits for
# further keys.
_SEARCH = """query => new Promise((done, fail) => {
    const [field, status] = [document.querySelector("#q"), document.querySelector("[role=status]")];
    const words = field.form.dataset, start = performance.now();
    new MutationObserver((_, observer) => {
        if (status.textContent === words.failed) fail(new Error(words.failed));
        if (status.textContent === words.searching || !status.textContent) return;
        observer.disconnect();
        done(performance.now() - start);
    }).observe(status, { childList: true });
    field.value = query;
    field.form.requestSubmit();
})"""


def measure_searches(sites: Mapping[int, Path]) -> Iterator[Figure]:
    """Yield the figures of each archive, given their folders by the number of their issues."""
    with sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        stack.callback(browser.close)
        for issues, site in sites.items():
            size = sum(file.stat().st_size for file in site.glob("search/pagefind*/**/*") if file.is_file())
            yield Figure(f"search index of {issues:,} issues", size / issues, "bytes", note="for each issue")
            yield from _measure_site(stack, browser, issues, site)


def _measure_site(stack: ExitStack, browser: Browser, issues: int, site: Path) -> Iterator[Figure]:
    server = archive_server(site, "/", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    stack.callback(thread.join)
    stack.callback(server.stop)
    first: dict[str, list[float]] = {RARE: [], FREQUENT: []}
    again: dict[str, list[float]] = {RARE: [], FREQUENT: []}
    sizes: list[int] = []
    for query in first:
        for _ in range(ROUNDS):
            # A new context has an empty cache.
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{server.address}search/", wait_until="networkidle")
            page.on("requestfinished", lambda request: sizes.append(_size(request)))
            first[query].append(_search(page, query))
            again[query].append(_search(page, f"{query} "))
            page.wait_for_load_state("networkidle")
            context.close()
    note = f"{len(sizes) // (2 * ROUNDS)} files"
    yield Figure(f"search in {issues:,} issues, loaded", sum(sizes) / (2 * ROUNDS) / 1000, "KB", note=note)
    for query in first:
        note = f"wall-clock time; again: {median(again[query]):.0f} ms"
        yield Figure(f"first search for `{query}` in {issues:,} issues", median(first[query]), "ms", note=note)


def _search(page: Page, query: str) -> float:
    milliseconds: float = page.evaluate(_SEARCH, query)
    return milliseconds


def _size(request: Request) -> int:
    return request.sizes()["responseBodySize"]
