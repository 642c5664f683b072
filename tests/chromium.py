"""Chromium: found on the machine, or installed by playwright. `python -m tests.chromium` sees to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
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


@contextmanager
def serve_chromium(executable: str) -> Iterator[str]:
    """Run Chromium without a window in a process of its own; yields the address at which playwright connects to it.

    A process outlives the modules that use it. Playwright itself cannot stay open as long: its synchronous interface
    keeps an event loop running in its thread, and no other test could run one there.
    """
    with NamedTemporaryFile("w", suffix=".json") as settings:
        json.dump({"executablePath": executable, "args": ARGUMENTS, "host": "127.0.0.1"}, settings)
        settings.flush()
        command = [sys.executable, "-m", "playwright", "launch-server", "--browser=chromium", "--config", settings.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                assert address.startswith("ws://"), "playwright has not started Chromium; its message stands above"
                yield address
            finally:
                # The command starts others; all of them are in its group.
                os.killpg(server.pid, signal.SIGTERM)


def main() -> None:
    """Install playwright's Chromium where none is found; without one the browser's tests are skipped."""
    if find_chromium() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find_chromium() is None:
        print("No Chromium: the tests in a browser are skipped. Install one, or name it in $CHROMIUM.")


if __name__ == "__main__":
    main()
