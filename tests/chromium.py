"""Chromium: found on the machine, or installed by playwright. `python -m tests.chromium` sees to it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium: $CHROMIUM, one on the PATH, or playwright's own."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def main() -> None:
    """Install playwright's Chromium where none is found; without one the browser's tests are skipped."""
    if find_chromium() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find_chromium() is None:
        print("No Chromium: the tests in tests/browser will be skipped. Install one, or name it in $CHROMIUM.")


if __name__ == "__main__":
    main()
