"""Tests of small pages and feeds on which an importer can go wrong."""

from pathlib import Path

import pytest

from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import ARTICLES, FEATURED, USE_CASES
from tests.conftest import Run
from tests.publications import write_publication

CASES = Path(__file__).parent / "cases"


@pytest.fixture(autouse=True)
def publication(folder: Path) -> Path:
    """A publication without issues."""
    return write_publication(folder)


def import_case(run: Run, source: str, name: str) -> IssueDraft:
    """Import a file of the folder `cases`. Returns its draft."""
    content = (CASES / name).read_bytes()
    file = Path(Path(name).name)
    file.write_bytes(content)
    path = Path(run("import", source, str(file), code=0).stdout.strip())
    return read_draft(path).draft


def only_entry(issue: IssueDraft) -> EntryDraft:
    """Return the only entry of a draft."""
    ((_, _, entry),) = issue.entries()
    return entry


def shown(issue: IssueDraft) -> list[tuple[str, str, str, str]]:
    """Return the section, title, URL and comment of each entry."""
    return [(section, entry.title, entry.url, entry.comment.strip()) for section, _, entry in issue.entries()]


def test_the_items_of_a_list_of_links_are_entries(run: Run) -> None:
    """The comment is what follows the link, without the dash."""
    assert shown(import_case(run, "buttondown", "kite-12.md")) == [
        ("papers", "Lift on thin sails", "https://arxiv.org/abs/2101.00002", ""),
        ("papers", "Strings that sing", "https://arxiv.org/abs/2101.00003", "on the sound of a line in wind."),
        ("articles", "How kites fly", "https://kites.example.com/fly", "by Ann: a short history of lift."),
        ("articles", "Tails", "https://kites.example.com/tails", "and why they matter."),
    ]


def test_paragraphs_that_begin_with_a_link_are_entries(run: Run) -> None:
    """Bold links begin an entry, with a comment below or on the same line."""
    assert shown(import_case(run, "buttondown", "kite-13.md")) == [
        ("papers", "Lift on thin sails", "https://arxiv.org/abs/2101.00002", "They measure it in a tunnel."),
        ("papers", "Strings that sing", "https://arxiv.org/abs/2101.00003", ""),
        ("articles", "How kites fly", "https://kites.example.com/fly", "A short history of lift, by Ann."),
        ("articles", "Tails", "https://kites.example.com/tails", "why they matter, shown in six pictures."),
    ]


def test_the_image_of_a_picture_element_is_found(run: Run) -> None:
    """The parser puts it inside the `source` before it."""
    issue = import_case(run, "substack", "picture.html")
    entry = only_entry(issue)
    assert (entry.image, entry.image_alt) == ("https://img.example.com/a.png", "A red kite")
    assert (issue.title, [section for section, _, _ in issue.entries()]) == ("", [ARTICLES])


def test_relative_addresses_of_a_feed_are_resolved(run: Run) -> None:
    """They are relative to the link of the item."""
    entry = only_entry(import_case(run, "rss", "relative-addresses.xml"))
    assert (entry.url, entry.image) == ("https://kite.example.org/out/fly", "https://kite.example.org/blog/1/a.png")


def test_entities_in_the_title_of_a_feed_are_resolved(run: Run) -> None:
    """They are not taken for the number of the issue."""
    issue = import_case(run, "rss", "title-entities.xml")
    assert (issue.title, issue.number) == ("Wind – gust & lull", "")


def test_the_day_is_that_of_the_feed(run: Run) -> None:
    """It is not the day in UTC."""
    assert import_case(run, "rss", "date-utc.xml").date == "2024-03-05"


def test_control_characters_are_removed(run: Run) -> None:
    """The issue has none, so that `check` accepts it."""
    issue = import_case(run, "substack", "control-character.html")
    (path,) = Path("issues").glob("*.yaml")
    run("check", path.stem, code=None)
    assert "\\x" not in path.read_text()
    assert only_entry(issue).comment.strip() == "A short history."
    assert "\\x" not in Path("issues/articles.yaml").read_text() if Path("issues/articles.yaml").exists() else True


FIRST = ("papers", "First lens", "https://arxiv.org/abs/2101.00001", "They grind it.", "One")
SECOND = ("papers", "Second lens", "https://arxiv.org/abs/2101.00002", "They polish it.", "Two")
SHAPES = {
    "R1-section": [("featured", *FIRST[1:]), ("papers", "First lens", SECOND[2], "They grind it.", "One")],
    "R2-after": [FIRST, SECOND],
    "R2-swap": [FIRST, SECOND],
    "R2-tail": [FIRST, ("papers", "Second lens at work", *SECOND[2:])],
    "R3-rule": [FIRST, ("other", "Odd", "https://arxiv.org/abs/2101.00009", "Words.", "")],
    "R5-highlight": [FIRST],
    "R6-credit": [FIRST],
    "R7-untitled": [FIRST, ("papers", "", *SECOND[2:])],
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_shapes_of_a_story_are_recognized(run: Run, name: str) -> None:
    """Each entry is in its section with its source title."""
    issue = import_case(run, "medium", f"medium-shapes/{name}.md")
    found = [(*row, entry.source_title) for row, (_, _, entry) in zip(shown(issue), issue.entries(), strict=True)]
    assert found == SHAPES[name]


def test_highlights_with_other_names_are_in_their_groups(run: Run) -> None:
    """The group is found by a keyword, and reported as a guess with its words."""
    issue = import_case(run, "medium", "medium-shapes/R5-highlight.md")
    assert [(section, text.strip()) for section, _, text in issue.points()] == [
        (FEATURED, "[One](https://arxiv.org/abs/2101.00001) is ground."),
        (USE_CASES, "[Roads](https://example.com/r) are built."),
    ]
    assert "its heading of highlights: ## Machine learning in the real world" in Path("issues/007.yaml").read_text()


def test_a_credit_needs_no_colon(run: Run) -> None:
    """It stays as it is written."""
    issue = import_case(run, "medium", "medium-shapes/R6-credit.md")
    assert only_entry(issue).image_credit == "Image from this paper"


def test_a_rule_that_is_a_heading_ends_the_section(run: Run) -> None:
    """What is below it is the footer."""
    import_case(run, "medium", "medium-shapes/R3-rule.md")
    assert (
        Path("issues/007.yaml")
        .read_text()
        .endswith(", its footer: # About me\n# From line 22 of R3-rule.md, its footer: I grind.\n")
    )
