"""Editing everything of an issue in the browser: each edit changes only its own lines of the file."""

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from newsletter.publication.section import FEATURED, OTHER, USE_CASES
from tests.dashboard.browsing import email, expect_status, open_page, tab_to, titles
from tests.dashboard.previewing import Preview, issue_text, run_preview
from tests.publications import PUBLICATION, write_publication

pytestmark = pytest.mark.slow


def changed_lines(preview: Preview) -> tuple[list[str], list[str]]:
    """Return the lines that the file no longer has, and those that it has now, each without indentation."""
    before, after = issue_text().splitlines(), preview.file.read_text().splitlines()
    return (
        [line.strip() for line in before if line not in after],
        [line.strip() for line in after if line not in before],
    )


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".fields")).to_have_count(0)
    expect_status(page, "Saved")


def test_every_field_of_an_entry(page: Page, preview: Preview) -> None:
    """All fields are saved at once, as one edit. An address of an image is shown in the email."""
    page.get_by_role("button", name="Edit “Story 2”").click()
    page.get_by_role("textbox", name="URL").fill("https://example.org/two")
    page.get_by_label("Image: its file or https address").fill("lens.png")
    page.get_by_label("Alternative text").fill("A lens, again")
    page.get_by_label("Credit").fill("Ida")
    page.get_by_text("More fields").click()
    page.get_by_label("Source title").fill("Two: the paper")
    page.get_by_label("Via").fill("Lobsters")
    page.get_by_label("Sponsor").fill("true")
    page.get_by_label("Tags").fill('glass, "lenses, old"')
    page.get_by_label("Id, for links").fill("second")
    page.get_by_label("Language").fill("ja")
    save(page)
    removed, added = changed_lines(preview)
    assert removed == ["- id: e2", "url: https://example.org/2"]
    assert added == [
        "- id: second",
        "url: https://example.org/two",
        'source_title: "Two: the paper"',
        "via: Lobsters",
        "sponsored: true",
        "image_alt: A lens, again",
        "image_credit: Ida",
        'tags: [glass, "lenses, old"]',
        "language: ja",
    ]
    expect(email(page).locator("img")).to_have_count(2)
    expect(email(page).locator("body")).to_contain_text("via Lobsters")
    expect(email(page).get_by_text("Sponsored", exact=True)).to_be_visible()
    page.get_by_role("button", name="Edit “Story 2”").click()
    expect(page.get_by_label("Tags")).to_have_value('glass, "lenses, old"')
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect_status(page, "Undone")
    assert preview.file.read_text() == issue_text()


def test_an_invalid_value_is_shown_at_its_field(page: Page, preview: Preview) -> None:
    """The value is saved and shown as a placeholder. Its field has the message."""
    page.get_by_role("button", name="Edit “Story 2”").click()
    page.get_by_role("textbox", name="URL").fill("ftp://example.org/")
    save(page)
    expect(email(page).locator("mark")).to_have_text("URL is missing")
    page.get_by_role("button", name="Edit “Story 2”").click()
    field = page.get_by_role("textbox", name="URL")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("Expected an http or https URL, found ftp:")


def test_another_section(page: Page, preview: Preview) -> None:
    """An entry that gets another section moves to its end, with the comment above it."""
    page.get_by_role("button", name="Edit “Story 2”").click()
    page.get_by_label("Section", exact=True).last.select_option("other")
    page.get_by_role("textbox", name="Title", exact=True).fill("Moved")
    save(page)
    assert titles(preview, OTHER)[-1] == "Moved"
    assert titles(preview, FEATURED) == ["Story 1"]
    expect(page.get_by_role("button", name="Edit “Moved”")).to_be_focused()
    assert sorted(changed_lines(preview)[1]) == ["title: 'Moved'"]
    page.keyboard.press("u")
    expect_status(page, "Undone")
    assert preview.file.read_text() == issue_text()


def test_fields_of_the_issue(page: Page, preview: Preview) -> None:
    """Title, subtitle, date, number, subject and preheader are edited together."""
    page.get_by_role("button", name="Edit the issue’s title").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Lens: two")
    page.get_by_label("Subtitle").fill("A week")
    page.get_by_role("textbox", name="Date").fill("2024-05-13")
    page.get_by_label("Number").fill("3")
    page.get_by_label("Subject, if").fill("Lenses")
    page.get_by_label("Preheader").fill("Glass #1")
    save(page)
    assert changed_lines(preview)[1] == [
        'title: "Lens: two"',
        "date: 2024-05-13",
        "number: 3",
        "subject: Lenses",
        "subtitle: A week",
        'preheader: "Glass #1"',
    ]
    expect(email(page).locator("h1")).to_have_text("Lens: two")
    page.get_by_role("button", name="Edit the issue’s title").click()
    page.get_by_role("textbox", name="Date").fill("")
    save(page)
    expect(email(page).locator("mark")).to_have_text("Date is missing")


def test_intro_and_outro(page: Page, preview: Preview) -> None:
    """They have the buttons for Markdown and complete links. What is missing in them is a placeholder."""
    page.get_by_role("button", name="Edit the issue’s title").click()
    intro = page.get_by_label("Intro, before the highlights (Markdown)")
    intro.fill("Dear all,\n\nread ")
    intro.press("ControlOrMeta+End")
    page.keyboard.type("@e20")
    expect(page.get_by_role("listbox", name="Entries to link to").get_by_role("option")).to_have_text("@e20 Story 20")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    page.get_by_role("group", name="Format of the intro").get_by_role("button", name="Bold").click()
    page.keyboard.type("first")
    page.get_by_label("Outro, after the last section (Markdown)").fill("See [this](@nothing), ![a lens](none.png).")
    save(page)
    assert changed_lines(preview)[1] == [
        "intro: |",
        "Dear all,",
        "read [Story 20](@e20) **first**",
        "outro: |",
        "See [this](@nothing), ![a lens](none.png).",
    ]
    expect(email(page).locator("strong", has_text="first")).to_be_visible()
    expect(email(page).locator("[href*=link-is-missing]")).to_have_text("this")
    expect(email(page).locator("img[src='/page/missing-image.svg']")).to_have_count(1)
    expect(page.locator("#issue-error summary")).to_contain_text("2 things to fix")
    page.keyboard.press("u")
    expect_status(page, "Undone")
    assert preview.file.read_text() == issue_text()


HTML = "<b onclick=alert(1)>x</b> <img src=x onerror=alert(1)>"


def test_html_in_every_field_is_text(page: Page, preview: Preview) -> None:
    """HTML in the fields of an entry, of the issue and of a highlight is shown as its text, in all views."""
    forms: dict[str, tuple[str, ...]] = {
        "Edit “Story 2”": ("url", "section", "id", "language", "image"),
        "Edit the issue’s title": ("date", "number"),
        "New highlight in Papers": (),
    }
    for button, kept in forms.items():
        page.get_by_role("button", name=button).click()
        if page.get_by_text("More fields").count():
            page.get_by_text("More fields").click()
        for field in page.locator(".fields [name]").all():
            if field.get_attribute("name") not in kept:
                field.fill(HTML)
        save(page)
    expect(page.locator("#issue-error")).to_be_hidden()
    expect(page.locator("#outline")).to_contain_text(HTML)
    for view in ("email", "story", "page"):
        frame = page.frame_locator(f"#{view}-frame")
        expect(frame.locator("body")).to_contain_text("<b onclick=alert(1)>x</b>")
        expect(frame.locator("[onclick], [onerror], [src=x]")).to_have_count(0)
    expect(page.locator("[onclick], [onerror], [src=x]")).to_have_count(0)


def test_highlights(page: Page, preview: Preview) -> None:
    """A highlight is changed, added and deleted."""
    page.get_by_role("button", name="Edit the highlight").click()
    page.get_by_label("Highlight (Markdown)").fill("Changed: *yes*")
    save(page)
    page.get_by_role("button", name="New highlight in Papers").click()
    page.get_by_label("Highlight (Markdown)").fill("A paper on [glass](@e3).")
    save(page)
    assert changed_lines(preview)[1] == ['- "Changed: *yes*"', '- "A paper on [glass](@e3)."']
    expect(email(page).get_by_role("link", name="glass")).to_be_visible()
    page.get_by_role("button", name="Edit the highlight “Changed").click()
    page.get_by_label("Highlight (Markdown)").fill("")
    save(page)
    assert "Changed" not in preview.file.read_text()


def test_creating_duplicating_and_deleting(page: Page, preview: Preview) -> None:
    """An entry is created by hand, copied and deleted. Undo reverts each."""
    page.get_by_role("button", name="New entry in Machine Learning Use Case").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("By hand")
    page.get_by_role("textbox", name="URL").fill("https://example.org/hand")
    page.get_by_label("Comment (Markdown)").fill("Written\n\nby hand.")
    save(page)
    assert titles(preview, USE_CASES) == ["By hand"]
    headings = ["1Featured", "2Machine Learning Use Case", "3Papers", "", "4Other"]
    for heading, text in zip(page.locator("#outline h3").all(), headings, strict=True):
        expect(heading).to_have_text(re.compile(f"^{text}"))
    expect(email(page).locator("h3", has_text="By hand")).to_be_visible()
    page.get_by_role("button", name="Edit “Story 1”").click()
    page.get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_be_focused()
    page.get_by_role("textbox", name="Title", exact=True).fill("A copy")
    save(page)
    assert titles(preview, FEATURED) == ["Story 1", "A copy", "Story 2"]
    expect(page.locator("#issue-error")).to_be_hidden()
    page.get_by_role("button", name="Edit “A copy”").click()
    page.get_by_role("button", name="Delete").click()
    expect_status(page, "Deleted “A copy”. Undo with u")
    assert titles(preview, FEATURED) == ["Story 1", "Story 2"]
    for _ in range(4):
        page.keyboard.press("u")
        expect_status(page, "Undone")
        page.locator("#status").evaluate("each => each.textContent = ''")
    assert preview.file.read_text() == issue_text()


def test_formatting(page: Page) -> None:
    """The buttons of the toolbar put Markdown around the selection, and Ctrl+Z undoes it."""
    page.get_by_role("button", name="Edit “Story 1”").click()
    comment = page.get_by_label("Comment (Markdown)")
    comment.fill("one\ntwo")
    for name, text in {
        "Bold": "**one**\ntwo",
        "Italic": "*one*\ntwo",
        "Link": "[one](https://)\ntwo",
        "Code": "`one`\ntwo",
        "Quote": "> one\ntwo",
        "List": "- one\ntwo",
    }.items():
        comment.evaluate("each => { each.focus(); each.setSelectionRange(0, 3) }")
        page.get_by_role("button", name=name, exact=True).click()
        expect(comment).to_have_value(text)
        expect(comment).to_be_focused()
        page.keyboard.press("ControlOrMeta+z")
        expect(comment).to_have_value("one\ntwo")


def test_links_to_entries_are_completed(page: Page, preview: Preview) -> None:
    """After `@`, a list offers entries by id and title. A chosen one is written as a link."""
    page.get_by_role("button", name="Edit the highlight").click()
    field = page.get_by_label("Highlight (Markdown)")
    field.fill("")
    page.keyboard.type("See @story 2")
    options = page.get_by_role("listbox", name="Entries to link to").get_by_role("option")
    expect(options).to_have_count(0)
    field.fill("")
    page.keyboard.type("See @e2")
    expect(options).to_have_text(["@e2 Story 2", "@e20 Story 20"])
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("See [Story 2](@e2)")
    page.keyboard.type(" and [more](@e1")
    options.filter(has_text="@e10").click()
    expect(field).to_have_value("See [Story 2](@e2) and [more](@e10)")
    page.keyboard.type(" @e")
    expect(options).to_have_count(6)
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(field).to_be_visible()


def test_a_link_gives_an_entry_its_id(page: Page, preview: Preview) -> None:
    """The list offers entries without an id too. Saving the text that links to one writes its id, as one edit."""
    without = issue_text().replace("- id: e4\n      title: 'Story 4'", "- title: 'On glass'")
    preview.write(without)
    expect(page.get_by_role("button", name="Edit “On glass”")).to_be_visible()
    page.get_by_role("button", name="Edit the highlight").click()
    field = page.get_by_label("Highlight (Markdown)")
    field.fill("")
    page.keyboard.type("Read @glass")
    option = page.get_by_role("listbox", name="Entries to link to").get_by_role("option")
    expect(option).to_have_text("@on-glass On glass (new id)")
    page.keyboard.press("Tab")
    expect(field).to_have_value("Read [On glass](@on-glass)")
    assert preview.file.read_text() == without
    save(page)
    highlight = "- A story about [lenses](@e1) is worth the week."
    linked = without.replace(highlight, '- "Read [On glass](@on-glass)"')
    assert preview.file.read_text() == linked.replace("'On glass'", "'On glass'\n      id: on-glass")
    expect(email(page).get_by_role("link", name="On glass").first).to_be_visible()
    expect(page.locator("#issue-error")).to_be_hidden()
    page.keyboard.press("u")
    expect_status(page, "Undone")
    assert preview.file.read_text() == without


BROKEN = issue_text().replace("featured:\n    #", "featured: [\n    #")


@pytest.mark.parametrize(
    ("button", "label", "broken"),
    [
        ("Edit “Story 20”", "Comment (Markdown)", BROKEN),
        ("Edit “Story 20”", "Comment (Markdown)", ""),
        ("New entry in Papers", "Comment (Markdown)", ""),
        ("Edit the highlight", "Highlight (Markdown)", ""),
        ("Edit the issue’s title", "Subtitle", ""),
    ],
)
def test_unsaved_text_outlives_a_file_that_cannot_be_read(
    page: Page, preview: Preview, button: str, label: str, broken: str
) -> None:
    """Another program saves the file in place. The form keeps its text and focus, to be saved once it is back."""
    page.get_by_role("button", name=button).click()
    field = page.get_by_label(label)
    field.fill("Typed")
    preview.write(broken)
    message = page.locator(".fields").get_by_role("alert")
    expect(message).to_contain_text("The file is empty or cannot be read at the moment. Your text is kept here.")
    expect(field).to_be_focused()
    page.keyboard.type(" u")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#error")).to_contain_text("Nothing was saved.")
    page.keyboard.press("u")
    field.focus()
    preview.write(issue_text())
    expect(message).to_have_count(0)
    expect(field).to_have_value("Typed u")
    expect(field).to_be_focused()
    save(page)
    assert any("Typed u" in line for line in changed_lines(preview)[1])


def test_unsaved_text_outlives_its_entry(page: Page, preview: Preview) -> None:
    """Another program removes the entry. The form says so, and is saved once the entry is back."""
    page.get_by_role("button", name="Edit “Story 20”").click()
    field = page.get_by_label("Comment (Markdown)")
    field.fill("Typed")
    preview.write(issue_text()[: issue_text().index("    # Found on day 20.")])
    expect(page.locator(".fields")).to_contain_text("“Story 20” is no longer in the file. Your text is kept here.")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Delete").press("u")
    page.get_by_role("button", name="Delete").click()
    expect(field).to_have_value("Typed")
    preview.write(issue_text().replace("Story 19", "Story nineteen"))
    expect(page.get_by_role("button", name="Edit “Story nineteen”")).to_be_visible()
    expect(page.locator(".fields")).not_to_contain_text("no longer")
    save(page)
    assert sorted(changed_lines(preview)[1]) == ["Typed", "title: 'Story nineteen'"]
    page.keyboard.press("u")
    expect_status(page, "Undone")


def photo() -> bytes:
    """Return a photo that a camera held sideways: 60 × 40 pixels, to be turned, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "#1e6b3a").save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_images(page: Page, preview: Preview, context: BrowserContext) -> None:
    """A chosen and a pasted image are stored upright and without the place. What is no image is rejected."""
    page.get_by_role("button", name="Edit “Story 2”").click()
    chooser = page.get_by_label("Choose a file")
    chooser.set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    field = page.get_by_label("Image: its file or https address")
    expect(field).to_have_value("images/lens/story-2.jpg")
    expect(page.get_by_label("Alternative text")).to_be_focused()
    page.keyboard.type("A field")
    save(page)
    expect(email(page).get_by_alt_text("A field")).to_be_visible()
    with Image.open(preview.root / "issues" / "images" / "lens" / "story-2.jpg") as stored:
        assert (stored.size, dict(stored.getexif())) == ((40, 60), {})
    page.get_by_role("button", name="Edit “Story 3”").click()
    content = b"<svg><script>alert(1)</script></svg>"
    chooser.set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": content})
    expect(page.locator("#error")).to_contain_text("The image is an SVG, which email clients do not show")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=preview.url)
    page.evaluate(
        """async () => { const canvas = document.createElement("canvas");
        const blob = await new Promise(done => canvas.toBlob(done));
        await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]) }"""
    )
    page.get_by_label("Comment (Markdown)").focus()
    page.keyboard.press("ControlOrMeta+v")
    expect(field).to_have_value("images/lens/story-3.png")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert not (preview.root / "issues" / "images" / "lens" / "story-3.png").exists()


DROP = """(target, [type, base64]) => {
    const files = new DataTransfer();
    const content = Uint8Array.from(atob(base64), each => each.charCodeAt(0));
    files.items.add(new File([content], "a.jpg", { type: "image/jpeg" }));
    target.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def test_dropping_an_image(page: Page, preview: Preview) -> None:
    """A photo dropped on the image field, or anywhere on the page, is uploaded. The file is written on saving."""
    content = base64.b64encode(photo()).decode()
    file = preview.root / "issues" / "images" / "lens" / "story-5.jpg"
    page.locator("#outline").evaluate(DROP, ["drop", content])
    expect(page.locator("#error")).to_contain_text("An image belongs to an entry")
    page.get_by_role("button", name="Edit “Story 5”").click()
    field = page.get_by_label("Image: its file or https address")
    field.evaluate(DROP, ["dragover", content])
    expect(page.locator(".field.image")).to_have_css("outline-style", "dashed")
    field.evaluate(DROP, ["drop", content])
    expect(page.locator(".field.image")).not_to_have_css("outline-style", "dashed")
    expect(field).to_have_value("images/lens/story-5.jpg")
    expect_status(page, "The image has 40 × 60 pixels. Save the entry to keep it.")
    assert not file.exists()
    page.keyboard.type("A field")
    save(page)
    with Image.open(file) as stored:
        assert (stored.size, dict(stored.getexif())) == ((40, 60), {})
    expect(email(page).get_by_alt_text("A field")).to_be_visible()
    page.get_by_role("button", name="Edit “Story 6”").click()
    email(page).locator("body").evaluate(DROP, ["drop", content])
    expect(field).to_have_value("images/lens/story-6.jpg")
    page.keyboard.press("Escape")


INBOX = """\
# Kept for later.
sections:
  papers:
    # From Ida.
    - title: Kept
      url: https://example.org/kept
      comment: Worth it.

    - title: Kept too
      url: https://example.org/kept-too
      comment: Worth it too.
"""


def test_taking_entries_from_the_inbox(page: Page, preview: Preview) -> None:
    """An entry moves into the issue with its comments. Undo puts it back."""
    inbox = preview.root / "inbox.yaml"
    inbox.write_text(INBOX)
    page.get_by_role("button", name="Inbox (2)").click()
    dialog = page.get_by_role("dialog", name="Inbox")
    dialog.get_by_role("button", name="Take “Kept” into the issue").click()
    expect(dialog.get_by_role("button", name="Take “Kept too”")).to_be_focused()
    assert titles(preview)[-1] == "Kept"
    assert "    # From Ida.\n    - title: Kept\n" in preview.file.read_text()
    assert "From Ida" not in inbox.read_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Inbox (1)")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect_status(page, "Undone")
    assert preview.file.read_text() == issue_text()
    assert inbox.read_text() == INBOX
    inbox.unlink()
    expect(page.locator("#inbox-open")).to_be_hidden()


def test_an_issue_from_start_to_test(context: BrowserContext, tmp_path: Path) -> None:
    """Without any issue, one is started, filled in, checked and sent to an address, all in the browser."""
    settings = PUBLICATION.replace("The Weekly Lens", "Bread Weekly") + "delivery:\n  transport: folder\n"
    write_publication(tmp_path, publication=settings)
    page = context.new_page()
    with run_preview(tmp_path) as preview:
        page.goto(preview.url)
        expect(email(page).locator("h1")).to_have_text("No issues yet")
        page.get_by_role("button", name="New issue").click()
        dialog = page.get_by_role("dialog", name="New issue")
        expect(dialog.get_by_label("Title")).to_have_value("Bread Weekly — Issue 1")
        dialog.get_by_label("Date").fill("2031-05-04")
        dialog.get_by_label("Slug").fill("Not a slug")
        dialog.get_by_role("button", name="Start the issue").click()
        expect(dialog).to_contain_text("is not a valid slug")
        dialog.get_by_label("Slug").fill("first-loaf")
        page.keyboard.press("Enter")
        expect(page.locator("#url")).to_be_focused()
        assert page.url == f"{preview.url}/issues/first-loaf#email"
        expect(email(page).locator("h3")).to_have_text("Your first entry")
        page.get_by_role("button", name="New entry in Papers").click()
        page.get_by_role("textbox", name="Title", exact=True).fill("Why sourdough rises")
        page.get_by_role("textbox", name="URL").fill("https://bread.example.net/rises")
        page.get_by_label("Comment (Markdown)").fill("Yeast, and *patience*.")
        save(page)
        expect(page.locator("#issue-error")).to_be_hidden()
        expect(email(page).locator("h3")).to_have_text("Why sourdough rises")
        page.get_by_role("button", name="Preflight and test").click()
        page.get_by_label("Check that images").uncheck()
        page.get_by_role("button", name="Run the preflight").click()
        results = page.locator("#preflight-results")
        expect(results.locator("li").first).to_be_visible()
        expect(results.locator("b").first).to_have_text(re.compile(r"\d+ errors?"))
        results.get_by_role("button", name="Send a test").click()
        expect(page.get_by_label("Send a test to")).to_be_focused()
        page.keyboard.type("nobody")
        page.get_by_role("button", name="Send the test").click()
        expect(page.locator("#test-result")).to_contain_text("Not a valid email address")
        page.get_by_label("Send a test to").fill("me@example.org")
        page.get_by_role("button", name="Send the test").click()
        expect(page.locator("#test-result")).to_contain_text("Sent a test to me@example.org. Look at it in")
        (sent,) = tmp_path.glob("**/*.eml")
        assert "Subject: Bread Weekly" in sent.read_text()


def test_what_the_preflight_found_leads_to_its_place(page: Page, preview: Preview) -> None:
    """Advice that names a command in the terminal offers a button where the dashboard has its action."""
    preview.write(issue_text().replace("It is story", "It is the the story"))
    expect(email(page).locator("body")).to_contain_text("the the story")

    def run_preflight() -> Locator:
        page.get_by_role("button", name="Preflight and test").click()
        page.get_by_label("Check that images").uncheck()
        page.get_by_role("button", name="Run the preflight").click()
        return page.locator("#preflight-results")

    results = run_preflight()
    expect(results.get_by_role("button", name="Show the checks")).to_be_visible(timeout=20_000)
    expect(results).not_to_contain_text(re.compile("newsletter (check|send|preview|new-issue)|--offline"))
    results.get_by_role("button", name=re.compile(r"Line \d+")).first.click()
    expect(page.locator("#source-lines li.current")).to_contain_text("the the")
    expect(page.locator("#panel-source")).to_be_visible()
    run_preflight().get_by_role("button", name="Show the checks").click(timeout=20_000)
    expect(page.locator("#tab-checks")).to_be_focused()
    expect(page.locator("#preflight")).to_be_hidden()


def test_a_change_in_an_editor_meanwhile(page: Page, preview: Preview) -> None:
    """Unsaved fields are saved into the newest file, and what an editor changed stays. The entry stays selected."""
    page.get_by_role("button", name="Edit “Story 3”").click()
    page.get_by_role("textbox", name="Title", exact=True).fill("Mine")
    above = "    - title: New\n      url: https://example.org/new\n      comment: New.\n\n"
    theirs = issue_text().replace("    # Found on day 3.\n", f"{above}    # Found on day 3.\n")
    theirs = theirs.replace("https://example.org/3\n", "https://example.org/three\n")
    preview.write(theirs)
    expect(email(page).locator("h3", has_text="New")).to_be_visible()
    expect(page.get_by_role("textbox", name="Title", exact=True)).to_have_value("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect_status(page, "Saved, with what changed in the file meanwhile")
    assert preview.file.read_text() == theirs.replace("'Story 3'", "'Mine'")
    expect(page.get_by_role("button", name="Edit “Mine”")).to_be_focused()
    page.keyboard.press("u")
    expect_status(page, "Undone")
    assert preview.file.read_text() == theirs


@contextmanager
def held_renderings(page: Page) -> Iterator[None]:
    """Hold the requests for the rendered issue. They continue at the end."""
    held: list[Route] = []
    released = False

    def hold(route: Route) -> None:
        route.continue_() if released else held.append(route)

    page.route("**/api/issues/lens?*", hold)
    yield
    released = True
    for route in held:
        route.continue_()


def test_typing_does_not_wait_for_a_rendering(page: Page, preview: Preview) -> None:
    """Text appears while a change of another program is rendered, and stays when the rendering is shown."""
    page.get_by_role("button", name="Edit “Story 3”").click()
    title = page.get_by_role("textbox", name="Title", exact=True)
    with held_renderings(page):
        with page.expect_request("**/api/issues/lens?*"):
            preview.write(issue_text().replace("Issue 2", "Issue 7"))
        title.press("End")
        page.keyboard.type(" and more")
        expect(title).to_have_value("Story 3 and more")
        title.press("ArrowLeft")
    expect(email(page).locator("h1")).to_have_text("Issue 7")
    expect(title).to_be_focused()
    page.keyboard.type("!")
    expect(title).to_have_value("Story 3 and mor!e")


@pytest.mark.parametrize(
    ("opener", "expected"),
    [
        ("Edit “Story 3”", "'First, second'"),
        ("New entry in Papers", "First, second"),
        ("Edit the issue’s title", "First, second"),
    ],
)
def test_text_that_is_typed_while_an_edit_is_saved_stays(
    page: Page, preview: Preview, opener: str, expected: str
) -> None:
    """The form stays open with what is not saved yet, and the cursor where it was. It can be saved next."""
    page.get_by_role("button", name=opener).click()
    title = page.get_by_role("textbox", name="Title", exact=True)
    title.fill("First")
    with held_renderings(page):
        with page.expect_request("**/api/issues/lens?*"):
            page.get_by_role("button", name="Save", exact=True).click()
        title.press("End")
        page.keyboard.type(", third")
        for _ in range(len("third")):
            page.keyboard.press("ArrowLeft")
    expect_status(page, "Saved")
    expect(title).to_have_value("First, third")
    expect(title).to_be_focused()
    page.keyboard.type("second")
    page.keyboard.press("Shift+End")
    page.keyboard.press("Delete")
    assert "third" not in preview.file.read_text()
    save(page)
    assert f"title: {expected}\n" in preview.file.read_text()


def test_a_conflict_with_an_editor(page: Page, preview: Preview) -> None:
    """A field that an editor changed too is not overwritten: the author sees both versions."""
    page.get_by_role("button", name="Edit the issue’s title").click()
    page.get_by_label("Preheader").fill("Mine")
    theirs = issue_text().replace("Twenty stories,", "Their stories,")
    preview.write(theirs)
    page.locator("#tab-inbox").click()
    expect(page.locator("#panel-inbox")).to_contain_text("Their stories,")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="This file changed on disk")
    expect(dialog.locator("tr.changed")).to_have_count(1)
    assert preview.file.read_text() == theirs
    dialog.get_by_role("button", name="Keep the version on disk").click()
    expect(page.locator(".fields")).to_have_count(0)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (390, "light"), (1440, "dark"), (1440, "light")])
def test_accessibility_of_editing(page: Page, preview: Preview, width: int, scheme: str) -> None:
    """axe-core finds nothing in the forms, the dialogs and a draft with gaps. Nothing is wider than the screen."""
    axe = Axe()
    inbox = preview.root / "inbox.yaml"
    inbox.write_text(INBOX)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    preview.write(issue_text().replace("https://example.org/2\n", "ftp://example.org\n"))
    open_page(page, preview)

    def assert_accessible() -> None:
        found = axe.run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        # The panels scroll, and not the page, or else its top line would be out of sight.
        assert page.evaluate("document.documentElement.scrollHeight") == 844

    page.locator("#issue-error summary").click()
    assert_accessible()
    if width < 860:
        page.get_by_role("button", name="Entries", exact=True).click()
    page.get_by_role("button", name="Edit “Story 2”").click()
    page.get_by_text("More fields").click()
    expect(page.locator(".field-problem")).to_be_visible()
    assert_accessible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit the issue’s title").click()
    assert_accessible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New highlight in Papers").click()
    page.keyboard.type("See @e1")
    expect(page.get_by_role("listbox", name="Entries to link to")).to_be_visible()
    assert_accessible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#error")).to_be_hidden()
    for button, dialog in (("New issue", "New issue"), ("Inbox (2)", "Inbox")):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
        assert_accessible()
        page.keyboard.press("Escape")
    preview.write(issue_text())
    expect(page.locator("#issue-error")).to_be_hidden() if width > 860 else expect_status(page, "Updated at")
    page.get_by_role("button", name="Preflight and test").click()
    page.get_by_label("Check that images").uncheck()
    page.get_by_role("button", name="Run the preflight").click()
    expect(page.locator("#preflight-results b").first).to_be_visible(timeout=20_000)
    page.get_by_label("Send a test to").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.locator("#test-result b")).to_be_visible()
    assert_accessible()
    page.keyboard.press("Escape")
    inbox.unlink()
    page.locator("#url").fill("https://example.org/1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add it again")).to_be_in_viewport()
    assert_accessible()
    preview.write("title: Blank\ndate: 2024-05-12\n")
    expect(page.locator("#outline .next")).to_be_visible()
    assert_accessible()
    preview.file.unlink()
    expect(page.locator("#error")).to_contain_text("The issue lens does not exist")
    assert_accessible()


def test_editing_by_keyboard_alone(page: Page, preview: Preview) -> None:
    """An entry is written, formatted, linked, copied, moved to another section, deleted and undone without a mouse."""
    tab_to(page, "Edit the issue’s title")
    page.keyboard.press("Enter")
    tab_to(page, "Subtitle")
    page.keyboard.type("By keyboard")
    tab_to(page, "Intro, before the highlights")
    page.keyboard.type("See @e20")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".fields")).to_have_count(0)
    expect(page.get_by_role("button", name="Edit the issue’s title")).to_be_focused()
    tab_to(page, "New entry in Featured")
    page.keyboard.press("Enter")
    page.keyboard.type("Typed")
    tab_to(page, "URL")
    page.keyboard.type("https://example.org/typed")
    tab_to(page, "Comment (Markdown)")
    page.keyboard.type("Like @e20")
    page.keyboard.press("Enter")
    page.keyboard.type(" and ")
    tab_to(page, "Bold", back=True)
    page.keyboard.press("Enter")
    page.keyboard.type("more")
    tab_to(page, "Section")
    page.keyboard.type("Other")
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit “Typed”")).to_be_focused()
    assert titles(preview, OTHER)[-1] == "Typed"
    assert "Like [Story 20](@e20) and **more**\n" in preview.file.read_text()
    assert "intro: |\n  See [Story 20](@e20)\n" in preview.file.read_text()
    page.keyboard.press("Enter")
    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    expect_status(page, "Deleted “Typed”")
    expect(page.locator(".entry[data-section=other][data-index='3'] .select")).to_be_focused()
    page.keyboard.press("u")
    expect(page.get_by_role("button", name="Edit “Typed”")).to_be_visible()
    tab_to(page, "New issue", back=True)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New issue").get_by_label("Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="New issue")).to_be_focused()
    tab_to(page, "Preflight and test")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Run the preflight")).to_be_focused()
    tab_to(page, "Check that images")
    page.keyboard.press("Space")
    tab_to(page, "Run the preflight", back=True)
    page.keyboard.press("Enter")
    expect(page.locator("#preflight-results b").first).to_be_visible(timeout=20_000)
    tab_to(page, "Send a test")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Send a test to")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Preflight and test")).to_be_focused()
