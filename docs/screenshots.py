"""Take the screenshots of the documentation in Chromium (`make screenshots`)."""

import io
import shutil
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions
from newsletter.archive.dev_server import archive_server
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.chromium import find_chromium
from tests.dashboard.previewing import Preview, run_preview

REPOSITORY = Path(__file__).parent.parent
GAP, BACKGROUND = 28, "#2a2c2e"
# Screenshots of the archive: path, width in pixels, colour scheme.
ARCHIVE = [("029/", 1000, "light"), ("", 390, "light"), ("029/", 390, "dark"), ("search/?q=detection", 390, "dark")]
ARCHIVE_HEIGHT, ARCHIVE_BACKGROUND = 844, "#d9d4c8"
HTML = "text/html; charset=utf-8"
PAGE = """<!DOCTYPE html><meta charset="utf-8">
<style>
body { margin: 0; padding: 28px; display: flex; gap: 28px; background: #d9d4c8; width: max-content }
iframe { border: 0; height: 920px; border-radius: 10px; box-shadow: 0 2px 14px rgba(31, 35, 40, .18) }
</style>
<iframe src="https://shot.example/light" style="width: 660px"></iframe>
<iframe src="https://shot.example/dark" style="width: 390px"></iframe>
"""


def main() -> None:
    """Write docs/images/: the email (desktop in light, phone in dark), the preview, and the archive."""
    _email()
    _preview()
    _archive()


def _email() -> None:
    with TemporaryDirectory() as build, sync_playwright() as playwright:
        workspace = Workspace(REPOSITORY)
        renderer = Renderer(workspace, build=Path(build))
        email = renderer.render(workspace.issue("029"), (Format.EMAIL,)).texts[Format.EMAIL]
        renderer.images.write()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1134, "height": 976})

        def answer(route: Route) -> None:
            asset = Path(build) / "assets" / route.request.url.rpartition("/")[2]
            if route.request.url.endswith("/dark"):
                route.fulfill(
                    body=email.replace("(prefers-color-scheme: dark)", "all"), content_type="text/html; charset=utf-8"
                )
            elif route.request.url.endswith("/light"):
                route.fulfill(body=email, content_type=HTML)
            elif asset.is_file():
                route.fulfill(path=asset)
            else:
                route.fulfill(body=PAGE, content_type=HTML)

        page.route("**/*", answer)
        page.goto("https://shot.example/", wait_until="networkidle")
        picture = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    _save(picture, "email.png", 128)


def _preview() -> None:
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name)
        shutil.copy(REPOSITORY / "newsletter.yaml", root)
        shutil.copytree(REPOSITORY / "issues", root / "issues")
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        # Messages name files relative to the working folder: use the publication's, as an author does.
        with chdir(root), run_preview(root) as preview:
            _save(_desktop_screenshot(browser, preview), "preview.png")
            phones = _phone_screenshots(browser, preview)
            width = sum(phone.width + GAP for phone in phones) + GAP
            sheet = Image.new("RGB", (width, phones[0].height + 2 * GAP), BACKGROUND)
            for number, phone in enumerate(phones):
                sheet.paste(phone, (GAP + number * (phone.width + GAP), GAP))
            _save(sheet, "preview-phone.png")
        browser.close()


def _desktop_screenshot(browser: Browser, preview: Preview) -> Image.Image:
    issue = preview.root / "issues" / "029.yaml"
    text = issue.read_text()
    issue.write_text(text.replace("      image: images/029/r-drop.png\n", ""))
    page = _open(browser, preview, 1440, 900, "light", "#checks")
    page.locator(".finding > button").first.click()
    picture = _screenshot(page)
    issue.write_text(text)
    return picture


def _phone_screenshots(browser: Browser, preview: Preview) -> list[Image.Image]:
    issue = preview.root / "issues" / "029.yaml"
    text = issue.read_text()
    page = _open(browser, preview, 390, 844, "dark", "#email")
    page.get_by_label("Dark", exact=True).check()
    expect(page.frame_locator("#email-frame").locator(".page")).to_have_css("background-color", "rgb(17, 19, 21)")
    pictures = [_screenshot(page)]
    page.locator("#tab-inbox").click()
    pictures.append(_screenshot(page))
    page.locator("#tab-email").click()
    issue.write_text(text.replace("title: Training on", "titel: Training on"))
    page.locator("#issue-error summary").click()
    pictures.append(_screenshot(page))
    issue.write_text(text)
    expect(page.locator("#issue-error")).to_be_empty()
    page.get_by_role("button", name="Entries", exact=True).click()
    page.locator(".entry .edit").nth(1).click()
    pictures.append(_screenshot(page))
    return pictures


def _archive() -> None:
    """An issue on a desktop and on a phone, the home page, and a search, in light and dark."""
    width = sum(width for _, width, _ in ARCHIVE) + GAP * (len(ARCHIVE) + 1)
    picture = Image.new("RGB", (width, ARCHIVE_HEIGHT + 2 * GAP), ARCHIVE_BACKGROUND)
    with TemporaryDirectory() as build, sync_playwright() as playwright:
        build_archive(REPOSITORY, Path(build) / "site", BuildOptions(), lambda *_: None)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        server = archive_server(Path(build) / "site", "/", 0)
        Thread(target=server.serve_forever, daemon=True).start()
        left = GAP
        for path, page_width, scheme in ARCHIVE:
            page = browser.new_page(
                viewport={"width": page_width, "height": ARCHIVE_HEIGHT},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.goto(server.address + path, wait_until="networkidle")
            if "?q=" in path:
                page.locator(".results li").first.wait_for()
            picture.paste(_screenshot(page), (left, GAP))
            left += page_width + GAP
        server.stop()
        browser.close()
    _save(picture, "site.png", 128)


def _open(browser: Browser, preview: Preview, width: int, height: int, scheme: str, view: str) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page.goto(f"{preview.url}/issues/029{view}")
    expect(page.locator("#status")).to_have_text("Live")
    return page


def _screenshot(page: Page) -> Image.Image:
    page.mouse.move(0, 0)
    return Image.open(io.BytesIO(page.screenshot()))


def _save(picture: Image.Image, name: str, colours: int = 256) -> None:
    # Flat colours need only a palette, which makes the file three times smaller.
    picture.convert("RGB").quantize(colours).save(REPOSITORY / "docs" / "images" / name, optimize=True)


if __name__ == "__main__":
    main()
