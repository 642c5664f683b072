"""The views of subscribers and of deliverability in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from newsletter.subscribers import admin
from newsletter.text.email_address import check_address
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace
from tests.dashboard.browsing import assert_accessible, tab_to
from tests.dashboard.previewing import Preview, run_preview, write_lens
from tests.subscribers.people import NOW

pytestmark = pytest.mark.slow

NAMES = ["Ann Lee", "<b>Bob</b> <script>alert(1)</script>", "مريم الصالح", '=HYPERLINK("https://evil.example")', ""]
SCREENS = [(390, "dark"), (390, "light"), (1440, "dark"), (1440, "light")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """The dashboard of a publication with 60 subscribers."""
    root = write_lens(tmp_path_factory.mktemp("subscribers"))
    with open_database(Workspace(root)) as database:
        for number in range(60):
            address = check_address(f"reader{number}@example.org")
            tags = ("early bird", "beta") if number % 2 else ("beta",)
            admin.add(database, address, consent="asked me", name=NAMES[number % 5], tags=tags, now=NOW + number)
    with run_preview(root) as preview:
        yield preview


def open_list(page: Page, preview: Preview, query: str = "") -> None:
    page.goto(f"{preview.url}/subscribers{query}")
    expect(page.locator("#list tbody tr").first).to_be_visible()


def rows(page: Page) -> list[str]:
    return [text.partition("@")[0] for text in page.locator("#list tbody a").all_text_contents()]


def test_searching_the_list(page: Page, preview: Preview) -> None:
    """Typing searches. The search is in the URL. Markup in names is text."""
    open_list(page, preview)
    expect(page.get_by_role("button", name="60 active")).to_be_visible()
    expect(page.locator("#list tbody tr")).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#list tbody tr")).to_have_count(60)
    expect(page.get_by_role("link", name="reader9@example.org")).to_be_focused()
    page.get_by_label("Address or name").fill("bob")
    expect(page.locator("#list-counts")).to_have_text("12 subscribers match: 12 active.")
    expect(page.get_by_text("<b>Bob</b> <script>alert(1)</script>")).to_have_count(12)
    assert page.url.endswith("/subscribers?search=bob")
    page.get_by_label("Address or name").fill("bob reader51@")
    expect(page.locator("#list-counts")).to_have_text("1 subscriber matches: 1 active.")
    page.reload()
    expect(page.get_by_label("Address or name")).to_have_value("bob reader51@")
    expect(page.locator("#list-counts")).to_have_text("1 subscriber matches: 1 active.")
    page.get_by_label("Address or name").fill("nobody")
    expect(page.locator("#list-counts")).to_have_text("No subscriber matches.")


def test_filtering_the_list_by_keyboard(page: Page, preview: Preview) -> None:
    """Tags are added to the filter and removed from it. A filter with an error says what to do."""
    open_list(page, preview)
    page.get_by_text("Tags, languages and dates").focus()
    page.keyboard.press("Enter")
    tab_to(page, "early bird")
    page.keyboard.press("Enter")
    expect(page.locator("#list-counts")).to_have_text("30 subscribers match: 30 active.")
    expect(page.get_by_label("Filter, such as")).to_have_value('tag:"early bird"')
    expect(page.get_by_role("button", name="early bird 30")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="0 bounced").click()
    expect(page.locator("#list-counts")).to_have_text("No subscriber matches.")
    page.get_by_role("button", name="60 active").click()
    expect(page.get_by_label("Filter, such as")).to_have_value('tag:"early bird" state:active')
    page.get_by_role("button", name="early bird 30").click()
    expect(page.get_by_label("Filter, such as")).to_have_value("state:active")
    page.get_by_label("Filter, such as").fill("tga:beta")
    expect(page.get_by_role("alert")).to_contain_text("Unknown condition tga:. Did you mean tag:?")
    expect(page.locator("#list tbody tr")).to_have_count(0)


def test_the_export_has_what_the_list_shows(page: Page, preview: Preview, tmp_path: Path) -> None:
    """The file is downloaded. Formulas are guarded."""
    open_list(page, preview, "?search=reader8@")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    download.value.save_as(tmp_path / "saved.csv")
    text = (tmp_path / "saved.csv").read_text()
    assert download.value.suggested_filename == "subscribers.csv"
    assert text.splitlines()[1].startswith("reader8@example.org,\"'=HYPERLINK(")
    assert text.count("\n") == 2


def test_one_subscriber(page: Page, preview: Preview) -> None:
    """Tags are added and removed, and the person is unsubscribed and erased, after a question."""
    open_list(page, preview, "?search=reader1@")
    page.get_by_role("link", name="reader1@example.org").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("reader1@example.org")
    expect(page.locator(".history")).to_contain_text("Added")
    page.get_by_label("New tag").fill("vip")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text("Added the tag vip")
    expect(page.get_by_label("New tag")).to_be_focused()
    page.keyboard.type("vip")
    page.keyboard.press("Enter")
    expect(page.locator("#view-error")).to_have_text(
        "reader1@example.org already has the tag vip. Nothing was changed."
    )
    page.get_by_role("button", name="Remove the tag vip").click()
    expect(page.locator(".history")).to_contain_text("-vip")
    page.get_by_role("button", name="Unsubscribe …").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator(".state-badge")).to_have_text("active")
    page.get_by_role("button", name="Unsubscribe …").click()
    page.get_by_role("dialog").get_by_role("button", name="Unsubscribe").click()
    expect(page.locator(".state-badge")).to_have_text("unsubscribed")
    expect(page.locator(".history li").first).to_contain_text("by the author, in the dashboard")
    page.get_by_role("button", name="Erase …").click()
    page.get_by_role("dialog").get_by_role("button", name="Erase").click()
    expect(page.get_by_text("reader1@example.org was erased.")).to_be_visible()
    page.reload()
    expect(page.locator("#view-error")).to_contain_text("This subscriber is not on the list any more.")


def test_adding_a_subscriber(page: Page, preview: Preview) -> None:
    """The dialog shows what must be fixed, and asks before it adds an address again."""
    open_list(page, preview)
    page.get_by_role("button", name="Add a subscriber").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("reader2@")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Not a valid email address")
    dialog.get_by_label("Address").fill("reader2@example.org")
    dialog.get_by_label("Where the consent came from").fill("asked me")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("reader2@example.org is already a subscriber")
    with open_database(Workspace(preview.root)) as database:
        admin.remove(database, [check_address("reader3@example.org")], now=NOW)
    dialog.get_by_label("Address").fill("reader3@example.org")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("reader3@example.org is suppressed (erased)")
    dialog.get_by_label("The person has asked to get the newsletter").check()
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("reader3@example.org")


def choose_file(page: Page, preview: Preview, text: str) -> None:
    page.goto(f"{preview.url}/subscribers/import")
    expect(page.locator("#status")).to_have_text("Live")
    page.locator("#file").set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_label("Where the consent came from").fill("moved from Revue")


def test_importing_a_list(page: Page, preview: Preview) -> None:
    """The difference is shown first. It stays when the page is loaded again. Options that change need a new check."""
    text = "email,name,status\nida@example.org,<i>Ida</i>,active\nreader4@example.org,,unsubscribed\nx@,X,active\n"
    choose_file(page, preview, text)
    page.get_by_role("button", name="Show what would change").click()
    result = page.get_by_role("region", name="What would change")
    expect(result).to_contain_text("1 added, 1 no longer active, 1 row skipped.")
    expect(result.get_by_role("table", name="New")).to_contain_text("ida@example.org")
    expect(result.get_by_role("table", name="No longer active")).to_contain_text("active → unsubscribed")
    expect(result).to_contain_text("Line 4: Not a valid email address: x@")
    page.reload()
    expect(result.get_by_role("button", name="Import: 2 changes")).to_be_visible()
    expect(page.get_by_label("Where the consent came from")).to_have_value("moved from Revue")
    page.get_by_label("Tags for everybody").fill("moved")
    expect(page.get_by_text("The options have changed: check again.")).to_be_visible()
    expect(result.get_by_role("button", name="Import: 2 changes")).to_have_count(0)
    page.get_by_label("Tags for everybody").press("Enter")
    expect(result.get_by_role("table", name="No longer active")).to_contain_text("active → unsubscribed, +moved")
    page.get_by_role("button", name="Import: 2 changes").click()
    expect(page.get_by_role("region", name="Imported")).to_contain_text("1 added, 1 no longer active, 1 row skipped.")
    page.get_by_role("link", name="Show the list").click()
    page.get_by_label("Filter, such as").fill("tag:moved")
    expect(page.locator("#list-counts")).to_have_text("2 subscribers match: 1 active, 1 unsubscribed.")
    expect(page.get_by_text("<i>Ida</i>")).to_be_visible()


def test_answers_about_columns_that_are_not_understood(page: Page, preview: Preview) -> None:
    """Each value of a column about consent gets a state, by keyboard. Another column is set by its name."""
    choose_file(page, preview, "Post,abo status\nzoe@example.org,gratis\nyan@example.org,weg\n")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("alert").last).to_contain_text(
        "people.csv: no email address column was found. Select it below."
    )
    page.get_by_text("Columns (2)").click()
    page.get_by_label("Post").select_option("the address")
    page.get_by_role("button", name="Show what would change").click()
    column = page.get_by_role("group", name="Column abo status")
    column.get_by_label("gratis in line 2").select_option("active")
    column.get_by_label("weg in line 3").select_option("unsubscribed")
    page.get_by_role("button", name="Check again").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="What would change")).to_contain_text("2 added.")
    page.get_by_role("button", name="Discard the file").click()
    expect(page.get_by_text("Choose a CSV file")).to_be_visible()


DROP = """text => {
  const data = new DataTransfer();
  data.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
  for (const kind of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
  }
}"""


def test_a_file_is_dropped(page: Page, preview: Preview) -> None:
    """A list is dropped anywhere on the page. One that cannot be read has a message."""
    page.goto(f"{preview.url}/subscribers/import")
    expect(page.locator("#status")).to_have_text("Live")
    page.evaluate(DROP, "\0")
    expect(page.locator("#view-error")).to_contain_text("dropped.csv is not a text file. Save it as CSV in UTF-8.")
    page.evaluate(DROP, "email\nola@example.org\n")
    expect(page.locator("#drop-title")).to_have_text("dropped.csv")
    expect(page.get_by_label("Where the consent came from")).to_be_focused()
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#view-error")).to_contain_text("The source of consent is missing.")
    page.locator("#file").set_input_files(
        {"name": "big.csv", "mimeType": "text/csv", "buffer": b"email\n" + b"x" * 10_000_000}
    )
    expect(page.locator("#drop-title")).to_have_text("big.csv")


def test_deliverability(page: Page, preview: Preview) -> None:
    """The results are in groups, with the DNS records. The settings are read again on request."""
    page.goto(f"{preview.url}/deliverability")
    expect(page.get_by_role("region", name="Mail servers")).to_contain_text("folder does not send messages")
    expect(page.get_by_role("region", name="Suppression list")).to_contain_text(re.compile("suppressed|never mailed"))
    expect(page.get_by_role("region", name="DNS records to publish")).to_contain_text("v=spf1")
    expect(page.get_by_role("region", name="Authentication")).not_to_contain_text("DNS,")
    settings = (preview.root / "newsletter.yaml").read_text()
    (preview.root / "newsletter.yaml").write_text(settings + "typo: 1\n")
    page.get_by_role("button", name="Check the settings again").click()
    expect(page.locator("#view-error")).to_contain_text("typo")
    (preview.root / "newsletter.yaml").write_text(settings)
    page.get_by_role("button", name="Check the settings again").click()
    expect(page.locator("#status")).to_have_text("Checked")
    expect(page.locator("#view-error")).to_be_empty()


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_accessibility(page: Page, preview: Preview, width: int, scheme: str) -> None:
    """axe-core finds nothing in any view, and nothing is wider than the screen."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    open_list(page, preview)
    page.get_by_text("Tags, languages and dates").click()
    page.get_by_role("button", name="60 active").or_(
        page.get_by_role("button", name=re.compile("active"))
    ).first.click()
    expect(page.locator("#list-counts")).to_contain_text("match")
    assert_accessible(page)
    page.get_by_role("button", name="Add a subscriber").click()
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("address")
    assert_accessible(page)
    page.goto(f"{preview.url}/subscribers/6")
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Erase …").click()
    assert_accessible(page)
    long = f"{'x' * 60}@example.org"
    choose_file(
        page,
        preview,
        f"email,name,status,note\n{long},{'y' * 150},active,no\nreader7@example.org,Z,active,no\nx,,active,no\n",
    )
    page.get_by_text("Columns (4)").click()
    assert_accessible(page)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("region", name="What would change")).to_contain_text("1 row skipped")
    assert_accessible(page)
    choose_file(page, preview, f"email,status,gone\n{long},{'z' * 90},yes\n")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("group", name="Column status")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{preview.url}/deliverability")
    expect(page.get_by_role("region", name="Suppression list")).to_be_visible()
    assert_accessible(page)
