"""Tests of changing any field, tags and highlights, and of deleting and inserting entries: nothing else changes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.issue.draft import IssueDraft
from newsletter.issue.edit_field import with_field, with_issue_field, with_tags
from newsletter.issue.edit_highlights import with_highlight
from newsletter.issue.move_entry import Spot, delete_entry, entry_lines, insert_entry
from newsletter.publication.section import DEFAULT_SECTIONS, OTHER, PAPERS, SectionKey
from tests.issue.test_add_entries import files, has_only_additions
from tests.issue.test_draft_yaml import COMMENTS
from tests.issue.test_move_entry import FILE, parse, spots

NAMES = ["title", "url", "source_title", "via", "sponsored", "image", "image_alt", "id", "language", "comment"]
ISSUE_NAMES = ["title", "subtitle", "date", "number", "subject", "preheader", "intro", "outro"]
WORDS = COMMENTS.map(lambda text: " ".join(text.split()))


def source(text: str) -> Source:
    return Source("issue.yaml", text)


def with_entry(draft: IssueDraft, spot: Spot, **values: Any) -> IssueDraft:
    """Return a draft with other values of one entry."""
    entries = list(draft.sections[spot.section])
    entries[spot.index] = replace(entries[spot.index], **values)
    return replace(draft, sections={**draft.sections, spot.section: tuple(entries)})


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(files(), st.sampled_from(NAMES), COMMENTS, st.data())
def test_any_field_of_an_entry(text: str, name: str, value: str, data: st.DataObject) -> None:
    """The field has the value, and no other value of the file changes."""
    draft = parse(text)
    assume(spots(draft))
    spot = data.draw(st.sampled_from(spots(draft)))
    value = value if name == "comment" else " ".join(value.split())
    after = parse(with_field(source(text), spot, name, value))
    assert after == with_entry(draft, spot, **{name: value.strip("\n").rstrip()})


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(files(), st.lists(WORDS.filter(bool), max_size=3), st.data())
def test_tags(text: str, tags: list[str], data: st.DataObject) -> None:
    """The entry has the tags, and no other value changes."""
    draft = parse(text)
    assume(spots(draft))
    spot = data.draw(st.sampled_from(spots(draft)))
    try:
        after = parse(with_tags(source(text), spot, tuple(tags)))
    except DocumentError:
        # There is a YAML comment between the tags.
        assert "#" in text
        return
    assert after == with_entry(draft, spot, tags=tuple(tags))


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(files(), st.sampled_from(ISSUE_NAMES), COMMENTS)
def test_any_field_of_the_issue(text: str, name: str, value: str) -> None:
    """The field has the value, no other value changes, and no comment is lost."""
    value = value if name in ("intro", "outro") else " ".join(value.split())
    after = with_issue_field(source(text), name, value)
    values: dict[str, Any] = {name: value.strip("\n").rstrip()}
    assert parse(after) == replace(parse(text), **values)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in after.splitlines() if line.startswith("#")] == comments


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(files(), st.sampled_from(DEFAULT_SECTIONS), COMMENTS, st.data())
def test_any_highlight(text: str, section: SectionKey, value: str, data: st.DataObject) -> None:
    """A highlight is changed, added or deleted. No other value changes."""
    draft = parse(text)
    highlights = list(draft.highlights.get(section, ()))
    value = value.strip("\n").rstrip()
    index = data.draw(st.integers(0, len(highlights) if value else max(len(highlights) - 1, 0)))
    assume(value or highlights)
    try:
        after = parse(with_highlight(source(text), section, index, value))
    except DocumentError:
        # A YAML comment that is indented further than a block of text would become part of the block.
        assert "          # far in" in text
        return
    highlights[index : index + 1] = [value] if value else []
    assert after == replace(draft, highlights={**draft.highlights, section: tuple(highlights)})


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(files(), st.data())
def test_deleting_and_inserting(text: str, data: st.DataObject) -> None:
    """Deleting removes lines of one entry. Its lines, inserted again anywhere, are the same entry."""
    draft = parse(text)
    assume(spots(draft))
    spot = data.draw(st.sampled_from(spots(draft)))
    entry = draft.sections[spot.section][spot.index]
    section = data.draw(st.sampled_from(DEFAULT_SECTIONS))
    try:
        rest, lines = delete_entry(source(text), spot)
        assert has_only_additions(rest, text)
        left = parse(rest)
        to = Spot(section, data.draw(st.integers(0, len(left.sections.get(section, ())))))
        after = parse(insert_entry(source(rest), to, lines, DEFAULT_SECTIONS))
    except DocumentError:
        assert "          # far in" in text
        return
    entries = list(left.sections.get(section, ()))
    entries.insert(to.index, entry)
    assert after == replace(left, sections={**left.sections, section: tuple(entries)})


def test_an_inserted_entry_takes_no_comment_below_it_as_text() -> None:
    """An empty block of text would continue with a comment that is indented further."""
    text = "sections:\n  papers:\n          # far in\n    - title: A\n    - title: B\n      comment: |\n"
    rest, lines = delete_entry(source(text), Spot(PAPERS, 1))
    with pytest.raises(DocumentError, match="unsupported YAML style"):
        insert_entry(source(rest), Spot(PAPERS, 0), lines, DEFAULT_SECTIONS)
    assert parse(insert_entry(source(rest), Spot(PAPERS, 1), lines, DEFAULT_SECTIONS)) == parse(text)


def test_highlights_above_the_comments_of_the_sections() -> None:
    """If an issue has no highlights, they are added above its sections and the comments of those."""
    text = "title: A\n# The entries.\nsections:\n  papers: []\n"
    after = with_highlight(source(text), PAPERS, 0, "One: *two*")
    assert after == text.replace("# The", 'highlights:\n  papers:\n    - "One: *two*"\n\n# The')
    assert with_highlight(source(after), PAPERS, 0, "") == after.replace('    - "One: *two*"\n', "")


def test_the_first_field_of_an_empty_file() -> None:
    """A file with comments only gets the field below them."""
    assert with_issue_field(source("# Mine"), "date", "2024-05-12") == "# Mine\ndate: 2024-05-12\n"


def test_intro_and_outro_are_blocks() -> None:
    """They get an empty line above, and stay apart from comments. In brackets they are quoted."""
    text = "title: A\nsections:\n  papers:\n    - title: B\n      comment: |\n        C\n    # Of Ida.\n# End.\n"
    after = with_issue_field(source(with_issue_field(source(text), "outro", "Bye.\n\nIda")), "intro", "Hello.")
    assert after == text.replace("sections:", "\nintro: |\n  Hello.\nsections:").replace(
        "# End", "\noutro: |\n  Bye.\n\n  Ida\n# End"
    )
    assert with_issue_field(source("{title: A}"), "intro", "Hello.") == '{title: A, intro: "Hello."}'
    assert with_issue_field(source("intro:\noutro:\n"), "intro", "Hello.") == "intro: |\n  Hello.\noutro:\n"
    assert with_issue_field(source(""), "intro", "Hello.") == "intro: |\n  Hello.\n"


def test_sponsored_is_a_boolean_or_a_name() -> None:
    """`true` is written without quotes, as the schema has it; a sponsor's name as any text."""
    spot = Spot(PAPERS, 0)
    text = "sections:\n  papers:\n    - title: B\n"
    for value, written in (("true", "true"), ("Acme: lenses", '"Acme: lenses"'), ("42", '"42"')):
        assert with_field(source(text), spot, "sponsored", value) == f"{text}      sponsored: {written}\n"
    flow = "sections:\n  papers: [{title: B}]\n"
    assert with_field(source(flow), spot, "sponsored", "true") == flow.replace("B}", "B, sponsored: true}")


def test_tags_keep_their_style() -> None:
    """Tags on lines of their own stay on lines of their own, and those in brackets in brackets."""
    lines = FILE.replace('- title: "Two"', '- tags:\n        - a\n      title: "Two"')
    assert '- tags:\n        - b\n        - "c, d"\n      title' in with_tags(
        source(lines), Spot(PAPERS, 1), ("b", "c, d")
    )
    assert "url: u3, comment: c, tags: [b]}" in with_tags(source(FILE), Spot(PAPERS, 2), ("b",))
    with pytest.raises(DocumentError, match="unsupported YAML style"):
        with_tags(source(lines.replace("- a\n", "- a  # of Ida\n        - b\n")), Spot(PAPERS, 1), ("c",))


def test_entries_that_cannot_be_deleted() -> None:
    """An entry that does not exist, or is in brackets with others, is an error that says what to do."""
    with pytest.raises(DocumentError, match="cannot move, add or delete the entry") as caught:
        delete_entry(source(FILE), Spot(OTHER, 0))
    assert "Put `sections:` and each entry on a separate line" in caught.value.problems[0].advice
    with pytest.raises(DocumentError):
        entry_lines(source("sections:\n  papers: [{title: A}]\n"), Spot(PAPERS, 0))
