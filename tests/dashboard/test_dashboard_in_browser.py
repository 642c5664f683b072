"""The dashboard in a real browser, with a real server and real files."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, expect

from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import ARTICLES, FEATURED, OTHER, USE_CASES
from tests.dashboard.browsing import email, expect_status, open_page, titles
from tests.dashboard.previewing import Preview, issue_text, run_preview, write_lens

pytestmark = pytest.mark.slow

VIEWS = ["email", "text", "medium", "web", "inbox", "checks", "source"]


# Live updates


def test_an_update_keeps_scroll_position_and_focus(page: Page, preview: Preview) -> None:
    """Saving the file updates all views. Unchanged nodes, the scroll position and focus stay."""
    story = email(page).locator("h3").nth(10)
    story.scroll_into_view_if_needed()
    before = story.evaluate("each => { window.kept = each; return each.getBoundingClientRect().top }")
    page.locator("#tab-email").focus()
    preview.write(issue_text().replace("Story 2'", "Another story'"))
    expect(email(page).locator("h3").nth(1)).to_have_text("Another story")
    assert story.evaluate("each => [window.kept === each, each.getBoundingClientRect().top]") == [True, before]
    expect(page.locator("#tab-email")).to_be_focused()
    expect_status(page, "Updated at")
    page.locator("#tab-text").click()
    expect(page.locator("#text-part")).to_contain_text("Another story")
    page.locator("#tab-source").click()
    expect(page.locator("#source-lines")).to_contain_text("title: 'Another story'")
    page.locator("#tab-medium").click()
    expect(page.frame_locator("#story-frame").locator("strong", has_text="Another story")).to_be_visible()
    page.locator("#tab-web").click()
    web = page.frame_locator("#page-frame")
    expect(web.locator("h3", has_text="Another story")).to_be_visible()
    expect(web.locator("style").first).to_be_attached()


def test_twenty_changes_in_a_row(page: Page, preview: Preview) -> None:
    """Nineteen changes during an update cause few requests, and the last change is shown."""
    requests: list[str] = []

    def answer(route: Route) -> None:
        requests.append(route.request.url)
        for number in range(2, 21) if len(requests) == 1 else ():
            preview.write(issue_text().replace("Issue 2", f"Issue {number}."))
        route.continue_()

    page.route("**/api/issues/lens?*", answer)
    preview.write(issue_text().replace("Issue 2", "Issue 1."))
    expect(email(page).locator("h1")).to_have_text("Issue 20.")
    assert len(requests) <= 4


def test_hidden_tabs(context: BrowserContext, preview: Preview) -> None:
    """A hidden page keeps no connection, so that more pages can open. It updates when it is visible again."""
    set_hidden = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    set_hidden += "document.dispatchEvent(new Event('visibilitychange')) }"
    first = context.new_page()
    for page in (first, *(context.new_page() for _ in range(7))):
        open_page(page, preview)
        page.evaluate(set_hidden, True)
    preview.write(issue_text().replace("Issue 2", "Issue 8"))
    first.evaluate(set_hidden, False)
    expect(email(first).locator("h1")).to_have_text("Issue 8")


def test_the_list_of_issues(page: Page, preview: Preview) -> None:
    """The list follows files that are renamed, edited and deleted. The open issue stays chosen."""
    issues, options = page.locator("#issue"), page.locator("#issue option")
    first = preview.file.with_name("first.yaml")
    text = first.read_text()
    try:
        expect(options).to_have_text(["Issue 2 (draft)", "Issue 1 (draft)"])
        first.with_name("newest.yaml").write_text(text.replace("Issue 1", "Issue  3").replace("05-05", "05-19"))
        expect(options).to_have_text(["Issue 3 (draft)", "Issue 2 (draft)", "Issue 1 (draft)"])
        expect(issues).to_have_value("lens")
        first.rename(first.with_name("renamed.yaml"))
        expect(options.last).to_have_attribute("value", "renamed")
        first.with_name("newest.yaml").unlink()
        expect(options).to_have_text(["Issue 2 (draft)", "Issue 1 (draft)"])
        expect(issues).to_have_value("lens")
        expect(page.locator("#newer")).to_be_disabled()
    finally:
        for name in ("newest.yaml", "renamed.yaml"):
            first.with_name(name).unlink(missing_ok=True)
        first.write_text(text)


def test_an_issue_that_cannot_be_shown(page: Page, preview: Preview) -> None:
    """The page shows its error and no other issue. Temporary files of editors are not listed."""
    folder = preview.file.parent
    (folder / ".#lens.yaml").symlink_to("somebody@machine.1")
    (folder / "latin.yaml").write_bytes(b"title: caf\xe9\n")
    (folder / "My Issue.yaml").write_text(issue_text())
    try:
        expect(page.locator("#issue option")).to_have_text(
            ["My Issue (cannot be read)", "latin (cannot be read)", "Issue 2 (draft)", "Issue 1 (draft)"]
        )
        for slug, error in {
            "latin": "not valid UTF-8",
            "My Issue": "My Issue is not a valid slug. Rename the file",
        }.items():
            page.locator("#issue").select_option(slug)
            expect(page.locator("#issue-error")).to_contain_text(error)
            expect(page.locator("#issue")).to_have_value(slug)
            expect(email(page).locator("h1")).to_have_text("This issue cannot be shown")
            expect(page.locator(".entry")).to_have_count(0)
        page.locator("#tab-checks").click()
        expect(page.locator("#panel-checks")).to_contain_text("Not checked")
        page.goto(f"{preview.url}/issues/lenz")
        expect(page.locator("#error")).to_have_text(re.compile("The issue lenz does not exist .* Did you mean lens?"))
        expect(page.locator("#undo")).to_be_hidden()
    finally:
        for path in ((folder / name) for name in (".#lens.yaml", "latin.yaml", "My Issue.yaml")):
            path.unlink()


def test_a_frame_that_followed_a_link(context: BrowserContext, preview: Preview) -> None:
    """If a frame loads another page, the next update fills it again, and shortcuts work in it."""
    open_page(page := context.new_page(), preview)
    with page.expect_event("framenavigated"):
        page.frames[1].evaluate("location.href = '/page/dashboard.css'")
    preview.write(issue_text().replace("Issue 2", "Issue 7"))
    expect(email(page).locator("h1")).to_have_text("Issue 7")
    email(page).locator("h1").click()
    page.keyboard.press("w")
    expect(page.get_by_label("Phone")).to_be_checked()


def test_an_invalid_file(page: Page, preview: Preview) -> None:
    """The draft is shown with placeholders. One line above it names the error, and opens to show its location."""
    preview.write(issue_text().replace("title: 'Story 2'", "titel: 'Story 2'").replace("Story 3'", "Story three'"))
    error = page.locator("#issue-error")
    expect(error.locator("summary")).to_have_text("2 things to fix title is missing …")
    expect(email(page).locator("h3").nth(1)).to_have_text("Title is missing")
    expect(email(page).locator("h3").nth(2)).to_have_text("Story three")
    page.locator("#tab-medium").click()
    expect(page.frame_locator("#story-frame").locator("mark")).to_have_text("Title is missing")
    expect(page.get_by_role("button", name="Copy for Medium")).to_be_disabled()
    page.locator("#tab-web").click()
    expect(page.frame_locator("#page-frame").locator("h3 mark")).to_have_text("Title is missing")
    expect(error.locator("li").first).to_be_hidden()
    error.locator("summary").click()
    expect(error).to_contain_text("Did you mean title?")
    expect(error.locator(".where").first).to_contain_text(re.compile(r"issues/lens.yaml:\d+:\d+"))
    preview.write(issue_text().replace("title: 'Story 2'", "titel: 'Story 2'"))
    expect(email(page).locator("h3").nth(2)).to_have_text("Story 3")
    error.locator("li", has_text="unknown key").get_by_role("button").click()
    expect(page.locator("#source-lines li.has-problem.current")).to_contain_text("titel: 'Story 2'")
    preview.write(issue_text().replace("'Story 5'", "'Story 5"))
    expect(error.locator("summary")).to_contain_text("invalid YAML")
    expect(email(page).locator("h3").nth(4)).to_have_text("Title is missing")
    expect(email(page).locator("h3").nth(5)).to_have_text("Story 6")
    preview.write(issue_text())
    expect(error).to_be_hidden()
    expect(email(page).locator("mark")).to_have_count(0)


def test_what_is_missing_is_a_placeholder(page: Page, preview: Preview) -> None:
    """A missing title, URL, comment, date and image are visible in the preview."""
    text = issue_text().replace("image: lens.png", "image: missing.png").replace("https://example.org/2", "", 1)
    text = text.replace("'Story 3'", "''").replace("date: 2024-05-12", "date:")
    head, _, rest = text.partition("    # Found on day 4.")
    entry, _, after = rest.partition("    # Found on day 5.")
    preview.write(
        head + "    # Found on day 4." + entry.partition("      comment")[0] + "    # Found on day 5." + after
    )
    expect(page.locator("#issue-error summary")).to_contain_text("5 things to fix")
    marks = email(page).locator("mark")
    expect(marks).to_have_text(["Date is missing", "URL is missing", "Title is missing", "Comment is missing"])
    image = email(page).locator("img").first
    assert image.evaluate("async each => { await each.decode(); return each.src }").endswith("/page/missing-image.svg")


def test_an_issue_is_deleted_and_created_again(page: Page, preview: Preview) -> None:
    """While the file does not exist, the page says so and shows no old version."""
    preview.file.unlink()
    expect(page.locator("#error")).to_contain_text("The issue lens does not exist")
    expect(email(page).locator("h1")).to_have_text("This issue does not exist")
    preview.write(issue_text())
    expect(page.locator("#error")).to_be_hidden()
    expect(email(page).locator("h1")).to_have_text("Issue 2")


def test_switching_issues(page: Page, preview: Preview) -> None:
    """The issue is in the URL, and the browser's back button works."""
    page.locator("#issue").select_option("first")
    expect(email(page).locator("h1")).to_have_text("Issue 1")
    assert page.url == f"{preview.url}/issues/first#email"
    page.keyboard.press("]")
    expect(email(page).locator("h1")).to_have_text("Issue 2")
    page.go_back()
    expect(email(page).locator("h1")).to_have_text("Issue 1")


def test_an_empty_issue(page: Page, preview: Preview) -> None:
    """An issue without entries says what to do next. Its blank entry is filled in, one field after another."""
    blank = preview.root / "issues" / "blank.yaml"
    blank.write_text(
        "title: Blank\ndate: 2024-05-19\nsections:\n  papers:\n    - title:\n      url:\n      comment: |\n"
    )
    page.locator("#issue option[value=blank]").wait_for(state="attached")
    page.locator("#issue").select_option("blank")
    expect(email(page).locator("h3")).to_have_text(["Your first entry"])
    expect(page.locator("#outline .next")).to_contain_text("Paste a link above")
    expect(page.locator("#issue-error")).to_be_hidden()
    page.locator("#tab-medium").click()
    expect(page.get_by_role("button", name="Copy for Medium")).to_be_disabled()
    page.locator("#tab-email").click()
    expect(page.locator("#outline .entry")).to_have_count(0)
    page.get_by_role("button", name="New entry in Papers").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Filled in")
    page.keyboard.press("Control+Enter")
    expect_status(page, "Saved")
    expect(email(page).locator("h3")).to_have_text("Filled in")
    expect(email(page).locator("mark")).to_have_text(["URL is missing", "Comment is missing"])
    expect(page.locator("#issue-error summary")).to_contain_text("2 things to fix")
    blank.write_text(blank.read_text().replace("url:", "url: https://example.org/blank").replace("|\n", "By hand.\n"))
    expect(email(page).locator("mark")).to_have_count(0)
    expect(page.locator("#issue-error")).to_be_hidden()
    blank.unlink()


def test_display_options(page: Page) -> None:
    """Width, colours and images change as selected, and are kept when the page is reloaded."""
    body = email(page).locator(".page")
    widths = {"Phone": 390, "Tablet": 768, "Desktop": 1020}
    for name, width in widths.items():
        page.get_by_label(name, exact=True).check()
        assert body.evaluate("() => innerWidth") == pytest.approx(width, abs=60 if name == "Desktop" else 0)
    page.get_by_label("Dark", exact=True).check()
    expect(body).to_have_css("background-color", "rgb(17, 19, 21)")
    page.get_by_label("Gmail dark").check()
    expect(body).to_have_css("background-color", "rgb(244, 242, 236)")
    assert "invert" in body.evaluate("() => getComputedStyle(document.documentElement).filter")
    image = email(page).locator("img").first
    assert image.evaluate("async each => { await each.decode(); return each.naturalWidth }") == 1056
    page.get_by_label("Images", exact=True).uncheck()
    expect(image).to_have_attribute("src", "")
    page.reload()
    expect(page.get_by_label("Gmail dark")).to_be_checked()
    expect(image).to_have_attribute("src", "")


def test_where_gmail_clips(page: Page, preview: Preview) -> None:
    """The page shows the size of the HTML, and above 102,000 bytes a line where Gmail clips it."""
    expect(page.locator("#size")).to_contain_text("of 102 KB (Gmail’s limit)")
    assert email(page).locator("[data-clip]").count() == 0
    preview.write(issue_text().replace("A lens is ground", "A lens is ground, " + "very finely ground, " * 80))
    expect(page.locator("#size")).to_contain_text("Gmail clips emails at 102 KB")
    clip = email(page).locator("[data-clip]")
    expect(clip).to_have_count(1)
    line = email(page).locator("[data-preview^=Gmail]")
    top = "each => each.getBoundingClientRect().top"
    assert line.evaluate(top) == pytest.approx(clip.evaluate(top), abs=1)


def test_a_finding_shows_its_entry_and_its_line(page: Page, preview: Preview) -> None:
    """A selected finding shows its lines, marks its entry in the email, and links to the source."""
    text = issue_text().replace("      image: lens.png\n", "")
    preview.write(text)
    number = text[: text.index("image_alt: A lens")].count("\n") + 1
    page.locator("#tab-checks").click()
    found = page.locator(".finding > button", has_text="image_alt")
    found.click()
    expect(found).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".finding .excerpt .current")).to_contain_text("image_alt: A lens")
    marker = email(page).locator("[data-preview=selected]")
    heading = email(page).locator("h3").first
    tops = [each.evaluate("each => each.getBoundingClientRect().top") for each in (marker, heading)]
    assert tops[1] - tops[0] == pytest.approx(8, abs=1)
    page.get_by_role("button", name="Show in the source").click()
    expect(page.locator(f"#line-{number}.current")).to_be_in_viewport()


def test_checks_run_after_edits_and_changes_of_other_files(page: Page, preview: Preview) -> None:
    """The checks run again after an edit in the page and after a change of an image."""
    page.locator("#tab-checks").click()
    checks = page.locator("#panel-checks")
    expect(checks).to_contain_text("No problems found")
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_label("Alternative text").fill("")
    page.get_by_label("Alternative text").press("Enter")
    expect(checks.locator(".finding")).to_contain_text(["image_alt is missing"])
    page.keyboard.press("u")
    expect(checks).to_contain_text("No problems found")
    image = preview.file.with_name("lens.png")
    image.rename(image.with_suffix(".away"))
    expect(checks.locator(".finding")).to_contain_text(["lens.png"])
    image.with_suffix(".away").rename(image)
    expect(checks).to_contain_text("No problems found")


def test_checks_without_findings(page: Page) -> None:
    """If there are no findings, the page says so."""
    page.locator("#tab-checks").click()
    expect(page.locator("#panel-checks")).to_contain_text("No problems found")


def test_an_inbox_without_a_preheader(page: Page, preview: Preview) -> None:
    """The inbox shows sender, subject and preheader, and reports a missing preheader."""
    page.locator("#tab-inbox").click()
    expect(page.locator("#panel-inbox .preheader")).to_have_text(re.compile("Twenty stories"))
    assert page.locator("#panel-inbox .sender").all_inner_texts() == ["The Weekly Lens"] * 2
    preview.write(re.sub("preheader.*\n", "", issue_text()))
    expect(page.locator("#panel-inbox")).to_contain_text("is missing; an inbox shows the first words")


def test_copying_for_medium(page: Page, context: BrowserContext, preview: Preview) -> None:
    """The clipboard contains the story as rich text with hosted images, and as Markdown."""
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=preview.url)
    page.locator("#tab-medium").click()
    page.get_by_role("button", name="Copy for Medium").click()
    expect_status(page, "Copied for Medium")
    clipboard = page.evaluate(
        """async () => { const [item] = await navigator.clipboard.read();
        const text = async type => (await item.getType(type)).text();
        return {types: item.types, html: await text("text/html"), plain: await text("text/plain")} }"""
    )
    assert set(clipboard["types"]) == {"text/html", "text/plain"}
    assert '<img src="https://lens.example.org/assets/' in clipboard["html"]
    assert "<style" not in clipboard["html"]
    assert "# The Weekly Lens — Issue 2" in clipboard["plain"]
    page.get_by_role("button", name="Copy Markdown").click()
    expect_status(page, "Copied as Markdown")
    assert page.evaluate("navigator.clipboard.readText()").startswith("# The Weekly Lens")


# Editing


def test_dragging_an_entry(page: Page, preview: Preview) -> None:
    """Dragging an entry moves it in the file with its comment. No other line changes."""
    before = preview.file.read_text()
    page.locator(".entry[data-section=papers][data-index='0'] .handle").drag_to(
        page.locator(".entry[data-section=papers][data-index='2'] .handle"), target_position={"x": 5, "y": 30}
    )
    expect_status(page, "is now 3 of 14 in Papers")
    assert titles(preview)[:4] == ["Story 4", "Story 5", "Story 3", "Story 6"]
    expect(email(page).locator("h3").nth(4)).to_have_text("Story 3")
    assert sorted(preview.file.read_text().splitlines()) == sorted(before.splitlines())


def test_dragging_into_an_empty_section(page: Page, preview: Preview) -> None:
    """Dropping an entry on a section without entries adds the section to the file."""
    page.locator(".entry[data-section=papers][data-index='0'] .handle").drag_to(
        page.locator("[data-section=use_cases] .none")
    )
    expect_status(page, "is now 1 of 1 in Machine Learning Use Case")
    assert titles(preview, USE_CASES) == ["Story 3"]


def test_a_file_that_changes_during_a_drag(page: Page, preview: Preview) -> None:
    """The entry is not moved, because its position may have changed. The next edit works."""
    page.locator(".entry[data-section=other][data-index='3'] .handle").hover()
    page.mouse.down()
    page.locator(".entry[data-section=other][data-index='0'] .handle").hover()
    shorter = issue_text().partition("    # Found on day 20.")[0]
    preview.write(shorter)
    expect(page.locator("#error")).to_contain_text("The file changed while you were dragging")
    page.mouse.up()
    page.locator(".entry[data-section=featured][data-index='1'] .handle").press("ArrowUp")
    expect_status(page, "“Story 2” is now 1 of 2")
    assert titles(preview, OTHER) == ["Story 17", "Story 18", "Story 19"]


def test_moving_by_keyboard(page: Page, preview: Preview) -> None:
    """Arrow keys move an entry, also into the next section, and focus stays on it. `u` undoes each move."""
    page.locator(".entry[data-section=featured][data-index='1'] .handle").focus()
    page.keyboard.press("ArrowUp")
    expect_status(page, "“Story 2” is now 1 of 2")
    assert titles(preview, FEATURED) == ["Story 2", "Story 1"]
    expect(page.locator(".entry[data-section=featured][data-index='0'] .handle")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect_status(page, "“Story 2” is now 2 of 2")
    page.keyboard.press("ArrowDown")
    expect_status(page, "“Story 2” is now 1 of 1 in Machine Learning Use Case")
    assert titles(preview, USE_CASES) == ["Story 2"]
    page.keyboard.press("u")
    expect_status(page, "Undone")
    page.keyboard.press("u")
    featured = page.locator(".entry[data-section=featured] .select b")
    expect(featured).to_have_text(["Story 2", "Story 1"])
    page.keyboard.press("u")
    expect(featured).to_have_text(["Story 1", "Story 2"])
    assert preview.file.read_text() == issue_text()


def test_editing_an_entry(page: Page, preview: Preview) -> None:
    """Edits of title, comment and alternative text keep quotes and block styles, and change nothing else."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_be_focused()
    page.get_by_role("textbox", name="Title", exact=True).fill("How it's done")
    page.get_by_label("Comment (Markdown)").fill("Short.\n\nAnd *two*.")
    page.get_by_label("Alternative text").fill("A lens: ground")
    page.keyboard.press("Control+Enter")
    expect_status(page, "Saved")
    expect(email(page).locator("h3").first).to_have_text("How it's done")
    expect(page.get_by_role("button", name="Edit “How it's done”")).to_be_focused()
    text = issue_text().replace("'Story 1'", "'How it''s done'", 1).replace("alt: A lens\n", 'alt: "A lens: ground"\n')
    head, _, rest = text.partition("comment: |\n")
    expected = head + "comment: |\n        Short.\n\n        And *two*.\n" + rest.split("\n", 2)[2]
    assert preview.file.read_text() == expected


def test_unchanged_fields_follow_the_file(page: Page, preview: Preview) -> None:
    """Open fields without changes show the new text of the file, and can then be edited and saved."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    title = page.get_by_role("textbox", name="Title", exact=True)
    title.fill("Story 1!")
    title.fill("Story 1")
    preview.write(issue_text().replace("'Story 1'", "'From an editor'").replace("It is story 1.", "It is new."))
    expect(title).to_have_value("From an editor")
    expect(title).to_be_focused()
    expect(page.get_by_label("Comment (Markdown)")).to_have_value(re.compile("It is new."))
    title.fill("From the page")
    page.keyboard.press("Enter")
    expect_status(page, "Saved")
    assert titles(preview, FEATURED)[0] == "From the page"
    assert "It is new." in preview.file.read_text()


def test_the_back_button_with_unsaved_changes(page: Page, preview: Preview) -> None:
    """The back button does not discard unsaved changes, and the URL stays that of the issue."""
    page.locator("#issue").select_option("first")
    expect(email(page).locator("h1")).to_have_text("Issue 1")
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Mine")
    page.go_back()
    error = page.locator("#error")
    expect(error).to_have_text("“Story 1” has unsaved changes. Save them, or discard them with Esc.")
    expect(page).to_have_url(f"{preview.url}/issues/first#email")


def test_unsaved_changes(page: Page, preview: Preview) -> None:
    """Opening another issue or entry does not discard unsaved changes. Escape discards them."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("button", name="Edit “Story 2”").click()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_have_value("Story 2")
    page.get_by_role("textbox", name="Title", exact=True).fill("Another")
    page.locator("#issue").select_option("first")
    expect(page.locator("#error")).to_contain_text("“Story 2” has unsaved changes")
    expect(page.locator("#issue")).to_have_value("lens")
    page.get_by_role("button", name="Edit “Story 1”").click()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_have_value("Another")
    page.keyboard.press("Escape")
    expect(page.locator(".fields")).to_have_count(0)
    assert preview.file.read_text() == issue_text()


def test_pasting_a_link(page: Page, context: BrowserContext, preview: Preview) -> None:
    """A link pasted anywhere becomes an entry and its fields open. A page that cannot be read is added on request."""
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=preview.url)
    page.evaluate("navigator.clipboard.writeText('http://127.0.0.1/new')")
    page.locator("#section").select_option("articles")
    page.locator("#tab-email").focus()
    page.keyboard.press("ControlOrMeta+v")
    expect(page.locator("#error")).to_contain_text("nothing was added: 127.0.0.1 resolves to the private address")
    page.get_by_role("button", name="Add only the link").click()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_be_focused()
    expect(page.locator("#error")).to_be_empty()
    draft = read_draft(preview.file).draft
    assert [entry.url for entry in draft.sections[ARTICLES]] == ["http://127.0.0.1/new"]
    page.keyboard.press("Escape")
    page.evaluate("navigator.clipboard.writeText('http://127.0.0.1/another')")
    email(page).locator("h1").click()
    page.keyboard.press("ControlOrMeta+v")
    page.get_by_role("button", name="Add only the link").click()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_be_focused()
    assert read_draft(preview.file).draft.sections[ARTICLES][1].url == "http://127.0.0.1/another"
    page.keyboard.press("Escape")
    page.locator("#url").fill("http://127.0.0.1/another")
    page.keyboard.press("Enter")
    expect(page.locator("#error")).to_contain_text("The link is already used: ")
    page.get_by_role("button", name="Add it again").click()
    page.get_by_role("button", name="Add only the link").click()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_be_focused()
    assert [entry.url for entry in read_draft(preview.file).draft.sections[ARTICLES]].count(
        "http://127.0.0.1/another"
    ) == 2
    page.keyboard.press("Escape")
    page.locator("#url").fill("ftp://example.org/")
    page.keyboard.press("Enter")
    expect(page.locator("#error")).to_contain_text("http")


@pytest.mark.parametrize("mine", [True, False])
def test_a_conflict(page: Page, preview: Preview, mine: bool) -> None:
    """If a field changed on disk too, nothing is overwritten: the author sees both versions and chooses."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Mine")
    theirs = issue_text().replace("'Story 1'", "'Theirs'").replace("'Story 2'", "'Also theirs'")
    preview.write(theirs)
    expect(email(page).locator("h3").nth(1)).to_have_text("Also theirs")
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_have_value("Mine")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tr.changed")).to_have_text(re.compile("'Theirs'.*'Mine'"))
    expect(dialog.locator("mark")).to_have_count(2)
    assert preview.file.read_text() == theirs
    dialog.get_by_role("button", name="Save my version" if mine else "Keep the version on disk").click()
    expect(dialog).to_be_hidden()
    expect_status(page, "Your version was saved" if mine else "The version on disk was kept")
    assert preview.file.read_text() == (theirs.replace("'Theirs'", "'Mine'") if mine else theirs)


def test_keyboard_alone(page: Page, preview: Preview) -> None:
    """Everything up to a saved edit works without a mouse."""
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the issue")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator("#tab-email")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-text")).to_be_visible()
    page.keyboard.press("End")
    expect(page.locator("#panel-source")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("w")
    expect(page.get_by_label("Phone")).to_be_checked()
    page.keyboard.press("c")
    expect(page.get_by_label("Dark", exact=True)).to_be_checked()
    page.keyboard.press("i")
    expect(page.get_by_label("Images", exact=True)).not_to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(email(page).locator("[data-preview=selected]")).to_be_attached()
    page.keyboard.press("Alt+ArrowUp")
    expect_status(page, "“Story 2” is now 1 of 2")
    page.keyboard.press("e")
    page.keyboard.type("!")
    page.keyboard.press("Control+Enter")
    expect_status(page, "Saved")
    assert titles(preview, FEATURED)[0] in ("Story 2!", "!Story 2")
    page.keyboard.press("d")
    expect(page.locator("#entries")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#url")).to_be_focused()
    page.keyboard.type("w")
    expect(page.get_by_label("Phone")).to_be_checked()


def test_shortcuts_can_be_turned_off(page: Page) -> None:
    """Single-key shortcuts can be turned off, for people who use speech input (WCAG 2.2, 2.1.4)."""
    page.keyboard.press("?")
    page.get_by_label("Use shortcuts without Ctrl or Alt").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.get_by_label("Desktop")).to_be_checked()


def test_buttons_under_the_mouse(page: Page) -> None:
    """A button keeps its colours under the mouse, so that its text stays readable."""
    page.locator("#tab-medium").click()
    button = page.get_by_role("button", name="Copy for Medium")
    button.hover()
    expect(button).to_have_css("background-color", "rgb(31, 35, 40)")
    expect(button).to_have_css("color", "rgb(255, 255, 255)")


@pytest.mark.parametrize("width", [390, 900, 1440])
def test_a_long_status(page: Page, width: int) -> None:
    """It makes no button wrap, and the page no wider."""
    page.set_viewport_size({"width": width, "height": 844})
    page.locator("#status").evaluate("each => each.textContent = 'Saved, with what changed in the file meanwhile'")
    page.locator("#publication").evaluate("each => each.textContent = 'A newsletter with a rather long name'")
    heights = page.locator(".top button").evaluate_all("all => all.map(each => each.offsetHeight)")
    assert max(heights) < 40
    assert page.evaluate("document.documentElement.scrollWidth") == width
    expect(page.locator("#preflight-open")).to_be_in_viewport(ratio=1)


def test_forced_colours(page: Page) -> None:
    """With colours set by the system, selected options still differ from others."""
    page.emulate_media(forced_colors="active")
    background = "each => getComputedStyle(each).backgroundColor"
    for selected, other in (("#tab-email", "#tab-text"), ("[value=light] + span", "[value=dark] + span")):
        assert page.locator(selected).evaluate(background) != page.locator(other).evaluate(background)


@pytest.mark.parametrize("width", [390, 1440])
def test_accessibility_of_the_email(context: BrowserContext, preview: Preview, width: int) -> None:
    """axe-core finds nothing in the email, in any of its colours and without images.

    The email is opened as a page of its own, because no script runs in its frame. The rules on landmarks are off:
    those are up to the inbox around the email.
    """

    def answer(route: Route) -> None:
        shown = context.request.get(route.request.url.replace("/alone", "/api/issues/lens"))
        route.fulfill(body=shown.json()["outputs"]["framed_email"], content_type="text/html; charset=utf-8")

    page, axe = context.new_page(), Axe()
    page.set_viewport_size({"width": width, "height": 844})
    page.route("**/alone?*", answer)
    options = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
    for display in ("scheme=light", "scheme=dark", "scheme=gmail", "images=off"):
        page.goto(f"{preview.url}/alone?{display}")
        assert page.locator("h3").count() == 20
        found = axe.run(page, options=options).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_accessibility(page: Page, preview: Preview, scheme: str, width: int) -> None:
    """axe-core finds nothing in the views, the shortcuts, the fields, an error, and a conflict."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, preview)
    axe = Axe()

    def assert_accessible() -> None:
        found = axe.run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []

    if width > 860:
        page.get_by_role("button", name="Edit “Story 1”").click()
    for view in VIEWS:
        page.locator(f"#tab-{view}").click()
        expect(page.locator(f"#panel-{view}")).to_be_visible()
        assert_accessible()
    page.keyboard.press("?")
    assert_accessible()
    page.keyboard.press("Escape")
    preview.write(issue_text().replace("title: 'Story 2'", "titel: 'Story 2'"))
    expect(page.locator("#issue-error")).to_be_visible()
    expect(page.locator("#source-lines li.has-problem").first).to_be_visible()
    assert_accessible()
    page.locator("#issue-error summary").click()
    assert_accessible()
    page.locator("#tab-checks").click()
    page.locator(".finding > button").first.click()
    assert_accessible()
    preview.write(issue_text())
    expect(page.locator("#issue-error")).to_be_hidden()
    if width <= 860:
        page.get_by_role("button", name="Entries").click()
        page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Mine")
    preview.write(issue_text().replace("'Story 1'", "'Theirs'"))
    expect(page.get_by_role("button", name="Edit “Theirs”")).to_be_attached()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog", name="This file changed on disk")).to_be_visible()
    assert_accessible()


def test_on_a_phone(page: Page, preview: Preview) -> None:
    """No view is wider than the screen. The entries, when shown, fill it, below the messages about them."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, preview)
    for view in VIEWS:
        page.locator(f"#tab-{view}").click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Entries").click()
    expect(page.locator("#outline")).to_be_visible()
    expect(page.locator("#panels")).to_be_hidden()
    page.locator("#url").fill("http://127.0.0.1/new")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add only the link")).to_be_in_viewport()


def test_a_publication_without_an_issue(context: BrowserContext, tmp_path: Path) -> None:
    """The page shows how to create an issue, and shows the first issue once it exists."""
    root = write_lens(tmp_path)
    for path in root.glob("issues/*.yaml"):
        path.rename(tmp_path / path.name)
    page = context.new_page()
    with run_preview(root) as preview:
        page.goto(preview.url)
        expect(email(page).locator("h1")).to_have_text("No issues yet")
        expect(page.locator("#undo")).to_be_hidden()
        expect(page.locator("#add")).to_be_hidden()
        (tmp_path / "first.yaml").rename(root / "issues" / "first.yaml")
        expect(email(page).locator("h1")).to_have_text("Issue 1")
        assert page.url == f"{preview.url}/issues/first#email"
        expect(page.locator("#add")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("The dashboard has stopped")
