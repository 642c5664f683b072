"""A preview that runs: a real server on a free port, over a publication in a folder of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from newsletter.dashboard.dashboard_server import DashboardServer, listen, serve
from tests.publications import PUBLICATION, write_publication

WORDS = "A lens is ground before it is polished, and polished before it is set. " * 4
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
    """An entry as its author writes it, with a remark above."""
    image = "      image: lens.png\n      image_alt: A lens\n" if number == 1 else ""
    return (
        f"    # Found on day {number}.\n    - id: e{number}\n      title: 'Story {number}'\n"
        f"      url: https://example.org/{number}\n{image}      comment: |\n        {WORDS.strip()}\n"
        f"        It is story {number}.\n"
    )


def issue_text(head: str = HEAD) -> str:
    """An issue of twenty entries in three of the sections."""
    parts = [
        f"  {name}:\n" + "\n".join(entry_text(number) for number in range(first, last + 1))
        for name, (first, last) in SECTIONS.items()
    ]
    return head + "\n".join(parts)


def write_lens(root: Path) -> Path:
    """A publication with two issues, the newer of twenty entries, one of them with an image."""
    write_publication(
        root,
        publication=PUBLICATION,
        lens=issue_text(),
        first=issue_text(
            HEAD.replace("Issue 2", "Issue 1").replace("05-12", "05-05").replace("number: 2", "number: 1")
        ),
    )
    Image.new("RGB", (1056, 528), "#b4430f").save(root / "issues" / "lens.png")
    return root


@dataclass(frozen=True)
class Preview:
    """A preview that runs, and the folder that it shows."""

    root: Path
    server: DashboardServer

    @property
    def url(self) -> str:
        """Where it is."""
        return self.server.url

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def file(self) -> Path:
        """The file of the newer issue."""
        return self.root / "issues" / "lens.yaml"

    def write(self, text: str) -> None:
        """Save the newer issue as another program would."""
        self.file.write_text(text, encoding="utf-8")


@contextmanager
def previewed(root: Path) -> Iterator[Preview]:
    """The preview of a publication, for a while."""
    ready = threading.Event()
    servers: list[DashboardServer] = []

    def begin(server: DashboardServer) -> None:
        servers.append(server)
        ready.set()

    thread = threading.Thread(target=serve, args=(root, listen(0), begin))
    thread.start()
    try:
        assert ready.wait(20)
        yield Preview(root, servers[0])
    finally:
        if servers:
            servers[0].should_exit = True
        thread.join()
