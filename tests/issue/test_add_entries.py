"""Tests of adding entries to an author's file: existing content does not change."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.issue.add_entries import add_entries
from newsletter.issue.draft import EntryDraft
from newsletter.issue.draft_document import parse_draft
from newsletter.issue.draft_yaml import entry_flow, entry_text, issue_text
from newsletter.issue.scaffold import NewIssue
from newsletter.issue.scaffold import issue_text as new_issue_text
from newsletter.publication.section import DEFAULT_SECTIONS, FEATURED, PAPERS, SectionKey
from newsletter.publication.template_folders import TEMPLATES
from tests.issue.test_draft_yaml import ENTRIES, ISSUES

NEW = EntryDraft(url="https://example.org/new", title="A new story")
PLACED = st.tuples(
    st.sampled_from(DEFAULT_SECTIONS),
    ENTRIES.map(
        lambda entry: EntryDraft(
            url="https://example.org/x", title=entry.title, comment=entry.comment, remarks=entry.remarks
        )
    ),
)


def add(text: str, section: SectionKey = PAPERS, entry: EntryDraft = NEW) -> str:
    return add_entries(Source("issue.yaml", text), [(section, entry)], DEFAULT_SECTIONS)


def has_only_additions(before: str, after: str) -> bool:
    """Return whether the second text contains every line of the first, in the same order."""
    lines = iter(after.splitlines())
    return all(any(line == other for other in lines) for line in before.splitlines())


def urls(text: str) -> dict[str, list[str]]:
    draft = parse_draft(Source("issue.yaml", text), Path("issue.yaml")).draft
    return {section: [entry.url for entry in entries] for section, entries in draft.sections.items() if entries}


@st.composite
def files(draw: st.DrawFn) -> str:
    """Generate handwritten files: with comments and empty lines anywhere between entries, and either line ending."""
    lines = issue_text(draw(ISSUES), DEFAULT_SECTIONS).split("\n")
    remarks = st.sampled_from(
        ["", "# a remark", "    # a remark: with a colon", "      # - title: one more, perhaps", "          # far in"]
    )
    text = ""
    block = 0
    for line in lines:
        inner = len(line) - len(line.lstrip())
        block = 0 if line.strip() and inner < block else block
        if not block and draw(st.integers(0, 5)) == 0:
            text += draw(remarks) + "\n"
        text += line + "\n"
        if re.search(r"(?:comment:|intro:|outro:|-) \|$", line) or (block and not line.strip()):
            block = block or inner + 1
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@pytest.mark.slow
@settings(max_examples=60)
@given(files(), st.lists(PLACED, min_size=1, max_size=4))
def test_adding_entries_only_adds_lines(text: str, entries: list[tuple[SectionKey, EntryDraft]]) -> None:
    """All existing lines stay, in their order. Only an empty list `[]` is replaced."""
    after = add_entries(Source("issue.yaml", text), entries, DEFAULT_SECTIONS)
    assert has_only_additions(
        re.sub(r": \[\](?=\r?$)", ":", text, flags=re.MULTILINE),
        re.sub(r": \[\](?=\r?$)", ":", after, flags=re.MULTILINE),
    )
    draft = parse_draft(Source("issue.yaml", text), Path("issue.yaml")).draft
    for section in DEFAULT_SECTIONS:
        before = [entry.url for entry in draft.sections[section]]
        assert urls(after).get(section, [])[: len(before)] == before


ENTRY = entry_text(NEW)
INDENTLESS = entry_text(NEW, "  ")
STYLES = {
    "after the last entry, with an empty line between": (
        "sections:\n  papers:\n    - title: 'One'  # first\n      url: https://example.org/1\n\n  other: []\n",
        "sections:\n  papers:\n    - title: 'One'  # first\n      url: https://example.org/1\n\n"
        + ENTRY
        + "\n  other: []\n",
    ),
    "without an empty line if the author writes none": (
        "sections:\n  papers:\n    - title: 1\n    - title: 2\n  other: []\n",
        "sections:\n  papers:\n    - title: 1\n    - title: 2\n" + ENTRY + "  other: []\n",
    ),
    "with dashes at the indentation of the section's name": (
        "sections:\n  other:\n  - title: 1\n  papers:\n",
        "sections:\n  other:\n  - title: 1\n  papers:\n" + INDENTLESS,
    ),
    "below the comments of the entry above": (
        "sections:\n  papers:\n    - title: 1\n      # image: later\n\n    # and the next?\n",
        "sections:\n  papers:\n    - title: 1\n      # image: later\n\n" + ENTRY + "\n    # and the next?\n",
    ),
    "instead of an empty list in brackets": (
        "sections:\n  papers: []  # none yet\n  other: []\n",
        "sections:\n  papers:  # none yet\n" + ENTRY + "  other: []\n",
    ),
    "into brackets": (
        "sections: {papers: [{title: One, url: u}]}\n",
        f"sections: {{papers: [{{title: One, url: u}}, {entry_flow(NEW)}]}}\n",
    ),
    "as a new section, in the order of sections": (
        "sections:\n  featured:\n    - title: 1\n\n  # the rest\n  other: []\n",
        "sections:\n  featured:\n    - title: 1\n  papers:\n" + ENTRY + "\n  # the rest\n  other: []\n",
    ),
    "below `sections` without a value": ("title: A\nsections:\n", "title: A\nsections:\n  papers:\n" + ENTRY),
    "into a file with comments only": ("# The inbox.\n", "# The inbox.\n\nsections:\n  papers:\n" + ENTRY),
    "after a multi-line text": (
        "sections:\n  papers:\n    - comment: |\n        One\n\n        # no remark\n",
        "sections:\n  papers:\n    - comment: |\n        One\n\n        # no remark\n\n" + ENTRY,
    ),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_entry_is_added(style: str, newline: str) -> None:
    """An entry is added at the end of its section, in the file's style and with its line endings."""
    before, after = (text.replace("\n", newline) for text in STYLES[style])
    assert add(before) == after


def test_a_missing_line_break_at_the_end_of_the_file_is_added() -> None:
    """`sections` starts on a new line."""
    assert add("title: A") == "title: A\n\nsections:\n  papers:\n" + ENTRY


def test_the_scaffolds_blank_entry_is_filled_in() -> None:
    """The first entry fills in the scaffold's blank entry. The comments that explain its fields stay."""
    scaffold = new_issue_text((TEMPLATES,), NewIssue("001", "The Weekly Lens", date(2024, 5, 5), 1), DEFAULT_SECTIONS)
    entry = EntryDraft("https://example.org/new", "A new story", comment="Two\n\nparagraphs.", remarks=("Abstract: …",))
    after = add(scaffold, FEATURED, entry)
    assert has_only_additions(scaffold, after.replace(f" {entry.title}", "").replace(f" {entry.url}", ""))
    assert "    - title: A new story\n      url: https://example.org/new\n" in after
    assert "      comment: |\n        Two\n\n        paragraphs.\n" in after
    assert "      # Abstract: …\n    - title:" in after
    assert urls(add(after, FEATURED)) == {"featured": ["https://example.org/new", NEW.url]}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: A\nsections: none\n", 2),
        ("title: A\nsections:\n  papers: none\n", 3),
        ("{title: A}\n", 1),
        ("title: A\n---\ntitle: B\n", 2),
        ("- title: A\n", 1),
    ],
)
def test_an_unsupported_style_is_an_error_with_its_line(text: str, line: int) -> None:
    """If no entry can be added, an error with the line is raised."""
    with pytest.raises(DocumentError) as caught:
        add(text)
    assert caught.value.problems[0].line == line
