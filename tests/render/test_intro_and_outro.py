"""The intro and the outro of an issue: where outputs show them, and what `check` finds in them."""

import json
import re
from pathlib import Path

import pytest
from lxml import html

from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

FOOTED = (
    PUBLICATION
    + "author: Ann\nlinks:\n  subscribe:\n    url: https://lens.example.org/subscribe\n    teaser: Get every new one.\n"
)
AROUND = """\
contents: true
intro: |
  Hello *readers*, on [grinding](@lens).

  - one
outro: |
  Goodbye, and [write](https://example.org/write).

  > "Polish twice."
"""
# The texts of an issue with both, in the order in which readers see them.
ORDER = ["Hello", "worth the week", "on one topic", "How lenses are ground", "Goodbye", "Polish twice", "every new"]


@pytest.fixture
def around(folder: Path) -> Path:
    """A publication with an issue that has an intro and an outro."""
    return write_publication(folder, publication=FOOTED, _1=ISSUE + AROUND)


def positions(text: str) -> list[int]:
    """Return where each text of `ORDER` begins."""
    return [text.index(words) for words in ORDER]


def test_every_output_shows_the_intro_first_and_the_outro_last(around: Path) -> None:
    """The intro is above the highlights, and the outro between the last section and the footer."""
    workspace = Workspace(around)
    outputs = Renderer(workspace).render(workspace.issue("1"), tuple(Format)).texts
    for format in (Format.EMAIL, Format.TEXT, Format.MEDIUM, Format.STORY):
        found = positions(re.sub(r"^.*?(?=<body|\A)", "", outputs[format], flags=re.DOTALL))
        assert found == sorted(found), format
    assert json.loads(outputs[Format.MEDIUM_JSON])["content"] == outputs[Format.MEDIUM]
    for format in (Format.EMAIL, Format.STORY):
        tree = html.document_fromstring(outputs[format])
        links = {link.text: link.get("href") for link in tree.iter("a")}
        assert (links["grinding"], links["write"]) == ("https://example.com/lenses", "https://example.org/write")
    assert "grinding [1]" in outputs[Format.TEXT]
    assert "write [2]" in outputs[Format.TEXT]


def test_the_archive_and_its_feeds_show_both(run: Run, around: Path) -> None:
    """The home page shows the intro of the latest issue. Both are part of what the search finds."""
    run("build", code=0)
    site = around / "build/site"
    page = html.document_fromstring((site / "1/index.html").read_text())
    (article,) = page.cssselect("[data-pagefind-body]")
    text = article.text_content()
    assert [text.index(words) for words in ORDER[:-1]] == sorted(text.index(words) for words in ORDER[:-1])
    assert not article.cssselect("[data-pagefind-ignore] .intro, [data-pagefind-ignore] .outro")
    home = html.document_fromstring((site / "index.html").read_text()).text_content()
    assert "Hello readers" in home
    assert "Goodbye" not in home
    (item,) = json.loads((site / "feed.json").read_text())["items"]
    assert (
        item["content_html"].index("Hello")
        < item["content_html"].index("How lenses")
        < item["content_html"].index("Goodbye")
    )
    assert "Goodbye" in (site / "feed.xml").read_text()


def test_references_of_both_are_resolved(run: Run, folder: Path) -> None:
    """An unknown id is an error at its line, as in a highlight."""
    write_publication(folder, _1=ISSUE + "intro: On [glass](@glass).\noutro: |\n  More on [mirrors](@mirror).\n")
    found = json.loads(run("check", "--json", code=1).stdout)
    assert [(problem["path"], problem["message"], problem["line"]) for problem in found] == [
        ("intro", "unknown id `@glass`", 16),
        ("outro", "unknown id `@mirror`", 18),
    ]


@pytest.mark.parametrize("field", ["intro", "outro"])
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("TODO: write this", "placeholder"),
        ("Read [here](https://example.org/here).", "click-here"),
        ("[lens.example.com](https://example.org/)", "link-text-domain"),
        ("Read [it](https://example.org/a?utm_source=x).", "tracking-parameters"),
        ("We grind the the lens.", "doubled-word"),
        ("# A heading", "markdown-beyond"),
        ("A [lens](https://).", "malformed-url"),
        ("https://example.org/bare", "bare-url"),
        ("![](https://i.example.org/i.png)", "image-without-alt"),
        ("The sum $x^2 + y$ is known.", "medium-maths"),
        ("- a\n    - b", "medium-nested-list"),
        ("![A lens](https://192.168.0.1/i.png)", "medium-image-unreachable"),
    ],
)
def test_rules_on_texts_check_both(field: str, text: str, rule: str, run: Run, folder: Path) -> None:
    """A rule on highlights and comments finds the same in an intro or outro, at its line."""
    lines = "".join(f"  {line}\n" for line in text.split("\n"))
    write_publication(folder, _1=f"{ISSUE}{field}: |\n{lines}")
    found = json.loads(run("check", "--json").stdout)
    first = ISSUE.count("\n") + 1
    assert {(problem["path"], problem["line"] >= first) for problem in found if problem["rule"] == rule} == {
        (field, True)
    }


@pytest.mark.parametrize(
    ("template", "rule"),
    [
        ("email/{field}.mjml", "email-words"),
        ("email.txt", "email-words"),
        ("medium.md", "medium-words"),
        ("medium.html", "medium-words"),
    ],
)
@pytest.mark.parametrize("field", ["intro", "outro"])
def test_a_template_that_leaves_out_the_intro_or_outro_is_reported(
    template: str, rule: str, field: str, run: Run, around: Path
) -> None:
    """A publication's own template from before there were intros does not show it, and readers would miss it."""
    run("render", "all", code=0)
    name = template.format(field=field)
    built_in = (Path(__file__).parents[2] / "templates" / name).read_text()
    own = around / "templates" / name
    own.parent.mkdir(parents=True)
    own.write_text(re.sub(rf"\{{% if issue\.{field} %\}}.*?\{{% endif %\}}\n", "", built_in, flags=re.DOTALL))
    found = json.loads(run("check", "--json", code=1).stdout)
    assert [(problem["rule"], problem["path"]) for problem in found] == [(rule, field)]


def test_a_blank_intro_is_no_intro(folder: Path) -> None:
    """A key without a value, or with blank lines, is as if it were absent: no output changes."""
    outputs = []
    for text in (ISSUE, ISSUE + "intro:\noutro: |\n\n"):
        workspace = Workspace(write_publication(folder, _1=text))
        outputs.append(Renderer(workspace).render(workspace.issue("1"), tuple(Format)).texts)
    assert outputs[0] == outputs[1]
