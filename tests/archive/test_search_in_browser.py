"""A search in a real browser finds the same issues whether they were indexed in groups or together."""

import random
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions
from newsletter.archive.dev_server import archive_server
from tests.publications import ISSUE, PUBLICATION, write_publication

pytestmark = pytest.mark.slow

# What the issues say. They are indexed in groups of two.
TEXTS = (
    "A hut in the Alpine range, and how people run there. An AI wrote the first line.",
    "Running shoes, installations of art, and a café in the city. It ran in JavaScript.",
    "The cafe has a model of a lens. Its air is clean; the aim is C++ and e-mail for everybody.",
    "Der Weg über die Straße zum Müller ist größer. Ein Modell für Kinder. GitHub hosts 1984 of them.",
    "日本語の記事です。データ構造と拡散モデル。 Kubernetes is written in Go.",
    "서울에서 열린 회의. Привет, новые модели. تقرير عن العدسات والضوء",
    "Citizens of old cities write articles; the quick brown fox jumps over the lazy dog 🦊.",
    "The brown quick fox sleeps. Carpets are installed, generation after generation, at 3.14 degrees.",
    "Nothing of that: only zebras, node.js, state-of-the-art tools and Ωmega. Don’t stop.",
)
ALL = set(range(1, 10))
# The issues that each query must find.
FOUND: dict[str, set[int]] = {
    # Words of one group, of several, and of none.
    "alpine": {1},
    "zebra": {9},
    "model": {3, 4},
    "lens": {3},
    "xyzzyplugh": set(),
    "carp": {8},
    "carpenter": set(),
    "document": set(),
    "alpinist": set(),
    # Short words are whole words.
    "a": {1, 2, 3},
    "ai": {1},
    "AI": {1},
    "go": {5},
    "c++": {3},
    "al": set(),
    "z": set(),
    "art": {2, 9},
    "fox": {7, 8},
    "fo": set(),
    # Beginnings of words, and of parts of compounds.
    "zeb": {9},
    "alpi": {1},
    "kuber": {5},
    "scrip": {2},
    "gith": {4},
    "everyb": {3},
    "installa": {2, 8},
    "installati": {2, 8},
    # Inflected forms.
    "run": {1, 2},
    "running": {1, 2},
    "runs": {1, 2},
    "installed": {2, 8},
    "city": {2, 7},
    "cities": {2, 7},
    "carpet": {8},
    "models": {3, 4},
    # Diacritics and other scripts.
    "café": {2, 3},
    "CAFE": {2, 3},
    "uber": {4},
    "größer": {4},
    "grosser": set(),
    "muller": {4},
    "拡散": {5},
    "データ": {5},
    "構造": {5},
    "Kubernetes構造": {5},
    "散拡": set(),
    "日曜": set(),
    "서울": {6},
    "модели": {6},
    "العدسات": {6},
    "ωmega": {9},
    "🦊": {7},
    "🦆": set(),
    "fox 🦊": {7},
    "fox 🦆": set(),
    "🦆 fox": set(),
    # Several words, of one issue or of different ones.
    "brown fox": {7, 8},
    "alpine run": {1},
    "alpine zebra": set(),
    "alpine xyzzyplugh": set(),
    "model xyzzyplugh": set(),
    "modell kinder": {4},
    "fox generat": {8},
    "the": {1, 2, 3, 7, 8, 9},
    "the a": {1, 2, 3},
    # Phrases.
    '"quick brown fox"': {7},
    '"brown quick"': {8},
    '"fox brown"': set(),
    '"alpine"': {1},
    '"the alpine range"': {1},
    '"alpine zebra"': set(),
    "“quick brown fox”": {7},
    "„brown quick“": {8},
    "«fox brown»": set(),
    # Compounds, numbers and punctuation.
    "e-mail": {3},
    "email": {3},
    "node.js": {9},
    "state-of-the-art": {9},
    "1984": {4},
    "198": {4},
    "3.14": {8},
    "don't": {9},
    "don’t": {9},
    "…": set(),
    "alpine, — run!": {1},
}
# Types a query, and returns the status and the issues that are shown when its results are there.
SEARCH = """query => new Promise(done => {
    const [field, status] = [document.querySelector("#q"), document.querySelector("[role=status]")];
    new MutationObserver((_, observer) => {
        if (status.textContent === field.form.dataset.searching) return;
        observer.disconnect();
        const links = [...document.querySelectorAll(".results a")];
        done([status.textContent, links.map(link => new URL(link.href).pathname)]);
    }).observe(status, { childList: true });
    field.value = query;
    field.form.requestSubmit();
})"""


class Searches(NamedTuple):
    """Searches in the archive that was indexed together, and in the one that was indexed in groups."""

    whole: Page
    grouped: Page


class Found(NamedTuple):
    """The status of a search, and the numbers of the issues that it found."""

    status: str
    issues: set[int]


def search(page: Page, query: str) -> Found:
    """Search on a search page that is open."""
    status, paths = page.evaluate(SEARCH, query)
    return Found(status, {int(path.strip("/").partition("/")[0]) for path in paths})


def write_issues(root: Path, texts: Sequence[str]) -> None:
    """Write a publication with an issue for each text."""
    issues = {
        f"_{number}": ISSUE[: ISSUE.index("preheader")]
        .replace("2024-05-05", f"2024-05-{number:02}")
        .replace("The Weekly Lens — Issue 1", f"Number {number}")
        .replace("number: 1", f"number: {number}")
        + f"sections:\n  featured:\n    - title: Entry\n      url: https://example.com/\n      comment: {text!r}\n"
        for number, text in enumerate(texts, 1)
    }
    write_publication(root, publication=PUBLICATION + "site: {cards: false}\n", **issues)


@pytest.fixture(scope="module")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication of nine issues, and its archive, indexed together and in groups of two."""
    root = tmp_path_factory.mktemp("searches")
    write_issues(root, TEXTS)
    for folder, size in (("whole", 500), ("grouped", 2)):
        assert build_archive(root, root / folder, BuildOptions(search_group=size), lambda *_: None).published
    return root


@contextmanager
def search_page(archive: Path, browser: Browser) -> Iterator[Page]:
    """Serve an archive, and open its search page."""
    with ExitStack() as stack:
        server = archive_server(archive, "/", 0)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.stop)
        page = browser.new_page()
        stack.callback(page.close)
        page.goto(f"{server.address}search/")
        yield page


@pytest.fixture(scope="module")
def searches(publication: Path, browser: Browser) -> Iterator[Searches]:
    """The open search pages of both archives."""
    with ExitStack() as stack:
        yield Searches(*[stack.enter_context(search_page(publication / name, browser)) for name in Searches._fields])


def test_hard_queries_find_the_issues_that_have_all_words(searches: Searches) -> None:
    """Beginnings of words, inflected forms, phrases, other scripts and words of no issue find the same in both."""
    expected = {query: (issues, issues) for query, issues in FOUND.items()}
    found = {query: (search(searches.whole, query).issues, search(searches.grouped, query).issues) for query in FOUND}
    assert found == expected


def test_words_and_beginnings_of_the_texts_find_their_issues(searches: Searches) -> None:
    """A word of the texts finds the issues with it. Beginnings and pairs of words find the same in both archives."""
    chance = random.Random(17)
    tokens = [{word.strip(".,:;").lower() for word in text.split()} for text in TEXTS]
    tokens = [{word for word in some if re.fullmatch(r"[^\W\d_\u3040-\u9fff]+", word)} for some in tokens]
    every = sorted(set().union(*tokens))
    for word in chance.sample(every, 30):
        number = chance.choice(range(1, len(word) + 1))
        for query in (word, word[:number], f"{word} {chance.choice(every)}"):
            both = [search(page, query) for page in searches]
            assert both[0] == both[1], query
            if query == word:
                having = {number for number, some in enumerate(tokens, 1) if word in some}
                assert having <= both[1].issues, query


def test_an_older_search_does_not_replace_a_newer_one(searches: Searches, browser: Browser) -> None:
    """If the texts of an older query arrive after those of a newer one, the newer one's results and status stay."""
    held: list[Route] = []
    page = browser.new_page()
    page.route("**/fragment/**", lambda route: route.continue_() if held else held.append(route))
    page.goto(searches.grouped.url.partition("?")[0])
    with page.expect_request("**/fragment/**"):
        page.locator("#q").fill("zebra")
    newer = search(page, "lens")
    assert newer == Found("Issues found: 1", {3})
    with page.expect_request_finished(lambda request: request.url == held[0].request.url):
        held[0].continue_()
    # A search takes the same way as the text of the older query, after it.
    page.evaluate(
        "async () => (await (await import(document.forms[0].dataset.index)).search('model')).results[0].data()"
    )
    assert page.inner_text("[role=status]") == newer.status
    assert page.locator(".results .where").all_inner_texts() == ["Number 3"]
    page.close()


def test_a_search_that_fails_shows_no_results_of_another(searches: Searches, browser: Browser) -> None:
    """If the texts of a query cannot be loaded, the results of the query before are removed."""
    page = browser.new_page()
    page.goto(searches.grouped.url.partition("?")[0])
    assert search(page, "lens").issues == {3}
    page.route("**/fragment/**", lambda route: route.abort())
    assert search(page, "zebra") == Found("The search could not be loaded. Reload the page to try again.", set())
    page.close()


def test_a_search_after_a_build_uses_the_new_index(tmp_path: Path, browser: Browser) -> None:
    """The page was open during the build, which gave the parts of the index other names."""
    write_issues(tmp_path, TEXTS)
    assert build_archive(tmp_path, tmp_path / "site", BuildOptions(), lambda *_: None).published
    with search_page(tmp_path / "site", browser) as page:
        assert search(page, "lens").issues == {3}
        write_issues(tmp_path, ["A camel.", *TEXTS[1:]])
        assert build_archive(tmp_path, tmp_path / "site", BuildOptions(), lambda *_: None).published
        assert search(page, "camel").issues == {1}
        assert search(page, "zebra").issues == {9}
        page.route("**/pagefind-entry.json*", lambda route: route.abort())
        assert search(page, "alpine").status == "The search could not be loaded. Reload the page to try again."


def test_more_results_keep_the_focus(tmp_path: Path, browser: Browser) -> None:
    """The button stays while results are loaded, and shows each once. If they cannot be loaded, the status says so."""
    write_issues(tmp_path, ["A camel."] * 24)
    assert build_archive(tmp_path, tmp_path / "site", BuildOptions(), lambda *_: None).published
    with search_page(tmp_path / "site", browser) as page:
        assert len(search(page, "camel").issues) == 10
        more, links = page.get_by_role("button", name="More results"), page.locator(".results a")
        more.focus()
        page.evaluate("button => (button.click(), button.click())", more.element_handle())
        expect(links).to_have_count(20)
        assert len({link.get_attribute("href") for link in links.all()}) == 20
        expect(more).to_be_focused()
        page.route("**/fragment/**", lambda route: route.abort())
        more.press("Enter")
        expect(page.get_by_role("status")).to_have_text("The search could not be loaded. Reload the page to try again.")
        expect(more).to_be_focused()
