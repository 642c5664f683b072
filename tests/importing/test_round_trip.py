"""Property test: importing the output of `render medium` returns the same issue."""

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from newsletter.importing.export_files import Export
from newsletter.importing.import_issue import ImportedIssue, IssueImporter
from newsletter.importing.registry import load_source
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.draft_document import read_draft
from newsletter.issue.model import Entry, Issue
from newsletter.publication.section import DEFAULT_SECTIONS
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.text import markdown, tree
from newsletter.text.links import remove_arxiv_number, source_title
from newsletter.text.medium_markdown import flatten
from newsletter.text.words import same_words
from newsletter.workspace.workspace import Workspace
from tests.publications import PUBLICATION, write_publication
from tests.render.test_properties import ALLOWED, IMAGE, as_markdown, trees, yaml_text

pytestmark = pytest.mark.slow

FOOTED = """\
past_issues: 3
author: An Author
about: About *me*.
links:
  subscribe:
    url: https://lens.example.org/subscribe
    teaser: I publish every week.
  other:
    - title: Something else
      url: https://lens.example.org/else
"""
# Comments, or parts of comments, that look like parts of the layout.
LAYOUT = [
    "*An emphasised paragraph*",
    "**A bold one**",
    "[a link](https://a.example/x)",
    "[**a bold link**](https://a.example/x)",
    "**Sponsored by me** · [**a**](https://a.example/x) — [a.example](https://a.example/x)",
    "[**a**](https://a.example/x) — [a.example](https://a.example/x) · via me",
    "[a](https://a.example/x) — [a.example](https://a.example/x) · [via b.example](https://b.example/)",
    "[lens](https://a.example/x) and [glass](https://a.example/x) (Sponsored)",
    "**[bold](https://a.example/x)** words",
    "[a](https://a.example/x) — [a.example](https://a.example/x)",
    "A line — [a.example](https://a.example/)",
    "https://a.example/bare",
    "[https://a.example/l](https://a.example/l)",
    "![figure](https://i.example.com/f.png)",
    "Image: somebody",
    "図：誰か",
    "(Photo by: me)",
    "[2103.01988] A paper",
    "【かっこ】",
    "\\[In brackets\\]",
    "原标题: 旧",
    "*[2103.01988] A paper* and more",
    "*em*  \nthen a line",
    "— — — —",
    "\\---",
    "1. Papers\n2. Other Topics",
    "- Papers",
    "Papers",
    "\\# Papers",
    "About the author",
    "Below are more articles and papers, on two topics:",
    "\u2060already apart",
    "\u2060\u2060twice",
    "![\u2060apart](https://i.example.com/f.png)",
    "> 原文：<https://a.example/x>",
    "> a quote",
    "```\n[](u) [## t\n\n### s\n\nh](u)\n```",
    "`code`",
    "A sentence.",
    '*"quoted"* words',
    '**"quoted"**',
    "[](https://a.example/empty)",
    "[![figure](https://i.example.com/f.png)](https://a.example/x)",
    "a\\\nb",
    "{{view_url}}",
    "*a* [b](https://b.example/)\n*c*",
    "Originally published at https://a.example/x",
    "5 May 2024",
    "****",
    "【https://a.example】T21",
]
layout = st.lists(st.sampled_from(LAYOUT), min_size=1, max_size=4).map("\n\n".join)
comments = (
    layout
    | trees.map(lambda piece: piece[0])
    | st.text(ALLOWED, min_size=1, max_size=60).map(lambda t: f"w{as_markdown(t)}w")
)
lines = st.one_of(
    st.text(ALLOWED, min_size=1, max_size=40).map(lambda text: f"w{text}w"),
    st.sampled_from(
        [
            "Papers",
            "1. Papers",
            "Image: me",
            "[2103.01988] A paper",
            "【x】",
            "[x]",
            "*x*",
            "原标题: x",
            "— — —",
            "a · b",
            "\u2060x",
            "# x #",
            "a.example",
            "{{view_url}}",
            "Subscribe",
            "Figure for “x”",
            "2. x",
            '"x"',
            "- x",
            "x **",
        ]
    ),
)
urls = st.sampled_from(
    [
        "https://a.example/x",
        "https://arxiv.org/abs/2103.01988v2",
        "https://a.example/x?a=b&d=(e)_f",
        "http://b.example",
        "https://a.example/x*y*_z_#t",
    ]
)
sponsors = st.sampled_from(["true", "Acme Lenses", "*a* · b", "a) — [b](https://b.example/)", "二"]) | st.text(
    ALLOWED, min_size=1, max_size=20
).map(lambda text: f"w{text}w")
sources = sponsors | st.sampled_from(
    [
        "https://news.ycombinator.com/item?id=1",
        "https://b.example/x?a=(1)",
        "https://lens.example/@a_b/109876543210987654",
    ]
)
entries = st.fixed_dictionaries(
    {"title": lines, "url": urls, "comment": comments},
    optional={
        "source_title": lines,
        "sponsored": sponsors,
        "via": sources,
        "image": st.just(IMAGE),
        "image_alt": lines,
        "image_credit": lines,
    },
)
issues = st.fixed_dictionaries(
    {
        "title": lines,
        "date": st.dates(min_value=date(1000, 1, 1)).map(str),
        "language": st.sampled_from(["en", "ja", "zh"]),
        "sections": st.dictionaries(
            st.sampled_from([*DEFAULT_SECTIONS]),
            st.lists(entries, min_size=1, max_size=3),
            min_size=1,
            max_size=3,
        ),
    },
    optional={
        "subtitle": lines,
        "intro": comments,
        "outro": comments,
        "highlights": st.dictionaries(
            st.sampled_from([*DEFAULT_SECTIONS]),
            st.lists(comments, min_size=1, max_size=3),
            max_size=2,
        ),
    },
)


@cache
def folder(footed: bool) -> Path:
    """Return a publication whose issues have a footer or not."""
    settings = PUBLICATION + (FOOTED if footed else "past_issues: 0\n")
    return write_publication(Path(mkdtemp()), publication=settings)


def to_yaml(value: Any, depth: int = 0) -> str:
    """Return data as YAML."""
    if isinstance(value, dict):
        return "".join(f"\n{'  ' * depth}{key}: {to_yaml(inner, depth + 1)}" for key, inner in value.items())
    if isinstance(value, list):
        return "".join(f"\n{'  ' * depth}- {to_yaml(inner, depth + 1).lstrip()}" for inner in value)
    return yaml_text(value)


def normalize(text: str) -> str:
    """Return a text without white space, and without the word joiners that keep `{{` from being a merge field."""
    return "".join(text.split()).replace("{\u2060{", "{{")


def content_of(blocks: tree.Blocks) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the type, the words and the links of each block."""
    found = []
    for block in flatten(blocks):
        words = plain(block)
        urls = tuple(child.url for child in tree.walk((block,)) if isinstance(child, tree.Link))
        images = tuple(child.source for child in tree.walk((block,)) if isinstance(child, tree.Image))
        found.append((type(block).__name__, normalize(words), (*urls, *images)))
        if len(found) > 1 and found[-2][0] == found[-1][0] == "Quote":
            # Two consecutive quotes are written as one.
            (_, words, links), (_, more, further) = found[-2:]
            found[-2:] = [("Quote", words + more, (*links, *further))]
    return [block for block in found if block[1] or block[2]]


def plain(block: tree.Block) -> str:
    """Return the words of a block."""
    if isinstance(block, tree.Paragraph):
        return tree.plain_inlines(block.children)
    if isinstance(block, tree.CodeBlock):
        return block.text
    if isinstance(block, tree.Quote):
        return " ".join(map(plain, block.children))
    return " ".join(plain(inner) for item in block.items for inner in item)


def points(texts: tuple[str, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the content of a section's highlights, as items of one flat list."""
    (listed,) = flatten((tree.List(tuple(markdown.parse(text) for text in texts)),))
    assert isinstance(listed, tree.List)
    return [content_of(item)[0] for item in listed.items if content_of(item)]


def visible_source(entry: Entry | EntryDraft) -> str:
    """Return the source title that readers see, which does not say the same as the title."""
    title = entry.source_title or ""
    if not title or same_words(remove_arxiv_number(entry.url, title), entry.title):
        return ""
    return source_title(entry.url, title)


def visible_content(issue: Issue | IssueDraft) -> dict[str, Any]:
    """Return the content of an issue that readers see."""
    highlights = {section: issue.highlights.get(section, ()) for section in DEFAULT_SECTIONS}
    return {
        "head": [normalize(issue.title), normalize(issue.subtitle or ""), str(issue.date)],
        "intro": content_of(markdown.parse(issue.intro or "")),
        "outro": content_of(markdown.parse(issue.outro or "")),
        "highlights": {section: points(texts) for section, texts in highlights.items() if texts},
        "entries": [
            (
                section,
                normalize(entry.title),
                entry.url,
                normalize(visible_source(entry)),
                normalize(entry.via or ""),
                normalize("true" if entry.sponsored is True else entry.sponsored or ""),
                entry.image or "",
                normalize(entry.image_alt or "") if entry.image else "",
                normalize(entry.image_credit or "") if entry.image else "",
                content_of(markdown.parse(entry.comment)),
            )
            for section, _, entry in issue.entries()
        ],
    }


# A highlight that is a list of labels, but not the list of sections.
LABELS_LISTED = {
    "title": "The Lens",
    "date": "2000-01-01",
    "highlights": {"featured": ["1. Papers\n2. Other Topics"]},
    "sections": {"featured": [{"title": "A lens", "url": "https://a.example/x", "comment": "Ground."}]},
}
# An intro that is one.
CONTENTS_IN_INTRO = {
    **LABELS_LISTED,
    "highlights": {},
    "intro": "In the following sections, more topics:\n\n1. Papers\n2. Other Topics",
}


def round_trip(source: dict[str, Any], footed: bool, format: Format) -> tuple[Issue, ImportedIssue, IssueDraft]:
    """Render an issue and import it. Returns the issue, the report of the import, and the imported draft."""
    path = folder(footed) / "issues" / "1.yaml"
    path.write_text(to_yaml(source).lstrip(), encoding="utf-8")
    workspace = Workspace(folder(footed))
    document = workspace.issue("1")
    text = Renderer(workspace).render(document, (format,)).texts[format]
    export = Export(format.value, (format.value,), lambda _: text.encode())
    (page,) = load_source("medium").pages(export)
    imported = IssueImporter(workspace, folder=Path(mkdtemp())).import_page(page, alone=True)
    assert imported is not None
    return document.issue, imported, read_draft(imported.path).draft


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(issues, st.booleans(), st.sampled_from([Format.MEDIUM, Format.STORY]))
@example(LABELS_LISTED, False, Format.MEDIUM)
@example(CONTENTS_IN_INTRO, False, Format.MEDIUM)
@example(CONTENTS_IN_INTRO, False, Format.STORY)
def test_a_rendered_story_can_be_imported(source: dict[str, Any], footed: bool, format: Format) -> None:
    """Entries, highlights, sections, URLs and words are the same, even if comments look like parts of the layout."""
    issue, imported, draft = round_trip(source, footed, format)
    assert imported.unplaced == ()
    assert visible_content(draft) == visible_content(issue)
