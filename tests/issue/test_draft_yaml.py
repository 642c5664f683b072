"""Tests of writing drafts as YAML, and of reading them back."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.documents.source import Source
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.draft_document import parse_draft
from newsletter.issue.draft_yaml import entry_text, issue_text
from newsletter.publication.section import DEFAULT_SECTIONS

pytestmark = pytest.mark.slow

WORDS = st.text(st.characters(codec="utf-8"), max_size=60).map(str.strip)
# Parsing a draft removes trailing white space, and line breaks at both ends.
COMMENTS = WORDS.map(lambda text: text.strip("\n").rstrip())
ENTRIES = st.builds(
    EntryDraft,
    url=WORDS.filter(bool),
    title=WORDS,
    source_title=WORDS,
    via=WORDS,
    sponsored=WORDS | st.just("true"),
    image=WORDS,
    image_alt=WORDS,
    image_credit=WORDS,
    id=st.sampled_from(["", "mlops", "a-1"]),
    tags=st.lists(WORDS, max_size=3).map(tuple),
    pick=st.booleans(),
    origin=st.sampled_from(["", "029", "2021-week-10"]),
    comment=COMMENTS,
    remarks=st.lists(WORDS, max_size=2).map(tuple),
)
ISSUES = st.builds(
    IssueDraft,
    title=WORDS,
    date=st.dates().map(str),
    number=st.sampled_from(["", "29"]),
    subtitle=WORDS,
    intro=COMMENTS,
    outro=COMMENTS,
    aliases=st.lists(WORDS, max_size=3).map(tuple),
    highlights=st.dictionaries(
        st.sampled_from(DEFAULT_SECTIONS), st.lists(COMMENTS.filter(bool), max_size=3).map(tuple)
    ),
    sections=st.dictionaries(st.sampled_from(DEFAULT_SECTIONS), st.lists(ENTRIES, max_size=3).map(tuple)),
    remarks=st.lists(WORDS, max_size=2).map(tuple),
    section_remarks=st.dictionaries(st.sampled_from(DEFAULT_SECTIONS), st.lists(WORDS, max_size=2).map(tuple)),
)


@given(ISSUES)
def test_a_draft_survives_a_round_trip(issue: IssueDraft) -> None:
    """A draft that is written as YAML and parsed is the same, except for its remarks, which are YAML comments."""
    text = issue_text(issue, DEFAULT_SECTIONS)
    read = parse_draft(Source("issue.yaml", text), Path("issue.yaml")).draft
    expected = replace(
        issue,
        remarks=(),
        section_remarks={},
        highlights={section: texts for section, texts in issue.highlights.items() if texts},
        sections={
            section: tuple(replace(entry, remarks=()) for entry in issue.sections.get(section, ()))
            for section in DEFAULT_SECTIONS
        },
    )
    assert read == expected


def test_an_entry_looks_handwritten() -> None:
    """Only values that need quotes have them, the comment is a block, and empty fields are left out."""
    entry = EntryDraft(
        url="https://arxiv.org/abs/2103.01988",
        title="SEER: one billion images",
        source_title="Self-supervised Pretraining of Visual Features in the Wild",
        tags=("vision", "scale, large"),
        comment='They train on *Instagram*.\n\nA "billion" images.',
        remarks=("Abstract: Recently, self-supervised …",),
    )
    assert entry_text(entry) == (
        "    # Abstract: Recently, self-supervised …\n"
        '    - title: "SEER: one billion images"\n'
        "      url: https://arxiv.org/abs/2103.01988\n"
        "      source_title: Self-supervised Pretraining of Visual Features in the Wild\n"
        '      tags: [vision, "scale, large"]\n'
        "      comment: |\n"
        "        They train on *Instagram*.\n"
        "\n"
        '        A "billion" images.\n'
    )


def test_an_entry_without_a_comment_has_an_empty_block() -> None:
    """An empty line follows `comment: |`, where the author can write."""
    assert entry_text(EntryDraft(url="https://example.org/")).endswith("      comment: |\n\n")
