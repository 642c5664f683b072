"""`typography` sets the marks of a language in every output. Without it, outputs keep what the author typed."""

from datetime import UTC, datetime
from pathlib import Path

from newsletter.files import read_bytes
from newsletter.mail.issue_mail import issue_head
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import PUBLICATION, write_publication

ISSUE = """\
title: The Weekly Lens — "Issue" 2
date: 2024-05-12
status: published
subtitle: It's all "glass"
preheader: A lens "ground" twice -- and polished... once more, by hand and by lamplight
highlights:
  papers:
    - '"Why [glass](@glass)" -- a paper...'
sections:
  papers:
    - id: glass
      title: What "glass" is
      url: https://example.com/what--glass
      source_title: On 'glass' "is"
      comment: |
        "It's `"glass"`" -- see https://example.com/a--b or {{subscriber_name}}...
    - title: ガラスの"話"
      url: https://example.com/ja
      language: ja
      comment: |
        これは"ガラス"の話...
"""
EARLIER = ISSUE.replace('"Issue" 2', "The 'first'").replace("05-12", "05-05")
OUTPUTS = ("email.html", "email.txt", "medium.md", "medium.html")
PAGES = ("site/2/index.html", "site/index.html", "site/feed.xml", "site/feed.json")
TYPED = "about: It's me...\n"
MARKS = "“”‘’「」–…"


def made(folder: Path, run: Run, *, typography: str) -> dict[str, str]:
    """Render and build a publication with quotation marks everywhere. Returns the outputs by name."""
    write_publication(folder, publication=PUBLICATION + TYPED + typography, _1=EARLIER, _2=ISSUE)
    run("render", "all", "2", code=0)
    run("build", code=0)
    files = {name: folder / "build" / "2" / name for name in OUTPUTS}
    files |= {name: folder / "build" / name for name in PAGES}
    return {name: read_bytes(path).decode() for name, path in files.items()}


def test_prose_gets_the_marks_of_its_language_in_every_output(folder: Path, run: Run) -> None:
    """Titles, subtitle, preheader, highlights, comments and the text about the author; not source titles and URLs."""
    outputs = made(folder, run, typography="typography: true\n")
    for name, text in outputs.items():
        assert "“Issue” 2" in text, name
        if name != "site/index.html":
            assert "https://example.com/a--b" in text, name
            assert "ガラスの「話」" in text, name
            assert "これは「ガラス」の話……" in text, name
    for name in OUTPUTS:
        assert "It’s all “glass”" in outputs[name], name
        assert "It’s me…" in outputs[name], name
        assert "The ‘first’" in outputs[name], name
    assert "A lens “ground” twice – and polished…" in outputs["email.html"]
    assert "On 'glass' \"is\"" in outputs["email.txt"]
    assert "{{subscriber_name}}" not in outputs["email.html"]
    assert "The ‘first’" in outputs["site/index.html"]


def test_prose_stays_as_typed_by_default(folder: Path, run: Run) -> None:
    """Publications of earlier versions do not change."""
    for name, text in made(folder, run, typography="").items():
        assert not [mark for mark in MARKS if mark in text], name


def test_a_new_publication_has_typography(folder: Path, run: Run) -> None:
    """`init` turns it on in newsletter.yaml."""
    run("init", "new", code=0)
    assert "\ntypography: true\n" in (folder / "new" / "newsletter.yaml").read_text()
    run("-C", "new", "new-issue", code=0)
    issue = folder / "new" / "issues" / "001.yaml"
    text = issue.read_text().replace("- title:", '- title: A "story"').replace("url:", "url: https://example.com/", 1)
    issue.write_text(
        text.replace("      url:", "      url: https://example.com/story").replace("|\n", "|\n        It's it.\n")
    )
    run("-C", "new", "render", "text", code=0)
    made = (folder / "new" / "build" / "001" / "email.txt").read_text()
    assert "A “story”" in made
    assert "It’s it." in made


def test_the_subject_has_the_marks_too(folder: Path) -> None:
    """The header of the message and the title of the HTML are the same."""
    write_publication(folder, publication=PUBLICATION + "typography: true\n", _1=ISSUE)
    workspace = Workspace(folder)
    document = workspace.issue("1")
    subject = issue_head(workspace.publication, document, datetime(2024, 5, 12, tzinfo=UTC)).subject
    assert subject == "The Weekly Lens — “Issue” 2"
    assert f"<title>{subject}</title>" in Renderer(workspace).render(document, (Format.EMAIL,)).texts[Format.EMAIL]
