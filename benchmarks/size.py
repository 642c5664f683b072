"""How large an email is: Gmail clips a page at about 102 KB, and sending adds to it."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure
from benchmarks.sample import write_publication
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace

ENTRIES = 75
CONTENT = "an entry: a title of 40 bytes, a URL of 40, a comment of 150, an image; with campaign parameters"


def measure() -> Iterator[Figure]:
    """One issue of 75 entries, and what one entry more costs."""
    page = _page(ENTRIES)
    each = (len(page.encode()) - len(_page(5).encode())) / (ENTRIES - 5)
    assert page.count("<img ") == ENTRIES
    assert page.count("utm_campaign=") == ENTRIES
    yield Figure("the email of 75 entries", len(page.encode()), "bytes", most=81_919, note=CONTENT)
    yield Figure("the same, for each entry", len(page.encode()) / ENTRIES, "bytes", note="all of the page divided")
    yield Figure("what one entry adds", each, "bytes", note="75 entries less 5, divided by 70")
    styles = sum(len(found) for found in re.findall(r' style="[^"]*"', page))
    yield Figure("style attributes in the page", styles, "bytes")


def _page(entries: int) -> str:
    with TemporaryDirectory() as name:
        (slug,) = write_publication(Path(name), 1, entries, every=1, marks=False)
        workspace = Workspace(Path(name))
        return Renderer(workspace).render(workspace.issue(slug), (Format.EMAIL,)).texts[Format.EMAIL]
