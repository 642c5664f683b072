"""Cells of CSV files that spreadsheets would run as formulas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.text.csv_cells import guard_cell, restore_cell


@pytest.mark.parametrize("first", list("=+-@\t\r"))
def test_text_that_begins_like_a_formula_is_guarded(first: str) -> None:
    """With an apostrophe, which spreadsheets take for the mark of a text. Numbers stay numbers."""
    assert guard_cell(f"{first}cmd|'/C calc'!A0") == f"'{first}cmd|'/C calc'!A0"
    assert guard_cell(f"Ann {first}") == f"Ann {first}"
    assert guard_cell(-1) == -1


@given(st.text(alphabet="'=+-@\t\ra"))
def test_a_guarded_cell_can_be_restored(text: str) -> None:
    """Also if it begins with apostrophes."""
    assert restore_cell(str(guard_cell(text))) == text
