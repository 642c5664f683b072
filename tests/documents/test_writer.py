"""YAML that the program writes is read as the text that was to be written."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.documents.nodes import Mapping, Scalar
from newsletter.documents.source import Source
from newsletter.documents.writer import quoted, yaml_text
from newsletter.documents.yaml_tree import compose


def read(value: str) -> str:
    """The text that YAML reads from a value."""
    root = compose(Source("1.yaml", f"title: {value}\n"))
    assert isinstance(root, Mapping)
    title = root.values["title"]
    assert isinstance(title, Scalar)
    return title.value


@pytest.mark.parametrize("write", [quoted, yaml_text])
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
@example(text="a tab\there")
@example(text='"quotes", a \\ and\ntwo lines')
def test_a_value_is_read_as_the_text_that_was_written(write: Callable[[str], str], text: str) -> None:
    """Whatever characters it has."""
    assert read(write(text)) == text
