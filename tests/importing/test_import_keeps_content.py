"""Property tests: an imported file contains all words and URLs of the page."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsletter.importing.export_files import Export
from newsletter.importing.import_issue import IssueImporter
from newsletter.importing.registry import load_source
from newsletter.issue.draft_document import read_draft
from newsletter.workspace.workspace import Workspace
from tests.publications import write_publication

pytestmark = pytest.mark.slow

# A piece of Markdown, and its words and URLs, which must be in the imported file.
Kept = tuple[str, tuple[str, ...]]

word = st.text("bcdfghjklmnp", min_size=6, max_size=6).map(lambda text: f"w{text}")
url = word.map(lambda name: f"https://{name}.example/{name}")

INLINES = [
    "{w}",
    "*{w}*",
    "**{w}**",
    "`{w}`",
    "[{w}]({u})",
    "[**{w}**]({u})",
    "【{w}】",
    "![{w}]({u}.png)",
    "[]({u})",
    "[{u}]({u})",
    "{u}",
    "[![{w}]({u}.png)]({u})",
]
BETWEEN = [" ", " — ", "\n", "  \n", "——", ""]
BLOCKS = [
    *("# {a}", "## {a}", "### {a}", "# 1. Papers", "## Papers", "# 2. {a}", "## Editor's pick", "# About me"),
    *("# Subscribe {a}", "---", "— — — —", "{a}", "{a}\n{b}", "{a}\n\n{b}", "- {a}\n- {b}", "1. {a}\n2. {b}"),
    *("1. Papers\n2. Other Topics", "- {a}\n    - {b}", "> {a}", "> {a}\n>\n> {b}", "```\n{w}\n```", "*{w}*"),
    *("*[2103.01988] {w}*\n{a}", "【{w}】\n{a}", "Image: {a}", "*Image: {w}*", "**{w}**", "{u}", "[{u}]({u})"),
    *("[**{w}**]({u}) — [{w}.example]({u})", "[**{w}**]({u}) — [{x}]({v})", "[**{w}**]({u})", "[{w}]({u})"),
    *("## [{w}]({u})", "{w}——[{w}.example]({u})", "****[**{w}**]({u})****——[]({v})****", "![{w}](img/{x}.png)"),
    "[]({u}) [## {w}\n\n### {x}\n\n{w}.example]({u})",
    "[]({u}) [## {w}\n\n### {x}\n\n{w}.example]({v})",
    *("![{w}]({u}.png)", "Originally published at {u}", "> 原文：<{u}>", "5 May 2024", "{w} <b>{x}</b>"),
    "| {w} | {x} |\n|---|---|\n| {a} | {b} |",
    '<div><p>{w} <a href="{u}">{x}</a></p></div>',
]
HEADS = [
    "",
    "# Title\n\n",
    "# Title\n\n# 1. Papers\n\n",
    "# T\n\n## Papers\n\n- wpoint\n\n---\n\n# 1. Papers\n\n[**wtitle**](https://wtitle.example)\n\n",
]


@st.composite
def inlines(draw: st.DrawFn) -> Kept:
    """Generate a line."""
    parts: list[str] = []
    kept: list[str] = []
    for shape in draw(st.lists(st.sampled_from(INLINES), min_size=1, max_size=3)):
        text, target = draw(word), draw(url)
        parts.append(shape.format(w=text, u=target))
        kept += [text] * ("{w}" in shape) + [target] * ("{u}" in shape)
    return draw(st.sampled_from(BETWEEN)).join(parts), tuple(kept)


@st.composite
def block(draw: st.DrawFn) -> Kept:
    """Generate a block."""
    shape = draw(st.sampled_from(BLOCKS))
    values: dict[str, str] = {}
    kept: list[str] = []
    for name in "ab":
        text, held = draw(inlines())
        # A heading or a table cell must be on one line.
        values[name] = " ".join(text.split("\n")) if shape[0] in "#|" else text
        kept += held if f"{{{name}}}" in shape else ()
    for name, plain in {"w": word, "x": word, "u": url, "v": url}.items():
        values[name] = draw(plain)
        kept += [values[name]] * (f"{{{name}}}" in shape)
    return shape.format(**values), tuple(kept)


@st.composite
def pages(draw: st.DrawFn) -> Kept:
    """Generate a page of blocks in any order."""
    blocks = draw(st.lists(block(), min_size=1, max_size=8))
    text = draw(st.sampled_from(HEADS)) + "\n\n".join(text for text, _ in blocks)
    return text, tuple(piece for _, held in blocks for piece in held)


@cache
def workspace() -> Workspace:
    """Return a publication without issues."""
    return Workspace(write_publication(Path(mkdtemp())))


def import_file(name: str, content: str) -> str:
    """Import a page. Returns the text of its file, which is valid."""
    export = Export(name, (name,), lambda _: content.encode())
    (page,) = load_source("medium").pages(export)
    imported = IssueImporter(workspace(), folder=Path(mkdtemp())).import_page(page, alone=True)
    assert imported is not None
    read_draft(imported.path)
    return imported.path.read_text(encoding="utf-8")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages())
def test_every_word_and_url_of_a_page_in_markdown_is_kept(page: Kept) -> None:
    """Text that fits no field is in a YAML comment."""
    text, kept = page
    written = import_file("story.md", text)
    assert [piece for piece in kept if piece not in written] == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pages())
def test_every_word_and_url_of_a_page_in_html_is_kept(page: Kept) -> None:
    """The same is true for HTML."""
    text, kept = page
    written = import_file("story.html", MarkdownIt("commonmark").enable("table").render(text))
    assert [piece for piece in kept if piece not in written] == []


def test_links_without_words_between_dashes_are_kept() -> None:
    """They are not a row of dashes, which is a rule."""
    urls = [f"https://a.example/{name}" for name in "xyz"]
    written = import_file("story.md", "# Title\n\n" + "——".join(f"[]({url})" for url in urls) + "\n\n# Papers\n")
    assert [url for url in urls if url not in written] == []


def test_a_link_without_words_after_the_title_of_a_listed_entry_is_kept() -> None:
    """It becomes the comment of the entry."""
    links = '<a href="https://a.example/a">One</a> <a href="https://b.example/b"></a>'
    assert "https://b.example/b" in import_file("story.html", f"<ul><li>{links}</li><li>Two</li></ul>")


def test_unused_link_definitions_are_kept() -> None:
    """A definition is unused if no link refers to it, or if it repeats a name (CommonMark uses the first)."""
    written = import_file(
        "story.md", "[a]\n\n[a]: https://a.example/1\n[a]: https://a.example/2\n[b]: https://a.example/3\n"
    )
    assert [number for number in "123" if f"https://a.example/{number}" in written] == ["1", "2", "3"]


def test_videos_and_frames_become_links() -> None:
    """Their URLs are kept, since an email cannot contain them."""
    page = '<p>x</p><iframe src="https://v.example/1">y</iframe><video><source src="https://v.example/2">z</video>'
    written = import_file("story.html", page)
    assert [kept for kept in ("x", "https://v.example/1", "https://v.example/2") if kept not in written] == []
