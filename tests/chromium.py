"""Finds and runs Chromium. `python -m tests.chromium` installs it with Playwright if it is missing."""

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
    """Return the path of Chromium: $CHROMIUM, on the PATH, or installed by Playwright. None if it is missing."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@contextmanager
def serve_chromium(executable: str) -> Iterator[str]:
    """Run headless Chromium in a separate process. Yields the address for Playwright to connect to.

    The process is shared by modules. Playwright itself cannot be: its synchronous interface keeps an event loop running
    in its thread, so that other tests could not run their own.
    """
    with NamedTemporaryFile("w", suffix=".json") as settings:
        json.dump({"executablePath": executable, "args": ARGUMENTS, "host": "127.0.0.1"}, settings)
        settings.flush()
        command = [sys.executable, "-m", "playwright", "launch-server", "--browser=chromium", "--config", settings.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                assert address.startswith("ws://"), "Playwright has not started Chromium; see its message above"
                yield address
            finally:
                # The command starts other processes in its group.
                os.killpg(server.pid, signal.SIGTERM)


def main() -> None:
    """Install Chromium with Playwright if it is missing. Without it, browser tests are skipped."""
    if find_chromium() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if find_chromium() is None:
        print("Chromium is missing: browser tests will be skipped. Install it, or set $CHROMIUM to its path.")


if __name__ == "__main__":
    main()
