"""Sponsored entries: their label in every output, and in the reports of commands."""

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

AD = """\
  other:
    - id: loupe
      title: A loupe for the desk
      url: https://shop.example.com/loupe?a=b
      sponsored: {sponsor}
      tags: [tools]
      image: https://i.example.com/loupe.png
      image_alt: A loupe
      comment: Ten times, see [the shop](https://shop.example.com/loupe?a=b).
    - title: A stand
      url: https://example.com/stand
      tags: [tools]
      comment: For the [loupe](@loupe).
"""
POINT = "    - A story about [lenses](@lens) is worth the week.\n"


def sponsored(folder: Path, sponsor: str = '"<b>Acme</b> & Co."', language: str = "en") -> Path:
    """Write a publication with an issue whose highlight, intro and comment link to a sponsored entry."""
    text = ISSUE.replace(
        POINT, POINT + "    - And a [loupe](@loupe), [again](https://www.shop.example.com/loupe?a=b).\n"
    )
    text = text.replace("status:", f"language: {language}\nstatus:") + AD.format(sponsor=sponsor)
    return write_publication(folder, publication=PUBLICATION, _1=text + "intro: See the [*loupe*](@loupe)!\n")


def render(folder: Path) -> dict[Format, str]:
    """Render all outputs of the issue."""
    workspace = Workspace(folder)
    return Renderer(workspace).render(workspace.issue("1"), tuple(Format)).texts


@pytest.mark.parametrize(
    ("language", "sponsor", "label"),
    [
        ("en", "true", "Sponsored"),
        ("en", "Acme", "Sponsored by Acme"),
        ("ja", "true", "広告"),
        ("ja", "Acme", "広告・提供：Acme"),
        ("zh", "true", "广告"),
        ("zh", "Acme", "广告 · 由 Acme 赞助"),
    ],
)
def test_every_output_labels_the_entry_next_to_its_title(language: str, sponsor: str, label: str, folder: Path) -> None:
    """The label is directly before the title, in the language of the issue. Other entries have none."""
    outputs = render(sponsored(folder, sponsor, language))
    (heading,) = html.document_fromstring(outputs[Format.EMAIL]).xpath("//h3[contains(., 'loupe')]")
    assert heading.text_content() == f"{label}A loupe for the desk"
    assert [child.tag for child in heading] == ["span", "br", "a"]
    assert f"\n[{label}] A loupe for the desk\nhttps://shop.example.com/loupe?a=b\n" in outputs[Format.TEXT]
    assert f"\n**{label}** · [**A loupe for the desk**](https://shop.example.com/" in outputs[Format.MEDIUM]
    assert f"<p><strong>{label}</strong> · <a href=" in outputs[Format.STORY]
    for output in (Format.EMAIL, Format.TEXT, Format.MEDIUM, Format.STORY):
        # The entry, the intro, two links of a highlight, and a comment of another entry. Not the entry's own comment.
        assert "".join(outputs[output].split()).count("".join(label.split())) == 5, output


def test_links_to_a_sponsored_entry_have_its_label(folder: Path) -> None:
    """In the intro, highlights and other comments, the label is in brackets after the link, and is text."""
    outputs = render(sponsored(folder))
    tree = html.document_fromstring(outputs[Format.EMAIL])
    assert (
        "And a loupe (Sponsored by <b>Acme</b> & Co.), again (Sponsored by <b>Acme</b> & Co.)." in tree.text_content()
    )
    assert "See the loupe (Sponsored by <b>Acme</b> & Co.)!" in tree.text_content()
    assert "For the loupe (Sponsored by <b>Acme</b> & Co.)." in tree.text_content()
    assert "Ten times, see the shop." in tree.text_content()
    assert "<b>" not in outputs[Format.EMAIL]
    assert "lenses [2] is worth" in outputs[Format.TEXT]


def test_the_archive_labels_it_and_marks_its_links(run: Run, folder: Path) -> None:
    """Each web link to the entry has `rel="sponsored"`; its title on the home page and on a tag page has the label."""
    sponsored(folder, "Acme")
    run("build", code=0)
    site = folder / "build/site"
    page = html.document_fromstring((site / "1/index.html").read_text())
    links = [link for link in page.iter("a") if "shop.example.com" in link.get("href", "")]
    assert len(links) == 8
    assert {link.get("rel") for link in links} == {"sponsored"}
    assert {link.get("rel") for link in page.cssselect("main a") if link not in links} == {None}
    (heading,) = page.xpath("//h3[contains(., 'loupe')]")
    assert heading.text_content() == "Sponsored by Acme: A loupe for the desk"
    for path in ("index.html", "tags/tools/index.html"):
        tree = html.document_fromstring((site / path).read_text())
        items = [item.text_content() for item in tree.iter("li") if "example.com" in item.text_content()]
        assert "Sponsored by Acme A loupe for the desk shop.example.com" in items
        assert "A stand example.com" in items
    (item,) = json.loads((site / "feed.json").read_text())["items"]
    feed = html.fragment_fromstring(item["content_html"], create_parent=True)
    assert "Sponsored by Acme · A loupe for the desk" in feed.text_content()
    assert {a.get("rel") for a in feed.iter("a") if "shop." in a.get("href", "")} == {"sponsored"}


def test_commands_count_sponsored_entries(run: Run, folder: Path) -> None:
    """The list, the check, a digest and an import."""
    sponsored(folder, "Acme")
    (row,) = json.loads(run("list", "--json", code=0).stdout)
    assert (row["entries"], row["sponsored"]) == (3, 1)
    assert " 3 (1+0+0+0+2), 1 sponsored  " in run("list", code=0).stdout
    assert "3 entries from 1 issue, 1 sponsored." in run("new-issue", "--digest", "2024-05", code=0).stderr
    assert "sponsored: Acme\n" in (folder / "issues/2024-05-digest.yaml").read_text()
    run("render", "medium", "1", code=0)
    imported = run("import", "medium", "build/1/medium.md", "-o", "imported", code=0)
    assert "3 entries in 2 sections, 1 sponsored, 2 highlights." in imported.stderr
    text = (folder / imported.stdout.strip()).read_text()
    assert "sponsored: Acme\n" in text
    assert "(Sponsored" not in text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("yes", "expected `true` or the sponsor's name, found `yes`"),
        ("True", "expected `true` or the sponsor's name, found `True`"),
        ("[Acme]", "expected text, found a list"),
        ('"a\\nb"', "expected one line, found a line break"),
        ("Acme # Co", "` #` starts a YAML comment"),
    ],
)
def test_an_invalid_sponsor_is_an_error(value: str, message: str, run: Run, folder: Path) -> None:
    """A spelling of `true` that YAML programs disagree on is not taken for a name."""
    sponsored(folder, value)
    problems = json.loads(run("check", "--json", code=1).stdout)
    assert [(problem["path"], problem["line"]) for problem in problems if message in problem["message"]] == [
        ("sections.other[0].sponsored", 22)
    ]


@pytest.mark.parametrize("value", ["false", ""])
def test_an_entry_can_be_marked_as_not_sponsored(value: str, run: Run, folder: Path) -> None:
    """`false` is the default."""
    outputs = render(sponsored(folder, value))
    assert not any("Sponsored" in text for text in outputs.values())
    assert "sponsored" not in json.loads(run("list", "--json", code=0).stdout)[0]


def test_a_template_that_leaves_out_the_label_is_reported(run: Run, folder: Path) -> None:
    """A publication's own template from before there were labels would hide from readers that an entry is paid for."""
    sponsored(folder, "Acme")
    built_in = (Path(__file__).parents[2] / "templates/email.txt").read_text()
    (folder / "templates").mkdir()
    (folder / "templates/email.txt").write_text(
        built_in.replace(
            'lines("[" ~ entry.sponsored ~ "] " ~ entry.title if entry.sponsored else entry.title)',
            "lines(entry.title)",
        )
    )
    (folder / "issues/1.yaml").write_text(
        (folder / "issues/1.yaml").read_text().replace("@loupe", "@lens").replace("//www.shop", "//shop2")
    )
    found = json.loads(run("check", "--json", code=1).stdout)
    assert [(problem["rule"], problem["path"]) for problem in found if problem["severity"] == "error"] == [
        ("email-words", "sections.other[0].sponsored")
    ]


@pytest.mark.parametrize("template", ["medium.md", "medium.html"])
def test_a_template_of_the_story_that_leaves_out_the_label_is_reported(template: str, run: Run, folder: Path) -> None:
    """In each format of the story."""
    write_publication(folder, _1=ISSUE.replace("      comment:", "      sponsored: Acme\n      comment:"))
    built_in = (Path(__file__).parents[2] / "templates" / template).read_text()
    label = r"\{% if entry\.sponsored %\}.*?\{% endif %\}"
    (folder / "templates").mkdir()
    (folder / "templates" / template).write_text(re.sub(label, "", built_in, count=1))
    # The highlight has the label after its link, so that it is in the story.
    (folder / "issues/1.yaml").write_text((folder / "issues/1.yaml").read_text().replace("(@lens)", ""))
    found = json.loads(run("check", "--json", code=1).stdout)
    assert [(problem["rule"], problem["path"]) for problem in found if problem["severity"] == "error"] == [
        ("medium-words", "sections.featured[0].sponsored")
    ]
