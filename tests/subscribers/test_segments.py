"""Parsing filters for subscribers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import DocumentError
from newsletter.subscribers.segments import Condition, FilterField, Segment, parse_segment

values = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=8)
free = st.sampled_from([FilterField.TAG, FilterField.LANGUAGE, FilterField.DOMAIN])
conditions = st.builds(Condition, free, st.lists(values, min_size=1, max_size=3).map(tuple), st.booleans())


@given(st.lists(conditions, max_size=4))
def test_a_segment_is_parsed_as_it_was_written(expected: list[Condition]) -> None:
    """Any values in quotes are parsed unchanged."""
    text = " ".join(
        ("-" if one.negated else "") + one.field + ":" + ",".join('"' + value + '"' for value in one.values)
        for one in expected
    )
    assert parse_segment(text, "--to") == Segment(tuple(expected))


@given(st.text())
def test_any_text_is_parsed_or_refused_with_a_location(text: str) -> None:
    """Each syntax error has a column within the text."""
    try:
        parse_segment(text, "--to")
    except DocumentError as error:
        for problem in error.problems:
            assert problem.file == "--to"
            assert 1 <= problem.column <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "column", "message", "advice"),
    [
        ("beta", 1, "expected a condition, found `beta`", "tag:beta"),
        ("tag:a languge:ja", 7, "unknown condition `languge:`", "Did you mean language:?"),
        ("-x:1", 2, "unknown condition `x:`", "The conditions are tag:"),
        ("tag:", 5, "the value of `tag:` is missing", "tag:beta"),
        ("tag:a,", 7, "the value of `tag:` is missing", "tag:beta"),
        ("tag:a,,b", 7, "the value of `tag:` is missing", "tag:beta"),
        ('tag:""', 5, "the value of `tag:` is missing", "tag:beta"),
        ('tag:"a', 5, "unclosed quote", "after the value"),
        ('tag:"a"b', 8, "expected a comma or a space", "comma"),
        ("state:gone", 7, "unknown state `gone`", "pending, active"),
        ("since:2023-13-01", 7, "`2023-13-01` is not a valid date", "YYYY-MM-DD"),
        ("before:yesterday", 8, "`yesterday` is not a valid date", "YYYY-MM-DD"),
    ],
)
def test_a_syntax_error_has_a_column(text: str, column: int, message: str, advice: str) -> None:
    """With a message and advice."""
    with pytest.raises(DocumentError) as caught:
        parse_segment(text, "--to")
    (problem,) = caught.value.problems
    assert problem.column == column
    assert message in problem.message
    assert advice in problem.advice


def test_all_syntax_errors_are_reported() -> None:
    """Not only the first one."""
    with pytest.raises(DocumentError) as caught:
        parse_segment("x:1 tag:ok beta", "--filter")
    assert [problem.column for problem in caught.value.problems] == [1, 12]
