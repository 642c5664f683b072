"""The parts of the email's layout: a publication replaces one of them, or the layout of the version before."""

import json
import re
from itertools import takewhile
from pathlib import Path

import pytest
from lxml.html import document_fromstring

from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

PARTS = sorted(path.name for path in (REPOSITORY / "templates/email").iterdir())
EARLIER = Path(__file__).parent / "earlier/email.mjml"
EVERYTHING = """\
author: Ada
about: Grinds *lenses*.
links:
  subscribe: {url: https://lens.example.org/subscribe/}
  other: [{title: Lamps, url: https://ada.example.org/lamps, teaser: an essay}]
"""


@pytest.fixture
def lens(folder: Path) -> Path:
    """A publication whose issue has all parts."""
    issue = ISSUE + "intro: Good *morning*.\noutro: Until next week.\ncontents: true\n"
    earlier = ISSUE.replace("Issue 1", "Issue 0").replace("05-05", "04-28").replace("number: 1\n", "")
    return write_publication(folder, publication=PUBLICATION + EVERYTHING, _1=issue, _0=earlier)


def render(folder: Path) -> str:
    """Render the email of the issue."""
    renderer = Renderer(Workspace(folder))
    return renderer.render(renderer.workspace.issue("1"), (Format.EMAIL,)).texts[Format.EMAIL]


def words(email: str) -> str:
    """Return the text of an email, without white space."""
    return "".join(document_fromstring(email).cssselect("body")[0].text_content().split())


def equal_characters(one: str, other: str) -> int:
    """Return the number of characters with which both texts begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@pytest.mark.parametrize("part", PARTS)
def test_a_publication_replaces_one_part(part: str, lens: Path) -> None:
    """The other parts are the built-in ones: without this part, the email is shorter and otherwise the same."""
    before = render(lens)
    own = lens / "templates/email" / part
    own.parent.mkdir(parents=True)
    own.write_text((REPOSITORY / "templates/email" / part).read_text())
    assert render(lens) == before
    own.write_text("")
    without = render(lens)
    assert len(without) < len(before)
    one, other = words(before), words(without)
    # The list of links is part of two others.
    kept = equal_characters(one, other) + equal_characters(one[::-1], other[::-1])
    assert kept >= len(other) or part == "links.mjml"


def test_the_layout_of_the_version_before_still_renders(run: Run, lens: Path) -> None:
    """A publication that replaced the layout before it had parts gets all its words, and the checks find nothing."""
    before = render(lens)
    (lens / "templates").mkdir()
    (lens / "templates/email.mjml").write_text(EARLIER.read_text())
    after = render(lens)
    assert "mj-column-per-65" not in after
    assert words(after) == words(before)
    found = json.loads(run("check", "1", "--json", code=0).stdout)
    assert [problem["rule"] for problem in found if problem["rule"].startswith("email-")] == []


def test_the_example_of_the_guide_replaces_a_part(run: Run, lens: Path) -> None:
    """A part in MJML has the fonts and colours of the built-in ones, and the checks find nothing."""
    guide = (REPOSITORY / "docs/templates.md").read_text()
    name, part = re.findall(r"```html (templates/email/\S+)\n(.*?)```", guide, re.DOTALL)[0]
    (lens / name).parent.mkdir(parents=True)
    (lens / name).write_text(part)
    tree = document_fromstring(render(lens))
    (button,) = tree.cssselect("a[href='https://lens.example.org/subscribe/']")
    assert button.text_content() == "Subscribe"
    assert "display:inline-block" in button.get("style", "").replace(" ", "")
    found = json.loads(run("check", "1", "--json", code=0).stdout)
    assert [problem for problem in found if problem["rule"].startswith("email-")] == []


def test_the_guide_lists_the_parts() -> None:
    """Every part is in the table of the guide."""
    guide = (REPOSITORY / "docs/templates.md").read_text()
    assert [part for part in PARTS if f"`{part}`" not in guide] == []
