"""A running preview for tests: a real server on a free port, with a publication in its own folder."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from newsletter.dashboard.dashboard_server import DashboardServer, listen, serve_dashboard
from tests.publications import PUBLICATION, write_publication

COMMENT = "A lens is ground before it is polished, and polished before it is set. " * 4
SECTIONS = {"featured": (1, 2), "papers": (3, 16), "other": (17, 20)}
HEAD = """\
title: The Weekly Lens — Issue 2
date: 2024-05-12
number: 2
preheader: Twenty stories, all of them about lenses, and some of glass
highlights:
  featured:
    - A story about [lenses](@e1) is worth the week.
sections:
"""


def entry_text(number: int) -> str:
    """Return the YAML of an entry, with a comment line above it."""
    image = "      image: lens.png\n      image_alt: A lens\n" if number == 1 else ""
    return (
        f"    # Found on day {number}.\n    - id: e{number}\n      title: 'Story {number}'\n"
        f"      url: https://example.org/{number}\n{image}      comment: |\n        {COMMENT.strip()}\n"
        f"        It is story {number}.\n"
    )


def issue_text(head: str = HEAD) -> str:
    """Return the YAML of an issue with twenty entries in three sections."""
    parts = [
        f"  {name}:\n" + "\n".join(entry_text(number) for number in range(first, last + 1))
        for name, (first, last) in SECTIONS.items()
    ]
    return head + "\n".join(parts)


def write_lens(root: Path) -> Path:
    """Write a publication with two issues of twenty entries each. The first entry of each has an image."""
    write_publication(
        root,
        publication=PUBLICATION + "delivery:\n  transport: folder\n",
        lens=issue_text(),
        first=issue_text(
            HEAD.replace("Issue 2", "Issue 1").replace("05-12", "05-05").replace("number: 2", "number: 1")
        ),
    )
    Image.new("RGB", (1056, 528), "#b4430f").save(root / "issues" / "lens.png")
    return root


@dataclass(frozen=True)
class Preview:
    """A running preview, and the folder of its publication."""

    root: Path
    server: DashboardServer

    @property
    def url(self) -> str:
        """The URL of the preview."""
        return self.server.url

    @property
    def port(self) -> int:
        """The port of the preview."""
        return int(self.url.rpartition(":")[2])

    @property
    def file(self) -> Path:
        """The file of the newer issue."""
        return self.root / "issues" / "lens.yaml"

    def write(self, text: str) -> None:
        """Write the newer issue, as an editor would."""
        self.file.write_text(text, encoding="utf-8")


@contextmanager
def run_preview(root: Path) -> Iterator[Preview]:
    """Run the preview of a publication until the block ends."""
    ready = threading.Event()
    servers: list[DashboardServer] = []

    def on_ready(server: DashboardServer) -> None:
        servers.append(server)
        ready.set()

    thread = threading.Thread(target=serve_dashboard, args=(root, listen(0), on_ready))
    thread.start()
    try:
        assert ready.wait(60)
        yield Preview(root, servers[0])
    finally:
        if servers:
            servers[0].should_exit = True
        thread.join()
