"""The committed golden files, schemas and reference pages are current."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden import GOLDEN, GOLDEN_FILES, REPOSITORY, SAMPLES, golden_text, render_issue

IssueFolder = Callable[[str], Path]


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_generated_file_is_current(path: Path, issue_folder: IssueFolder) -> None:
    """A generated file equals the committed one. `make golden` regenerates it."""
    assert golden_text(path, issue_folder) == path.read_text(encoding="utf-8")


def test_every_golden_file_is_generated() -> None:
    """Every golden file is the output of a sample."""
    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == {
        path for path in GOLDEN_FILES if GOLDEN in path.parents
    }


def test_rendering_twice_gives_the_same_bytes(issue_folder: IssueFolder, tmp_path: Path) -> None:
    """The same input gives the same bytes: rendering uses neither the clock nor random numbers."""
    again = {slug: render_issue(REPOSITORY, slug, tmp_path) for slug in SAMPLES}
    for path in GOLDEN_FILES:
        assert golden_text(path, again.__getitem__) == golden_text(path, issue_folder)


def test_the_samples_are_the_two_published_issues_and_a_short_one() -> None:
    """The repository is a publication with three issues."""
    assert SAMPLES == ("029", "2021-week-10", "2021-week-11-ja")
