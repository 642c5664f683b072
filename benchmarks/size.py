"""The size of an email. Gmail clips an email at about 102 KB, and sending adds to the size."""

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
CONTENT = "each entry: title of 40 bytes, URL of 40, comment of 150, image, campaign parameters"


def measure() -> Iterator[Figure]:
    """Yield the size of an issue with 75 entries, and the size of one entry."""
    page = _render(ENTRIES)
    each = (len(page.encode()) - len(_render(5).encode())) / (ENTRIES - 5)
    assert page.count("<img ") == ENTRIES
    assert page.count("utm_campaign=") == ENTRIES
    yield Figure("email with 75 entries", len(page.encode()), "bytes", most=85_999, note=CONTENT)
    yield Figure("email with 75 entries, per entry", len(page.encode()) / ENTRIES, "bytes", note="size / 75")
    yield Figure("one more entry", each, "bytes", note="(75 entries - 5 entries) / 70")
    styles = sum(len(found) for found in re.findall(r' style="[^"]*"', page))
    yield Figure("style attributes in the email", styles, "bytes")


def _render(entries: int) -> str:
    with TemporaryDirectory() as name:
        (slug,) = write_publication(Path(name), 1, entries, every=1, marks=False)
        workspace = Workspace(Path(name))
        return Renderer(workspace).render(workspace.issue(slug), (Format.EMAIL,)).texts[Format.EMAIL]
