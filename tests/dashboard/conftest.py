"""A running dashboard, and its page in Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.campaign.publication import Recording, recording
from tests.dashboard.browsing import open_page
from tests.dashboard.previewing import Preview, issue_text, run_preview, write_lens

# A loaded machine is slow.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    with run_preview(write_lens(tmp_path_factory.mktemp("preview"))) as preview:
        yield preview


@pytest.fixture
def preview(served: Preview) -> Preview:
    """A running preview. The newer issue has its original text again."""
    served.write(issue_text())
    return served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    # Long enough for a loaded machine.
    context.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, preview: Preview) -> Iterator[Page]:
    """The page of the newer issue. Errors, warnings and requests to other hosts fail the test."""
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(preview.url) else problems.append(request.url))
    open_page(page, preview)
    yield page
    # The browser also logs each response with status 4xx, which the page shows.
    assert [problem for problem in problems if "status of 4" not in problem] == []


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """A mail server that records what it receives."""
    with recording(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def view(context: BrowserContext) -> Iterator[Page]:
    """A page that is not yet open. Errors and warnings fail the test."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    # The browser also logs each response with status 4xx, and that the server has stopped at the end of the test.
    assert [problem for problem in problems if not re.search("status of 4|net::ERR_", problem)] == []
