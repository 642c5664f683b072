"""Titles of issues: those that are only a number, a week or a date."""

import pytest

from newsletter.text.issue_numbers import is_only_number

LATIN = ("Issue 29", "#29", "29", "No. 29", "N° 2", "Vol. 3, No. 4", "Week 10, 2021", "2021-W10", "5 May 2024")
OTHER = ("第29号", "2021年第11週", "第 29 期", "제29호", "Выпуск 7", "２９", "Ausgabe 12", "العدد 1")


@pytest.mark.parametrize("title", [*LATIN, *OTHER])
def test_a_title_that_is_only_a_number(title: str) -> None:
    """Words around a number, in several languages, say nothing about the issue."""
    assert is_only_number(title)


@pytest.mark.parametrize("title", ["Issue 29: MLOps", "Glass", "Issue", "29 ways to grind", "第29号 機械学習", ""])
def test_a_title_that_says_more(title: str) -> None:
    """A word about the issue, or no number at all."""
    assert not is_only_number(title)
