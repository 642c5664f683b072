"""The public pages in a real browser: accessible, usable by keyboard, loading nothing from other sites."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions
from newsletter.database.states import SubscriberState
from newsletter.mail.tokens import Purpose
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.web.serving import DELIVERY, Pages, link, served, text_of

pytestmark = pytest.mark.slow

LONG = "Donaudampfschiff" * 6
ANN = f"{'ann.' * 14}ann@{'long-' * 10}host.example.org"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages of a publication with long words, and a subscriber with a long address."""
    delivery = DELIVERY.replace("papers", LONG) + "subscribe: {fields: [name, interests]}\n"
    with served(tmp_path_factory.mktemp("pages"), PUBLICATION.replace("The Weekly Lens", LONG) + delivery) as pages:
        pages.subscribed(ANN)
        yield pages


@pytest.fixture
def page(browser: Browser, pages: Pages) -> Iterator[Page]:
    """A page whose console must stay empty, and that may load nothing from other sites."""
    home = pages.server.url
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=home)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith((home, "data:")) else complaints.append(sent.url))
    yield page
    context.close()
    assert [text for text in complaints if "the server responded with a status of 4" not in text] == []


def _paths(pages: Pages) -> dict[str, str]:
    now = int(pages.clock.now)
    tokens = {purpose: pages.token(purpose, ANN, issued_at=now) for purpose in Purpose}
    return {
        "subscribe": "subscribe",
        "confirm": f"confirm/{tokens[Purpose.CONFIRM]}",
        "unsubscribe": f"unsubscribe/{tokens[Purpose.UNSUBSCRIBE]}",
        "preferences": f"preferences/{tokens[Purpose.PREFERENCES]}",
        "preferences, from an issue": f"preferences/{pages.token(Purpose.PREFERENCES, ANN)}",
        "erase": f"erase/{tokens[Purpose.ERASE]}",
        "unsubscribe by address": "unsubscribe",
        "broken": "confirm/none",
        "broken, to unsubscribe": "unsubscribe/none",
        "missing": "nothing",
    }


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 390, "light"), ("ja", 390, "dark"), ("ja", 1280, "light"), ("en", 1280, "dark")],
)
def test_every_page_is_accessible(page: Page, pages: Pages, language: str, width: int, scheme: str) -> None:
    """axe-core finds no violation, no page is wider than its window, and its language is declared."""
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_extra_http_headers({"Accept-Language": language})
    axe = Axe()
    for kind, path in _paths(pages).items():
        page.goto(path)
        results = axe.run(page)
        assert results.violations_count == 0, f"{kind}: {results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, kind
        assert page.locator("html").get_attribute("lang") == language


def test_an_error_of_the_name_is_announced_at_its_field(page: Page, pages: Pages) -> None:
    """The page stays accessible and keeps what was typed and selected."""
    page.goto("subscribe")
    page.get_by_label("Your email address").fill("dan@example.org")
    page.get_by_label("Your name").fill("www.example.org")
    page.get_by_label("tools").check()
    page.get_by_role("button").click()
    page.get_by_role("alert").wait_for()
    expect(page.get_by_label("Your name")).to_have_accessible_description(
        "Enter a name of at most 80 characters, without links."
    )
    assert page.get_by_label("Your email address").input_value() == "dan@example.org"
    assert page.get_by_label("tools").is_checked()
    assert Axe().run(page).violations_count == 0


@pytest.mark.parametrize("path", ["subscribe", "unsubscribe/none"])
def test_an_error_is_announced_at_its_field(page: Page, pages: Pages, path: str) -> None:
    """An address that the browser accepts and mail cannot reach is an error at the field; the page stays accessible."""
    page.goto(path)
    page.get_by_label("Your email address").fill("ann@localhost")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Your email address").input_value() == "ann@localhost"
    assert Axe().run(page).violations_count == 0


def test_subscribing_and_unsubscribing_work_by_keyboard(page: Page, pages: Pages) -> None:
    """The form and both buttons work without a mouse. Tab never reaches the hidden field."""
    page.goto("subscribe")
    page.get_by_label("Your email address").focus()
    page.keyboard.type("bob@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("Bob")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Check your inbox").wait_for()
    page.goto(link(text_of(pages.next_mail())))
    assert page.get_by_label("tools").is_checked()
    page.get_by_label("Your name").press("End")
    page.keyboard.type("by")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="You’re subscribed").wait_for()
    found = pages.subscriber("bob@example.org")
    assert found
    assert (found.name, found.tags) == ("Bobby", ("tools",))
    page.goto("unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE, "bob@example.org")[:-1])
    page.get_by_label("Your email address").focus()
    page.keyboard.type("bob@example.org")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Request received").wait_for()
    page.goto(link(text_of(pages.next_mail()), "unsubscribe"))
    page.get_by_role("button", name="Unsubscribe").press("Enter")
    page.get_by_role("heading", name="You’re unsubscribed").wait_for()
    assert pages.state("bob@example.org") is SubscriberState.UNSUBSCRIBED


def test_the_preferences_begin_with_unsubscribing(page: Page, pages: Pages) -> None:
    """The first Tab in the content reaches the link, and Enter opens the page with the button."""
    pages.subscribed("eve@example.org")
    page.goto("preferences/" + pages.token(Purpose.PREFERENCES, "eve@example.org"))
    assert page.locator("main :is(a, button, input, select)").first.inner_text() == "Unsubscribe"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Unsubscribe"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Unsubscribe eve@example.org?").wait_for()


@pytest.mark.parametrize("pages_host", ["lens.example.org", "pages.example.net"])
def test_the_form_of_the_archive_subscribes_without_scripts(browser: Browser, tmp_path: Path, pages_host: str) -> None:
    """The archive's policy allows it to post to the pages on the same or another host. Tab reaches only its fields."""
    publication = PUBLICATION + DELIVERY.replace("{", f"{{pages_url: 'https://{pages_host}/', ", 1)
    root, archive = write_publication(tmp_path / "lens", publication=publication, _1=ISSUE), tmp_path / "site"
    assert build_archive(root, archive, BuildOptions(), lambda *_: None).published
    with served(root, publication, archive=archive) as pages:
        context = browser.new_context(java_script_enabled=False)

        def answer(route: Route) -> None:
            parts = urlsplit(route.request.url)
            route.fulfill(response=route.fetch(url=f"http://127.0.0.1:{pages.port}{parts.path}?{parts.query}"))

        context.route("**/*", answer)
        page = context.new_page()
        page.goto("https://lens.example.org/1/")
        page.get_by_label("Your email address").focus()
        page.keyboard.type("ann@example.org")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Check your inbox").wait_for()
        assert urlsplit(page.url).netloc == pages_host
        assert pages.state() is SubscriberState.PENDING
        context.unroute_all(behavior="wait")
        context.close()
