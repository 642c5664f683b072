"""`via` of an entry: every output names where the story was found."""

import json
from pathlib import Path

import pytest
from lxml import html

from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

HN = "https://news.ycombinator.com/item?id=1"


def found_via(folder: Path, source: str, language: str = "en") -> Path:
    """Write a publication with an issue whose entry has a source."""
    text = ISSUE.replace("status:", f"language: {language}\nstatus:")
    return write_publication(folder, _1=text.replace("      comment:", f"      via: {source}\n      comment:"))


@pytest.mark.parametrize(
    ("language", "source", "text"),
    [
        ("en", HN, "via Hacker News"),
        ("en", "https://www.example.org/list?a=b", "via example.org"),
        ("en", '"Ann <b>B.</b> & Co."', "via Ann <b>B.</b> & Co."),
        ("ja", HN, "Hacker News 経由"),
        ("zh", "Ann", "来自 Ann"),
    ],
)
def test_every_output_names_the_source_next_to_the_domain(language: str, source: str, text: str, folder: Path) -> None:
    """A URL is linked, and named after its site. A name is text."""
    workspace = Workspace(found_via(folder, source, language))
    outputs = Renderer(workspace).render(workspace.issue("1"), tuple(Format)).texts
    for format in (Format.EMAIL, Format.STORY):
        tree = html.document_fromstring(outputs[format])
        assert f"example.com · {text}" in tree.text_content()
        assert [link.get("href") for link in tree.iter("a") if link.text_content() == text] == [source][
            : source.startswith("https:")
        ]
    shown = f"{text}: {source}" if source.startswith("https:") else text
    assert f"\nhttps://example.com/lenses\n{shown}\n" in outputs[Format.TEXT]
    linked = f"[{text}]({source})" if source.startswith("https:") else text.replace("<", "\\<").replace(">", "\\>")
    assert f"](https://example.com/lenses) · {linked}\n\n" in outputs[Format.MEDIUM]


def test_the_archive_and_its_feeds_name_the_source(run: Run, folder: Path) -> None:
    """It is part of the entry that a search finds."""
    found_via(folder, HN)
    run("build", code=0)
    page = html.document_fromstring((folder / "build/site/1/index.html").read_text())
    (line,) = page.cssselect("[data-pagefind-body] .where")
    assert line.text_content() == "example.com · via Hacker News #"
    assert [link.get("href") for link in line] == ["https://example.com/lenses", HN, "#lens"]
    (item,) = json.loads((folder / "build/site/feed.json").read_text())["items"]
    assert f'<a href="{HN}">via Hacker News</a>' in item["content_html"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("http://", "the URL has no host"),
        ("https://a b.example/", "a URL cannot contain a space"),
        ("[Ann]", "expected text, found a list"),
        ('"a\\nb"', "expected one line, found a line break"),
    ],
)
def test_an_invalid_source_is_an_error(source: str, message: str, run: Run, folder: Path) -> None:
    """A value that begins as a URL must be one."""
    found_via(folder, source)
    (problem,) = json.loads(run("check", "--json", code=1).stdout)
    assert (problem["path"], problem["message"], problem["line"]) == ("sections.featured[0].via", message, 15)


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (f"{HN}&utm_source=x", "tracking-parameters"),
        ("http://example.org/a", "http-link"),
        ("https://t.co/abc", "shortened-link"),
        ("TODO", "placeholder"),
    ],
)
def test_rules_check_the_source(source: str, rule: str, run: Run, folder: Path) -> None:
    """As they check the URLs and lines of an entry."""
    found_via(folder, source)
    found = json.loads(run("check", "--json").stdout)
    assert [problem["path"] for problem in found if problem["rule"] == rule] == ["sections.featured[0].via"]


@pytest.mark.parametrize(
    ("template", "rule"),
    [
        ("email/entry.mjml", "email-words"),
        ("email.txt", "email-words"),
        ("medium.md", "medium-words"),
        ("medium.html", "medium-words"),
    ],
)
def test_a_template_that_leaves_out_the_source_is_reported(template: str, rule: str, run: Run, folder: Path) -> None:
    """A publication's own template from before there were sources does not show it."""
    found_via(folder, "Ann")
    run("check", code=0)
    built_in = (Path(__file__).parents[2] / "templates" / template).read_text()
    (folder / "templates" / template).parent.mkdir(parents=True)
    (folder / "templates" / template).write_text(built_in.replace("{% if entry.via %}", "{% if false %}"))
    found = json.loads(run("check", "--json", code=1).stdout)
    assert [(problem["rule"], problem["path"]) for problem in found if problem["severity"] == "error"] == [
        (rule, "sections.featured[0].via")
    ]
