"""The samples, their schemas and the reference are what the repository holds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden import GOLDEN, GOLDEN_FILES, REPOSITORY, SAMPLES, golden_text, render_issue

IssueFolder = Callable[[str], Path]


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_generated_file_is_current(path: Path, issue_folder: IssueFolder) -> None:
    """What is generated equals what is committed; `make golden` refreshes it."""
    assert golden_text(path, issue_folder) == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    """Every golden file is one that a sample renders to."""
    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == {
        path for path in GOLDEN_FILES if GOLDEN in path.parents
    }


def test_rendering_twice_gives_the_same_bytes(issue_folder: IssueFolder, tmp_path: Path) -> None:
    """The same input gives the same bytes: there is no clock and no chance in rendering."""
    again = {slug: render_issue(REPOSITORY, slug, tmp_path) for slug in SAMPLES}
    for path in GOLDEN_FILES:
        assert golden_text(path, again.__getitem__) == golden_text(path, issue_folder)


def test_the_samples_are_the_two_published_issues_and_a_short_one() -> None:
    """The repository is itself a publication with three issues."""
    assert SAMPLES == ("029", "2021-week-10", "2021-week-11-ja")
