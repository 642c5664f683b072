"""Drafts with gaps and errors are always shown, with placeholders."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.issue_preview import IssuePreview
from newsletter.dashboard.issue_previews import IssuePreviews
from newsletter.dashboard.placeholders import MISSING_IMAGE, mark_placeholders
from newsletter.dashboard.readable_yaml import readable_part
from newsletter.documents.source import Source
from tests.dashboard.previewing import issue_text, write_lens

TEXT = issue_text()
LINES = TEXT.split("\n")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lens(tmp_path_factory.mktemp("drafts"))


def preview_of(root: Path, text: str) -> IssuePreview:
    (root / "issues" / "lens.yaml").write_text(text, encoding="utf-8")
    return IssuePreviews(root, FileChanges()).preview("lens")


GAPS = {
    "a misspelt key": ("title: 'Story 2'", "titel: 'Story 2'", 2, "Title is missing"),
    "no URL": ("https://example.org/2\n", "\n", 1, "url-is-missing.invalid"),
    "another kind of URL": ("https://example.org/2\n", "ftp://example.org\n", 1, "url-is-missing.invalid"),
    "a reference to no entry": ("(@e1)", "(@nothing)", 1, "link-is-missing.invalid"),
    "a reference in other Markdown": ("[lenses](@e1)", "[lenses](\\@nothing)", 1, "lenses"),
    "no image file": ("image: lens.png", "image: none.png", 1, MISSING_IMAGE),
    "no image file in a comment": ("It is story 2.", "![A lens](none.png)", 1, MISSING_IMAGE),
    "a date in words": ("date: 2024-05-12", "date: May 12", 1, "1 January 1"),
    "a language without labels": ("number: 2", "number: 2\nlanguage: xx", 1, "Story 20"),
    "a control character": ("'Story 2'", '"Story\\x07 2"', 1, "Story 2"),
    "two entries with an id": ("id: e3", "id: e5", 1, "Story 20"),
    "a quotation mark that is not closed": ("'Story 5'", "'Story 5", 1, "Title is missing"),
    "a colon without quotation marks": ("'Story 5'", "A: b", 1, "Title is missing"),
    "a text for a list": ("highlights:\n  featured:", "highlights: x\nfeatured:", 2, "Story 20"),
}


@pytest.mark.parametrize("case", GAPS)
def test_gaps(root: Path, case: str) -> None:
    """The draft is rendered with a placeholder, and the error is reported with its line."""
    before, after, count, shown = GAPS[case]
    assert before in TEXT
    preview = preview_of(root, TEXT.replace(before, after, 1))
    assert preview.error is not None
    assert len(preview.error.problems) == count
    assert preview.outputs is not None
    assert shown in preview.outputs.email
    assert "Story 20" in preview.outputs.text
    assert len([entry for part in preview.outline for entry in part.entries]) == 20


@pytest.mark.parametrize(
    ("text", "errors"),
    [("", 0), ("# Nothing yet\n", 0), ("title: A\ndate: 2024-05-12\n", 0), ("- a\n", 1), ("title: [\n", 1), ("a", 1)],
)
def test_nothing_to_show_yet(root: Path, text: str, errors: int) -> None:
    """An issue without entries shows an example of one. That it has none is not an error."""
    preview = preview_of(root, text)
    assert preview.empty
    assert preview.outputs is not None
    assert "Your first entry" in preview.outputs.email
    assert len(preview.error.problems if preview.error else ()) == errors


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, len(LINES)), count=st.integers(0, 9), typed=st.text(max_size=12), column=st.integers(0, 30))
def test_any_change_can_be_shown(root: Path, first: int, count: int, typed: str, column: int) -> None:
    """Whatever is deleted or typed anywhere in the file, the draft is rendered."""
    line = LINES[first] if first < len(LINES) else ""
    text = "\n".join([*LINES[:first], line[:column] + typed + line[column:], *LINES[first + count + 1 :]])
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    preview = preview_of(root, text)
    assert preview.outputs is not None or "\0" in text


def test_a_line_that_cannot_be_parsed_is_left_out() -> None:
    """The lines around it are kept, and keep their numbers."""
    part, root, error = readable_part(Source("a.yaml", "a: 1\nb: 'x\nc: 3\n"))
    assert part.text == "a: 1\n\nc: 3\n"
    assert list(root.values) == ["a", "c"]
    assert error is not None
    assert readable_part(Source("a.yaml", "a: 1\n"))[2] is None


def test_placeholders_are_marked_in_texts_only() -> None:
    """A placeholder in an attribute or in the head stays as it is."""
    page = '<title>Title is missing</title><body><img alt="Title is missing"><p>Title is missing</p>'
    marked = mark_placeholders(page)
    assert marked.startswith('<title>Title is missing</title><body><img alt="Title is missing"><p><mark data-missing ')
    assert marked.count("<mark") == 1
