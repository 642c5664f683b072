"""Fixtures that show rendered issues in Chromium, without a network."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from newsletter.render.format import Format
from tests.chromium import find_chromium, serve_chromium
from tests.golden import REPOSITORY, SAMPLES, render_issue
from tests.publications import PUBLICATION, write_publication
from tests.run_folder import make_once

ISSUES = [*SAMPLES, "crowded", "arabic"]
HOME = "https://issue.example.com/"

WORD = "Donaudampfschiff" * 20
CODE = "print(" + "argument," * 60 + ")"
# An issue with all content that might make a page wider than its window.
CROWDED = f"""\
title: {WORD}
subtitle: {WORD}
date: 2024-05-12
contents: true
highlights:
  featured: ["{WORD} and `{WORD}`, and [{WORD}](@long)"]
sections:
  featured:
    - id: long
      title: https://example.com/{WORD}/{WORD}?{WORD}
      url: https://{"long-host." * 20}example.com/{WORD}
      source_title: {WORD}
      image: images/029/yolox.jpg
      image_credit: {WORD}
      comment: |
        A line of `{CODE}`, **{WORD}** and https://example.com/{WORD}

            {CODE}

        > {WORD}

        - {WORD}
            1. {WORD}

        ![Buildings](images/029/buildings.png)
  other:
    - {{title: عنوان بالعربية, url: https://example.com/arabic, language: ar, comment: هذا تعليق قصير بالعربية.}}
    - {{title: {WORD}, url: https://example.com/last, comment: {WORD}}}
"""
ARABIC = """\
title: عدسة الأسبوع — العدد 1
date: 2024-05-05
language: ar
contents: true
highlights:
  featured: ["قصة عن [العدسات](@lens) تستحق القراءة هذا الأسبوع."]
sections:
  featured:
    - id: lens
      title: كيف تُصقل العدسات
      url: https://example.com/lenses
      source_title: دليل العدسات
      image: images/029/yolox.jpg
      image_credit: المتحف
      comment: |
        تُشكَّل العدسة أولًا، ثم *تُصقل* بعناية.

        > اقتباس قصير.
  papers:
    - {title: A note in English, url: https://example.com/english, language: en, comment: This one is in English.}
"""

Show = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[str]:
    """The address of a headless Chromium, shared by all modules of a worker."""
    executable = find_chromium()
    if executable is None:
        pytest.skip("Chromium is missing: run `python -m playwright install chromium`")
    with serve_chromium(executable) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A connection to Chromium. Closing it closes its windows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.connect(chromium)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def issue_folder(run_folder: Path) -> Callable[[str], Path]:
    """Return the folder of a rendered issue by slug: a sample, `crowded` or `arabic`. Each is rendered once per run."""

    def issue_folder(slug: str) -> Path:
        root = REPOSITORY if slug in SAMPLES else make_once(run_folder / "lens", _write_lens)
        return make_once(run_folder / f"build-{slug}", lambda build: render_issue(root, slug, build)) / slug

    return issue_folder


def _write_lens(root: Path) -> None:
    publication = PUBLICATION.replace("The Weekly Lens", WORD)
    publication += f"about: {WORD}\nlinks: {{subscribe: {{url: 'https://lens.example.org/', title: {WORD}}}}}\n"
    lens = write_publication(root, publication=publication, crowded=CROWDED, arabic=ARABIC)
    shutil.copytree(REPOSITORY / "issues" / "images", lens / "issues" / "images")
    shutil.copytree(REPOSITORY / "templates" / "labels", lens / "templates" / "labels")
    (lens / "templates" / "labels" / "en.yaml").rename(lens / "templates" / "labels" / "ar.yaml")


@pytest.fixture(scope="module")
def window(browser: Browser) -> Page:
    """The window that shows all issues. Opening one per test would double the time."""
    return browser.new_page()


@pytest.fixture
def show(window: Page, issue_folder: Callable[[str], Path]) -> Iterator[Show]:
    """Show an issue. Requests for other files than the issue and its assets are blocked, and fail the test."""
    strays: list[str] = []

    def show(slug: str, width: int = 760, scheme: str = "light", images: bool = True, file: str = Format.EMAIL) -> Page:
        folder = issue_folder(slug)

        def answer(route: Route) -> None:
            url = route.request.url
            asset = folder.parent / "assets" / Path(urlsplit(url).path).name
            if url == HOME:
                route.fulfill(body=(folder / file).read_bytes(), content_type="text/html; charset=utf-8")
            elif url.startswith("https:") and route.request.resource_type == "image" and asset.is_file():
                route.fulfill(path=asset) if images else route.abort()
            else:
                strays.append(url)
                route.abort()

        window.set_viewport_size({"width": width, "height": 600})
        window.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        window.route("**/*", answer)
        window.goto(HOME)
        if scheme == "outlook":
            window.evaluate("['data-ogsc', 'data-ogsb'].forEach(name => document.body.setAttribute(name, ''))")
        return window

    yield show
    window.goto("about:blank")
    window.unroute_all()
    assert strays == []
