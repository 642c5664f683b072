"""The language in which a segment is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import DocumentError
from newsletter.subscribers.segments import Condition, Segment, Trait, read_segment

values = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=8)
free = st.sampled_from([Trait.TAG, Trait.LANGUAGE, Trait.DOMAIN])
conditions = st.builds(Condition, free, st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans())


@given(st.lists(conditions, max_size=4))
def test_whatever_is_written_in_quotes_is_meant(meant: list[Condition]) -> None:
    """A segment that is written out is read back as it was."""
    text = " ".join(
        ("-" if one.negated else "") + one.trait + ":" + ",".join('"' + value + '"' for value in one.values)
        for one in meant
    )
    assert read_segment(text, "--to") == Segment(tuple(meant))


@given(st.text())
def test_any_text_is_read_or_refused_at_its_place(text: str) -> None:
    """No filter is half understood: each fault has a column within the text."""
    try:
        read_segment(text, "--to")
    except DocumentError as error:
        for problem in error.problems:
            assert problem.file == "--to"
            assert 1 <= problem.column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "column", "told", "advice"),
    [
        ("beta", 1, "`beta` names no trait", "tag:beta"),
        ("tag:a languge:ja", 7, "`languge:` is no trait", "Did you mean language:?"),
        ("-x:1", 2, "`x:` is no trait", "There are tag:"),
        ("tag:", 5, "`tag:` has no value here", "tag:beta"),
        ("tag:a,", 7, "`tag:` has no value here", "tag:beta"),
        ("tag:a,,b", 7, "`tag:` has no value here", "tag:beta"),
        ('tag:""', 5, "`tag:` has no value here", "tag:beta"),
        ('tag:"a', 5, "this quote is not closed", "after the value"),
        ('tag:"a"b', 8, "a value ends here", "comma"),
        ("state:gone", 7, "`gone` is no state", "pending, active"),
        ("since:2023-13-01", 7, "`2023-13-01` is no day", "YYYY-MM-DD"),
        ("before:yesterday", 8, "`yesterday` is no day", "YYYY-MM-DD"),
    ],
)
def test_a_fault_is_told_at_its_column(text: str, column: int, told: str, advice: str) -> None:
    """With what is wrong there, and what to write."""
    with pytest.raises(DocumentError) as caught:
        read_segment(text, "--to")
    (problem,) = caught.value.problems
    assert problem.column == column
    assert told in problem.message
    assert advice in problem.advice


def test_all_faults_are_told_at_once() -> None:
    """A filter with two faults needs one look."""
    with pytest.raises(DocumentError) as caught:
        read_segment("x:1 tag:ok beta", "--filter")
    assert [problem.column for problem in caught.value.problems] == [1, 12]
