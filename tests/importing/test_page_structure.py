"""Tests of the structure of pages: sections, highlights and footer by evidence, and images in HTML."""

from pathlib import Path

import pytest

from newsletter.issue.draft import IssueDraft
from newsletter.issue.draft_document import read_draft
from tests.conftest import Run
from tests.publications import write_publication

TITLE = "# The Lens — Issue 7\n\n"


@pytest.fixture(autouse=True)
def publication(folder: Path) -> Path:
    """A publication without issues."""
    return write_publication(folder)


def import_text(run: Run, text: str, source: str = "medium", name: str = "story.md") -> IssueDraft:
    """Import a page. Returns its draft."""
    Path(name).write_text(text, encoding="utf-8")
    return read_draft(Path(run("import", source, name, code=0).stdout.strip())).draft


def sections(issue: IssueDraft) -> list[tuple[str, str]]:
    """Return the section and title of each entry."""
    return [(section, entry.title) for section, _, entry in issue.entries()]


def numbered(*names: str) -> str:
    """Return numbered sections with an entry each."""
    entry = "[**T{n}**](https://a.example/{n})\n\nC."
    return "\n\n".join(f"# {n}. {name}\n\n{entry.format(n=n)}" for n, name in enumerate(names, 1)) + "\n"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Weekly picks", "In the real world", "Preprints"), ["featured", "use_cases", "papers"]),
        (("特写", "现实世界中的机器学习", "机器学习论文"), ["featured", "use_cases", "papers"]),
        (("特集号", "実世界の機械学習", "最近の論文"), ["featured", "use_cases", "papers"]),
        (("Papers", "Glass", "Other Topics"), ["papers", "articles", "other"]),
        (("Glass", "Sand", "Soda", "Lime", "Mirrors"), ["featured", "use_cases", "papers", "articles", "other"]),
        (("Papers", "Articles", "Past newsletters"), ["papers", "articles", "other"]),
        (("Papers", "About me"), ["papers", "articles"]),
    ],
)
def test_a_numbered_heading_begins_a_section(run: Run, names: tuple[str, ...], expected: list[str]) -> None:
    """It is found by its name, by a keyword or by its number, and is never the footer."""
    issue = import_text(run, TITLE + numbered(*names))
    assert [section for section, _ in sections(issue)] == expected
    assert "its footer" not in Path("issues/007.yaml").read_text()


@pytest.mark.parametrize("heading", ["# Closing words", "# Papers I did not read", "# 结语"])
def test_a_heading_without_number_after_numbered_ones_is_the_footer(run: Run, heading: str) -> None:
    """Even if entries could begin below it. A heading of a lower level is not."""
    issue = import_text(run, f"{TITLE}{numbered('Papers')}\n{heading}\n\n[**My book**](https://b.example)\n\nBuy.\n")
    assert sections(issue) == [("papers", "T1")]
    assert f"its footer: {heading}\n" in Path("issues/007.yaml").read_text()
    Path("issues/007.yaml").unlink()
    issue = import_text(run, f"{TITLE}{numbered('Papers')}\n#{heading}\n\n[**My book**](https://b.example)\n\nBuy.\n")
    assert sections(issue) == [("papers", "T1"), ("papers", "My book")]


@pytest.mark.parametrize("rule", ["---", "— — — —", "# — — — —", "## \\* \\* \\*", "# ---"])
def test_a_rule_has_several_forms(run: Run, rule: str) -> None:
    """It ends the last section, also as a heading."""
    issue = import_text(run, f"{TITLE}{numbered('Papers')}\n{rule}\n\nWritten by me.\n")
    assert [entry.comment.strip() for _, _, entry in issue.entries()] == ["C."]
    assert "its footer: Written by me.\n" in Path("issues/007.yaml").read_text()


@pytest.mark.parametrize("heading", ["## {}", "### {}", "**{}**", "{}", "{}:"])
def test_a_short_line_above_a_list_opens_a_group_of_highlights(run: Run, heading: str) -> None:
    """An unknown name is that of the section with its stories."""
    groups = "\n\n".join(
        f"{heading.format(name)}\n\n- [T{n}](https://a.example/{n}) is out."
        for n, name in ((2, "Worth a look"), (1, "Preprints"))
    )
    issue = import_text(run, f"{TITLE}{groups}\n\n---\n\n{numbered('Papers', 'Articles')}")
    assert [(section, text[:4]) for section, _, text in issue.points()] == [
        ("papers", "[T1]"),
        ("articles", "[T2]"),
    ]


BIG = "https://i.example/2.png"
IMAGES = {
    "late": f'<img src="https://i.example/blank.gif" data-src="{BIG}" alt="x">',
    "late, without src": f'<img data-lazy-src="{BIG}" alt="x">',
    "late, several sizes": f'<img src="data:,x" data-srcset="/1.png 300w, {BIG} 900w" alt="x">',
    "several sizes": f'<img srcset="https://i.example/1.png 1x, {BIG} 2x" alt="x">',
    "without scripts": f'<img src="https://i.example/lazy.gif" alt="x"><noscript><img src="{BIG}" alt="x"></noscript>',
    "picture": f'<picture><source srcset="https://i.example/1.webp"><img src="{BIG}" alt="x"></picture>',
    "picture without img": f'<picture><source srcset="https://i.example/1.png 1x, {BIG} 2x"></picture>',
}  # fmt: skip


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
@pytest.mark.parametrize("source", ["substack", "medium"])
def test_the_real_image_is_found(run: Run, source: str, image: str) -> None:
    """If it is loaded late, or in several sizes, and its caption is the credit."""
    title = '<h1>No. 7</h1><h2>1. Papers</h2><h3><a href="https://a.example/1">T</a></h3>'
    figure = f"<figure>{image}<figcaption>Image from this paper</figcaption></figure>"
    issue = import_text(run, f"{title}{figure}<p>C.</p>", source, "post.html")
    found = [(e.image, e.image_credit, e.comment.strip()) for _, _, e in issue.entries()]
    assert found == [(BIG, "Image from this paper", "C.")]


def test_addresses_in_an_atom_feed_are_relative_to_its_base(run: Run) -> None:
    """`xml:base` of the content counts before the link of the entry."""
    body = '&lt;h2>Papers&lt;/h2>&lt;h3>&lt;a href="x/1">T&lt;/a>&lt;/h3>&lt;img src="/i.png">&lt;p>C.&lt;/p>'
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>L</title><entry><title>No. 7</title>'
        '<link href="https://l.example/7"/><published>2024-05-05T23:30:00-07:00</published>'
        f'<content type="html" xml:base="https://c.example/a/">{body}</content></entry></feed>'
    )
    issue = import_text(run, feed, "rss", "feed.atom")
    ((_, _, entry),) = issue.entries()
    assert (entry.url, entry.image, issue.date) == ("https://c.example/a/x/1", "https://c.example/i.png", "2024-05-05")
