"""Tests of moving entries and changing their fields in an author's file: no other lines change."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import drop_blank_entries, location_of
from newsletter.documents.source import Source
from newsletter.documents.splices import end_of
from newsletter.documents.yaml_tree import compose
from newsletter.errors import DocumentError
from newsletter.issue.draft import IssueDraft
from newsletter.issue.draft_document import parse_draft
from newsletter.issue.edit_field import with_field
from newsletter.issue.move_entry import Spot, move_entry
from newsletter.publication.section import DEFAULT_SECTIONS, OTHER, PAPERS, SectionKey
from tests.issue.test_add_entries import files
from tests.issue.test_draft_yaml import COMMENTS

PAPERS, OTHER = PAPERS, OTHER
FILE = """\
title: A
sections:
  # The papers.
  papers:
    - id: one  # the first
      title: 'It''s one'
      url: https://example.org/1
      # image: later

    # Two came late.
    - title: "Two"
      url: https://example.org/2
      comment: |
        Two words.

        # no remark
    - {title: Three, url: u3, comment: c}

  # The rest.
  other: []
"""


def parse(text: str) -> IssueDraft:
    return parse_draft(Source("issue.yaml", text), Path("issue.yaml")).draft


def move(text: str, spot: Spot, to: Spot) -> str:
    return move_entry(Source("issue.yaml", text), spot, to, DEFAULT_SECTIONS)


def set_field(text: str, spot: Spot, name: str, value: str) -> str:
    return with_field(Source("issue.yaml", text), spot, name, value)


def text_lines(text: str, without: SectionKey) -> list[str]:
    """Return the lines of a text that are not empty, without indentation and without the line of one section's name."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and line not in (f"{without}:", f"{without}: []")]


def one_run_moved(before: list[str], after: list[str]) -> bool:
    """Return whether the lists differ only in the position of one run of items."""
    same = [one == other for one, other in zip(before, after, strict=True)]
    head = same.index(False) if False in same else len(same)
    tail = same[::-1].index(False) if False in same else 0
    # If the moved run and the items it is exchanged with start or end with equal items, the common head or tail is too
    # long, so try shorter ones too.
    for first, last in product(range(head, max(-1, head - 9), -1), range(tail, max(-1, tail - 9), -1)):
        was, now = before[first : len(before) - last], after[first : len(after) - last]
        if any(was[at:] + was[:at] == now for at in range(len(was) + 1)):
            return True
    return False


def lines_of(source: Source, spot: Spot, name: str) -> tuple[int, int]:
    """Return the first line of a field and the line after it, or the range in which a missing field may be added."""
    root = compose(source)
    assert isinstance(root, Mapping)
    drop_blank_entries(root)
    _, entry = location_of(root, ("sections", spot.section, spot.index))
    assert isinstance(entry, Mapping)
    ends = {
        key: source.position(max(node.location.end, end_of(source, entry.values[key])))[0] + 1
        for key, node in entry.keys.items()
    }
    return (
        (entry.keys[name].location.line, ends[name]) if name in ends else (entry.location.line + 1, max(ends.values()))
    )


def spots(draft: IssueDraft) -> list[Spot]:
    return [Spot(section, index) for section in DEFAULT_SECTIONS for index in range(len(draft.sections[section]))]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(files(), st.data())
def test_a_move_changes_the_position_of_one_run_of_lines(text: str, data: st.DataObject) -> None:
    """No line is lost, all lines except one run keep their order, and only one entry has moved."""
    draft = parse(text)
    assume(spots(draft))
    spot = data.draw(st.sampled_from(spots(draft)))
    section = data.draw(st.sampled_from(DEFAULT_SECTIONS))
    room = len(draft.sections[section]) - (section == spot.section)
    to = Spot(section, data.draw(st.integers(0, room)))
    try:
        after = move(text, spot, to)
    except DocumentError:
        # A YAML comment that is indented further than a block of text would become part of the block.
        assert "          # far in" in text
        return
    lists = {known: list(entries) for known, entries in draft.sections.items()}
    lists[to.section].insert(to.index, lists[spot.section].pop(spot.index))
    assert {known: list(entries) for known, entries in parse(after).sections.items()} == lists
    assert one_run_moved(text_lines(text, without=section), text_lines(after, without=section))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(files(), st.sampled_from(["title", "comment", "image_alt"]), COMMENTS, st.data())
def test_changing_a_field_changes_only_its_lines(text: str, name: str, value: str, data: st.DataObject) -> None:
    """The lines of the field are replaced. All lines before and after them stay."""
    draft = parse(text)
    assume(spots(draft))
    spot = data.draw(st.sampled_from(spots(draft)))
    value = value if name == "comment" else " ".join(value.split())
    after = set_field(text, spot, name, value)
    entry = parse(after).sections[spot.section][spot.index]
    assert getattr(entry, name) == value.strip("\n").rstrip()
    first, last = lines_of(Source("issue.yaml", text), spot, name)
    before, now = re.split(r"\r?\n", text), re.split(r"\r?\n", after)
    assert now[:first] == before[:first]
    assert now[len(now) - len(before) + last :] == before[last:]


MOVES = {
    "down, with its comments": (
        (PAPERS, 0),
        (PAPERS, 1),
        """\
    # Two came late.
    - title: "Two"
      url: https://example.org/2
      comment: |
        Two words.

        # no remark

    - id: one  # the first
      title: 'It''s one'
      url: https://example.org/1
      # image: later
    - {title: Three, url: u3, comment: c}

  # The rest.
  other: []
""",
    ),
    "into a section without entries": (
        (PAPERS, 1),
        (OTHER, 0),
        """\
    - id: one  # the first
      title: 'It''s one'
      url: https://example.org/1
      # image: later
    - {title: Three, url: u3, comment: c}

  # The rest.
  other:
    # Two came late.
    - title: "Two"
      url: https://example.org/2
      comment: |
        Two words.

        # no remark
""",
    ),
}


@pytest.mark.parametrize("case", MOVES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_entry_is_moved(case: str, newline: str) -> None:
    """The comments above and within an entry move with it. The empty lines between entries stay."""
    spot, to, rest = MOVES[case]
    head = FILE[: FILE.index("    - id")]
    assert move(FILE.replace("\n", newline), Spot(*spot), Spot(*to)) == (head + rest).replace("\n", newline)


def test_a_section_stays_when_its_last_entry_moves() -> None:
    """The name of the empty section stays, and a missing section is added in the order of sections."""
    before = "title: A\nsections:\n  other:\n  - title: One\n    url: u\n"
    after = "title: A\nsections:\n  papers:\n  - title: One\n    url: u\n  other:\n"
    assert move(before, Spot(OTHER, 0), Spot(PAPERS, 0)) == after
    back = before.replace("  other", "  papers:\n  other")
    assert move(after, Spot(PAPERS, 0), Spot(OTHER, 0)) == back


FIELDS = {
    "single quotes stay": ((0, "title", "Its' other"), "'It''s one'", "'Its'' other'"),
    "double quotes stay": ((1, "title", 'A "word"'), '"Two"', '"A \\"word\\""'),
    "a block stays a block": (
        (1, "comment", "One.\n\nTwo."),
        "        Two words.\n\n        # no remark\n",
        "        One.\n\n        Two.\n",
    ),
    "a value in brackets is quoted": ((2, "comment", "a, b"), "comment: c", 'comment: "a, b"'),
    "a missing field is added": (
        (0, "comment", "New."),
        "      url: https://example.org/1\n",
        "      url: https://example.org/1\n      comment: |\n        New.\n",
    ),
    "a missing one-line field is added": (
        (1, "image_alt", "A lens: ground"),
        "      url: https://example.org/2\n",
        '      url: https://example.org/2\n      image_alt: "A lens: ground"\n',
    ),
    "a field becomes empty": ((1, "title", ""), 'title: "Two"', "title:"),
    "a comment becomes empty": ((1, "comment", ""), "|\n        Two words.\n\n        # no remark\n", "|\n"),
}


@pytest.mark.parametrize("case", FIELDS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_field_is_changed(case: str, newline: str) -> None:
    """Only the value of the field changes. The author's quotes, block or brackets stay."""
    (index, name, value), old, new = FIELDS[case]
    after = set_field(FILE.replace("\n", newline), Spot(PAPERS, index), name, value)
    assert after == FILE.replace(old, new, 1).replace("\n", newline)


def test_a_folded_comment_stays_folded_if_it_is_one_paragraph() -> None:
    """Several paragraphs become a literal block, since a folded block would join them."""
    folded = (
        "sections:\n  papers:\n    - title: A\n      comment: >-\n        One two\n        three.\n      tags: [a]\n"
    )
    long = "word " * 40 + "end"
    assert "comment: >-\n        word" in set_field(folded, Spot(PAPERS, 0), "comment", long)
    assert "comment: |-\n        One.\n\n        Two.\n      tags" in set_field(
        folded, Spot(PAPERS, 0), "comment", "One.\n\nTwo."
    )


@pytest.mark.parametrize(
    "text",
    [
        "title: A\n",
        "title: A\nsections: none\n",
        "{title: A, sections: {papers: [{title: One}]}}\n",
        "sections:\n  papers: [{title: One}]\n",
        "- a\n",
    ],
)
def test_a_move_that_is_not_possible_is_an_error(text: str) -> None:
    """A move is an error if entries are not on separate lines, or if the entry or its target does not exist."""
    for to in (Spot(OTHER, 0), Spot(PAPERS, 1), Spot(PAPERS, 5)):
        with pytest.raises(DocumentError):
            move(text, Spot(PAPERS, 1), to)


@pytest.mark.parametrize(
    "text", ["title: A\n", "sections:\n  papers:\n    - title: [a]\n", "sections:\n  papers: [a]\n"]
)
def test_a_change_that_is_not_possible_is_an_error(text: str) -> None:
    """A change is an error if the entry does not exist, or if the field is not text."""
    with pytest.raises(DocumentError):
        set_field(text, Spot(PAPERS, 0), "title", "B")
