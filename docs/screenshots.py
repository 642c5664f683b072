"""The pictures of the documentation: a rendered sample in Chromium (`make screenshots`)."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Route, sync_playwright

from newsletter.app.press import Press
from newsletter.models.format import Format
from tests.browser.chromium import find_chromium

REPOSITORY = Path(__file__).parent.parent
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
    """Write docs/images/email.png: a sample on a desktop in light, and on a phone in dark."""
    with TemporaryDirectory() as build, sync_playwright() as playwright:
        press = Press(REPOSITORY, build=Path(build))
        email = press.render(press.issue("029"), (Format.EMAIL,)).texts[Format.EMAIL]
        press.write_assets()
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
    # A palette is enough for flat colours, and a third of the bytes.
    picture.convert("RGB").quantize(128).save(REPOSITORY / "docs" / "images" / "email.png", optimize=True)


if __name__ == "__main__":
    main()
