"""The preview as its author uses it, in a real browser, with a real server and real files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import Section
from tests.dashboard.previewing import Preview, issue_text, previewed, write_lens

pytestmark = pytest.mark.slow

PANES = ["email", "text", "medium", "web", "inbox", "checks", "source"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    with previewed(write_lens(tmp_path_factory.mktemp("preview"))) as preview:
        yield preview


@pytest.fixture
def preview(served: Preview) -> Preview:
    """The preview of an issue as it was at first."""
    served.write(issue_text())
    return served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, preview: Preview) -> Iterator[Page]:
    """The page of the issue; whatever it complains of, or asks of another host, fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda told: complaints.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(preview.url) else complaints.append(request.url))
    opened(page, preview)
    yield page
    # What the page is refused, it shows; the browser says it once more.
    assert [told for told in complaints if "status of 4" not in told] == []


def opened(page: Page, preview: Preview, pane: str = "email") -> None:
    page.goto(f"{preview.url}/issues/lens#{pane}")
    email(page).locator("h3").nth(19).wait_for(state="attached")
    expect(page.locator("#said")).to_have_text("Live")


def email(page: Page) -> FrameLocator:
    return page.frame_locator("#email-frame")


def titles(preview: Preview, section: Section = Section.PAPERS) -> list[str]:
    return [entry.title for entry in read_draft(preview.file).draft.sections[section]]


def said(page: Page, words: str) -> None:
    expect(page.locator("#said")).to_contain_text(words)


# As saved


def test_a_saving_is_shown_where_the_author_was_reading(page: Page, preview: Preview) -> None:
    """A saving changes all views; the email stays where it was scrolled to, node by node, and focus stays too."""
    story = email(page).locator("h3").nth(10)
    story.scroll_into_view_if_needed()
    before = story.evaluate("each => { window.kept = each; return each.getBoundingClientRect().top }")
    page.locator("#tab-email").focus()
    preview.write(issue_text().replace("Story 2'", "Another story'"))
    expect(email(page).locator("h3").nth(1)).to_have_text("Another story")
    assert story.evaluate("each => [window.kept === each, each.getBoundingClientRect().top]") == [True, before]
    expect(page.locator("#tab-email")).to_be_focused()
    said(page, "Updated at")
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


def test_twenty_savings_in_a_row(page: Page, preview: Preview) -> None:
    """Nineteen savings while one is being shown are shown as few, and the last for certain."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        for number in range(2, 21) if len(asked) == 1 else ():
            preview.write(issue_text().replace("Issue 2", f"Issue {number}."))
        route.continue_()

    page.route("**/api/issues/lens?*", answer)
    preview.write(issue_text().replace("Issue 2", "Issue 1."))
    expect(email(page).locator("h1")).to_have_text("Issue 20.")
    assert len(asked) <= 4


def test_tabs_that_nobody_looks_at(context: BrowserContext, preview: Preview) -> None:
    """A page that is not looked at holds no connection, so that the next one opens; it is up to date when it is."""
    look = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    look += "document.dispatchEvent(new Event('visibilitychange')) }"
    first = context.new_page()
    for page in (first, *(context.new_page() for _ in range(7))):
        opened(page, preview)
        page.evaluate(look, True)
    preview.write(issue_text().replace("Issue 2", "Issue 8"))
    first.evaluate(look, False)
    expect(email(first).locator("h1")).to_have_text("Issue 8")


def test_an_issue_that_cannot_be_shown(page: Page, preview: Preview) -> None:
    """Its fault is told, and nothing of another issue stands below; nor is a file listed that an editor has left."""
    folder = preview.file.parent
    (folder / ".#lens.yaml").symlink_to("somebody@machine.1")
    (folder / "latin.yaml").write_bytes(b"title: caf\xe9\n")
    (folder / "My Issue.yaml").write_text(issue_text())
    try:
        expect(page.locator("#issue option")).to_have_text(
            ["My Issue (cannot be read)", "latin (cannot be read)", "Issue 2 (draft)", "Issue 1 (draft)"]
        )
        for slug, fault in {"latin": "not valid UTF-8", "My Issue": "My Issue is not a slug. Rename the file"}.items():
            page.locator("#issue").select_option(slug)
            expect(page.locator("#fault")).to_contain_text(fault)
            expect(page.locator("#issue")).to_have_value(slug)
            expect(email(page).locator("h1")).to_have_text("Nothing to show yet")
            expect(page.locator(".entry")).to_have_count(0)
        page.locator("#tab-checks").click()
        expect(page.locator("#panel-checks")).to_contain_text("Not checked")
        page.goto(f"{preview.url}/issues/lenz")
        expect(page.locator("#trouble")).to_have_text(re.compile("there is no issue lenz .* Did you mean lens?"))
        expect(page.locator("#undo")).to_be_hidden()
    finally:
        for path in ((folder / name) for name in (".#lens.yaml", "latin.yaml", "My Issue.yaml")):
            path.unlink()


def test_a_frame_that_followed_a_link(context: BrowserContext, preview: Preview) -> None:
    """Whatever a browser may load into a frame, the next saving is shown in it, and keys are heard."""
    opened(page := context.new_page(), preview)
    with page.expect_event("framenavigated"):
        page.frames[1].evaluate("location.href = '/page/preview.css'")
    preview.write(issue_text().replace("Issue 2", "Issue 7"))
    expect(email(page).locator("h1")).to_have_text("Issue 7")
    email(page).locator("h1").click()
    page.keyboard.press("w")
    expect(page.get_by_label("Phone")).to_be_checked()


def test_a_broken_file(page: Page, preview: Preview) -> None:
    """The error stands with its place over the last good rendering, is marked in the source, and goes when mended."""
    preview.write(issue_text().replace("title: 'Story 2'", "titel: 'Story 2'"))
    fault = page.locator("#fault")
    expect(fault).to_contain_text("unknown key titel")
    expect(fault).to_contain_text("Did you mean title?")
    expect(fault.locator(".where").first).to_contain_text(re.compile(r"issues/lens.yaml:\d+:\d+"))
    expect(email(page).locator("h3").nth(1)).to_have_text("Story 2")
    fault.locator("li", has_text="titel").get_by_role("button").click()
    expect(page.locator("#source-lines li.wrong.here")).to_contain_text("titel: 'Story 2'")
    preview.write("title: [\n")
    expect(fault).not_to_contain_text("titel")
    expect(fault).to_be_visible()
    preview.write(issue_text())
    expect(fault).to_be_hidden()


def test_an_issue_that_goes_and_comes_again(page: Page, preview: Preview) -> None:
    """A file that is away is told, over what was last shown."""
    preview.file.unlink()
    expect(page.locator("#fault")).to_contain_text("there is no issue lens")
    preview.write(issue_text())
    expect(page.locator("#fault")).to_be_hidden()


def test_switching_issues(page: Page, preview: Preview) -> None:
    """The issue is in the address, and the browser's way back leads back."""
    page.locator("#issue").select_option("first")
    expect(email(page).locator("h1")).to_have_text("Issue 1")
    assert page.url == f"{preview.url}/issues/first#email"
    page.keyboard.press("]")
    expect(email(page).locator("h1")).to_have_text("Issue 2")
    page.go_back()
    expect(email(page).locator("h1")).to_have_text("Issue 1")


def test_an_issue_that_was_never_whole(page: Page, preview: Preview) -> None:
    """Of an issue that cannot be shown yet, no other one's words stand there; once it is filled in, it is shown."""
    blank = preview.root / "issues" / "blank.yaml"
    blank.write_text(
        "title: Blank\ndate: 2024-05-19\nsections:\n  papers:\n    - title:\n      url:\n      comment: |\n"
    )
    page.locator("#issue option[value=blank]").wait_for(state="attached")
    page.locator("#issue").select_option("blank")
    expect(email(page).locator("h1")).to_have_text("Nothing to show yet")
    expect(page.locator("#fault")).to_contain_text("is missing")
    page.locator("#tab-medium").click()
    expect(page.get_by_role("button", name="Copy for Medium")).to_be_disabled()
    page.locator("#tab-email").click()
    page.get_by_role("button", name="Edit “Untitled”").click()
    page.get_by_role("textbox", name="Title").fill("Filled in")
    page.get_by_role("textbox", name="Comment").fill("By hand.")
    page.keyboard.press("Control+Enter")
    said(page, "Saved")
    expect(page.locator("#fault")).not_to_contain_text("`title`")
    blank.write_text(blank.read_text().replace("url:", "url: https://example.org/blank"))
    expect(email(page).locator("h3")).to_have_text("Filled in")
    blank.unlink()


def test_looks(page: Page) -> None:
    """Widths, colours and images are those of an inbox, and are remembered."""
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
    page.get_by_label("Images").uncheck()
    expect(image).to_have_attribute("src", "")
    page.reload()
    expect(page.get_by_label("Gmail dark")).to_be_checked()
    expect(image).to_have_attribute("src", "")


def test_where_gmail_clips(page: Page, preview: Preview) -> None:
    """The size of the HTML is told, and past 102,000 bytes a line stands where Gmail would clip it."""
    expect(page.locator("#size")).to_contain_text("KB of Gmail’s 102")
    assert email(page).locator("[data-clip]").count() == 0
    preview.write(issue_text().replace("A lens is ground", "A lens is ground, " + "very finely ground, " * 80))
    expect(page.locator("#size")).to_contain_text("Gmail clips it at 102 KB")
    clip = email(page).locator("[data-clip]")
    expect(clip).to_have_count(1)
    line = email(page).locator("[data-preview^=Gmail]")
    top = "each => each.getBoundingClientRect().top"
    assert line.evaluate(top) == pytest.approx(clip.evaluate(top), abs=1)


def test_checks_lead_to_the_entry_and_to_the_line(page: Page, preview: Preview) -> None:
    """A finding that is chosen shows its lines, marks its entry in the email, and leads to the source."""
    text = issue_text().replace("      image: lens.png\n", "")
    preview.write(text)
    number = text[: text.index("image_alt: A lens")].count("\n") + 1
    page.locator("#tab-checks").click()
    found = page.locator(".finding > button", has_text="image_alt")
    found.click()
    expect(found).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".finding .excerpt .here")).to_contain_text("image_alt: A lens")
    chosen = email(page).locator("[data-preview=chosen]")
    heading = email(page).locator("h3").first
    tops = [each.evaluate("each => each.getBoundingClientRect().top") for each in (chosen, heading)]
    assert tops[1] - tops[0] == pytest.approx(8, abs=1)
    page.get_by_role("button", name="Show in the source").click()
    expect(page.locator(f"#line-{number}.here")).to_be_in_viewport()


def test_checks_follow_the_desk_and_other_files(page: Page, preview: Preview) -> None:
    """What is edited in the page is checked as what is saved is, and so is the issue when another file changes."""
    page.locator("#tab-checks").click()
    checks = page.locator("#panel-checks")
    expect(checks).to_contain_text("All is well")
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_label("Alternative text").fill("")
    page.get_by_label("Alternative text").press("Enter")
    expect(checks.locator(".finding")).to_contain_text(["no image_alt"])
    page.keyboard.press("u")
    expect(checks).to_contain_text("All is well")
    image = preview.file.with_name("lens.png")
    image.rename(image.with_suffix(".away"))
    expect(checks.locator(".finding")).to_contain_text(["lens.png"])
    image.with_suffix(".away").rename(image)
    expect(checks).to_contain_text("All is well")


def test_all_is_well(page: Page) -> None:
    """Where nothing is found, that is said."""
    page.locator("#tab-checks").click()
    expect(page.locator("#panel-checks")).to_contain_text("All is well")


def test_an_inbox_without_a_preheader(page: Page, preview: Preview) -> None:
    """The list shows sender, subject and preheader, and the first words where there is none."""
    page.locator("#tab-inbox").click()
    expect(page.locator("#panel-inbox .preheader")).to_have_text(re.compile("Twenty stories"))
    assert page.locator("#panel-inbox .sender").all_inner_texts() == ["The Weekly Lens"] * 2
    preview.write(re.sub("preheader.*\n", "", issue_text()))
    expect(page.locator("#panel-inbox")).to_contain_text("none: an inbox takes the first words")


def test_copying_for_medium(page: Page, context: BrowserContext, preview: Preview) -> None:
    """The clipboard holds the story as rich text with hosted images, and as Markdown."""
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=preview.url)
    page.locator("#tab-medium").click()
    page.get_by_role("button", name="Copy for Medium").click()
    said(page, "Copied for Medium")
    held = page.evaluate(
        """async () => { const [item] = await navigator.clipboard.read();
        const text = async type => (await item.getType(type)).text();
        return {types: item.types, html: await text("text/html"), plain: await text("text/plain")} }"""
    )
    assert set(held["types"]) == {"text/html", "text/plain"}
    assert '<img src="https://lens.example.org/assets/' in held["html"]
    assert "# The Weekly Lens — Issue 2" in held["plain"]
    page.get_by_role("button", name="Copy Markdown").click()
    said(page, "Copied as Markdown")
    assert page.evaluate("navigator.clipboard.readText()").startswith("# The Weekly Lens")


# The desk


def test_dragging_an_entry(page: Page, preview: Preview) -> None:
    """An entry that is dragged goes there in the file, with its remark, and no other line changes."""
    before = preview.file.read_text()
    page.locator(".entry[data-section=papers][data-index='0'] .grip").drag_to(
        page.locator(".entry[data-section=papers][data-index='2'] .grip"), target_position={"x": 5, "y": 30}
    )
    said(page, "is now 3 of 14 in Papers")
    assert titles(preview)[:4] == ["Story 4", "Story 5", "Story 3", "Story 6"]
    expect(email(page).locator("h3").nth(4)).to_have_text("Story 3")
    assert sorted(preview.file.read_text().splitlines()) == sorted(before.splitlines())


def test_dragging_into_a_section_without_entries(page: Page, preview: Preview) -> None:
    """A section that is not there yet begins where an entry is dropped on it."""
    page.locator(".entry[data-section=papers][data-index='0'] .grip").drag_to(
        page.locator("[data-section=use_cases] .none")
    )
    said(page, "is now 1 of 1 in Machine Learning Use Case")
    assert titles(preview, Section.USE_CASES) == ["Story 3"]


def test_a_file_that_changes_during_a_drag(page: Page, preview: Preview) -> None:
    """What is dragged stays where it is, since it may be elsewhere by now; and the desk goes on."""
    page.locator(".entry[data-section=other][data-index='3'] .grip").hover()
    page.mouse.down()
    page.locator(".entry[data-section=other][data-index='0'] .grip").hover()
    shorter = issue_text().partition("    # Found on day 20.")[0]
    preview.write(shorter)
    expect(page.locator("#trouble")).to_contain_text("The file has changed while you dragged")
    page.mouse.up()
    page.locator(".entry[data-section=featured][data-index='1'] .grip").press("ArrowUp")
    said(page, "“Story 2” is now 1 of 2")
    assert titles(preview, Section.OTHER) == ["Story 17", "Story 18", "Story 19"]


def test_moving_by_keyboard(page: Page, preview: Preview) -> None:
    """Arrows move an entry, past a section's end into the next one; focus goes along; one key takes it back."""
    page.locator(".entry[data-section=featured][data-index='1'] .grip").focus()
    page.keyboard.press("ArrowUp")
    said(page, "“Story 2” is now 1 of 2")
    assert titles(preview, Section.FEATURED) == ["Story 2", "Story 1"]
    expect(page.locator(".entry[data-section=featured][data-index='0'] .grip")).to_be_focused()
    page.keyboard.press("ArrowDown")
    said(page, "“Story 2” is now 2 of 2")
    page.keyboard.press("ArrowDown")
    said(page, "“Story 2” is now 1 of 1 in Machine Learning Use Case")
    assert titles(preview, Section.USE_CASES) == ["Story 2"]
    page.keyboard.press("u")
    said(page, "Undone")
    page.keyboard.press("u")
    featured = page.locator(".entry[data-section=featured] .pick b")
    expect(featured).to_have_text(["Story 2", "Story 1"])
    page.keyboard.press("u")
    expect(featured).to_have_text(["Story 1", "Story 2"])
    assert preview.file.read_text() == issue_text()


def test_editing_in_place(page: Page, preview: Preview) -> None:
    """Title, comment and alternative text are written in the author's quotes and block, and nothing else changes."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    page.get_by_role("textbox", name="Title").fill("How it's done")
    page.get_by_label("Comment, in Markdown").fill("Short.\n\nAnd *two*.")
    page.get_by_label("Alternative text").fill("A lens: ground")
    page.keyboard.press("Control+Enter")
    said(page, "Saved")
    expect(email(page).locator("h3").first).to_have_text("How it's done")
    expect(page.get_by_role("button", name="Edit “How it's done”")).to_be_focused()
    text = issue_text().replace("'Story 1'", "'How it''s done'", 1).replace("alt: A lens\n", 'alt: "A lens: ground"\n')
    head, _, rest = text.partition("comment: |\n")
    expected = head + "comment: |\n        Short.\n\n        And *two*.\n" + rest.split("\n", 2)[2]
    assert preview.file.read_text() == expected


def test_fields_follow_the_file(page: Page, preview: Preview) -> None:
    """Open fields in which nothing was written yet show what is saved elsewhere, and are saved on top of it."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    title = page.get_by_role("textbox", name="Title")
    title.fill("Story 1!")
    title.fill("Story 1")
    preview.write(issue_text().replace("'Story 1'", "'From elsewhere'").replace("It is story 1.", "It is new."))
    expect(title).to_have_value("From elsewhere")
    expect(title).to_be_focused()
    expect(page.get_by_label("Comment, in Markdown")).to_have_value(re.compile("It is new."))
    title.fill("On top of it")
    page.keyboard.press("Enter")
    said(page, "Saved")
    assert titles(preview, Section.FEATURED)[0] == "On top of it"
    assert "It is new." in preview.file.read_text()


def test_going_back_from_an_edit(page: Page, preview: Preview) -> None:
    """The browser's way back does not lose words either, and the address stays that of the issue."""
    page.locator("#issue").select_option("first")
    expect(email(page).locator("h1")).to_have_text("Issue 1")
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("textbox", name="Title").fill("Mine")
    page.go_back()
    trouble = page.locator("#trouble")
    expect(trouble).to_have_text("“Story 1” is not saved yet. Save it, or leave it as it was with Esc.")
    expect(page).to_have_url(f"{preview.url}/issues/first#email")


def test_leaving_an_edit(page: Page, preview: Preview) -> None:
    """Words that are not saved are not lost by going elsewhere; Escape leaves the entry as it was."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("button", name="Edit “Story 2”").click()
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Story 2")
    page.get_by_role("textbox", name="Title").fill("Another")
    page.locator("#issue").select_option("first")
    expect(page.locator("#trouble")).to_contain_text("“Story 2” is not saved yet")
    expect(page.locator("#issue")).to_have_value("lens")
    page.get_by_role("button", name="Edit “Story 1”").click()
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Another")
    page.keyboard.press("Escape")
    expect(page.locator(".fields")).to_have_count(0)
    assert preview.file.read_text() == issue_text()


def test_a_link_that_is_pasted(page: Page, context: BrowserContext, preview: Preview) -> None:
    """A link pasted anywhere becomes an entry, whose fields open; what is no link is refused with a word."""
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=preview.url)
    page.evaluate("navigator.clipboard.writeText('http://127.0.0.1/new')")
    page.locator("#section").select_option("articles")
    page.locator("#tab-email").focus()
    page.keyboard.press("ControlOrMeta+v")
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    draft = read_draft(preview.file).draft
    assert [entry.url for entry in draft.sections[Section.ARTICLES]] == ["http://127.0.0.1/new"]
    page.keyboard.press("Escape")
    page.evaluate("navigator.clipboard.writeText('http://127.0.0.1/another')")
    email(page).locator("h1").click()
    page.keyboard.press("ControlOrMeta+v")
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    assert read_draft(preview.file).draft.sections[Section.ARTICLES][1].url == "http://127.0.0.1/another"
    page.keyboard.press("Escape")
    page.locator("#url").fill("ftp://example.org/")
    page.keyboard.press("Enter")
    expect(page.locator("#trouble")).to_contain_text("http")


@pytest.mark.parametrize("mine", [True, False])
def test_a_file_that_changed_meanwhile(page: Page, preview: Preview, mine: bool) -> None:
    """Nothing is overwritten: both versions are shown, and the author chooses."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("textbox", name="Title").fill("Mine")
    theirs = issue_text().replace("'Story 2'", "'Theirs'")
    preview.write(theirs)
    expect(email(page).locator("h3").nth(1)).to_have_text("Theirs")
    expect(page.get_by_role("textbox", name="Title")).to_have_value("Mine")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("tr.changed")).to_contain_text(["'Mine'", "'Theirs'"])
    expect(dialog.locator("mark")).to_have_count(4)
    assert preview.file.read_text() == theirs
    dialog.get_by_role("button", name="Write my version" if mine else "Keep the file as it is").click()
    expect(dialog).to_be_hidden()
    said(page, "Your version was written" if mine else "The file stays as it is")
    own = issue_text().replace("'Story 1'", "'Mine'", 1)
    assert preview.file.read_text() == (own if mine else theirs)


def test_keyboard_alone(page: Page, preview: Preview) -> None:
    """From the first key to an edit that is saved, nothing needs a mouse."""
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the issue")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
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
    expect(page.get_by_label("Images")).not_to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(email(page).locator("[data-preview=chosen]")).to_be_attached()
    page.keyboard.press("Alt+ArrowUp")
    said(page, "“Story 2” is now 1 of 2")
    page.keyboard.press("e")
    page.keyboard.type("!")
    page.keyboard.press("Control+Enter")
    said(page, "Saved")
    assert titles(preview, Section.FEATURED)[0] in ("Story 2!", "!Story 2")
    page.keyboard.press("d")
    expect(page.locator("#desk")).to_be_hidden()
    page.keyboard.press("n")
    expect(page.locator("#url")).to_be_focused()
    page.keyboard.type("w")
    expect(page.get_by_label("Phone")).to_be_checked()


def test_keys_that_are_not_heard(page: Page) -> None:
    """Single keys can be turned off, for those who speak to their machine (WCAG 2.2, 2.1.4)."""
    page.keyboard.press("?")
    page.get_by_label("Keys without Ctrl or Alt are heard").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.get_by_label("Desktop")).to_be_checked()


def test_buttons_under_the_mouse(page: Page) -> None:
    """A button keeps its colours under the mouse, so that its words can be read."""
    page.locator("#tab-medium").click()
    button = page.get_by_role("button", name="Copy for Medium")
    button.hover()
    expect(button).to_have_css("background-color", "rgb(31, 35, 40)")
    expect(button).to_have_css("color", "rgb(255, 255, 255)")


def test_the_systems_own_colours(page: Page) -> None:
    """Where the system decides on colours, what is chosen differs from what is not."""
    page.emulate_media(forced_colors="active")
    ground = "each => getComputedStyle(each).backgroundColor"
    for chosen, other in (("#tab-email", "#tab-text"), ("[value=light] + span", "[value=dark] + span")):
        assert page.locator(chosen).evaluate(ground) != page.locator(other).evaluate(ground)


@pytest.mark.parametrize("width", [390, 1440])
def test_accessibility_of_the_email(context: BrowserContext, preview: Preview, width: int) -> None:
    """axe-core finds nothing in the email's document by itself, in any of its colours, nor without images.

    It stands alone in a page for that: in its frame no script runs. Landmarks are those of the inbox around it.
    """

    def answer(route: Route) -> None:
        shown = context.request.get(route.request.url.replace("/alone", "/api/issues/lens"))
        route.fulfill(body=shown.json()["prints"]["framed"], content_type="text/html; charset=utf-8")

    page, axe = context.new_page(), Axe()
    page.set_viewport_size({"width": width, "height": 844})
    page.route("**/alone?*", answer)
    options = {"rules": {"landmark-one-main": {"enabled": False}, "region": {"enabled": False}}}
    for look in ("scheme=light", "scheme=dark", "scheme=gmail", "images=off"):
        page.goto(f"{preview.url}/alone?{look}")
        assert page.locator("h3").count() == 20
        found = axe.run(page, options=options).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_accessibility(page: Page, preview: Preview, scheme: str, width: int) -> None:
    """axe-core finds nothing in any view, nor in the help, the desk's fields, an error and two versions."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, preview)
    axe = Axe()

    def assert_fine() -> None:
        found = axe.run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []

    if width > 860:
        page.get_by_role("button", name="Edit “Story 1”").click()
    for pane in PANES:
        page.locator(f"#tab-{pane}").click()
        expect(page.locator(f"#panel-{pane}")).to_be_visible()
        assert_fine()
    page.keyboard.press("?")
    assert_fine()
    page.keyboard.press("Escape")
    preview.write(issue_text().replace("title: 'Story 2'", "titel: 'Story 2'"))
    expect(page.locator("#fault")).to_be_visible()
    expect(page.locator("#source-lines li.wrong").first).to_be_visible()
    assert_fine()
    page.locator("#tab-checks").click()
    page.locator(".finding > button").first.click()
    assert_fine()
    preview.write(issue_text())
    expect(page.locator("#fault")).to_be_hidden()
    if width <= 860:
        page.get_by_role("button", name="Desk").click()
        page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("textbox", name="Title").fill("Mine")
    preview.write(issue_text().replace("'Story 2'", "'Theirs'"))
    expect(page.get_by_role("button", name="Edit “Theirs”")).to_be_attached()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog", name="The file has changed meanwhile")).to_be_visible()
    assert_fine()


def test_on_a_phone(page: Page, preview: Preview) -> None:
    """Nothing is wider than a phone, and the desk takes the whole of it when it is asked for."""
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, preview)
    for pane in PANES:
        page.locator(f"#tab-{pane}").click()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Desk").click()
    expect(page.locator("#outline")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()


def test_a_publication_without_an_issue(context: BrowserContext, tmp_path: Path) -> None:
    """The page says how to begin, and shows the first issue as soon as it is there."""
    root = write_lens(tmp_path)
    for path in root.glob("issues/*.yaml"):
        path.rename(tmp_path / path.name)
    page = context.new_page()
    with previewed(root) as preview:
        page.goto(preview.url)
        expect(email(page).locator("h1")).to_have_text("No issue yet")
        expect(page.locator("#undo")).to_be_hidden()
        expect(page.locator("#add")).to_be_hidden()
        (tmp_path / "first.yaml").rename(root / "issues" / "first.yaml")
        expect(email(page).locator("h1")).to_have_text("Issue 1")
        assert page.url == f"{preview.url}/issues/first#email"
        expect(page.locator("#add")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("The preview has ended")
