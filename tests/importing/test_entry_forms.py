"""Tests of the forms in which an entry begins, and of the words that are not the beginning of one."""

from pathlib import Path

import pytest

from newsletter.issue.draft_document import read_draft
from tests.conftest import Run
from tests.publications import write_publication

Fields = dict[str, str]
ONE, TWO = "https://a.example/1", "https://a.example/2"
IMAGE = "![x](https://i.example/1.png)"


@pytest.fixture(autouse=True)
def publication(folder: Path) -> Path:
    """A publication without issues."""
    return write_publication(folder)


def entry(title: str, url: str = ONE, comment: str = "", **fields: str) -> Fields:
    """Return the fields of an entry that are not blank."""
    return {key: value for key, value in {"title": title, "url": url, "comment": comment, **fields}.items() if value}


FORMS: dict[str, tuple[str, list[Fields]]] = {
    "bold link, found elsewhere": (
        f"[**Cold**]({ONE}) via [b.example](https://b.example/x)\n\nC1.\n\n[**Hot**]({TWO}) (via [Ann](https://ann.example/))\n\nC2.",
        [entry("Cold", ONE, "C1."), entry("Hot", TWO, "C2.")],
    ),
    "bold link, found elsewhere, on the next line": (
        f"[**Cold**]({ONE})\n\nvia [b.example](https://b.example/x)\n\nC1.",
        [entry("Cold", ONE, "C1.")],
    ),
    "items with a place or person": (
        f"- [Cold]({ONE}) via [b.example](https://b.example/x)\n- [Hot]({TWO}). Via: [Ann](https://ann.example/)",
        [entry("Cold"), entry("Hot", TWO, "Via: [Ann](https://ann.example/)")],
    ),
    "items by an author": (
        f"* [Cold]({ONE}) by Ann B.: a history.\n* 📄 [Hot]({TWO}) – by Bob",
        [entry("Cold", ONE, "by Ann B.: a history."), entry("Hot", TWO, "by Bob")],
    ),
    "items with a kind": (
        f"* [video] [Cold]({ONE}): singing.\n* **New!** [Hot]({TWO})",
        [entry("[video] Cold", ONE, "singing."), entry("New! Hot", TWO)],
    ),
    "numbered items with paragraphs": (
        f"1. **[Cold]({ONE})**\n   x.\n\n   y.\n2. **[Hot]({TWO})**\n   z.",
        [entry("Cold", ONE, "x.\n\ny."), entry("Hot", TWO, "z.")],
    ),
    "paragraphs that begin with a link": (
        f"**[Cold]({ONE})** by Ann — A history.\n\n**[Hot]({TWO})**: why.\n\n[Warm]({ONE}3) — it is.",
        [entry("Cold", ONE, "by Ann — A history."), entry("Hot", TWO, "why."), entry("Warm", f"{ONE}3", "it is.")],
    ),
    "bold link, the comment on the next line": (
        f"**[Cold]({ONE})**\nIt brings.\n\n**[Hot]({TWO})**\nThey bring.",
        [entry("Cold", ONE, "It brings."), entry("Hot", TWO, "They bring.")],
    ),
    "heading without link, the domain below": (
        f"## Cold\n\n{IMAGE}\n\n[a.example]({ONE})\n\nC1.\n\n## Hot\n\n[a.example]({TWO})\n\nC2.",
        [entry("Cold", ONE, "C1.", image="https://i.example/1.png", image_alt="x"), entry("Hot", TWO, "C2.")],
    ),
    "heading without link, a link below the comment": (
        f"## Cold\n\nC1.\n\n[Read more]({ONE})\n\n## Hot\n\nC2.\n\n[阅读全文 →]({TWO})",
        [entry("Cold", ONE, "C1."), entry("Hot", TWO, "C2.")],
    ),
    "heading without link, a link with other words below the comment": (
        f"## Cold\n\nC1.\n\n[The Kite has it]({ONE})",
        [entry("Cold", ONE, f"C1.\n\n[The Kite has it]({ONE})")],
    ),
    "numbered headings": (
        f"## 1. [Cold]({ONE})\n\nC1.\n\n## 2. [Hot]({TWO})\n\nC2.",
        [entry("Cold", ONE, "C1."), entry("Hot", TWO, "C2.")],
    ),
    "links to one story in a sentence": (
        f"[Cold]({ONE}) at [**work**]({ONE}) — a.example\n\n{IMAGE}\n\nC1.\n\nThe [Hot]({TWO}) way\n\n{IMAGE}\n\nC2.",
        [
            entry("Cold at work", ONE, "C1.", image="https://i.example/1.png", image_alt="x"),
            entry("The Hot way", TWO, "C2.", image="https://i.example/1.png", image_alt="x"),
        ],
    ),
    "caption on the next line, the source title with its URL": (
        f"## [Cold]({ONE})\n\n{IMAGE}\n*Fig. 2 taken from the paper*\n\n**Original title: Cold Lenses**\n{ONE}\n\nC1.",
        [
            entry(
                "Cold",
                ONE,
                "C1.",
                source_title="Cold Lenses",
                image="https://i.example/1.png",
                image_alt="x",
                image_credit="Fig. 2 taken from the paper",
            )
        ],
    ),
    "title without link, the paper's URL after its source title": (
        f"**Cold**\n\n{IMAGE}\n\n*[2101.00001] Cold Lenses* https://arxiv.org/abs/2101.00001\n\nC1.",
        [
            entry(
                "Cold",
                "https://arxiv.org/abs/2101.00001",
                "C1.",
                source_title="Cold Lenses",
                image="https://i.example/1.png",
                image_alt="x",
            )
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("heading", ["# 1. Papers", "# Papers"])
def test_the_beginning_of_an_entry_is_recognized(run: Run, heading: str, body: str, expected: list[Fields]) -> None:
    """Everything is placed, in a section with and without a number."""
    Path("story.md").write_text(f"# The Lens — Issue 7\n\n{heading}\n\n{body}\n", encoding="utf-8")
    run("import", "medium", "story.md", "--strict", code=0)
    issue = read_draft(Path("issues/007.yaml")).draft
    keys = ("title", "url", "source_title", "image", "image_alt", "image_credit", "comment")
    found = [{key: value for key in keys if (value := getattr(e, key).strip())} for _, _, e in issue.entries()]
    assert found == expected
    assert [section for section, _, _ in issue.entries()] == ["papers"] * len(expected)


def test_the_heading_of_a_part_of_a_section_is_a_comment_of_its_first_entry(run: Run) -> None:
    """It has no field of its own, and is not taken for an entry."""
    body = f"## Vision\n\n[**Cold**]({ONE})\n\nC1.\n\n## Language\n\n- [Hot]({TWO}) — C2.\n"
    Path("story.md").write_text(f"# The Lens — Issue 7\n\n# 1. Papers\n\n{body}", encoding="utf-8")
    result = run("import", "medium", "story.md", "--strict", code=0)
    text = Path("issues/007.yaml").read_text()
    assert text.index("# From line 5 of story.md, the heading above it: ## Vision\n") < text.index("title: Cold")
    assert "2 other comments keep" in result.stderr


def test_lists_of_links_under_known_names_are_entries_and_no_highlights(run: Run) -> None:
    """Also above a rule. Their stories are not below."""
    page = f"# Papers\n\n- [Cold]({ONE})\n\n---\n\n# Other Topics\n\n- [Hot]({TWO})\n"
    Path("story.md").write_text(f"# The Lens — Issue 7\n\n{page}", encoding="utf-8")
    run("import", "medium", "story.md", code=0)
    issue = read_draft(Path("issues/007.yaml")).draft
    assert [(section, e.title) for section, _, e in issue.entries()] == [("papers", "Cold"), ("other", "Hot")]
    assert list(issue.points()) == []


def test_lists_under_names_that_come_again_are_highlights(run: Run) -> None:
    """The second time, the names begin sections, also of lists only."""
    names = ("Papers", "Other Topics")
    points = "".join(f"## {name}\n\n- [T](https://p.example/{n}) is out.\n\n" for n, name in enumerate(names))
    page = "".join(f"# {name}\n\n- [T{n}](https://a.example/{n})\n\n" for n, name in enumerate(names))
    Path("story.md").write_text(f"# The Lens — Issue 7\n\n{points}---\n\n{page}", encoding="utf-8")
    run("import", "medium", "story.md", code=0)
    issue = read_draft(Path("issues/007.yaml")).draft
    assert [(section, e.title) for section, _, e in issue.entries()] == [("papers", "T0"), ("other", "T1")]
    assert [section for section, _, _ in issue.points()] == ["papers", "other"]
